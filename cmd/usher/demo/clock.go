package demo

import (
	"sync/atomic"
	"time"
)

// clock runs by being looked at, so that no two things are done at once, and stands still else: how quick the machine
// is changes nothing. It is put forward by hand.
type clock struct{ at atomic.Int64 } // microseconds since 1970

// tick is by how much the clock goes on at each look. All looks of one act come to less than the time for which changes
// are gathered for a file.
const tick = 20 * time.Microsecond

func newClock(at time.Time) *clock {
	c := &clock{}
	c.at.Store(at.UnixMicro())
	return c
}

func (c *clock) now() time.Time { return time.UnixMicro(c.at.Add(tick.Microseconds())) }

// forward puts the clock to a later time; it never goes back.
func (c *clock) forward(to time.Time) {
	for at := c.at.Load(); at < to.UnixMicro(); at = c.at.Load() {
		if c.at.CompareAndSwap(at, to.UnixMicro()) {
			return
		}
	}
}
