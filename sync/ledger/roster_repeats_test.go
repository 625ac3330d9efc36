package ledger_test

import (
	"context"
	"testing"

	"usher/internal/usher"
)

// TestFilesAlikeAreNotRead: a file with the rows of the one that was applied last is not
// read, though another waits or was looked at since; after another was applied it is.
func TestFilesAlikeAreNotRead(t *testing.T) {
	eachFiling(t, func(w *filing) {
		all := people(12)
		all.summary.Content = []string{"all"}
		changed := people(12).add("new", "Sales")
		changed.summary.Content = []string{"changed"}
		reads := 0
		plan := func(p *paper, name string, byHand bool) usher.Plan {
			t.Helper()
			f := p.feed(w.hr.Directory, byHand)
			f.File.SHA256 = name // every file has other bytes
			read := f.Read
			f.Read = func(ctx context.Context, same func(string, int64) bool, each func(usher.RosterRow) error) (usher.RosterSummary, error) {
				reads++
				return read(ctx, same, each)
			}
			f.Alike = func(_ context.Context, before usher.RosterSummary) (usher.RosterSummary, bool, error) {
				alike := len(before.Content) == 1 && before.Content[0] == p.summary.Content[0]
				before.Lines = 99
				return before, alike, nil
			}
			made, err := w.ledger.ProposeRoster(t.Context(), w.hr, f)
			if err == nil && made.State == usher.PlanApplying {
				made, err = w.ledger.ApplyPlan(t.Context(), made.Number)
			}
			if err != nil {
				t.Fatal(err)
			}
			return made
		}
		for _, step := range []struct {
			name   string
			paper  *paper
			byHand bool
			reads  int
			state  usher.PlanState
		}{
			{"the first", all, false, 1, usher.PlanApplied},
			{"alike", all, false, 1, usher.PlanUnchanged},
			{"a look at another", changed, true, 2, usher.PlanOpen},
			{"alike after the look", all, false, 2, usher.PlanUnchanged},
			{"another", changed, false, 3, usher.PlanApplied},
			{"alike to what was applied before it", all, false, 4, usher.PlanApplied},
		} {
			p := plan(step.paper, step.name, step.byHand)
			if reads != step.reads || p.State != step.state {
				t.Errorf("%s: %d readings, %s %+v; want %d, %s", step.name, reads, p.State, p.Counts, step.reads, step.state)
			}
			if step.state == usher.PlanUnchanged && (p.Summary.Lines != 99 || p.Counts.Unchanged != 12 || p.Counts.Rows != 12) {
				t.Errorf("%s: %+v %+v", step.name, p.Summary, p.Counts)
			}
		}
	})
}
