package ledger_test

import (
	"testing"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestARunIsNotTakenUpTwice looks for interrupted runs while this process is at one, after its first portion: it is left alone
// there, and taken up by a process that is not at it.
func TestARunIsNotTakenUpTwice(t *testing.T) {
	eachFiling(t, func(w *filing) {
		var l *ledger.Ledger
		var number int64
		state := func() (cursor int64, s usher.PlanState) {
			p, err := w.store.Look().Plan(t.Context(), number)
			w.check(err)
			return p.Cursor, p.State
		}
		looked := false
		l = ledger.New(w.store, ledger.Options{OnPortal: func(usher.ID) {
			if looked {
				return
			}
			looked = true
			before, s := state()
			w.check(l.ResumePlans(t.Context()))
			if after, _ := state(); after != before || before == 0 || s != usher.PlanApplying {
				t.Errorf("%s: from change %d to %d", s, before, after)
			}
			w.check(w.ledger.ResumePlans(t.Context()))
			if _, s := state(); s != usher.PlanApplied {
				t.Errorf("another process leaves it %s", s)
			}
		}})
		made, err := l.ProposeRoster(t.Context(), w.hr, people(150).feed(w.hr.Directory, false))
		w.check(err)
		number = made.Number
		p, err := l.ApplyPlan(t.Context(), number)
		if err != nil || !looked || p.State != usher.PlanApplied || len(w.active()) != 150 {
			t.Errorf("%s, %v; %d active", p.State, err, len(w.active()))
		}
	})
}
