package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// A configuration that is put back while somebody makes the changed one active must leave
// one of them active.
func TestPuttingBackAConfigurationRacedAgainstItsActivation(t *testing.T) {
	eachWorld(t, func(w *world) {
		policy := func(rule string) ledger.Policy {
			s := w.seats(5)
			s.Rule = rule
			return ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{s}, Guards: wideGuards()}
		}
		now := policy("true")
		w.policy(now)
		w.push(user("ann"))
		for i := range 20 {
			next := policy(fmt.Sprintf("displayName == %q", fmt.Sprint("nobody", i)))
			proposed, err := w.ledger.Propose(w.Context(), w.ann, next)
			w.check(err)
			if proposed.State != usher.RevisionProposed {
				w.Fatalf("revision %d is %s", proposed.Number, proposed.State)
			}
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := w.ledger.Activate(w.Context(), w.ann, proposed.Number); err != nil && !errors.Is(err, usher.ErrStale) {
					w.Error(err)
				}
			})
			wg.Go(func() {
				if _, err := w.ledger.Propose(w.Context(), w.ann, now); err != nil {
					w.Error(err)
				}
			})
			wg.Wait()
			active, err := w.store.Look().ActiveRevision(w.Context())
			if err != nil {
				w.Fatalf("round %d: no revision is active: %v", i, err)
			}
			if active.Number == proposed.Number { // back, for the next round
				r, err := w.ledger.Propose(w.Context(), w.ann, now)
				w.check(err)
				if r.State == usher.RevisionProposed {
					_, err = w.ledger.Activate(w.Context(), w.ann, r.Number)
					w.check(err)
				}
			}
			w.sweep()
		}
	})
}

// A sweep that waited for a person whom another transaction has locked would be waited for
// by that one, when it notes the person as due.
func TestSweepPassesOverWhoIsLocked(t *testing.T) {
	eachWorld(t, func(w *world) {
		if w.store.Engine() == "sqlite" {
			return // one writer: nothing is locked
		}
		w.sell(w.seats(5))
		r := w.pushAll("ann", "bob")
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
			return tx.MarkEveryoneDue(w.Context(), store.DuePerson{Why: "test"})
		}))
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
			if _, err := tx.LockPersons(w.Context(), r["ann"].Person); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(w.Context(), 20*time.Second)
			defer cancel()
			return w.ledger.Sweep(ctx)
		}))
		if n, err := w.store.Look().CountDue(w.Context()); n != 1 || err != nil {
			w.Fatalf("%d people are due, %v", n, err)
		}
		w.sweep()
		if n, err := w.store.Look().CountDue(w.Context()); n != 0 || err != nil {
			w.Fatalf("%d people are due, %v", n, err)
		}
	})
}
