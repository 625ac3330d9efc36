package ascender

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// Codes of findings. Whatever is not the portal's alone is called as in rosters.
const (
	codeRequired       = "field.required"
	codeFormula        = "field.formula"
	codeText           = "field.text"
	codeOuterSpace     = "field.outer_space"
	codeSyntax         = "email.syntax"
	codeDuplicate      = "row.duplicate_email"
	codeNoColumn       = "file.column_missing"
	codeType           = "file.type"
	codeSeats          = "license.exhausted"
	codeManagerUnknown = "ascender.manager_unknown"
	codeManagerSelf    = "ascender.manager_self"
	codeManagerCycle   = "ascender.manager_cycle"
	codeValue          = "ascender.value_unknown"
	codeInactive       = "ascender.inactive_user"
	codeRenamed        = "ascender.email_changed"
)

// Context is what has to be known of the portal to judge a file for it.
type Context struct {
	// Pool is that of the seats; nil: they are not counted.
	Pool *connectors.Pool
	// Held are the people whom the portal holds.
	Held []usher.Seen
	// Renamed maps an address that somebody has today to the one under which the portal holds
	// them.
	Renamed map[string]string
	// Values are the words that a column can have, by its name; a column without any takes all.
	Values map[string][]string
}

// Check says what the portal, or usher, refuses of a filled upload, whoever filled it. Rows are
// those of the sheet, whose header is usually 1; what concerns the file as a whole has row 0.
func Check(file []byte, c Context) []usher.Finding {
	sheet, err := table.Open(bytes.NewReader(file), int64(len(file)), table.ReadOptions{KeyColumns: emailNames, Limits: limits})
	switch {
	case err != nil:
		return []usher.Finding{fileFinding(err)}
	case sheet.Format != table.XLSX:
		return []usher.Finding{{Code: codeType, Severity: usher.SeverityError, Text: says(sayWrongType, "save the file as .xlsx")}}
	}
	k := &checker{context: c, columns: columnsOf(sheet.Header), held: map[string]usher.Seen{}, rows: map[string]int{}, managers: map[string]string{}}
	for _, s := range c.Held {
		k.held[fold(s.RemoteID)] = s
	}
	k.email = k.columns.find(email)
	if k.email < 0 {
		return []usher.Finding{{Row: sheet.HeaderLine, Column: email, Code: codeNoColumn, Severity: usher.SeverityError, Text: says(sayNoEmail, "fill the template as it was downloaded")}}
	}
	if err := k.read(sheet); err != nil {
		return []usher.Finding{fileFinding(err)}
	}
	return k.check()
}

func fileFinding(err error) usher.Finding {
	code := codeType
	if fileError, ok := errors.AsType[*table.FileError](err); ok {
		code = fileError.Code
	}
	return usher.Finding{Code: code, Severity: usher.SeverityError, Text: err.Error()}
}

// says joins what the portal says with what is to be done.
func says(message, mend string) string { return fmt.Sprintf("the portal says %q: %s", message, mend) }

// checker judges the rows of one file.
type checker struct {
	context  Context
	columns  columns
	email    int
	held     map[string]usher.Seen
	lines    []int
	cells    [][]string
	rows     map[string]int    // first row with an address
	managers map[string]string // as they are once the file is there
	findings []usher.Finding
}

func (k *checker) read(sheet *table.Sheet) error {
	for row, err := range sheet.Rows {
		rowError, spoiled := errors.AsType[*table.RowError](err)
		switch {
		case spoiled:
			k.findings = append(k.findings, usher.Finding{Row: rowError.Line, Column: rowError.Name, Code: rowError.Code, Severity: usher.SeverityError, Text: rowError.Problem})
			continue
		case err != nil:
			return err
		}
		for _, note := range row.Notes {
			k.findings = append(k.findings, usher.Finding{Row: row.Line, Column: sheet.Header[note.Column-1], Code: note.Code, Severity: usher.SeverityError, Text: note.Problem})
		}
		k.lines = append(k.lines, row.Line)
		k.cells = append(k.cells, slices.Clone(row.Cells))
	}
	return nil
}

// check judges the file as a whole, then row by row, each from left to right.
func (k *checker) check() []usher.Finding {
	reports := k.columns.find(reportsTo)
	for address, s := range k.held {
		k.managers[address] = fold(s.Manager)
	}
	for i, cells := range k.cells {
		key := fold(cells[k.email])
		if _, twice := k.rows[key]; key == "" || twice {
			continue
		}
		k.rows[key] = i
		if reports >= 0 && cells[reports] != "" {
			k.managers[key] = fold(cells[reports])
		}
	}
	k.countSeats()
	for i, cells := range k.cells {
		for column := range cells {
			k.cell(i, column)
		}
	}
	slices.SortStableFunc(k.findings, func(a, b usher.Finding) int {
		return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(k.columns.find(a.Column), k.columns.find(b.Column)))
	})
	return k.findings
}

// countSeats counts the addresses that the portal does not know: it counts them so.
func (k *checker) countSeats() {
	if k.context.Pool == nil {
		return
	}
	people := 0
	for _, address := range slices.Sorted(maps.Keys(k.rows)) {
		if _, known := k.held[address]; !known && badAddress(address) == "" {
			people++
		}
	}
	if free := max(0, k.context.Pool.Purchased-k.context.Pool.Occupied); people > free {
		k.findings = append(k.findings, usher.Finding{Code: codeSeats, Severity: usher.SeverityError,
			Text: says(tooFewSeats(free, people), "buy seats, or look whether somebody known stands there under another address")})
	}
}
