package reconcile_test

import (
	"slices"
	"testing"

	"usher/internal/usher"
	"usher/sync/reconcile"
)

// whole is a hard pool that takes files.
func whole() usher.Portal {
	p := live()
	p.Profile.Whole = true
	return p
}

// carried says that the one open visit was carried to the portal.
func (w *world) carried() {
	w.Helper()
	_, err := w.ledger.CarryVisit(w.Context(), usher.System("test"), w.visits(1)[0].ID, "")
	w.check(err)
}

// TestTheNextVisitOfAHardPool: it follows once the last was carried there, whatever its open rows give
// or take, and tells nobody anew before their own row is settled.
func TestTheNextVisitOfAHardPool(t *testing.T) {
	for name, c := range map[string]struct {
		takes   bool // the open row takes a seat back
		carried bool
	}{
		"a row gives, and is still to be carried": {false, false},
		"a row takes, and is still to be carried": {true, false},
		"a row gives, and was carried":            {false, true},
		"a row takes, and was carried":            {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, whole(), func(w *world) {
				s := seeing{list(), make(chan handed, 9)}
				o, looks := w.counted(reconcile.Connector{Whole: s, Folder: w.TempDir()})
				ann := w.join("ann")
				w.start(o)
				made, before := w.batches(1), 1
				if c.takes {
					w.confirm(made[0])
					w.push(ann, false)
					made, before = w.batches(2), 2
				}
				open := made[0]
				w.join("bob")
				w.push(ann, c.takes) // told anew: she leaves, or is back
				rounds(w, looks)
				w.batches(before)
				if !c.carried {
					w.confirm(open)
					w.batches(before + 1)
					return
				}
				w.carried()
				next := w.batches(before + 1)[0]
				if len(next.Rows) != 1 || next.Rows[0].Account == open.Rows[0].Account || !slices.Equal(next.Rows[0].Gives, []string{subscriptionName}) {
					w.Errorf("the next visit: %+v", next.Rows)
				}
				rounds(w, looks)
				w.batches(before + 1)
				w.visits(2)
				var h handed
				for range before + 1 {
					h = <-s.got
				}
				if h.Pools[0].Occupied != 1 { // Ann's seat, taken or not
					w.Errorf("pools %+v", h.Pools)
				}
				w.confirm(open) // now she is told, once nothing is to be carried any more
				w.batches(before + 1)
				w.confirm(next)
				w.batches(before + 2)
			})
		})
	}
}

// TestAnAddressThatMayBeTaken: whom an open row is to make counts as held by that address.
func TestAnAddressThatMayBeTaken(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		s := seeing{list(), make(chan handed, 9)}
		w.join("ann")
		w.run(reconcile.Connector{Whole: s, Folder: w.TempDir()})
		<-s.got
		w.batches(1)
		w.carried()
		w.join("bob")
		if h := <-s.got; len(h.Held) != 1 || h.Held[0].RemoteID != "ann@example.com" || !h.Held[0].Active {
			w.Errorf("held %+v", h.Held)
		}
	})
}

// TestWhoIsToBeSwitchedOffIsNoManager: nobody knows whether they are there by now.
func TestWhoIsToBeSwitchedOffIsNoManager(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		s := seeing{list(), make(chan handed, 9)}
		ann := w.join("ann")
		w.run(reconcile.Connector{Whole: s, Folder: w.TempDir()})
		<-s.got
		w.confirm(w.batches(1)[0])
		w.push(ann, false)
		<-s.got
		w.batches(2)
		w.carried()
		w.join("bob")
		if h := <-s.got; len(h.Held) != 1 || h.Held[0].Active {
			w.Errorf("held %+v", h.Held)
		}
	})
}
