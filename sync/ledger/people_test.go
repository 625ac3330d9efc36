package ledger_test

import (
	"slices"
	"testing"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// withHR adds a second directory, which does not decide who is active.
func (w *world) withHR(rank int) usher.Principal {
	w.Helper()
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{
			{Name: "okta", Kind: usher.DirectorySCIM, Rank: 2, EmployeeNumbers: "hr", Owner: true},
			{Name: "hr", Kind: usher.DirectorySCIM, Rank: rank, EmployeeNumbers: "hr"},
		},
		Portals: []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}},
	})
	return w.directory("hr")
}

func (w *world) conflictKinds() []usher.ConflictKind {
	w.Helper()
	var kinds []usher.ConflictKind
	for _, k := range w.conflicts() {
		kinds = append(kinds, k.Kind)
	}
	return kinds
}

func (w *world) wantConflicts(kinds ...usher.ConflictKind) {
	w.Helper()
	if got := w.conflictKinds(); !slices.Equal(got, kinds) {
		w.Fatalf("conflicts %v, want %v", got, kinds)
	}
}

// Okta's ids are of mixed case.
func TestManagerHealsWhateverTheCaseOfTheReference(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(9))
		bob := w.push(user("bob", func(a *usher.Attributes) { a.Manager = "00uAnn" }))
		ann := w.push(user("ann", func(a *usher.Attributes) { a.ExternalID = "00uAnn" }))
		w.sweep()
		if got := w.person(bob).Manager; got != w.person(ann).ID {
			w.Fatalf("manager of bob: %q", got)
		}
	})
}
