package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"usher/internal/usher"
)

// details compares what an active account says of its person: what the portal does not show, and
// what usher has no text for, is equal to anything.
func (d *drifting) details() {
	if d.Desired == nil || d.Untold {
		return
	}
	if names := d.names(); len(names) > 0 {
		d.add(usher.DriftName, "", strings.Join(names, "; "))
	}
	if m := d.Seen.Manager; m != "" && len(d.Manager) > 0 && !Named(m, d.Manager) {
		d.add(usher.DriftManager, "", fmt.Sprintf("the portal has another manager than %s; after a manager left, it may have moved reports up", d.Manager[len(d.Manager)-1])+d.noMore())
	}
	if words := d.teams(); len(words) > 0 {
		d.add(usher.DriftTeam, "", strings.Join(words, "; ")+d.noMore())
	}
	var diff differences
	diff.spelled("title", d.Seen.Title, d.Desired.Title)
	diff.spelled("department", d.Seen.Department, d.Desired.Department)
	for _, column := range slices.Sorted(maps.Keys(d.Desired.Values)) {
		diff.spelled(column, d.Seen.Values[column], d.Desired.Values[column])
	}
	if len(diff) > 0 {
		d.add(usher.DriftValue, "", strings.Join(diff, "; ")+d.noMore())
	}
}

// noMore says that telling does not help.
func (d *drifting) noMore() string {
	if d.Told < TellAtMost {
		return ""
	}
	return fmt.Sprintf("; it was told %d times and is told no more: see to it at the portal, or correct it here", d.Told)
}

// names compares the parts of the name that the portal shows, else the name as a whole.
func (d *drifting) names() []string {
	var diff differences
	diff.spelled("first name", d.Seen.GivenName, d.Desired.GivenName)
	diff.spelled("last name", d.Seen.FamilyName, d.Desired.FamilyName)
	whole := strings.TrimSpace(d.Desired.GivenName + " " + d.Desired.FamilyName)
	if d.Seen.GivenName == "" && d.Seen.FamilyName == "" && spell(d.Seen.DisplayName) != spell(whole) {
		diff.spelled("name", d.Seen.DisplayName, d.Desired.DisplayName)
	}
	return diff
}

// Named says that a portal's word for a manager is one of the names by which it may call them.
func Named(word string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return n != "" && usher.FoldText(spell(n)) == usher.FoldText(spell(word)) })
}

// spelled tells a difference that is not one of composition or spaces.
func (l *differences) spelled(what, there, wanted string) {
	if there != "" && wanted != "" && spell(there) != spell(wanted) {
		l.say(what, fmt.Sprintf("%q", there), fmt.Sprintf("%q", wanted))
	}
}

func spell(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }
