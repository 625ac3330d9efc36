package ledger_test

import (
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// heldWorld is a world with six people seated in adkar, where the guards hold the first
// release and the first invitation from now on.
func heldWorld(w *world) map[string]usher.Record {
	s := w.seats(9)
	s.Rule = `department == "Sales" || inGroup("Pilots")`
	w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{s}, Guards: usher.Guards{ArmedFrom: 2}})
	_, err := w.ledger.CreateGroup(w.Context(), w.okta, group("Pilots"), nil)
	w.check(err)
	r := w.pushAll("ann", "bob", "cy", "dot", "eve", "fay")
	w.deliver()
	w.later(48 * time.Hour)
	return r
}

func (w *world) decideHold(f func(number int64) error) {
	w.Helper()
	open := w.holds()
	if len(open) != 1 {
		w.Fatalf("holds: %+v", open)
	}
	w.check(f(open[0].Number))
}

func (w *world) discardHold() {
	w.Helper()
	w.decideHold(func(n int64) error { return w.ledger.DiscardHold(w.Context(), w.ann, n) })
}

func TestWithholdingHastensAReleaseThatIsHeldOrSettles(t *testing.T) {
	eachWorld(t, func(w *world) {
		r := heldWorld(w)
		sub := w.subscription("adkar").ID
		w.change(w.okta, r["ann"].ID, func(a *usher.Attributes) { a.Department = "R&D" })
		w.want(r["ann"], usher.Active)
		w.check(w.ledger.Withhold(w.Context(), w.ann, sub, w.person(r["ann"]).ID, 0))
		w.want(r["ann"], usher.Releasing)
	})
	eachWorld(t, func(w *world) {
		s := w.seats(1)
		s.Settle = time.Hour
		w.sell(s)
		ann := w.push(user("ann"))
		w.deliver()
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Department = "R&D" })
		w.want(ann, usher.Active)
		w.check(w.ledger.Withhold(w.Context(), w.ann, w.subscription("adkar").ID, w.person(ann).ID, 0))
		w.want(ann, usher.Releasing)
	})
}

func TestDiscardedReleaseYieldsToAHuman(t *testing.T) {
	for name, decide := range map[string]func(w *world, sub, person usher.ID) error{
		"withhold":    func(w *world, sub, p usher.ID) error { return w.ledger.Withhold(w.Context(), w.ann, sub, p, 0) },
		"release now": func(w *world, sub, p usher.ID) error { return w.ledger.Release(w.Context(), w.ann, sub, p) },
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				r := heldWorld(w)
				w.change(w.okta, r["ann"].ID, func(a *usher.Attributes) { a.Department = "R&D" })
				w.discardHold()
				w.want(r["ann"], usher.Active)
				w.check(decide(w, w.subscription("adkar").ID, w.person(r["ann"]).ID))
				w.want(r["ann"], usher.Releasing)
			})
		})
	}
}

func TestDecisionElsewhereApprovesNothingHere(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.seats(9)
		other := ledger.SubscriptionPolicy{Name: "dev", Portal: "learning", Seats: 9}
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{s, other}, Guards: usher.Guards{Invitations: usher.Limit{Min: 99}, ArmedFrom: 2}})
		r := w.pushAll("ann", "bob", "cy", "dot", "eve", "fay")
		w.deliver()
		w.later(48 * time.Hour)
		w.change(w.okta, r["ann"].ID, func(a *usher.Attributes) { a.Department = "R&D" })
		w.discardHold()
		w.check(w.ledger.Grant(w.Context(), w.ann, w.subscription("dev").ID, w.person(r["ann"]).ID, 0))
		w.want(r["ann"], usher.Active)
	})
}

func TestPinSeatsWhomAGuardHoldsOrAnAdminDiscarded(t *testing.T) {
	eachWorld(t, func(w *world) {
		heldWorld(w)
		gus := w.push(user("gus"))
		w.want(gus, usher.Queued)
		sub, person := w.subscription("adkar").ID, w.person(gus).ID
		w.check(w.ledger.Grant(w.Context(), w.ann, sub, person, 0))
		w.want(gus, usher.Invited)

		hal := w.push(user("hal"))
		w.discardHold()
		w.want(hal, "")
		w.check(w.ledger.Grant(w.Context(), w.ann, sub, w.person(hal).ID, 0))
		w.want(hal, usher.Invited)
	})
}

// Membership changes no attribute of a person, and yet says something new of them.
func TestDiscardedReleaseIsOverOnceTheRuleAgrees(t *testing.T) {
	eachWorld(t, func(w *world) {
		r := heldWorld(w)
		second := group("Pilots")
		second.CreateHash = "another group of this name"
		pilots, err := w.ledger.CreateGroup(w.Context(), w.okta, second, []usher.ID{r["bob"].ID})
		w.check(err)
		member := func(kind usher.MemberOpKind) {
			_, err := w.ledger.ChangeGroup(w.Context(), w.okta, pilots.ID, func(g usher.Group) (usher.Group, []usher.MemberOp, error) {
				return g, []usher.MemberOp{{Kind: kind, IDs: []usher.ID{r["ann"].ID}}}, nil
			})
			w.check(err)
		}
		w.change(w.okta, r["ann"].ID, func(a *usher.Attributes) { a.Department = "R&D" })
		w.discardHold()
		member(usher.MembersAdd)
		member(usher.MembersRemove)
		if len(w.holds()) != 1 {
			w.Fatalf("holds: %+v", w.holds())
		}
	})
}
