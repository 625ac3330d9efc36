package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// part applies the first transaction of a plan, as a process does that ends then.
func (w *filing) part(p usher.Plan) usher.Plan {
	w.Helper()
	ctx, end := context.WithCancel(w.Context())
	defer end()
	was := p.Counts.Applied
	var look func()
	look = func() {
		w.clock.asked = nil
		if p, err := w.store.Look().Plan(w.Context(), p.Number); err != nil || p.Counts.Applied > was {
			end()
			return
		}
		w.clock.asked = look
	}
	w.clock.asked = look
	if _, err := w.ledger.ApplyPlan(ctx, p.Number); !errors.Is(err, context.Canceled) {
		w.Fatalf("all of it was applied: %v", err)
	}
	p, err := w.store.Look().Plan(w.Context(), p.Number)
	w.check(err)
	if p.State != usher.PlanApplying || p.Counts.Applied <= was {
		w.Fatalf("%s %+v", p.State, p.Counts)
	}
	return p
}

// stop plans a paper, confirms it where it waits, and discards it in the midst of its run.
func (w *filing) stop(p *paper) usher.Plan {
	w.Helper()
	made, err := w.ledger.ProposeRoster(w.Context(), w.hr, p.feed(w.hr.Directory, false))
	w.check(err)
	if made.State == usher.PlanOpen {
		made, err = w.ledger.ConfirmPlan(w.Context(), w.ann, made.Number, ledger.Selection{})
		w.check(err)
	}
	w.part(made)
	stopped, err := w.ledger.DiscardPlan(w.Context(), w.ann, made.Number)
	w.check(err)
	w.sweep()
	if stopped.State != usher.PlanStopped {
		w.Fatalf("%s %+v", stopped.State, stopped.Counts)
	}
	return stopped
}

func (w *filing) lastAccepted() int64 {
	w.Helper()
	last, err := w.store.Look().LastAccepted(w.Context(), w.hr.Directory, true)
	w.check(err)
	return last.Number
}

// TestStoppedFileIsNotAccepted: the next file is compared with the one before it, and an older one does not become younger
// by it; what was applied can be undone, and done again, without making the file count.
func TestStoppedFileIsNotAccepted(t *testing.T) {
	eachFiling(t, func(w *filing) {
		first := w.plan(people(300))
		filed := w.filed()
		w.later(time.Hour)
		wrong := w.stop(people(1000))
		if wrong.AppliedAt == 0 || w.lastAccepted() != first.Number || w.filed() != filed {
			t.Errorf("accepted plan %d, filed %d; %s %+v", w.lastAccepted(), w.filed(), wrong.State, wrong.Counts)
		}
		if want := fmt.Sprintf("%d changes were applied, %d are dropped", wrong.Counts.Applied, 700-wrong.Counts.Applied); !strings.HasPrefix(wrong.Why, want) {
			t.Errorf("%q, want %q", wrong.Why, want)
		}
		back := w.undo(wrong.Number)
		if back.State != usher.PlanApplied || back.Counts.Applied != wrong.Counts.Applied || len(w.active()) != 300 {
			t.Fatalf("undone: %s %+v, %d active", back.State, back.Counts, len(w.active()))
		}
		if again := w.undo(back.Number); again.Counts.Applied == 0 || w.lastAccepted() != first.Number {
			t.Errorf("accepted after undo and back: %d; %s %+v", w.lastAccepted(), again.State, again.Counts)
		}
		w.undo(w.last())
		right := w.plan(people(301))
		if right.State != usher.PlanApplied || len(right.Reasons) > 0 || w.lastAccepted() != right.Number {
			t.Errorf("the right file: %s %+v %q", right.State, right.Counts, right.Reasons)
		}
		w.sound()
	})
}

// TestStoppedFileIsPlannedAgain: what was not applied is new again, and nobody whom the run had not reached is absent by it.
func TestStoppedFileIsPlannedAgain(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(1000)}, Guards: wideGuards()})
		w.plan(people(500))
		w.deliver()
		w.later(24 * time.Hour)
		halved := people(500).without(200) // whom the run reaches first
		for i, r := range halved.rows {
			r.Record.Attributes.Department, r.Hash = "Ops", r.Hash+1
			halved.rows[i] = r
		}
		stopped := w.stop(halved)
		noted, err := w.store.Look().RosterAbsences(w.Context(), w.hr.Directory)
		w.check(err)
		if noted == 0 || noted >= 200 || noted != stopped.Counts.Applied {
			t.Fatalf("%d are noted as missing: %+v", noted, stopped.Counts)
		}
		w.later(24 * time.Hour)
		again := w.plan(halved)
		if again.State != usher.PlanApplied || again.Counts.Movers != 300 || again.Counts.Absent != noted || again.Counts.Missing != 200-noted {
			t.Errorf("%d were noted, the file again: %s %+v", noted, again.State, again.Counts)
		}
		if same := w.plan(halved); same.State != usher.PlanUnchanged {
			t.Errorf("once more: %s %+v", same.State, same.Counts)
		}
		w.seal()
		w.sound()
	})
}

// TestDroppedFileIsAccepted: a run of which only what was held is dropped was applied.
func TestDroppedFileIsAccepted(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(30))
		p := w.plan(mixed(30, 6, func(a *usher.Attributes) { a.Active = false }).add("zoe", "Sales"))
		if p.State != usher.PlanOpen || p.Counts.Applied != 1 {
			t.Fatalf("%+v", p)
		}
		p, err := w.ledger.DiscardPlan(w.Context(), w.ann, p.Number)
		w.check(err)
		if p.State != usher.PlanDiscarded || w.lastAccepted() != p.Number || w.filed() != p.CreatedAt {
			t.Errorf("accepted plan %d, filed %d; %+v", w.lastAccepted(), w.filed(), p)
		}
	})
}

// filed is when the last file came that counts.
func (w *filing) filed() (at usher.Time) {
	w.Helper()
	w.check(w.store.Read(w.Context(), func(tx *store.Tx) (err error) {
		at, err = tx.LastFiled(w.Context(), w.hr.Directory)
		return err
	}))
	return at
}

// last is the number of the directory's newest plan.
func (w *filing) last() int64 {
	w.Helper()
	plans, err := w.store.Look().Plans(w.Context(), w.hr.Directory, 1)
	w.check(err)
	return plans[0].Number
}
