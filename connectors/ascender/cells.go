package ascender

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"usher/internal/usher"
)

// maxCell is how many characters a cell of a workbook holds.
const maxCell = 32_767

// clean is a text as it is written: composed, trimmed, without zero-width spaces and control
// characters, every run of space a single one. Apostrophes, accents and commas stay. It is
// composed last: an accent may stand behind a character that goes.
func clean(s string) string {
	if plain(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case zeroWidth(r), unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}

// plain says that there is nothing to clean: most texts are such.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			return false
		}
	}
	return true
}

// zeroWidth reports the spaces that nobody sees. Joiners are letters of some languages' spelling.
func zeroWidth(r rune) bool { return r == '\u200b' || r == '\u2060' || r == '\ufeff' || r == '\u00ad' }

// unwritable says why a text cannot stand in a cell of the upload, or nothing. What a spreadsheet
// program would run is held back: the portal would keep an apostrophe that defuses it.
func unwritable(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "is not text (invalid UTF-8)"
	case formula(s):
		return "starts like a formula"
	case strings.ContainsFunc(strings.TrimSpace(s), lineBreak):
		return "has a line break"
	case utf8.RuneCountInString(s) > maxCell:
		return "is longer than a cell can be"
	}
	return ""
}

// formula says that a spreadsheet program would run a cell.
func formula(s string) bool {
	s = strings.TrimLeft(s, " \u00a0\u200b\ufeff")
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune("=+-@\t\r\uff1d\uff0b\uff0d\uff20", r)
}

func lineBreak(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) }

// badAddress says why a text is no address, or nothing.
func badAddress(s string) string {
	if _, err := usher.FoldAddress(s); err != nil {
		return err.Error()
	}
	return ""
}
