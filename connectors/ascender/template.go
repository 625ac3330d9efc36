package ascender

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// TemplateKey is the key of the one template that the portal has.
const TemplateKey = "invite and change"

// limits are ample for a template and for a list of all people.
var limits = table.Limits{Unpacked: 64 << 20, Columns: 256}

// form is a template that was understood.
type form struct {
	table.Form
	columns columns
}

// Learn implements [connectors.Learner].
func (a *Ascender) Learn(content []byte) (connectors.Learned, error) {
	f, err := readForm(content)
	if err != nil {
		return connectors.Learned{}, err
	}
	if err := table.FillXLSX(io.Discard, f.Form, nil); err != nil {
		return connectors.Learned{}, fmt.Errorf("the template can be read, but not be filled: open it in Excel, save it as .xlsx and bring it again: %w", err)
	}
	learned := connectors.Learned{Key: TemplateKey, Columns: f.columns.names()}
	for _, c := range f.columns {
		if c.role == roleValue && !a.fills(c.name) {
			learned.Unfilled = append(learned.Unfilled, c.name)
		}
	}
	learned.Notes = a.notes(f.columns, learned.Unfilled)
	return learned, nil
}

// fills says whether the configuration has a column.
func (a *Ascender) fills(name string) bool {
	return slices.ContainsFunc(a.options.Columns, func(c string) bool { return sameName(c, name) })
}

func (a *Ascender) notes(c columns, unfilled []string) []string {
	var notes []string
	if slices.ContainsFunc(unfilled, func(name string) bool { return sameName(name, functionalArea) }) {
		notes = append(notes, "Functional Area is mandatory for new people, and no column of that name is configured: nobody can be invited until one is")
	}
	for _, name := range a.options.Columns {
		if c.find(name) < 0 {
			notes = append(notes, fmt.Sprintf("the column %q is configured, and the template has none of that name: its values are written nowhere", name))
		}
	}
	return notes
}

// readForm reads what a template has, or says why it is none.
func readForm(content []byte) (form, error) {
	sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{KeyColumns: emailNames, HeaderOnly: true, Limits: limits})
	if err != nil {
		return form{}, fmt.Errorf("no template of Ascender: %w", err)
	}
	if sheet.Format != table.XLSX {
		return form{}, errors.New("no template of Ascender: the portal takes .xlsx alone; download it under My Team, Invite/Change via Upload, Template, and bring it as it came")
	}
	if len(sheet.Twice) > 0 {
		twin := sheet.Twice[0]
		return form{}, fmt.Errorf("no template of Ascender: columns %d and %d of sheet %q are both named %q; name each of them once",
			twin.First, twin.Column, sheet.Name, sheet.Header[twin.Column-1])
	}
	found := form{table.Form{Content: content, Sheet: sheet.Name, Header: sheet.Header, Line: sheet.HeaderLine}, columnsOf(sheet.Header)}
	var missing []string
	for _, name := range mandatory {
		if found.columns.find(name) < 0 {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return form{}, fmt.Errorf("no template of Ascender: the first row of sheet %q lacks %s; download the template again and bring it as it came",
			sheet.Name, strings.Join(missing, ", "))
	}
	return found, nil
}

// formOf is the template to fill, or the columns that the portal is known to have and the error
// that there is none.
func formOf(templates []usher.Template) (form, error) {
	for _, t := range templates {
		if t.Key == TemplateKey {
			f, err := readForm(t.Content)
			if err != nil {
				err = fmt.Errorf("template %q cannot be used: %w", t.Name, err)
			}
			return f, err
		}
	}
	return form{}, errors.New("there is no template to fill: download it at the portal under My Team, Invite/Change via Upload, Template, and bring it with `usher portal learn`")
}
