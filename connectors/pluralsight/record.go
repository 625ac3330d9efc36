package pluralsight

import (
	"cmp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"usher/internal/usher"
)

// header is the first line of every file (developer.pluralsight.com, license provisioning).
const header = "id,email,first_name,last_name"

// record is one person's line, and the place of the change among its fellows.
type record struct {
	at                     int
	id, email, first, last string
}

// newRecord is the line of a change. The id is ours and never changes, so a new address is
// the same person's; who leaves goes under the address that the portal was last told.
func newRecord(at int, c usher.AccountChange) record {
	want := c.Desired
	r := record{at: at, id: cmp.Or(want.Key, c.RemoteID), email: want.Address, first: plain(want.GivenName), last: plain(want.FamilyName)}
	if !want.Active && c.Seen != nil {
		r.email = cmp.Or(c.Seen.Address, r.email)
	}
	return r
}

// objection says why no file can hold r, or nothing. Ids and addresses are never altered.
func (r record) objection() string {
	for _, cell := range []struct{ name, text, remedy string }{
		{"id", r.id, "usher needs its id of the person"},
		{"email", r.email, "give the person a main address at its source"},
	} {
		if cell.text == "" {
			return cell.name + " is empty, and Pluralsight requires it: " + cell.remedy
		}
		if strings.ContainsFunc(cell.text, breaks) || strings.ContainsRune("=+-@", rune(cell.text[0])) {
			return cell.name + " holds a character that Pluralsight's files cannot carry (comma, quotation mark, blank, or a sign that begins a formula): correct it at its source"
		}
	}
	return ""
}

// breaks says whether a character breaks a file apart.
func breaks(r rune) bool {
	return strings.ContainsRune(`,"';\`, r) || unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar
}

// seen is what the portal holds once it has carried r out.
func (r record) seen(want usher.Desired) usher.Seen {
	s := usher.Seen{RemoteID: r.id, Key: r.id, Active: want.Active, Address: r.email, GivenName: r.first, FamilyName: r.last, Subscriptions: []string{}}
	if want.Active {
		s.Subscriptions = append(s.Subscriptions, want.Subscriptions...)
	}
	return s
}

// file is the CSV of records. No cell needs quotes: objection and plain see to it.
func file(records []record) []byte {
	var b strings.Builder
	b.WriteString(header + "\n")
	for _, r := range records {
		b.WriteString(strings.Join([]string{r.id, r.email, r.first, r.last}, ",") + "\n")
	}
	return []byte(b.String())
}

// plain is a name without special characters, as the vendor advises: Latin letters without
// accents, letters of other scripts as they are, digits, blanks and hyphens.
func plain(name string) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Pd, r):
			return '-'
		case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsDigit(r):
			return r
		}
		return -1
	}, name)
	var b strings.Builder
	accented := false                         // what comes is an accent of a Latin letter
	for _, r := range norm.NFC.String(kept) { // last: an accent may stand behind a character that went
		switch {
		case unicode.Is(unicode.Latin, r):
			accented = true
			b.WriteString(latin(r))
			continue
		case unicode.IsMark(r) && accented:
			continue
		}
		accented = false
		b.WriteRune(r)
	}
	return strings.Trim(strings.Join(strings.Fields(b.String()), " "), " -")
}

// latin is a Latin letter in those of ASCII, as people of its language write it where there
// are no others.
func latin(r rune) string {
	const from, to = "äöüÄÖÜßẞæÆœŒøØłŁđĐðÐþÞıħĦŧŦŋŊ", "ae oe ue Ae Oe Ue ss SS ae AE oe OE o O l L d D d D th Th i h H t T n N"
	if i := strings.IndexRune(from, r); i >= 0 {
		return strings.Fields(to)[len([]rune(from[:i]))]
	}
	parts := []rune(norm.NFD.String(string(r)))
	if parts[0] != r { // a letter with accents: Ǽ is Æ with one
		return latin(parts[0])
	}
	return string(r)
}
