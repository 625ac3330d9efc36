package prosci

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/usher"
)

// Check judges an upload file that somebody filled or altered by hand: every cell that the
// portal would refuse, or take for something else. It is pure, and fails for a file that is no
// batch upload at all. Rows are counted as a spreadsheet program shows them.
func (p *Portal) Check(file []byte) ([]usher.Finding, error) {
	sheet, err := openTable(file)
	if err != nil {
		return nil, fmt.Errorf("check upload: %w", err)
	}
	l, err := bind(sheet.Header)
	if err != nil {
		return nil, fmt.Errorf("check upload: %w", err)
	}
	c := checker{layout: l, headings: headings(sheet.Header), rows: map[string]int{}}
	findings, err := readRows(sheet, file, c.row)
	if err != nil {
		return nil, fmt.Errorf("check upload: %w", err)
	}
	return findings, nil
}

// checker looks at one row after the other.
type checker struct {
	layout
	headings headings
	rows     map[string]int // where an address came first
	findings []usher.Finding
	number   int
}

func (c *checker) row(number int, cells []string) []usher.Finding {
	c.number, c.findings = number, nil
	if number == 2 && c.isExample(cells) {
		return []usher.Finding{{Row: number, Code: exampleRow, Severity: usher.SeverityError, Text: "the template's example is still there; delete the row"}}
	}
	for i, cell := range cells {
		switch {
		case i == c.first || i == c.last:
			c.text(i, cell)
		case i == c.email:
			c.address(i, cell)
		case i == c.graduation:
			c.date(i, cell)
		}
		for _, t := range c.tools {
			switch i {
			case t.at:
				c.letter(i, cell)
			case t.expires:
				c.date(i, cell)
			}
		}
	}
	return c.findings
}

// say adds a finding on a column.
func (c *checker) say(at int, code string, severity usher.Severity, value, text string) {
	c.findings = append(c.findings, c.headings.finding(c.number, at, code, severity, value, text))
}

// isExample knows the row that a downloaded template comes with: nobody is called Example.
func (l layout) isExample(cells []string) bool {
	local, _, _ := strings.Cut(strings.ToLower(cells[l.email]), "@")
	names := strings.ToLower(cells[l.first] + " " + cells[l.last])
	return slices.ContainsFunc([]string{"example", "sample"}, func(word string) bool {
		return strings.Contains(names, word) && strings.Contains(local, word)
	})
}

// text looks at a cell that must hold text, and says whether it does.
func (c *checker) text(at int, cell string) bool {
	if cleanName(cell) == "" {
		c.say(at, fieldRequired, usher.SeverityError, cell, "empty; the portal needs it")
		return false
	}
	if strings.TrimSpace(cell) != cell {
		c.say(at, fieldSpace, usher.SeverityError, cell, "space before or after; remove it")
	}
	inner := strings.TrimSpace(cell)
	if breaksLine(inner) || strings.ContainsFunc(inner, control) {
		c.say(at, fieldControl, usher.SeverityError, cell, "a line break or another control character; remove it")
	}
	if strings.ContainsFunc(inner, invisible) {
		c.say(at, fieldInvisible, usher.SeverityError, cell, "a character that cannot be seen, such as a zero-width space; type the text again")
	}
	if startsFormula(inner) {
		c.say(at, fieldFormula, usher.SeverityError, cell, "starts with = + - or @, which a spreadsheet program runs as a formula; look at where it comes from")
	}
	return true
}

func control(r rune) bool { return r < ' ' || r == '\x7f' || '\u0080' <= r && r <= '\u009f' }

// address looks at an address, as it would be without what is wrong with it as text.
func (c *checker) address(at int, cell string) {
	if !c.text(at, cell) {
		return
	}
	address := strings.Map(func(r rune) rune {
		if invisible(r) || control(r) {
			return -1
		}
		return r
	}, trim(cell))
	key, err := usher.FoldAddress(address)
	switch {
	case err != nil:
		c.say(at, emailSyntax, usher.SeverityError, cell, err.Error())
		return
	case beyondASCII(address):
		c.say(at, emailNonASCII, usher.SeverityWarning, cell, "letters beyond ASCII; the portal may refuse the address")
	case oddLocal(address):
		c.say(at, emailSpecial, usher.SeverityWarning, cell, "characters before the @ other than letters, digits, dot, hyphen and underscore; the portal may refuse the address")
	}
	if first, twice := c.rows[key]; twice {
		c.say(at, rowDuplicate, usher.SeverityError, cell, fmt.Sprintf("the same address as on row %d, ignoring case; keep one of them", first))
		return
	}
	c.rows[key] = c.number
}

// letter looks at a tool's cell.
func (c *checker) letter(at int, cell string) {
	switch {
	case cell == "Y" || cell == "N":
	case strings.TrimSpace(cell) == "":
		c.say(at, toolBlank, usher.SeverityWarning, cell, "blank: what the portal makes of it is not documented; write Y or N, or use a template without this tool")
	default:
		c.say(at, toolValue, usher.SeverityError, cell, "write Y to give the tool, or N to take it away")
	}
}

// date looks at a date's cell. Only the form that nobody can misread is let pass.
func (c *checker) date(at int, cell string) {
	word := strings.TrimSpace(cell)
	_, err := time.Parse(time.DateOnly, word)
	switch {
	case word == "" || err == nil && word == cell:
	case err == nil:
		c.say(at, fieldSpace, usher.SeverityError, cell, "space before or after; remove it")
	case strings.Trim(word, "0123456789") == "":
		c.say(at, dateSerial, usher.SeverityError, cell, "the number by which Excel keeps a day; format the column as text and write the date as 2026-12-31")
	case iso(word):
		c.say(at, dateInvalid, usher.SeverityError, cell, "there is no such day")
	default:
		c.say(at, dateAmbiguous, usher.SeverityError, cell, "day and month may be taken for one another; write the date as 2026-12-31")
	}
}

// iso says that a word has the form of an ISO 8601 date.
func iso(word string) bool {
	return len(word) == len(time.DateOnly) && strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return '0'
		}
		return r
	}, word) == "0000-00-00"
}
