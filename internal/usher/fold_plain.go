package usher

import "strings"

// plainAddress says that an address is of the kind that nearly all are: folding it is no more
// than lower-casing. Whatever it does not accept is looked at with care by foldAddress, which
// gives the same for what it accepts.
func plainAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || len(s) > maxAddress || len(domain) > maxPlainDomain {
		return false
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool { return !alphanumeric(r) && r != '_' && r != '-' && r != '+' && r != '\'' }) {
			return false
		}
	}
	for label := range strings.SplitSeq(domain, ".") {
		if !plainLabel(label) {
			return false
		}
	}
	return true
}

// Bounds within which host names need no second look, in bytes (RFC 1035, 2.3.4).
const (
	maxPlainDomain = 253
	maxPlainLabel  = 63
)

// plainLabel says that a label of a host name consists of letters, digits and inner hyphens,
// and is not one of those with hyphens in third and fourth place, which stand for something
// else (RFC 5891, 4.2.3.1).
func plainLabel(s string) bool {
	if s == "" || len(s) > maxPlainLabel || s[0] == '-' || s[len(s)-1] == '-' || len(s) > 3 && s[2:4] == "--" {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !alphanumeric(r) && r != '-' })
}

func alphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}
