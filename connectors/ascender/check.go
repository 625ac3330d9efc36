package ascender

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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

// cell judges one cell. The first thing that is wrong with it is enough.
func (k *checker) cell(i, column int) {
	c, text := k.columns[column], k.cells[i][column]
	name := c.name
	if c.role == roleEmail {
		name = email
	}
	find := func(severity usher.Severity, code, say string) {
		k.findings = append(k.findings, usher.Finding{Row: k.lines[i], Column: name, Code: code, Severity: severity, Value: text, Text: say})
	}
	if strings.TrimSpace(text) == "" {
		if k.needed(i, name) {
			find(usher.SeverityError, codeRequired, says(mandatoryMessage(name), "fill the cell"))
		}
		return
	}
	if why := unwritable(text); why != "" {
		code := codeText
		if formula(text) {
			code = codeFormula
		}
		find(usher.SeverityError, code, "the cell "+why+": a spreadsheet program would not keep it as it is")
		return
	}
	if strings.TrimSpace(text) != text {
		find(usher.SeverityWarning, codeOuterSpace, "space at an end of the cell; it is taken away when usher writes the file")
	}
	switch code, say := k.judge(i, c, strings.TrimSpace(text)); {
	case code != "":
		find(usher.SeverityError, code, say)
	}
}

// needed says whether a blank cell is refused: the address always, the others of new people.
func (k *checker) needed(i int, name string) bool {
	if name == email {
		return true
	}
	_, known := k.held[fold(k.cells[i][k.email])]
	return !known && slices.ContainsFunc(mandatory, func(m string) bool { return sameName(m, name) })
}

// judge is about what a cell says.
func (k *checker) judge(i int, c column, text string) (code, say string) {
	switch c.role {
	case roleEmail:
		return k.address(i, text)
	case roleManager:
		return k.manager(i, text)
	}
	words := k.context.words(c.name)
	if len(words) > 0 && !slices.Contains(words, text) {
		return codeValue, "the company's list at the portal has no such value; add it there or correct the cell"
	}
	return "", ""
}

// words are what a column can say.
func (c Context) words(column string) []string {
	for name, words := range c.Values {
		if sameName(name, column) {
			return words
		}
	}
	return nil
}

func (k *checker) address(i int, text string) (code, say string) {
	key := fold(text)
	held, known := k.held[key]
	switch {
	case badAddress(text) != "":
		return codeSyntax, "this is no address: " + badAddress(text)
	case k.rows[key] != i:
		return codeDuplicate, fmt.Sprintf("row %d has the same address; keep one of them", k.lines[k.rows[key]])
	case known && !held.Active:
		return codeInactive, "the person is Inactive: reactivate them at the portal, an upload does not"
	case !known && k.renamed(key):
		return codeRenamed, "the portal knows the person under another address: this one would invite them a second time and take a seat; write the address that the portal has"
	}
	return "", ""
}

func (k *checker) renamed(key string) bool {
	for today, there := range k.context.Renamed {
		if fold(today) == key {
			_, held := k.held[fold(there)]
			return held
		}
	}
	return false
}

func (k *checker) manager(i int, text string) (code, say string) {
	key, own := fold(text), fold(k.cells[i][k.email])
	held, known := k.held[key]
	_, here := k.rows[key]
	switch {
	case key == own:
		return codeManagerSelf, "the person reports to themselves; leave the cell blank"
	case !here && (!known || !held.Active):
		return codeManagerUnknown, "the manager must be invited already or be in the same file; leave the cell blank until then"
	case k.circle(own):
		return codeManagerCycle, "the line of managers leads back to this row; leave one of its cells blank"
	}
	return "", ""
}

// circle says that somebody's line of managers comes back to them.
func (k *checker) circle(address string) bool {
	met := map[string]bool{}
	for at := k.managers[address]; at != "" && !met[at]; at = k.managers[at] {
		if at == address {
			return true
		}
		met[at] = true
	}
	return false
}
