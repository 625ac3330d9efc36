package prosci

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// upload is one file of rows that change the same tools.
type upload struct {
	template template
	effect   effect
	rows     []uploadRow
}

type uploadRow struct {
	*wish
	moves []move
}

// effect is what a file does, in the order in which the portal is to be told.
type effect int

// The effects.
const (
	take effect = iota
	swap
	give
)

func effectOf(moves []move) effect {
	switch {
	case !gives(moves):
		return take
	case takes(moves):
		return swap
	}
	return give
}

// filesOf puts wishes into files.
func filesOf(wishes []*wish) ([]connectors.File, error) {
	wishes = slices.DeleteFunc(slices.Clone(wishes), func(w *wish) bool { return w.refused != "" })
	slices.SortFunc(wishes, inOrder)
	removals, err := taskFile("tasks-delete-profiles.csv", wishes, func(t task) bool { return t.action == deleteProfile })
	if err != nil {
		return nil, err
	}
	files := removals
	uploads := uploadsOf(wishes)
	for i, u := range slices.Backward(uploads) { // those that take come before the removals
		file, err := u.file()
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", u.name(), err)
		}
		at := 0
		if uploads[i].effect != take {
			at = len(removals)
		}
		files = slices.Insert(files, at, file)
	}
	others, err := taskFile("tasks-profiles.csv", wishes, func(t task) bool { return t.action != deleteProfile })
	return append(files, others...), err
}

// uploadsOf groups the parts of wishes by the tools that they change and by what they do.
func uploadsOf(wishes []*wish) []upload {
	type group struct {
		effect effect
		key    string
	}
	byGroup := map[group]upload{}
	for _, w := range wishes {
		for _, part := range w.parts {
			g := group{effectOf(part.moves), part.template.key()}
			u := byGroup[g]
			u.template, u.effect = part.template, g.effect
			u.rows = append(u.rows, uploadRow{w, part.moves})
			byGroup[g] = u
		}
	}
	return slices.SortedFunc(maps.Values(byGroup), func(a, b upload) int {
		return cmp.Or(cmp.Compare(a.effect, b.effect), slices.CompareFunc(a.template.codes(), b.template.codes(), byNumber))
	})
}

// name is the file's: upload-P410-P1432.csv gives tools, with -take it takes them.
func (u upload) name() string {
	name := "upload-" + strings.ReplaceAll(strings.Join(u.template.codes(), "-"), "/", "")
	return name + [...]string{take: "-take", swap: "-swap", give: ""}[u.effect] + "." + string(u.template.form.format)
}

// file writes the rows.
func (u upload) file() (connectors.File, error) {
	file := connectors.File{Name: u.name(), Kind: usher.BatchUpload}
	cells := make([][]string, len(u.rows))
	width := len(u.template.header)
	all := make([]string, width*len(u.rows))
	for i, row := range u.rows {
		cells[i] = all[i*width : (i+1)*width : (i+1)*width]
		u.template.fill(cells[i], row)
		file.Rows = append(file.Rows, row.batchRow(i+1, u.effect))
	}
	file.Notes = u.notes()
	var err error
	file.Content, err = u.template.content(cells)
	return file, err
}

// fill writes one row's cells. What the settings say goes first, so that it never takes the
// place of a name, an address or a letter.
func (t template) fill(cells []string, row uploadRow) {
	if gives(row.moves) {
		for _, name := range valueNames(row.change.Desired.Values) {
			for _, i := range t.columnsOf(name) {
				cells[i] = row.change.Desired.Values[name]
			}
		}
	}
	cells[t.first], cells[t.last], cells[t.email] = row.person.first, row.person.last, row.person.address
	for _, tool := range t.tools {
		for _, m := range row.moves {
			if m.code != tool.code {
				continue
			}
			cells[tool.at] = m.letter()
			if m.letter() == "N" && tool.expires >= 0 {
				cells[tool.expires] = ""
			}
		}
	}
}

// valueNames sorts configured columns so that those of one tool go over those of all.
func valueNames(values map[string]string) []string {
	return slices.SortedFunc(maps.Keys(values), func(a, b string) int {
		return cmp.Or(cmp.Compare(codeIn(a), codeIn(b)), strings.Compare(a, b))
	})
}

// batchRow says what a row asks for.
func (r uploadRow) batchRow(number int, e effect) usher.BatchRow {
	told := r.change.Desired
	told.Address = r.person.address
	row := usher.BatchRow{
		Told: &told,
		Row:  number, Account: r.change.Account, Generation: r.change.Generation, State: usher.RowOpen,
		Action: [...]string{take: "take", swap: "swap", give: "give"}[e],
	}
	for _, m := range r.moves {
		row.Gives, row.Takes = append(row.Gives, m.gives...), append(row.Takes, m.takes...)
	}
	slices.Sort(row.Gives)
	slices.Sort(row.Takes)
	var parts []string
	if len(row.Takes) > 0 {
		parts = append(parts, "take "+words(row.Takes)+" from")
	}
	if len(row.Gives) > 0 {
		parts = append(parts, "give "+words(row.Gives)+" to")
	}
	row.Text = strings.Join(parts, " and ") + " " + r.person.name()
	return row
}

// notes are for whoever uploads the file.
func (u upload) notes() []string {
	notes := []string{"upload at Manage Organization, Users, Batch Upload"}
	if u.effect != take {
		notes = append(notes, "\"Send invite email to all email addresses in file\" can be unticked; people new to the portal get a mail to set a password in any case")
	}
	if u.template.form.format == table.XLSX {
		notes = append(notes, "should the portal not take the workbook, save it as CSV UTF-8 and upload that")
	}
	warn := func(what string, odd func(string) bool) {
		var lines []int
		for i, row := range u.rows {
			if odd(row.person.address) {
				lines = append(lines, i+2)
			}
		}
		if len(lines) > 0 {
			notes = append(notes, "the portal may refuse the address on "+linesIn(lines)+": "+what)
		}
	}
	warn("it has characters beyond ASCII", beyondASCII)
	warn("before the @ it has others than letters, digits, dot, hyphen and underscore", func(a string) bool { return !beyondASCII(a) && oddLocal(a) })
	return notes
}

// linesIn names lines of a file, but not more than a person reads.
func linesIn(lines []int) string {
	const most = 20
	text := strings.Trim(fmt.Sprint(lines[:min(len(lines), most)]), "[]")
	text = "line " + strings.ReplaceAll(text, " ", ", ")
	if len(lines) > most {
		text += fmt.Sprintf(" and %d more", len(lines)-most)
	}
	return text
}
