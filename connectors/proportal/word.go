package proportal

import (
	"slices"

	"usher/internal/usher"
)

// Words are what a portal's lists say beside the well-known words. Case does not count.
type Words struct {
	Active   []string // somebody who is there ["Active"]
	Pending  []string // who was invited and has not come yet ["Pending", "Invited"]
	Inactive []string // who has no seat any more ["Deactivated", "Inactive", "Disabled", "Removed"]
	Seat     []string // access with a seat ["Subscription", "ITProTV Subscription"]
	Admin    []string // access to the administration without one; a full admin ["Admin", "ProPortal Admin"]
	Both     []string // both of these ["Both"]
}

// words are all words of a portal, folded.
type words struct{ sets map[string]meaning }

// meaning is what a word of a status or of an access says.
type meaning int

const (
	unknown meaning = iota
	isActive
	isPending
	isInactive
	isSeat
	isAdmin
	isBoth
)

func (w Words) compile() words {
	all := words{map[string]meaning{}}
	for _, set := range []struct {
		means      meaning
		usual, own []string
	}{
		{isActive, []string{"Active"}, w.Active},
		{isPending, []string{"Pending", "Invited"}, w.Pending},
		{isInactive, []string{"Deactivated", "Inactive", "Disabled", "Removed"}, w.Inactive},
		{isSeat, []string{"Subscription", accessSubscription}, w.Seat},
		{isAdmin, []string{"Admin", accessAdmin}, w.Admin},
		{isBoth, []string{accessBoth}, w.Both},
	} {
		for _, word := range slices.Concat(set.usual, set.own) {
			all.sets[usher.FoldText(clean(word))] = set.means
		}
	}
	return all
}

func (w words) of(word string) meaning { return w.sets[usher.FoldText(clean(word))] }

func (w words) admin(word string) bool {
	m := w.of(word)
	return m == isAdmin || m == isBoth
}

// pending says that somebody was invited and has not come yet.
func (p *Connector) pending(s usher.Seen) bool { return s.Active && p.words.of(s.Status) == isPending }
