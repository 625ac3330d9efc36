package ledger_test

import (
	"context"
	"testing"

	"usher/internal/usher"
)

// TestPlanPanicsWhereItIsAskedFor: what panics while a file is read, or beside it while its rows are compared, is the
// caller's, who may live on: and so does the ledger.
func TestPlanPanicsWhereItIsAskedFor(t *testing.T) {
	const rows = 5000 // so many that they are compared in portions
	odd := func() { panic("odd") }
	for name, arrange := range map[string]func(w *filing, each func(usher.RosterRow) error) func(usher.RosterRow) error{
		"reading": func(_ *filing, each func(usher.RosterRow) error) func(usher.RosterRow) error {
			return func(r usher.RosterRow) error {
				if r.Number == rows {
					odd()
				}
				return each(r)
			}
		},
		"comparing": func(w *filing, each func(usher.RosterRow) error) func(usher.RosterRow) error {
			w.clock.asked = odd
			return each
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachFiling(t, func(w *filing) {
				f := people(rows).feed(w.hr.Directory, false)
				read := f.Read
				f.Read = func(ctx context.Context, same func(string, int64) bool, each func(usher.RosterRow) error) (usher.RosterSummary, error) {
					return read(ctx, same, arrange(w, each))
				}
				func() {
					defer func() {
						got := recover()
						if carried, ok := got.(*usher.Panicked); ok {
							got = carried.Value
						}
						if got != "odd" {
							t.Errorf("%v", got)
						}
					}()
					p, err := w.ledger.ProposeRoster(t.Context(), w.hr, f)
					t.Errorf("it has ended: %s, %v", p.State, err)
				}()
				w.clock.asked = nil
				if p := w.plan(people(12)); p.State != usher.PlanApplied {
					t.Errorf("afterwards: %s %+v", p.State, p.Counts)
				}
			})
		})
	}
}
