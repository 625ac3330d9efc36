package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// BenchmarkUndo takes back a run that moved everybody of a company of 10,000 and gave some
// a new address, on SQLite with its own promises: seconds to plan the way back, and to have
// it applied.
func BenchmarkUndo(b *testing.B) {
	const size = 10_000
	for b.Loop() {
		b.StopTimer()
		s := storetest.Open(b, store.Options{Folder: b.TempDir()})
		l := ledger.New(s, ledger.Options{})
		ann := usher.Principal{Kind: usher.PrincipalOperator, Name: "ann", Reason: "bench"}
		done := func(err error) {
			if err != nil {
				b.Fatal(err)
			}
		}
		done(l.SetUp(b.Context(), ann, ledger.Setup{
			Directories: []usher.Directory{{Name: "hr", Kind: usher.DirectoryFile, Rank: 1, Owner: true}},
			Portals:     []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true}},
		}))
		_, err := l.Propose(b.Context(), ann, ledger.Policy{
			Subscriptions: []ledger.SubscriptionPolicy{{Name: "adkar", Portal: "learning", Seats: size * 2 / 3, Rule: `department == "Sales"`}},
			Guards:        wideGuards(),
		})
		done(err)
		d, err := s.Look().DirectoryNamed(b.Context(), "hr")
		done(err)
		run := func(p *paper) usher.Plan {
			made, err := l.ProposeRoster(b.Context(), ann, p.feed(d.ID, true))
			done(err)
			_, err = l.ConfirmPlan(b.Context(), ann, made.Number, ledger.Selection{})
			done(err)
			made, err = l.ApplyPlan(b.Context(), made.Number)
			done(err)
			done(l.Sweep(b.Context()))
			return made
		}
		first, next := &paper{}, &paper{}
		for i := range size {
			key := fmt.Sprintf("p%05d", i)
			first.add(key, "Sales")
			next.add(key, []string{"R&D", "Sales"}[i%2], func(a *usher.Attributes) { a.Title, a.Active = "Head", i%10 != 0 })
		}
		run(first)
		moved := run(next)
		b.StartTimer()

		begun := time.Now()
		back, err := l.UndoPlan(b.Context(), ann, moved.Number)
		done(err)
		b.ReportMetric(time.Since(begun).Seconds(), "s-plan")
		begun = time.Now()
		_, err = l.ConfirmPlan(b.Context(), ann, back.Number, ledger.Selection{})
		done(err)
		back, err = l.ApplyPlan(b.Context(), back.Number)
		done(err)
		b.ReportMetric(time.Since(begun).Seconds(), "s-apply")
		if back.Counts.Applied != size || back.Counts.Stale != 0 {
			b.Fatalf("%+v", back.Counts)
		}
	}
}
