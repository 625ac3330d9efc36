package roster

import (
	"strings"

	"usher/internal/usher"
)

// appendAddress appends the key of an address, as usher.FoldAddress makes it, to into.
func appendAddress(into []byte, s string) ([]byte, error) {
	if plainAddress(s) {
		return appendLower(into, s), nil
	}
	key, err := usher.FoldAddress(s)
	return append(into, key...), err
}

// plainAddress says that s is an address of which folding is no more than lower-casing: most are.
func plainAddress(s string) bool {
	at := strings.IndexByte(s, '@')
	return 0 < at && at <= 64 && len(s)-at <= 256 && plainWords(s[:at], "_-+'") && plainDomain(s[at+1:])
}

// plainDomain says that s is made of labels of letters and digits, with single hyphens within.
func plainDomain(s string) bool {
	if !plainWords(s, "-") || strings.Contains(s, "--") || strings.Contains(s, "-.") || strings.Contains(s, ".-") || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	label := 0
	for i := range len(s) {
		if label++; s[i] == '.' {
			label = 0
		}
		if label > 63 {
			return false
		}
	}
	return true
}

// plainWords says that s is made of ASCII letters, digits and the characters in also, with single dots within.
func plainWords(s, also string) bool {
	dot := true // as if before the first
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.' && dot:
			return false
		case c == '.', isDigit(c), 'a' <= c|0x20 && c|0x20 <= 'z', strings.IndexByte(also, c) >= 0:
			dot = c == '.'
		default:
			return false
		}
	}
	return !dot
}

// appendText appends the key of a text that is no address, as usher.FoldEmployeeNumber makes it.
func appendText(into []byte, s string) []byte { return append(into, usher.FoldEmployeeNumber(s)...) }

func appendLower(into []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		into = append(into, c)
	}
	return into
}

// appendReference appends the key of a text that may be an address or a number.
func appendReference(into []byte, s string) []byte {
	if strings.IndexByte(s, '@') >= 0 {
		if key, err := appendAddress(into, s); err == nil {
			return key
		}
	}
	return appendText(into, s)
}
