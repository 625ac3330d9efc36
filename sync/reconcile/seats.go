package reconcile

import (
	"slices"
	"sync"
	"time"

	"usher/internal/usher"
)

// noSeatsPause is how long nobody is activated at a portal that said it has no seats left,
// unless one comes free there.
const noSeatsPause = 5 * time.Minute

// seats remembers that a portal has no seats left. Deactivations go on.
type seats struct {
	mu      sync.Mutex
	until   time.Time
	waiting []usher.ID // accounts, in the order in which they were turned away
}

// activates says whether a change takes a seat at the portal.
func activates(c usher.AccountChange) bool {
	return c.Kind == usher.AccountPerson && c.Desired.Active && (c.Seen == nil || !c.Seen.Active)
}

// frees says whether a change gives a seat back.
func frees(c usher.AccountChange) bool {
	return c.Kind == usher.AccountPerson && !c.Desired.Active
}

// turnAway says how long a change has to wait for a seat; zero for not at all.
func (s *seats) turnAway(c usher.AccountChange, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !activates(c) || !now.Before(s.until) {
		return 0
	}
	s.wait(c.Account)
	return s.until.Sub(now)
}

// none notes that the portal turned an account away, and says whether that is news.
func (s *seats) none(account usher.ID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := !now.Before(s.until)
	s.until = now.Add(noSeatsPause)
	s.wait(account)
	return news
}

func (s *seats) wait(account usher.ID) {
	if !slices.Contains(s.waiting, account) {
		s.waiting = append(s.waiting, account)
	}
}

// free notes that a seat came free, and gives the account that waited longest for one;
// empty for none.
func (s *seats) free() usher.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Time{}
	if len(s.waiting) == 0 {
		return ""
	}
	first := s.waiting[0]
	s.waiting = s.waiting[1:]
	return first
}
