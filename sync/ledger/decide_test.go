package ledger_test

import (
	"errors"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

func TestRevisionLeavesADiscardedHoldAlone(t *testing.T) {
	eachWorld(t, func(w *world) {
		p := ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(9)},
			Guards: usher.Guards{Releases: usher.Limit{}, Invitations: usher.Limit{Min: 99}, ArmedFrom: 2}}
		w.policy(p)
		r := w.pushAll("ann", "bob", "cy", "dot", "eve", "fay")
		w.deliver()
		w.later(48 * time.Hour)
		w.change(w.okta, r["ann"].ID, leaves)
		w.check(w.ledger.DiscardHold(w.Context(), w.ann, w.holds()[0].Number))
		p.Subscriptions[0].Seats = 12
		if rev := w.policy(p); rev.State != usher.RevisionActive {
			w.Fatalf("revision %d is %s: %s", rev.Number, rev.State, rev.Plan)
		}
		w.want(r["ann"], usher.Active)
	})
}

func TestAddressInUseIsNotTakenFromAnActivePerson(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(9))
		ann := w.push(user("ann"))
		other := w.push(user("other", func(a *usher.Attributes) { a.Emails[0].Value = "ann@example.com" }))
		open := w.conflicts()
		if len(open) != 1 || other.Person != "" {
			w.Fatalf("conflicts %+v, person %q", open, other.Person)
		}
		if err := w.ledger.LinkConflict(w.Context(), w.ann, open[0].Number, ""); !errors.Is(err, usher.ErrInvalid) {
			w.Fatalf("linked to somebody new: %v", err)
		}
		if len(w.conflicts()) != 1 {
			w.Fatal("the conflict is closed although nothing was decided")
		}
		w.change(w.okta, other.ID, func(a *usher.Attributes) { a.Emails[0].Value = "other@example.com" })
		w.want(other, usher.Invited)
		w.want(ann, usher.Invited)
		if len(w.conflicts()) != 0 {
			w.Fatalf("conflicts %+v", w.conflicts())
		}
	})
}
