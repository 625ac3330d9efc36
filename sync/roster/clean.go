package roster

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/internal/table"
	"usher/internal/usher"
)

// What can be amiss with any cell, as Finding.Code says it.
const (
	fieldOuterSpace = "field.outer_space"
	fieldControl    = "field.control"
	fieldFormula    = "field.formula"
)

// take takes over the cells of the columns used, without outer space.
func (x *rowReading) take(cells []string) {
	for _, column := range x.used {
		x.cells[column] = trim(cells[column])
	}
}

// inspect looks for what no cell may hold.
func (x *rowReading) inspect(row table.Row) {
	for _, column := range x.used {
		v := x.cells[column]
		if v == "" {
			continue
		}
		if cell := row.Cells[column]; len(v) != len(cell) {
			x.find(column, fieldOuterSpace, usher.SeverityInfo, cell, "has space at an end, which is taken off")
		}
		if formula(v) {
			x.find(column, fieldFormula, usher.SeverityError, v, "starts like a formula; type the text that is meant")
		}
		if printable(v) {
			continue
		}
		if r, found := strange(v); found {
			x.find(column, fieldControl, usher.SeverityError, v, fmt.Sprintf("holds %U, which nobody can see or which stands for a lost character; type the cell again", r))
		}
		if doubled(v) {
			x.profile.doubled++
		}
	}
	for _, note := range row.Notes {
		if slices.Contains(x.used, note.Column-1) {
			x.find(note.Column-1, note.Code, usher.SeverityError, x.cells[note.Column-1], note.Problem)
		}
	}
}

// printable says that s is made of visible ASCII characters and spaces, as most cells are.
func printable(s string) bool {
	for i := range len(s) {
		if s[i]-' ' > '~'-' ' {
			return false
		}
	}
	return true
}

// trim takes off outer space and makes line breaks within a cell alike.
func trim(s string) string {
	s = strings.TrimSpace(s)
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return s
}

// strange finds a control character other than tab and line break, one that leaves no trace on the screen (except the
// two joiners that some scripts write with), or the one that stands for lost text.
func strange(s string) (rune, bool) {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
				return rune(c), true
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if r == utf8.RuneError || unicode.IsControl(r) || r != '\u200c' && r != '\u200d' && unicode.Is(unicode.Cf, r) {
			return r, true
		}
	}
	return 0, false
}

// formula says that a spreadsheet program could run the cell. Numbers, phone numbers and dashes are none.
func formula(s string) bool {
	switch first, size := utf8.DecodeRuneInString(s); first {
	case '=', '@', '\uff1d', '\uff20':
		return len(s) > size
	case '+', '-', '\uff0b', '\uff0d':
		return strings.ContainsFunc(s[size:], func(r rune) bool { return unicode.IsLetter(r) || strings.ContainsRune("=@!|\"'", r) })
	}
	return false
}

// doubled says that s looks like UTF-8 that was read as Windows-1252 and saved again: somewhere in it stand the
// characters of a first byte and of as many following ones as that asks for.
func doubled(s string) bool {
	missing := 0 // following bytes
	for i := strings.IndexFunc(s, isFirst); 0 <= i && i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case missing == 1 && isFollowing(r):
			return true
		case missing == 2 && isFollowing(r):
			missing = 1
		case isFirst(r):
			missing = 1 + int(r>>5&1) // 0xe0 and above ask for two
		default:
			missing = 0
		}
	}
	return false
}

func isFirst(r rune) bool { return 0xc2 <= r && r <= 0xef }

// isFollowing says that Windows-1252 has r at 0x80 to 0xbf.
func isFollowing(r rune) bool {
	return 0x80 <= r && r <= 0xbf || strings.ContainsRune("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ", r)
}
