package proportal

import (
	"fmt"
	"slices"
)

// notes are for whoever works through a list.
func (r *rendering) notes(steps []step) []string {
	notes := []string{"Work through the rows in their order, and confirm each one by its step."}
	has := func(test func(step) bool) bool { return slices.ContainsFunc(steps, test) }
	if has(func(s step) bool { return s.action == invite && (s.access == accessAdmin || s.access == accessBoth) }) {
		notes = append(notes, "Admin rights given to somebody who is there already take effect after their next login.")
	}
	if has(func(s step) bool { return slices.Contains(s.notes, onceActive) }) {
		notes = append(notes, "Leave a row open that says \""+onceActive+"\" until it is; it is asked for again.")
	}
	if has(func(s step) bool { return s.action == giveRole || s.action == removeRole }) {
		notes = append(notes, "The role of a full admin is given and taken by the vendor's support alone.")
	}
	return append(notes, r.shortages(steps)...)
}

// shortages say of which pool the list gives more than is free as far as is known, to people who lose a
// seat in the same go: all others were held back.
func (r *rendering) shortages(steps []step) []string {
	var notes []string
	for _, pool := range r.Pools {
		moved := 0
		for _, s := range steps {
			moved += count(s.gives, pool.Subscription) - count(s.takes, pool.Subscription)
		}
		if over := pool.Occupied + moved - pool.Purchased; moved > 0 && over > 0 {
			notes = append(notes, fmt.Sprintf("%s: more seats than are free, by %d, as far as is known; say row by row what the portal refuses.", pool.Subscription, over))
		}
	}
	slices.Sort(notes)
	return notes
}

func count(names []string, name string) int {
	n := 0
	for _, other := range names {
		if other == name {
			n++
		}
	}
	return n
}
