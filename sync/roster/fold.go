package roster

import (
	"strings"
	"unicode/utf8"

	"usher/internal/usher"
)

// appendAddress appends the key of an address, as usher.FoldAddress makes it, to into; plain says that the address is
// made of ASCII characters alone.
func appendAddress(into []byte, s string) (key []byte, plain bool, err error) {
	if key, plain = appendPlain(into, s); plain {
		return key, true, nil
	}
	text, err := usher.FoldAddress(s)
	return append(into, text...), isASCII(s), err
}

// appendPlain is the short way for an address of which folding is no more than lower-casing, as for nearly all: words
// with single dots between, and a domain of labels with single hyphens within. Not ok says nothing about others.
func appendPlain(into []byte, s string) (key []byte, ok bool) {
	at, label, before := -1, 0, byte('.')
	key = into
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', isDigit(c):
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case c == '.' && before != '.' && (at < 0 || before != '@' && before != '-'):
			label = -1
		case c == '@' && at < 0 && before != '.':
			at, label = i, -1
		case c == '-' && (at < 0 || before != '.' && before != '@' && before != '-'):
		case at < 0 && (c == '_' || c == '+' || c == '\''):
		default:
			return into, false
		}
		if label++; at >= 0 && label > 63 {
			return into, false
		}
		before = c
		key = append(key, c)
	}
	if at < 1 || at > 64 || len(s)-at > 256 || before == '.' || before == '@' || before == '-' {
		return into, false
	}
	return key, true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendText appends the key of a text that is no address, as usher.FoldEmployeeNumber makes it.
func appendText(into []byte, s string) []byte { return append(into, usher.FoldEmployeeNumber(s)...) }

// appendReference appends the key of a text that may be an address or a number.
func appendReference(into []byte, s string) []byte {
	if strings.IndexByte(s, '@') >= 0 {
		if key, _, err := appendAddress(into, s); err == nil {
			return key
		}
	}
	return appendText(into, s)
}
