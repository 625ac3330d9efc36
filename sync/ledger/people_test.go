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

func TestDeactivatedRecordThatReturnsUnderAnotherIdIsAConflict(t *testing.T) {
	returnsAs := func(w *world, r usher.Record) {
		w.change(w.okta, r.ID, func(a *usher.Attributes) { a.Active, a.ExternalID = true, "x-another" })
	}
	eachWorld(t, func(w *world) {
		w.sell(w.seats(9))
		ann := w.push(user("ann"))
		old := w.person(ann)
		w.deliver()
		w.change(w.okta, ann.ID, leaves)
		w.deliver()
		returnsAs(w, ann)
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Title = "new here" })
		w.wantConflicts(usher.ConflictRecycled)
		now, err := w.store.Look().Person(w.Context(), old.ID)
		w.check(err)
		if now.Active {
			w.Fatal("the leaver came back")
		}
		w.check(w.ledger.LinkConflict(w.Context(), w.ann, w.conflicts()[0].Number, ""))
		w.wantConflicts()
		if p := w.person(ann); p.ID == old.ID || !p.Active {
			w.Fatalf("somebody new is %+v", p)
		}
		w.want(ann, usher.Invited)
	})
	eachWorld(t, func(w *world) {
		w.sell(w.seats(9))
		ann := w.push(user("ann"))
		old := w.person(ann)
		w.change(w.okta, ann.ID, leaves)
		returnsAs(w, ann)
		w.wantConflicts(usher.ConflictRecycled)
		w.check(w.ledger.LinkConflict(w.Context(), w.ann, w.conflicts()[0].Number, old.ID))
		w.wantConflicts()
		if p := w.person(ann); p.ID != old.ID || !p.Active {
			w.Fatalf("the rejoiner is %+v", p)
		}
	})
}

// A number that was typed wrong at first must not make its true bearer somebody else.
func TestEmployeeNumberGivenUpDecidesNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(9))
		number := func(n string) func(*usher.Attributes) {
			return func(a *usher.Attributes) { a.EmployeeNumber = n }
		}
		ann := w.push(user("ann", number("1001")))
		w.change(w.okta, ann.ID, number("1002"))
		bob := w.push(user("bob", number("1001")))
		if bob.Person != "" {
			w.Fatalf("bob became %s, ann is %s", bob.Person, ann.Person)
		}
		w.wantConflicts(usher.ConflictTaken)
	})
}

func TestConflictOverAnAddressClosesWhenItIsCorrected(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(9))
		w.push(user("ann"))
		bob := w.push(user("bob"))
		w.change(w.okta, bob.ID, func(a *usher.Attributes) { a.Emails = append(a.Emails, usher.Email{Value: "ann@example.com"}) })
		w.wantConflicts(usher.ConflictTaken)
		w.change(w.okta, bob.ID, func(a *usher.Attributes) { a.Emails = a.Emails[:1] })
		w.wantConflicts()
	})
}

func TestAdoptionByAddressRewritesNoAddressInTheSameStep(t *testing.T) {
	eachWorld(t, func(w *world) {
		hr := w.withHR(1)
		w.sell(w.seats(9))
		ann := w.push(user("ann"))
		r, err := w.ledger.CreateRecord(w.Context(), hr, user("ann", func(a *usher.Attributes) {
			a.ExternalID, a.UserName = "7", "eve@example.com"
			a.Emails = []usher.Email{{Value: "eve@example.com", Primary: true}, {Value: "ann@example.com"}}
		}))
		w.check(err)
		p := w.person(ann)
		if r.Person != p.ID || p.Address != "ann@example.com" {
			w.Fatalf("record of %s; %s has the address %s", r.Person, p.ID, p.Address)
		}
	})
}
