package ledger

import (
	"usher/internal/usher"
	"usher/sync/plan"
)

// announced says whether the last day of somebody who is inactive by it goes past the guards: it was named long
// enough before, and now it takes effect because it came, or by what its own directory says. Where it takes effect
// because another directory has the say, or one that kept the person has gone, nobody was prepared for that: a file
// may have named it for weeks, and all whom it names would go at once. The same holds for whoever had ended before
// and sits still, because a human kept the seat.
func announced(old, p usher.Person, m plan.Merged, r reason, now usher.Time) bool {
	if p.Sponsor != "" || p.Newcomer != "" {
		return m.Announced // an admin named the day
	}
	came := old.NextAt != 0 && old.NextAt <= now
	return m.Announced && !r.others && old.Inactive != usher.InactiveEnded && (came || r.cause == m.InactiveBy)
}
