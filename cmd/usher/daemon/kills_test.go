package daemon_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// TestKillsPostgres kills usher on a PostgreSQL that keeps what it acknowledges.
func TestKillsPostgres(t *testing.T) {
	kills(t, store.Options{URL: storetest.PostgresWith(t, storetest.Options{Durable: true})})
}

// TestKillsSQLite kills usher and the database inside it.
func TestKillsSQLite(t *testing.T) { kills(t, store.Options{Folder: t.TempDir()}) }

// kills ends the daemon USHER_KILLS times by SIGKILL, at random moments under load, and
// each time looks for everything that was acknowledged and for what must always be true.
func kills(t *testing.T, place store.Options) {
	n := count(t, "USHER_KILLS", 3)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	began := time.Now()
	s := newSite(t, binary(t), place, loadConfig)
	p := s.up()
	l := newLoad(s, p, "w", seed)
	for i := range n {
		before := l.acked()
		wg := l.run(p, nil)
		timer := time.NewTimer(time.Duration(50+dice.IntN(700)) * time.Millisecond)
		<-timer.C
		p.kill()
		wg.Wait()
		p = s.up()
		l.verify(p)
		s.sound()
		if t.Failed() {
			t.Fatalf("after kill %d, %d writes acknowledged since the one before", i+1, l.acked()-before)
		}
	}
	if l.acked() < n {
		t.Errorf("%d writes were acknowledged: the daemon was killed idle", l.acked())
	}
	t.Logf("kills=%d acknowledged=%d lost=0 invariants broken=0 (%s, %s)", n, l.acked(), engineOf(place), time.Since(began).Round(time.Second))
}

// engineOf names the engine in figures.
func engineOf(place store.Options) string {
	if place.URL == "" {
		return "SQLite"
	}
	return "PostgreSQL"
}
