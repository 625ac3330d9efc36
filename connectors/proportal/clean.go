package proportal

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"usher/internal/usher"
)

// clean makes a name such as can be typed into a form: composed, without control characters
// and characters that nobody sees, and with single spaces. Letters, accents, apostrophes and
// commas stay.
func clean(name string) string {
	seen := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, name)
	return norm.NFC.String(strings.Join(strings.Fields(seen), " "))
}

// newAddress is the address under which somebody is made whom the portal does not know.
func newAddress(d usher.Desired) string { return strings.ToLower(strings.TrimSpace(d.Address)) }

// known is the address under which the portal has an account; what it has is never altered.
func known(c usher.AccountChange) string {
	switch {
	case c.RemoteID != "":
		return c.RemoteID
	case c.Seen != nil && c.Seen.RemoteID != "":
		return c.Seen.RemoteID
	}
	return newAddress(c.Desired)
}

// whoIs names the person of a change: as they should be named, else as the portal has them.
func whoIs(c usher.AccountChange) who {
	w := who{clean(c.Desired.GivenName), clean(c.Desired.FamilyName), known(c)}
	if c.Seen != nil && w.first == "" && w.last == "" {
		w.first, w.last = clean(c.Seen.GivenName), clean(c.Seen.FamilyName)
	}
	return w
}

// same compares names of teams and addresses as the portal does, ignoring case.
func same(a, b string) bool { return usher.FoldText(clean(a)) == usher.FoldText(clean(b)) }
