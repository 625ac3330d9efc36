package ledger_test

import (
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestDiscardStopsARun: whoever applies a plan ends when it is discarded; what was applied stays
// and can be undone, the rest is dropped.
func TestDiscardStopsARun(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(10)}, Guards: wideGuards()})
		const rows = 900
		made, err := w.ledger.ProposeRoster(w.Context(), w.hr, people(rows).feed(w.hr.Directory, false))
		w.check(err)
		type end struct {
			plan usher.Plan
			err  error
		}
		ended := make(chan end, 2)
		for range cap(ended) {
			go func() {
				p, err := w.ledger.ApplyPlan(w.Context(), made.Number)
				ended <- end{p, err}
			}()
		}
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			p, err := w.store.Look().Plan(w.Context(), made.Number)
			w.check(err)
			if p.Counts.Applied > 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("nothing is applied: %+v", p)
			}
		}
		stopped, err := w.ledger.DiscardPlan(w.Context(), w.ann, made.Number)
		w.check(err)
		for range cap(ended) {
			e := <-ended
			if e.err != nil || e.plan.State != usher.PlanStopped || e.plan.Counts.Applied != stopped.Counts.Applied {
				t.Errorf("applying ended with %+v, %v", e.plan, e.err)
			}
		}
		dropped, err := w.store.Look().CountChanges(w.Context(), made.ID, usher.ChangeDropped)
		w.check(err)
		applied := stopped.Counts.Applied
		if stopped.State != usher.PlanStopped || applied == 0 || dropped == 0 || applied+dropped != rows || len(w.active()) != applied {
			t.Fatalf("%+v: %d dropped, %d active", stopped, dropped, len(w.active()))
		}
		if _, err := w.ledger.DiscardPlan(w.Context(), w.ann, made.Number); err == nil {
			t.Error("discarded twice")
		}
		w.check(w.ledger.ResumePlans(w.Context()))
		w.sweep()
		if n := len(w.active()); n != applied {
			t.Fatalf("%d active, %d were applied", n, applied)
		}
		if back := w.undo(made.Number); back.State != usher.PlanApplied || back.Counts.Applied != applied || len(w.active()) != 0 {
			t.Errorf("undone: %+v, %d active", back, len(w.active()))
		}
		if again := w.plan(people(rows)); again.Counts.Joiners != rows || len(w.active()) != rows {
			t.Errorf("the file again: %+v, %d active", again, len(w.active()))
		}
		w.sound()
	})
}

// TestDiscardBeforeAnythingIsApplied: there is no run then.
func TestDiscardBeforeAnythingIsApplied(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(30))
		made, err := w.ledger.ProposeRoster(w.Context(), w.hr, mixed(30, 6, func(a *usher.Attributes) { a.Active = false }).add("zoe", "Sales").feed(w.hr.Directory, false))
		w.check(err)
		if made.State != usher.PlanApplying || made.Counts.Held != 6 {
			t.Fatalf("%+v", made)
		}
		p, err := w.ledger.DiscardPlan(w.Context(), w.ann, made.Number)
		w.check(err)
		dropped, err := w.store.Look().CountChanges(w.Context(), p.ID, usher.ChangeDropped)
		w.check(err)
		if p.State != usher.PlanDiscarded || p.AppliedAt != 0 || p.Counts.Applied != 0 || dropped != 7 {
			t.Errorf("%+v: %d dropped", p, dropped)
		}
		if done := w.apply(p); done.Counts.Applied != 0 || len(w.active()) != 30 {
			t.Errorf("applied afterwards: %+v, %d active", done, len(w.active()))
		}
	})
}
