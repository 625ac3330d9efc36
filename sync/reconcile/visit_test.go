package reconcile_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"usher/connectors"
	"usher/internal/usher"
	"usher/sync/reconcile"
)

// calendar is a portal's next visit, which the test brings about.
type calendar struct{ at atomic.Pointer[time.Time] }

func (c *calendar) next(after time.Time) time.Time {
	if at := c.at.Load(); at != nil {
		return *at
	}
	return after.Add(time.Hour)
}

func (c *calendar) comes() {
	past := time.Unix(0, 0)
	c.at.Store(&past)
}

// visits checks how many of the portal's visits are open.
func (w *world) visits(want int) []usher.Visit {
	w.Helper()
	open, err := w.store.Look().OpenVisits(w.Context(), w.portal.ID)
	w.check(err)
	if len(open) != want {
		w.Fatalf("%d visits are open, want %d: %+v", len(open), want, open)
	}
	return open
}

// releaseNow takes somebody's seat back at once: they left, and their seat would settle.
func (w *world) releaseNow(r usher.Record) {
	w.Helper()
	w.push(r, false)
	sub, err := w.store.Look().SubscriptionNamed(w.Context(), subscriptionName)
	w.check(err)
	w.check(w.ledger.Release(w.Context(), usher.Principal{Kind: usher.PrincipalOperator, Name: "ops"}, sub.ID, r.Person))
}

func TestChangesWaitForTheVisit(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		var c calendar
		o, looks := w.counted(reconcile.Connector{Whole: list(), Folder: w.TempDir(), Visit: c.next})
		w.start(o)
		w.join("ann")
		rounds(w, looks)
		w.join("bob")
		rounds(w, looks)
		w.batches(0)
		c.comes()
		if b := w.batches(1)[0]; len(b.Rows) != 2 || b.Visit == "" {
			w.Errorf("batch %+v", b)
		}
		if v := w.visits(1)[0]; v.Urgent || v.Number != 1 {
			w.Errorf("visit %+v", v)
		}
	})
}

func TestAnUrgentLeaverCallsAVisitEarly(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		var c calendar
		ann := w.join("ann")
		bob := w.join("bob")
		o, looks := w.counted(reconcile.Connector{Whole: list(), Folder: w.TempDir(), Visit: c.next})
		c.comes()
		w.start(o)
		w.confirm(w.batches(1)[0])
		c.at.Store(nil)
		w.push(bob, false) // leaves, and waits for the visit
		rounds(w, looks)
		w.batches(1)
		w.releaseNow(ann)
		w.batches(2)
		if v := w.visits(1)[0]; !v.Urgent {
			w.Errorf("visit %+v", v)
		}
	})
}

// At a hard pool nothing else goes beside an open visit.
func TestAnUrgentLeaverGetsThroughBesideAnOpenVisit(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		ann := w.join("ann")
		o, looks := w.counted(reconcile.Connector{Whole: list(), Folder: w.TempDir()})
		w.start(o)
		w.confirm(w.batches(1)[0])
		w.join("bob")
		w.batches(2)
		w.join("carl")
		w.releaseNow(ann)
		b := w.batches(3)[0]
		if len(b.Rows) != 1 || !slices.Equal(b.Rows[0].Takes, []string{subscriptionName}) || len(b.Rows[0].Gives) != 0 {
			w.Errorf("the visit beside the open one: %+v", b.Rows)
		}
		w.visits(2)
		w.confirm(b)
		rounds(w, looks)
		w.batches(3) // Carl waits for what was open before
		w.visits(1)
	})
}

// handed is what a connector is given.
type handed = connectors.Handover

// seeing is a Whole that keeps what it was handed.
type seeing struct {
	connectors.Whole
	got chan handed
}

func (s seeing) Render(h connectors.Handover) ([]connectors.File, []usher.Outcome, error) {
	s.got <- h
	return s.Whole.Render(h)
}

func TestWhatAConnectorIsHanded(t *testing.T) {
	eachWorld(t, usher.Portal{Live: true}, func(w *world) {
		s := seeing{list(), make(chan handed, 9)}
		w.join("ann")
		w.run(reconcile.Connector{Whole: s, Folder: w.TempDir()})
		if h := <-s.got; len(h.Changes) != 1 || len(h.Held) != 0 || len(h.Pools) != 1 || h.Pools[0] != (connectors.Pool{Subscription: subscriptionName, Purchased: 1000}) {
			w.Fatalf("first %+v", h)
		}
		first := w.batches(1)[0]
		bob := w.join("bob")
		if h := <-s.got; h.Pools[0].Occupied != 1 { // Ann, who is invited and whose row is open
			w.Fatalf("second %+v", h)
		}
		w.batches(2)
		w.confirm(first)
		w.push(bob, false) // whose first row is superseded
		h := <-s.got       // with Ann's seat, and with Bob's, whose first row may have been carried already
		if h.Pools[0].Occupied != 2 || len(h.Held) != 1 || h.Held[0].RemoteID != "ann@example.com" {
			w.Fatalf("third %+v", h)
		}
		if c := h.Changes[0]; !slices.Equal(c.Releasing, []string{subscriptionName}) || c.Why != "left" {
			w.Fatalf("change %+v", c)
		}
	})
}
