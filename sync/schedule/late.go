package schedule

import (
	"time"

	"usher/internal/usher"
)

// Late says since when a feed is late: since the first expected time that had no file. It
// is zero while the feed is in time.
//
// A file counts for an expected time when it was accepted since the expected time before,
// and not longer than fresh before; 0 is any time. So yesterday's file that came hours late
// does not stand for today's. For a feed that never came, accepted is when it was configured.
//
// That a feed is late says nothing about the people in it.
func Late(expected Schedule, fresh time.Duration, accepted, now usher.Time) usher.Time {
	first := expected.Next(accepted - 1).DueAt
	inTime := fresh == 0 || first.Sub(accepted) <= fresh
	if inTime {
		first = expected.Next(first).DueAt
	}
	if first > now {
		return 0
	}
	return first
}
