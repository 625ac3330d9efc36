package ascender

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"usher/internal/table"
	"usher/internal/usher"
)

// The names of columns of the export, besides those of the upload. The vendor names the first
// two; the others are assumed.
const (
	nameColumn   = "Name"
	statusColumn = "User Status"
	methodology  = "Methodology Access"
	permissions  = "Admin Permissions"
)

// invitedNames and activeNames are columns with dates, as far as somebody makes them visible.
var (
	invitedNames = []string{"Invited", "Invited On", "Invited At", "Invitation Date", "Date Invited"}
	activeNames  = []string{"Last Login", "Last Active", "Last Activity"}
)

// export is a list of people, read as a whole because it names managers who come later.
type export struct {
	header   columns
	sheet    *table.Sheet
	options  Options
	people   []usher.Seen
	rows     []int // records, by person
	names    map[string][]string
	byKey    map[string]string // address as the portal has it
	findings []usher.Finding
}

// ReadExport implements [connectors.ExportReader]. The list holds the columns that were visible
// when it was made; without the address and the status of people it says nothing.
func (a *Ascender) ReadExport(content []byte, each func(usher.Seen) error) ([]usher.Finding, error) {
	sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{KeyColumns: emailNames, Limits: limits})
	if err != nil {
		return nil, fmt.Errorf("no export of Ascender: %w", err)
	}
	e := &export{header: a.asConfigured(columnsOf(sheet.Header)), sheet: sheet, options: a.options, names: map[string][]string{}, byKey: map[string]string{}}
	if err := e.check(); err != nil {
		return nil, err
	}
	for row, err := range sheet.Rows {
		rowError, spoiled := errors.AsType[*table.RowError](err)
		switch {
		case spoiled:
			e.find(usher.Finding{Row: rowError.Number, Column: rowError.Name, Code: rowError.Code, Severity: usher.SeverityError, Value: row.Raw, Text: rowError.Problem})
		case err != nil:
			return nil, fmt.Errorf("export of Ascender is not whole: %w", err)
		default:
			e.row(row)
		}
	}
	e.nameManagers()
	for _, s := range e.people {
		if err := each(s); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(e.findings, func(a, b usher.Finding) int { return a.Row - b.Row })
	return e.findings, nil
}

// asConfigured gives the company's own columns the names that the configuration has for them, by
// which what is shown is compared with what is desired.
func (a *Ascender) asConfigured(c columns) columns {
	for i := range c {
		for _, name := range a.options.Columns {
			if c[i].role == roleValue && sameName(c[i].name, name) {
				c[i].name = name
			}
		}
	}
	return c
}

// check refuses a list that is not this portal's, or was made with too few columns.
func (e *export) check() error {
	if len(e.sheet.Twice) > 0 {
		twin := e.sheet.Twice[0]
		return fmt.Errorf("no export of Ascender: columns %d and %d have the same name; name each of them once", twin.First, twin.Column)
	}
	if e.header.find(statusColumn) < 0 && e.header.find(nameColumn) < 0 && e.header.has(mandatory) {
		return fmt.Errorf("no export of Ascender: this is a template for Invite/Change via Upload, filled or not, which says what is asked for and not what is there; "+
			"export the list under My Team, with %s and %s visible", email, statusColumn)
	}
	for _, name := range []string{email, statusColumn} {
		if e.header.find(name) < 0 {
			return fmt.Errorf("no export of Ascender: it has no column %q; make it visible under My Team and export again", name)
		}
	}
	return nil
}
