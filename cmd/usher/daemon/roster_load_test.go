package daemon_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/sync/roster/rostertest"
)

// TestRosterBesideSCIM brings a roster of USHER_ROSTER_ROWS rows while people are pushed
// over SCIM: every write is answered, and neither side loses one.
func TestRosterBesideSCIM(t *testing.T) {
	bin := binary(t)
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		n := count(t, "USHER_ROSTER_ROWS", 300)
		f := newFeederOf(t, bin, place)
		l := newLoad(f.site, f.process, "w", 1)
		before := l.timed(f.process, func() { time.Sleep(time.Second) })
		began := time.Now()
		while := l.timed(f.process, func() {
			status, err := f.upload(f.process, rostertest.Good(n))
			if err != nil || status != http.StatusOK {
				t.Errorf("upload: %d %v", status, err)
			}
		})
		took := time.Since(began)
		t.Logf("rows=%d applied in %s; SCIM writes alone p50=%s p99=%s, beside it n=%d p50=%s p99=%s max=%s (%s)", n, took.Round(time.Millisecond),
			share(before, 50), share(before, 99), len(while), share(while, 50), share(while, 99), share(while, 100), engineOf(place))
		l.verify(f.process)
		f.sound()
		there := n - n/20
		if got := f.number(`select count(*) from roster_row`); got != there {
			t.Errorf("%d rows, want %d", got, there)
		}
		if got := f.number(`select count(*) from record r join roster_row w on w.record_id = r.id join person p on p.id = r.person_id where p.active`); got != there {
			t.Errorf("%d people of the file, want %d", got, there)
		}
		if len(while) < 10 {
			t.Errorf("%d writes beside the roster", len(while))
		}
		if !t.Failed() {
			t.Log("lost=0")
		}
	})
}

// timed has all writers write while f runs, and gives how long each write took.
func (l *load) timed(p *child, f func()) []time.Duration {
	l.Helper()
	var mu sync.Mutex
	var took []time.Duration
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for _, w := range l.writers {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				began := time.Now()
				if err := w.write(p); err != nil {
					l.Errorf("a write was not answered: %v", err)
					return
				}
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
			}
		})
	}
	f()
	close(stop)
	wg.Wait()
	return took
}

// share is the time within which so many of a hundred were done.
func share(took []time.Duration, percent int) time.Duration {
	slices.Sort(took)
	return took[(len(took)-1)*percent/100].Round(100 * time.Microsecond)
}
