package prosci

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"usher/internal/usher"
)

// The two joiners are invisible and still letters of a kind: Persian and Indic names need
// them.
const joiners = "\u200c\u200d"

// cleanName is a name as it is written: composed, without what cannot be seen, and with single
// spaces. Accents, apostrophes, commas and quotes stay.
func cleanName(name string) string {
	spaced := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' ' // the no-break one too
		case unicode.IsControl(r), invisible(r):
			return -1
		}
		return r
	}, name)
	return norm.NFC.String(strings.Join(strings.Fields(spaced), " "))
}

// invisible reports characters that leave no trace on the screen and mean nothing in a name.
func invisible(r rune) bool {
	return r >= utf8.RuneSelf && unicode.In(r, unicode.Cf, unicode.Variation_Selector) && !strings.ContainsRune(joiners, r)
}

// cleanAddress is the address of somebody new to the portal as it is written.
func cleanAddress(address string) string { return strings.ToLower(trim(address)) }

// trim takes spaces of every kind off both ends.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || invisible(r) })
}

// breaksLine reports what starts a new line in some program.
func breaksLine(s string) bool { return strings.ContainsAny(s, "\n\r\v\f\u0085\u2028\u2029") }

// startsFormula reports a cell that a spreadsheet program would run (OWASP, CSV injection),
// and the full-width forms of the same characters.
func startsFormula(cell string) bool {
	r, _ := utf8.DecodeRuneInString(cell)
	return cell != "" && strings.ContainsRune("=+-@\t\r\uff1d\uff0b\uff0d\uff20", r)
}

// sameAs is the key under which two addresses are one, whatever their case.
func sameAs(address string) string {
	if key, err := usher.FoldAddress(trim(address)); err == nil {
		return key
	}
	return usher.FoldText(trim(address))
}

// oddLocal reports characters before the @ that the vendor warns of.
func oddLocal(address string) bool {
	at := max(strings.LastIndexByte(address, '@'), 0)
	return strings.ContainsFunc(address[:at], func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._-", r))
	})
}

// beyondASCII reports letters that mail systems may not take.
func beyondASCII(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
