package ledger_test

import (
	"strings"
	"testing"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestGuardOfSeats: when many move out of what entitles them, those wait who would lose a
// seat, and the others go.
func TestGuardOfSeats(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(30)) // of whom ten are seated
		away := func(a *usher.Attributes) { a.Department = "R&D" }
		few := w.plan(mixed(30, 3, away))
		if few.State != usher.PlanApplied || few.Counts.Movers != 3 {
			t.Fatalf("three may: %+v", few)
		}
		many := w.plan(mixed(30, 14, away))
		if many.State != usher.PlanOpen || many.Counts.Movers != 11 || many.Counts.Held < 4 || many.Counts.Applied == 0 {
			t.Fatalf("%+v", many)
		}
		if len(many.Reasons) != 1 || !strings.Contains(many.Reasons[0], "lose a seat") {
			t.Errorf("reasons %q", many.Reasons)
		}
		if p := w.confirm(many.Number, ledger.Selection{}); p.State != usher.PlanApplied || p.Counts.Applied != 11 {
			t.Errorf("confirmed: %+v", p)
		}
	})
}
