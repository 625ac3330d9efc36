package ascender

import (
	"fmt"
	"slices"
	"strings"

	"usher/internal/usher"
)

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
