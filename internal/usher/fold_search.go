package usher

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// FoldSearch returns the form in which texts are searched: that of FoldText without accents, so that whoever types "jose" or
// "soren" finds José and Søren. It is for finding alone: two people may share it, so it never is a key.
func FoldSearch(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	var plain strings.Builder
	for _, r := range norm.NFD.String(FoldText(s)) {
		if !unicode.Is(unicode.Mn, r) {
			writePlain(&plain, r)
		}
	}
	return norm.NFC.String(plain.String())
}

// writePlain writes the letters that people type for one that no accent explains.
func writePlain(to *strings.Builder, r rune) {
	switch r {
	case 'ß':
		to.WriteString("ss")
	case 'æ':
		to.WriteString("ae")
	case 'œ':
		to.WriteString("oe")
	case 'ø':
		to.WriteByte('o')
	case 'ł':
		to.WriteByte('l')
	case 'đ', 'ð':
		to.WriteByte('d')
	case 'ı':
		to.WriteByte('i')
	case 'þ':
		to.WriteString("th")
	default:
		to.WriteRune(r)
	}
}
