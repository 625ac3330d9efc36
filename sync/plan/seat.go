package plan

import (
	"cmp"
	"slices"
	"time"

	"usher/internal/usher"
)

// Step is the next step in a seat's life.
type Step struct {
	Seat usher.Seat // as it is after the step
	Kind StepKind
	// Changed says that Seat differs from what it was, which it can with StepNone too: the same state for another
	// reason.
	Changed bool
}

// StepKind is what a Step does.
type StepKind string

// The kinds of steps.
const (
	StepNone     StepKind = ""
	StepQueue    StepKind = "queue"    // a new seat, queued
	StepDequeue  StepKind = "dequeue"  // queued to released: nobody ever sat there
	StepLeave    StepKind = "leave"    // starts to leave, due after the subscription's settle time
	StepReturn   StepKind = "return"   // leaving taken back
	StepPriority StepKind = "priority" // another place in the queue
)

// Next brings a person's seat in sub in line with the wish; seat is the live one or nil. cause is the directory whose
// signal it was, empty for none.
//
//	seat                      | wanted               | not wanted
//	--------------------------+----------------------+-----------
//	none                      | StepQueue            | StepNone
//	queued                    | StepPriority or none | StepDequeue
//	invited, active           | StepNone             | StepLeave
//	invited, active, leaving  | StepReturn           | StepNone: the reason follows, and the plainer one is quicker
//	releasing                 | StepReturn           | StepNone
//
// A seat in releasing still occupies, so whoever is wanted again keeps it: it goes back to invited, the account's next
// delivery activates again whatever the portal has heard meanwhile, and nothing is lost. A step that changes direction
// ends the hold and the approval, which were about the step before. A new seat has neither ID nor Person: the caller
// makes the one and knows the other.
func Next(seat *usher.Seat, sub usher.Subscription, w Wish, cause usher.ID, now usher.Time) Step {
	switch {
	case seat == nil && !w.Wanted:
		return Step{}
	case seat == nil:
		return enqueue(sub, w, now)
	case w.Wanted && (seat.LeavingAt != 0 || seat.State == usher.Releasing):
		return comeBack(*seat, w, now)
	case w.Wanted:
		return keep(*seat, w, now)
	case seat.State == usher.Queued:
		return dequeue(*seat, w, now)
	case seat.State == usher.Releasing:
		return Step{Seat: *seat}
	case seat.LeavingAt != 0:
		return goOn(*seat, sub, w, now)
	}
	return leave(*seat, sub, w, cause, now)
}

func enqueue(sub usher.Subscription, w Wish, now usher.Time) Step {
	s := usher.Seat{Subscription: sub.ID, State: usher.Queued, Reason: w.Reason, Priority: w.Priority, RequestedAt: now, ChangedAt: now}
	return Step{Seat: s, Kind: StepQueue, Changed: true}
}

func comeBack(s usher.Seat, w Wish, now usher.Time) Step {
	if s.State == usher.Releasing {
		s.State = usher.Invited
	}
	s.LeavingAt, s.DueAt, s.LeavingBy, s.Hold, s.Approved = 0, 0, "", "", false
	s.Reason, s.Priority, s.KeptRevision, s.ChangedAt = w.Reason, w.Priority, 0, now
	return Step{Seat: s, Kind: StepReturn, Changed: true}
}

func keep(s usher.Seat, w Wish, now usher.Time) Step {
	kind := StepNone
	if s.State == usher.Queued && s.Priority != w.Priority {
		kind = StepPriority
	}
	changed := s.Priority != w.Priority || s.Reason != w.Reason
	if changed {
		s.Reason, s.Priority, s.ChangedAt = w.Reason, w.Priority, now
		s.KeptRevision = 0 // a release that was discarded is over
	}
	return Step{Seat: s, Kind: kind, Changed: changed}
}

func dequeue(s usher.Seat, w Wish, now usher.Time) Step {
	s.State, s.ReleasedAt, s.Hold, s.Approved = usher.Released, now, "", false
	s.Reason, s.ChangedAt = w.Reason, now
	return Step{Seat: s, Kind: StepDequeue, Changed: true}
}

func leave(s usher.Seat, sub usher.Subscription, w Wish, cause usher.ID, now usher.Time) Step {
	s.LeavingAt, s.DueAt, s.LeavingBy, s.Hold, s.Approved = now, now.Add(settle(sub, w)), cause, "", false
	s.Reason, s.ChangedAt = w.Reason, now
	return Step{Seat: s, Kind: StepLeave, Changed: true}
}

// goOn keeps a seat leaving, for the reason of now. Whoever was missing from rosters and is now said to have left waits
// no longer than anybody of whom that is said.
func goOn(s usher.Seat, sub usher.Subscription, w Wish, now usher.Time) Step {
	due := min(s.DueAt, now.Add(settle(sub, w)))
	changed := s.Reason != w.Reason || s.DueAt != due
	if changed {
		s.Reason, s.DueAt, s.ChangedAt = w.Reason, due, now
	}
	return Step{Seat: s, Changed: changed}
}

// settle is how long a release waits before anything is sent: absence is no word of anybody's, so it waits longer.
func settle(sub usher.Subscription, w Wish) time.Duration {
	if w.By == ByAbsent {
		return max(sub.Settle, sub.Grace)
	}
	return sub.Settle
}

// Allocate says who of a subscription's queue is seated now: first those for whom a seat is kept back, as far as nobody
// occupies it, then as many others as there are free seats; each by priority (higher first), then by who asked first,
// then by id. Nobody is while the term is not open or the pool is over. Seats that are not queued or are held are passed
// over. The queue's own order does not count and is left alone.
func Allocate(sub usher.Subscription, queue []usher.Seat, now usher.Time) []usher.Seat {
	if !sub.Open(now) {
		return nil
	}
	var kept, line []usher.Seat
	for _, s := range queue {
		switch {
		case s.State != usher.Queued || s.Hold != "":
		case s.Reserved(now):
			kept = append(kept, s)
		default:
			line = append(line, s)
		}
	}
	return append(head(kept, sub.Vacant()), head(line, sub.Free())...)
}

// head are the first n who are served, or fewer.
func head(line []usher.Seat, n int) []usher.Seat {
	slices.SortFunc(line, served)
	return line[:max(0, min(n, len(line)))]
}

func served(a, b usher.Seat) int {
	return cmp.Or(
		cmp.Compare(b.Priority, a.Priority),
		cmp.Compare(a.RequestedAt, b.RequestedAt),
		cmp.Compare(a.ID, b.ID),
	)
}
