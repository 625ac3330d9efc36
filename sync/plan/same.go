package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/internal/usher"
)

// Same says whether the portal shows what is desired, and tells every difference in words; these hold personal data.
// managerRemote is the id there of the desired manager, memberRemotes those of a team's members.
//
// Equal to anything is: what the portal does not show (an empty text, a nil list; an empty list that is not nil is
// shown as empty; a column that is not among Values), what usher has no text for, and everything but Active of an account
// that shall not be active.
// User names and addresses are compared without case, because portals store them in their own.
func Same(d usher.Desired, s usher.Seen, managerRemote string, memberRemotes []string) (bool, []string) {
	if !d.Active && !s.Active {
		return true, nil
	}
	var diff differences
	if d.Active != s.Active {
		diff.say("active", fmt.Sprint(s.Active), fmt.Sprint(d.Active))
	}
	if d.Active {
		diff.text("external id", s.Key, d.Key)
		diff.folded("user name", s.UserName, d.UserName)
		diff.folded("address", s.Address, d.Address)
		diff.text("display name", s.DisplayName, d.DisplayName)
		diff.text("given name", s.GivenName, d.GivenName)
		diff.text("family name", s.FamilyName, d.FamilyName)
		diff.text("title", s.Title, d.Title)
		diff.text("department", s.Department, d.Department)
		diff.text("manager", s.Manager, managerRemote)
		diff.list("subscriptions", s.Subscriptions, d.Subscriptions)
		diff.list("teams", s.Teams, d.Teams)
		diff.list("members", s.Members, memberRemotes)
		for _, column := range slices.Sorted(maps.Keys(s.Values)) {
			diff.text(column, s.Values[column], d.Values[column])
		}
		if s.Admin != nil && *s.Admin != d.Admin {
			diff.say("admin", fmt.Sprint(*s.Admin), fmt.Sprint(d.Admin))
		}
	}
	return len(diff) == 0, diff
}

// differences are told as "title: there "Engineer", wanted "Lead"".
type differences []string

func (l *differences) say(what, there, wanted string) {
	*l = append(*l, fmt.Sprintf("%s: there %s, wanted %s", what, there, wanted))
}

func (l *differences) text(what, there, wanted string) {
	if another(there, wanted) {
		l.say(what, fmt.Sprintf("%q", there), fmt.Sprintf("%q", wanted))
	}
}

func (l *differences) folded(what, there, wanted string) {
	if usher.FoldText(there) != usher.FoldText(wanted) {
		l.text(what, there, wanted)
	}
}

// list tells what is missing there and what is too much.
func (l *differences) list(what string, there, wanted []string) {
	if there == nil {
		return
	}
	var words []string
	if missing := without(wanted, there); len(missing) > 0 {
		words = append(words, "missing "+strings.Join(missing, ", "))
	}
	if extra := without(there, wanted); len(extra) > 0 {
		words = append(words, "too much "+strings.Join(extra, ", "))
	}
	if len(words) > 0 {
		*l = append(*l, what+": "+strings.Join(words, "; "))
	}
}

// without is the set of what is in list and not in other.
func without(list, other []string) []string {
	return slices.DeleteFunc(set(list), func(s string) bool { return slices.Contains(other, s) })
}
