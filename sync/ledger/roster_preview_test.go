package ledger_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestPreviewKeepsNothing: what a file would be under another mapping and policy is shown, and
// is gone afterwards. Nobody can let it go meanwhile.
func TestPreviewKeepsNothing(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(30))
		last := w.plan(people(30).without(2))
		if last.Counts.Missing != 2 {
			t.Fatalf("%+v", last.Counts)
		}
		w.later(48 * time.Hour)
		events := w.events()
		feed := mixed(30, 6, func(a *usher.Attributes) { a.Active = false }).without(2).feed(w.hr.Directory, false)
		feed.Mapping, feed.Reread = "m2", true
		policy := ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(10)}, Guards: wideGuards()}
		show := func(state usher.PlanState) func(usher.Plan) error {
			return func(p usher.Plan) error {
				if p.State != state || p.Counts.Leavers != 4 || p.Counts.Absent+p.Counts.Missing != 0 {
					t.Errorf("%+v", p)
				}
				plans, err := w.store.Look().Plans(w.Context(), w.hr.Directory, 1)
				w.check(err)
				if plans[0].State != usher.PlanReading || plans[0].ID != p.ID {
					t.Fatalf("in the store: %+v", plans[0])
				}
				if _, err := w.ledger.ConfirmPlan(w.Context(), w.ann, plans[0].Number, ledger.Selection{}); !errors.Is(err, usher.ErrStale) {
					t.Errorf("a preview was confirmed: %v", err)
				}
				if done, err := w.ledger.ApplyPlan(w.Context(), plans[0].Number); err != nil || done.Counts.Applied != 0 {
					t.Errorf("a preview was applied: %+v, %v", done, err)
				}
				changes, err := w.store.Look().Changes(w.Context(), p.ID, 0, 100)
				w.check(err)
				if n := len(slices.DeleteFunc(changes, func(c usher.Change) bool { return c.Class == usher.ClassKept })); n != 4 {
					t.Errorf("%d changes", n)
				}
				return nil
			}
		}
		w.check(w.ledger.PreviewRoster(w.Context(), feed, policy, show(usher.PlanApplying)))
		policy.Guards = usher.Guards{Releases: usher.Limit{Min: 1}, ArmedFrom: 5} // those of the other policy count
		w.check(w.ledger.PreviewRoster(w.Context(), feed, policy, show(usher.PlanOpen)))
		failed := errors.New("cannot be shown")
		if err := w.ledger.PreviewRoster(w.Context(), feed, policy, func(usher.Plan) error { return failed }); !errors.Is(err, failed) {
			t.Error(err)
		}
		plans, err := w.store.Look().Plans(w.Context(), w.hr.Directory, 10)
		w.check(err)
		if len(plans) != 2 || w.events() != events || len(w.active()) != 30 {
			t.Errorf("%d plans, %d events more, %d active", len(plans), w.events()-events, len(w.active()))
		}
	})
}
