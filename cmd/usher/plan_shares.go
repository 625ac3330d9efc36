package main

import (
	"iter"

	"usher/internal/usher"
)

// shares are the classes of a plan's changes, the riskiest first, each with how many of them
// are shown where at most limit are: none is pushed out by another that is large.
func shares(n usher.PlanCounts, limit int) iter.Seq2[usher.ChangeClass, int] {
	classes := []struct {
		class usher.ChangeClass
		count int
	}{
		{usher.ClassLeaver, n.Leavers},
		{usher.ClassAbsent, n.Absent},
		{usher.ClassMissing, n.Missing},
		{usher.ClassRejoiner, n.Rejoiners},
		{usher.ClassMover, n.Movers},
		{usher.ClassJoiner, n.Joiners},
	}
	fair := limit / len(classes)
	return func(yield func(usher.ChangeClass, int) bool) {
		left := limit
		for i, c := range classes {
			others := 0 // that want a share of what is left
			for _, o := range classes[i+1:] {
				others += min(o.count, fair)
			}
			share := min(c.count, max(left-others, 0))
			left -= share
			if share > 0 && !yield(c.class, share) {
				return
			}
		}
	}
}
