package ledger_test

import (
	"testing"
	"time"
)

// TestNobodyIsStuckBeforeAVisit: at a portal that somebody visits once a week people are due for days, and that is no fault.
func TestNobodyIsStuckBeforeAVisit(t *testing.T) {
	eachWorld(t, func(w *world) {
		p := w.basics(1)
		w.check(w.ledger.GoLive(w.Context(), w.ann, p.ID))
		w.pushAll("ann")
		stuck := func() (n int) {
			for _, f := range w.findings() {
				if f.Invariant == "I7" {
					n++
				}
			}
			return n
		}
		w.later(7 * 24 * time.Hour)
		if n := stuck(); n != 0 {
			t.Errorf("%d are stuck a week after they were due", n)
		}
		w.later(2 * 24 * time.Hour)
		if n := stuck(); n != 1 {
			t.Errorf("%d are stuck when a visit was left out, want ann", n)
		}
	})
}
