package prosci

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// template is a file that the portal gave out, to be written back as it is.
type template struct {
	layout
	form form
}

// form is how a file is written.
type form struct {
	format table.Format
	write  table.Options
}

// keyColumns tell the sheet of a workbook that matters.
var keyColumns = []string{"Email Address", "E-mail Address", "Email", "E-mail"}

// openTable opens a file of the portal's, with or without rows.
func openTable(content []byte) (*table.Sheet, error) {
	return table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{KeyColumns: keyColumns, HeaderOnly: true})
}

// readTemplate reads what is to be kept of a template; its rows are an example and are not.
func (p *Portal) readTemplate(content []byte) (template, error) {
	sheet, err := openTable(content)
	if err != nil {
		return template{}, err
	}
	l, err := bind(sheet.Header)
	if err != nil {
		return template{}, err
	}
	return template{l, p.formOf(sheet, content)}, nil
}

// formOf is how a file is written, with Excel's CSV UTF-8 where it does not say.
func (p *Portal) formOf(sheet *table.Sheet, content []byte) form {
	if sheet.Format == table.XLSX {
		return form{table.XLSX, table.Options{Sheet: sheet.Name}}
	}
	return form{table.CSV, table.Options{
		Separator: sheet.Separator, BOM: !p.options.NoBOM, CRLF: !p.options.LF && !endsWithLF(content),
	}}
}

// endsWithLF says that the first line ends with a line feed alone. Of UTF-16, and of a line
// that does not end, it does not: such a file is written anew.
func endsWithLF(content []byte) bool {
	quoted := false
	for i, c := range content {
		switch {
		case c == '"':
			quoted = !quoted
		case c == 0:
			return false
		case c == '\n' && !quoted:
			return i == 0 || content[i-1] != '\r'
		}
	}
	return false
}

// content writes rows under the template's header.
func (t template) content(rows [][]string) ([]byte, error) {
	var out bytes.Buffer
	if err := table.Write(&out, t.form.format, t.header, slices.Values(rows), t.form.write); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Learn implements [connectors.Learner]. The key of a template is the codes of its tools, by
// number, such as P410+P1432, in whatever order the file has them.
func (p *Portal) Learn(content []byte) (connectors.Learned, error) {
	t, err := p.readTemplate(content)
	if err == nil {
		err = t.ownHeadings()
	}
	if err != nil {
		return connectors.Learned{}, fmt.Errorf("learn template: %w", err)
	}
	learned := connectors.Learned{Key: t.key(), Columns: t.header, Unfilled: p.unfilled(t), Notes: p.notes(t)}
	return learned, nil
}

// ownHeadings refuses headings that the report of users alone has: a report that is filled and
// uploaded would be refused by the portal, or taken wrongly.
func (t template) ownHeadings() error {
	for _, heading := range t.header {
		if slices.Contains([]string{"customer type", "last login"}, table.FoldHeader(heading)) {
			return fmt.Errorf("column %s is of the report of users: this is no batch upload template; %s", heading, download)
		}
	}
	return nil
}

// key says what a template is for.
func (l layout) key() string { return strings.Join(l.codes(), "+") }

// unfilled are the headings of a template that nothing is written under.
func (p *Portal) unfilled(t template) []string {
	var out []string
	for i, heading := range t.header {
		if !slices.ContainsFunc(t.tools, func(tool tool) bool { return tool.at == i }) &&
			!slices.Contains([]int{t.first, t.last, t.email}, i) && table.FoldHeader(heading) != "" && !p.fills(t, i) {
			out = append(out, heading)
		}
	}
	return out
}

// fills says that the settings fill column i of a template.
func (p *Portal) fills(t template, i int) bool {
	return slices.ContainsFunc(p.options.Columns, func(name string) bool { return slices.Contains(t.columnsOf(name), i) })
}

// columnsOf are the columns that a configured name means: that of one tool where the name
// says its code, else all that are so called.
func (l layout) columnsOf(name string) []int {
	var out []int
	code := codeIn(name)
	plain := roleOf(strings.TrimSpace(inBrackets.ReplaceAllString(name, "")))
	for _, t := range l.tools {
		if plain == roleExpires && t.expires >= 0 && (code == "" || code == t.code) {
			out = append(out, t.expires)
		}
	}
	if roleOf(name) == roleGraduation && l.graduation >= 0 {
		out = append(out, l.graduation)
	}
	for _, i := range l.others {
		if table.FoldHeader(l.header[i]) == table.FoldHeader(name) {
			out = append(out, i)
		}
	}
	return out
}

// notes tell the admin what a template is good for.
func (p *Portal) notes(t template) []string {
	var notes []string
	for _, tool := range t.tools {
		switch name := p.names[tool.code]; {
		case tool.code == anyTool:
			notes = append(notes, fmt.Sprintf("the heading %s names no tool: the template is used only where the portal has a single subscription; otherwise %s", tool.heading, download))
		case name == "":
			notes = append(notes, fmt.Sprintf("no subscription has the code %s (%s): the template is not used before one has", tool.code, tool.heading))
		}
	}
	for _, name := range p.options.Columns {
		if len(t.columnsOf(name)) == 0 {
			notes = append(notes, fmt.Sprintf("the settings fill a column %q, which this template does not have", name))
		}
	}
	if t.form.format == table.XLSX {
		notes = append(notes, "this is the Excel variant: files are written as workbooks; whether the portal takes them as they are is not documented; if not, save as CSV UTF-8")
	}
	return append(notes, "the example row is left out of what is written")
}

// shelf are the templates at hand, by key.
func (p *Portal) shelf(templates []usher.Template) (map[string]template, error) {
	shelf, since := map[string]template{}, map[string]usher.Time{}
	for _, have := range templates {
		t, err := p.readTemplate(have.Content)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w; then hand it over with `usher portal learn`", have.Name, err)
		}
		if key := t.key(); since[key] <= have.LearnedAt {
			shelf[key], since[key] = t, have.LearnedAt
		}
	}
	return shelf, nil
}
