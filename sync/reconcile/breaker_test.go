package reconcile

import (
	"testing"
	"time"

	"usher/internal/usher"
)

func TestPauseAfter(t *testing.T) {
	for _, v := range []struct {
		failures    int
		least, most time.Duration
	}{
		{1, time.Second, 2 * time.Second},
		{2, 2 * time.Second, 4 * time.Second},
		{5, 16 * time.Second, 32 * time.Second},
		{8, 128 * time.Second, 256 * time.Second},
		{9, 150 * time.Second, 300 * time.Second},
		{10, 150 * time.Second, 300 * time.Second},
		{1 << 40, 150 * time.Second, 300 * time.Second},
	} {
		if least, most := pauseAfter(v.failures, 0), pauseAfter(v.failures, 1); least != v.least || most != v.most {
			t.Errorf("after %d failures %s to %s, want %s to %s", v.failures, least, most, v.least, v.most)
		}
	}
}

func TestBreaker(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return start.Add(d) }
	var b breaker
	allowed := func(now time.Time, inFlight, want int) {
		t.Helper()
		if got := b.allow(now, 8-inFlight, inFlight); got != want {
			t.Errorf("at %s with %d in flight %d calls may start, want %d", now.Sub(start), inFlight, got, want)
		}
	}
	allowed(start, 0, 8)
	if pause, n := b.fail(start, 0, 0); pause != time.Second || n != 1 {
		t.Fatalf("failure %d, pause %s", n, pause)
	}
	if pause, n := b.fail(at(time.Millisecond), 0, 0); pause != 0 || n != 1 {
		t.Errorf("a call of the same moment: failure %d, pause %s", n, pause)
	}
	if pause, n := b.fail(at(time.Millisecond), 10*time.Second, 0); pause != 10*time.Second || n != 1 {
		t.Errorf("the portal asked for 10 s: failure %d, pause %s", n, pause)
	}
	allowed(at(9*time.Second), 0, 0)
	if b.succeed(at(-time.Second), at(9*time.Second)) {
		t.Error("a call that was under way before ended the pause")
	}
	allowed(at(9*time.Second), 0, 0)
	allowed(at(11*time.Second), 2, 0)
	allowed(at(11*time.Second), 0, 1)
	if pause, n := b.fail(at(11*time.Second), 0, 0); pause != 2*time.Second || n != 2 {
		t.Errorf("the one call failed: failure %d, pause %s", n, pause)
	}
	if !b.succeed(at(14*time.Second), at(14*time.Second)) {
		t.Error("the success of the one call is no news")
	}
	allowed(at(14*time.Second), 1, 7)
	if b.succeed(at(15*time.Second), at(15*time.Second)) {
		t.Error("a second success is news")
	}
}

func TestDoubts(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var b breaker
	for range 3 * manyDoubts {
		if b.doubt("one", now) {
			t.Fatal("one bad account was taken for the portal's failure")
		}
	}
	accounts := []usher.ID{"two", "three", "four", "five"}
	for i, a := range accounts {
		if got := b.doubt(a, now); got != (i == len(accounts)-1) {
			t.Errorf("account %s: the portal's failure: %t", a, got)
		}
	}
	b.succeed(now, now)
	if b.doubt("one", now) {
		t.Error("doubts outlived a success")
	}
	for _, a := range append(accounts, "six", "seven") {
		if b.doubt(a, now.Add(-time.Second)) {
			t.Errorf("account %s: the portal's failure, although another call worked meanwhile", a)
		}
	}
	b.fail(now, 0, 0)
	if !b.doubt("one", now) {
		t.Error("the one call after a pause had no answer, and that counts for nothing")
	}
}

func TestSeats(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	change := func(id usher.ID, active bool) usher.AccountChange {
		return usher.AccountChange{Account: id, Kind: usher.AccountPerson, Desired: usher.Desired{Active: active}}
	}
	sitting := change("sitting", true)
	sitting.Seen = &usher.Seen{Active: true}
	team := usher.AccountChange{Account: "team", Kind: usher.AccountTeam, Desired: usher.Desired{Active: true}}

	var s seats
	if s.turnAway(change("ann", true), now) != 0 {
		t.Fatal("turned away before the portal said so")
	}
	if !s.none("ann", now) || s.none("ann", now) {
		t.Error("it is news once")
	}
	if wait := s.turnAway(change("bob", true), now.Add(time.Minute)); wait != noSeatsPause-time.Minute {
		t.Errorf("bob waits %s", wait)
	}
	for _, c := range []usher.AccountChange{change("leaver", false), sitting, team} {
		if s.turnAway(c, now) != 0 {
			t.Errorf("%s was turned away", c.Account)
		}
	}
	for _, want := range []usher.ID{"ann", "bob", ""} {
		if got := s.free(); got != want {
			t.Errorf("%q is next, want %q", got, want)
		}
	}
	if s.turnAway(change("cy", true), now) != 0 {
		t.Error("turned away although a seat came free")
	}
	s.none("ann", now)
	if s.turnAway(change("bob", true), now.Add(noSeatsPause)) != 0 {
		t.Error("the pause does not end")
	}
}

func TestReadingDue(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, v := range []struct {
		name     string
		ago      time.Duration
		fine     bool
		unknowns int32
		want     bool
	}{
		{"just read", time.Second, true, 0, false},
		{"long ago", 24 * time.Hour, true, 0, true},
		{"failed just now", time.Minute, false, 0, false},
		{"failed", readAgain, false, 0, true},
		{"a few unknown outcomes", readAgain, true, manyUnknowns - 1, false},
		{"many unknown outcomes", readAgain, true, manyUnknowns, true},
		{"many unknown outcomes, but just read", time.Minute, true, manyUnknowns, false},
	} {
		r := reading{tried: now.Add(-v.ago), fine: v.fine}
		r.unknowns.Store(v.unknowns)
		if got := r.due(now, 24*time.Hour); got != v.want {
			t.Errorf("%s: due %t", v.name, got)
		}
		r.running.Store(true)
		if r.due(now, 24*time.Hour) {
			t.Errorf("%s: due although one is running", v.name)
		}
	}
	if !(&reading{}).due(now, time.Hour) {
		t.Error("a new owner does not read")
	}
}
