package demo

import (
	"sync/atomic"
	"time"
)

// clock is the machine's, set back: it runs as ever, and is put forward by hand until it is the machine's again.
type clock struct{ behind atomic.Int64 }

// newClock is a clock that shows a past time.
func newClock(at time.Time) *clock {
	c := &clock{}
	c.behind.Store(int64(time.Since(at)))
	return c
}

func (c *clock) now() time.Time { return time.Now().Add(-time.Duration(c.behind.Load())) }

// forward puts the clock to a later time; it never goes back, nor beyond the machine's.
func (c *clock) forward(to time.Time) {
	if behind := max(0, time.Since(to)); int64(behind) < c.behind.Load() {
		c.behind.Store(int64(behind))
	}
}
