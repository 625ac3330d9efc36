package reconcile

import (
	"sync"
	"time"

	"usher/internal/usher"
)

// The pauses of a portal that fails as a whole.
const (
	minPause = time.Second
	maxPause = 5 * time.Minute
	// manyDoubts is how many accounts in a row without a clear answer are the portal's
	// failure and not theirs.
	manyDoubts = 5
)

// breaker keeps a portal that fails as a whole from being called. After a pause a single
// call tries; only its success lets the others follow.
type breaker struct {
	mu       sync.Mutex
	failures int
	until    time.Time
	worked   time.Time         // when a call last worked
	doubts   map[usher.ID]bool // accounts without a clear answer since
}

// pauseAfter is how long a portal is left alone after so many failures in a row: a time
// that doubles, half of it by lot (0 to 1), so that many usher do not come back at once.
func pauseAfter(failures int, lot float64) time.Duration {
	ceiling := maxPause
	if failures < 10 {
		ceiling = min(2*minPause<<(failures-1), maxPause)
	}
	return ceiling/2 + time.Duration(lot*float64(ceiling/2))
}

// allow is how many calls may be started, when free could be and inFlight are under way.
func (b *breaker) allow(now time.Time, free, inFlight int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.failures == 0:
		return free
	case now.Before(b.until) || inFlight > 0:
		return 0
	}
	return min(free, 1)
}

// fail notes a failure. Those of calls that were under way together count once; the
// longest time that the portal asked for counts in any case. It gives the pause and the
// failures in a row; no pause when nothing is new.
func (b *breaker) fail(now time.Time, asked time.Duration, lot float64) (pause time.Duration, failures int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !now.Before(b.until) {
		b.failures++
		clear(b.doubts)
		asked = max(asked, pauseAfter(b.failures, lot))
	}
	if until := now.Add(asked); until.After(b.until) {
		b.until = until
		return asked, b.failures
	}
	return 0, b.failures
}

// doubt notes that a call for an account, begun then, had no clear answer, and says whether
// that is to be taken for the portal's failure. It is not where another call worked
// meanwhile.
func (b *breaker) doubt(account usher.ID, began time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if began.Before(b.worked) {
		return false
	}
	if b.doubts == nil {
		b.doubts = map[usher.ID]bool{}
	}
	b.doubts[account] = true
	return b.failures > 0 || len(b.doubts) >= manyDoubts
}

// resume ends a pause: what it was for has changed.
func (b *breaker) resume(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = now
}

// succeed notes that a call that began then has worked, and says whether that is news. A
// call that was under way when another one failed ends no pause.
func (b *breaker) succeed(began, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if began.Before(b.until) {
		return false
	}
	news := b.failures > 0
	b.failures, b.until, b.worked = 0, time.Time{}, now
	clear(b.doubts)
	return news
}
