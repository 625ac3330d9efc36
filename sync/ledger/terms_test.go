package ledger_test

import (
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestTermsWarnBeforeTheirEnd: once each 90, 30 and 7 days before, whoever sweeps; a term that was
// prolonged warns anew, and no end releases anybody.
func TestTermsWarnBeforeTheirEnd(t *testing.T) {
	eachWorld(t, func(w *world) {
		const day = 24 * time.Hour
		s := w.seats(1)
		s.EndsAt = usher.TimeOf(w.clock.now().Add(100 * day))
		w.sellOnly(s)
		ann := w.push(user("Ann"))
		warned := func(want int) {
			w.Helper()
			w.sweep()
			w.check(ledger.New(w.store, ledger.Options{}).Sweep(w.Context())) // another process
			events, err := w.store.Look().Events(w.Context(), store.EventQuery{Kind: usher.EventTermEnds})
			w.check(err)
			if len(events) != want {
				w.Fatalf("%d warnings at %s, want %d: %+v", len(events), w.clock.now(), want, events)
			}
		}
		warned(0)
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{10*day - time.Minute, 0}, {2 * time.Hour, 1}, {59 * day, 1}, {day, 2}, {23 * day, 3}, {3 * day, 3}, {10 * day, 3}} {
			w.clock.add(step.wait)
			warned(step.want)
		}
		w.want(ann, usher.Invited)
		if note := ledger.TermNote(w.subscription("adkar"), w.store.Now()); note == "" {
			w.Error("nothing says that the term is over")
		}
		s.EndsAt = usher.TimeOf(w.clock.now().Add(20 * day))
		w.sellOnly(s)
		w.clock.add(2 * time.Hour)
		warned(4)
	})
}
