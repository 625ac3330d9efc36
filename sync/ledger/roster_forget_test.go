package ledger_test

import (
	"errors"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// TestWhatADeadProcessLeftIsSwept: a plan that nobody computes any more is forgotten with all that
// it has, in more than one transaction, and also where that was begun before.
func TestWhatADeadProcessLeftIsSwept(t *testing.T) {
	eachFiling(t, func(w *filing) {
		const rows = 4_500
		var p usher.Plan
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
			p = usher.Plan{ID: tx.NewID(), Number: 77, Directory: w.hr.Directory, State: usher.PlanReading, CreatedAt: tx.Now()}
			if err := tx.InsertPlan(w.Context(), p); err != nil {
				return err
			}
			var changes []usher.Change
			var findings []usher.Finding
			for i := range rows {
				changes = append(changes, usher.Change{Plan: p.ID, Seq: int64(i + 1), Class: usher.ClassJoiner, Key: "k", State: usher.ChangePlanned})
				findings = append(findings, usher.Finding{Row: i + 2, Code: "field.required", Severity: usher.SeverityError})
			}
			return errors.Join(tx.AddChanges(w.Context(), changes), tx.AddFindings(w.Context(), p.ID, 0, findings))
		}))
		left := func() (changes, findings int) {
			changes, err := w.store.Look().CountChanges(w.Context(), p.ID, usher.ChangePlanned)
			w.check(err)
			list, err := w.store.Look().Findings(w.Context(), p.ID, rows)
			w.check(err)
			return changes, len(list)
		}
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error { // as far as somebody came who died
			n, err := tx.DropChanges(w.Context(), p.ID, 100)
			if n != 100 {
				t.Errorf("%d of 100 changes are dropped", n)
			}
			return err
		}))
		w.sweep()
		if changes, findings := left(); changes != rows-100 || findings != rows {
			t.Fatalf("a plan that may still be computed has %d changes and %d findings", changes, findings)
		}
		w.later(2 * time.Hour)
		w.sweep()
		if changes, findings := left(); changes != 0 || findings != 0 {
			t.Errorf("%d changes and %d findings are left", changes, findings)
		}
		if _, err := w.store.Look().Plan(w.Context(), p.Number); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("the plan is left: %v", err)
		}
	})
}

// TestARefusedFileKeepsItsFindings and none of the changes that were staged before it was refused.
func TestARefusedFileKeepsItsFindings(t *testing.T) {
	eachFiling(t, func(w *filing) {
		p := people(20_500) // more than are ordered together, so that some are written
		p.refuse("zoe")
		p.summary.Findings = []usher.Finding{{Code: "file.truncated", Severity: usher.SeverityError}}
		made := w.plan(p)
		changes, err := w.store.Look().Changes(w.Context(), made.ID, 0, 10)
		w.check(err)
		findings, err := w.store.Look().Findings(w.Context(), made.ID, 10)
		w.check(err)
		if made.State != usher.PlanRefused || len(changes) != 0 || len(findings) != 2 || len(w.active()) != 0 {
			t.Errorf("%+v, %d changes, %+v", made, len(changes), findings)
		}
	})
}
