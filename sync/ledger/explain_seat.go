package ledger

import (
	"fmt"
	"time"

	"usher/internal/usher"
)

// ExplainedSeat is what the person has of one subscription, and why.
type ExplainedSeat struct {
	Subscription string `json:"subscription"`
	Portal       string `json:"portal"`
	// State is empty where the person has no seat and no place in the queue.
	State usher.SeatState `json:"state,omitempty"`
	// Since is when the state, or for no seat the end of the last one, began.
	Since time.Time `json:"since,omitzero"`
	// Because is the rule, record or decision that says so.
	Because string `json:"because"`
	// Place and Queue are the person's place and how many are queued.
	Place int `json:"place,omitempty"`
	Queue int `json:"queue,omitempty"`
	// Waiting says what a queued person waits for.
	Waiting string `json:"waiting,omitempty"`
	// Priority says who gave the person their place by hand; empty where the rule did.
	Priority string `json:"priority,omitempty"`
	// Ahead are the next in line before the person.
	Ahead []string `json:"ahead,omitempty"`
	// LeavingAt is when a release began to settle, DueAt when it goes out.
	LeavingAt time.Time `json:"leavingAt,omitzero"`
	DueAt     time.Time `json:"dueAt,omitzero"`
	// Hold is the number of the hold that stops the release or invitation; HeldBecause
	// says why it was opened.
	Hold        int64  `json:"hold,omitempty"`
	HeldBecause string `json:"heldBecause,omitempty"`
	// Before tells of the last seat that is over.
	Before string `json:"before,omitempty"`

	// Parked says that the portal is to hold no active account for the seat while the person
	// is on leave.
	Parked bool `json:"parked,omitempty"`

	Purchased int       `json:"purchased"`
	Used      int       `json:"used"`
	StartsAt  time.Time `json:"startsAt,omitzero"`
	EndsAt    time.Time `json:"endsAt,omitzero"`
}

// maxAhead is how many people ahead in the queue are named.
const maxAhead = 5

// seats explains every subscription that the configuration names, and those in which the
// person still has a seat.
func (x *explainer) seats(e *Explanation) error {
	all, err := x.tx.SeatsOf(x.ctx, x.person.ID)
	if err != nil {
		return err
	}
	subs, err := x.tx.AllSubscriptions(x.ctx)
	if err != nil {
		return err
	}
	for _, sub := range subs {
		live, over := lastOf(all, sub.ID)
		if sub.RetiredAt != 0 && live == nil {
			continue
		}
		s, err := x.seat(sub, live, over)
		if err != nil {
			return fmt.Errorf("subscription %s: %w", sub.Name, err)
		}
		e.Seats = append(e.Seats, s)
	}
	return nil
}

// lastOf are the live seat in a subscription and the last one that is over; nil for none.
func lastOf(seats []usher.Seat, subscription usher.ID) (live, over *usher.Seat) {
	for i, s := range seats {
		switch {
		case s.Subscription != subscription:
		case s.State.Live():
			live = &seats[i]
		case over == nil || s.ReleasedAt >= over.ReleasedAt:
			over = &seats[i]
		}
	}
	return live, over
}

func (x *explainer) seat(sub usher.Subscription, live, over *usher.Seat) (ExplainedSeat, error) {
	s := ExplainedSeat{Subscription: sub.Name, Portal: x.policy.portals[sub.Portal].Name, Purchased: sub.Purchased, Used: sub.Used,
		StartsAt: sub.StartsAt.Std(), EndsAt: sub.EndsAt.Std()}
	wanted, because, err := x.wanted(sub)
	if err != nil {
		return s, err
	}
	s.Because = because
	if live == nil {
		x.none(&s, wanted, over)
		return s, nil
	}
	s.State, s.Since = live.State, since(*live).Std()
	s.Parked = live.State.Occupies() && live.State != usher.Releasing && sub.Parks(x.person)
	s.LeavingAt, s.DueAt = live.LeavingAt.Std(), live.DueAt.Std()
	if kept := live.LeavingAt == 0 && live.State.Occupies() && !wanted; kept {
		s.Because = live.Reason + ", although " + because
	}
	if err := x.held(&s, *live); err != nil || live.State != usher.Queued {
		return s, err
	}
	return s, x.queued(&s, sub, *live)
}

// since is when a seat came into its state.
func since(s usher.Seat) usher.Time {
	switch s.State {
	case usher.Queued:
		return s.RequestedAt
	case usher.Invited, usher.Active:
		return s.SeatedAt
	}
	return s.ChangedAt
}

// none tells of a person without a seat.
func (x *explainer) none(s *ExplainedSeat, wanted bool, over *usher.Seat) {
	if wanted {
		s.Waiting = "entitled; the seat is about to be asked for"
	}
	if over == nil {
		return
	}
	s.Since = over.ReleasedAt.Std()
	if wanted && over.KeptRevision == x.person.Revision && over.KeptRevision != 0 {
		s.Waiting = "entitled, but " + over.Reason + ": it is not tried again until a directory says something new of the person"
	}
	s.Before = fmt.Sprintf("was queued from %s to %s", instant(over.RequestedAt.Std()), instant(over.ReleasedAt.Std()))
	if over.SeatedAt != 0 {
		s.Before = fmt.Sprintf("had a seat from %s to %s", instant(over.SeatedAt.Std()), instant(over.ReleasedAt.Std()))
	}
	s.Before += ": " + over.Reason
	if over.Reserved(x.now()) {
		s.Before += "; a seat is kept back for them until " + instant(over.ReservedUntil.Std())
	}
}

func (x *explainer) held(s *ExplainedSeat, seat usher.Seat) error {
	if seat.Hold == "" {
		return nil
	}
	h, err := x.tx.Hold(x.ctx, seat.Hold)
	s.Hold, s.HeldBecause = h.Number, h.Why
	return err
}

// queued tells of a person's place and what it waits for.
func (x *explainer) queued(s *ExplainedSeat, sub usher.Subscription, seat usher.Seat) error {
	counts, err := x.tx.CountStates(x.ctx, sub.ID)
	if err != nil {
		return err
	}
	ahead, err := x.tx.QueueBefore(x.ctx, seat, maxAhead)
	if err != nil {
		return err
	}
	if s.Place, err = x.tx.Place(x.ctx, seat); err != nil {
		return err
	}
	for _, a := range ahead {
		p, err := x.tx.Person(x.ctx, a.Person)
		if err != nil {
			return err
		}
		who := usher.AheadView{Person: p.ID, Name: p.Name(), Why: cameFirst(a, seat, x.now())}
		x.ahead[sub.Name] = append(x.ahead[sub.Name], who)
		s.Ahead = append(s.Ahead, who.Name+" ("+who.Why+")")
	}
	s.Queue, s.Waiting = counts[usher.Queued], x.waiting(sub, counts, seat, *s)
	if s.Priority, err = x.ranked(sub.ID, seat.Person); err != nil {
		return err
	}
	return x.keptBack(s, sub, seat)
}

// ranked says who gave somebody their place in a queue by hand; empty for nobody.
func (x *explainer) ranked(subscription, person usher.ID) (string, error) {
	ranks, err := x.tx.QueueRanks(x.ctx, subscription, []usher.ID{person})
	r, given := ranks[person]
	if !given || err != nil {
		return "", err
	}
	return fmt.Sprintf("priority %d, given by %s on %s%s", r.Priority, r.By, instant(r.CreatedAt.Std()), reasonOf(r.Reason)), nil
}

// keptBack adds for whom seats are kept back, where that is why nobody else gets one.
func (x *explainer) keptBack(s *ExplainedSeat, sub usher.Subscription, seat usher.Seat) error {
	others := sub.Reserved
	if seat.Reserved(x.now()) {
		others--
	}
	if sub.Reserved == 0 || s.Hold != 0 || sub.Free() > 0 || seat.Reserved(x.now()) && sub.Vacant() > 0 {
		return nil
	}
	if seat.Reserved(x.now()) {
		s.Waiting += "; one is kept back for them until " + instant(seat.ReservedUntil.Std())
	}
	if others <= 0 {
		return nil
	}
	ends, err := x.tx.ReservationEnds(x.ctx, sub.ID)
	s.Waiting += fmt.Sprintf("; %d kept back for people whom a roster made leave, the first until %s", others, instant(ends.Std()))
	return err
}

// cameFirst says why a is served before b.
func cameFirst(a, b usher.Seat, now usher.Time) string {
	switch {
	case a.Reserved(now) && !b.Reserved(now):
		return "a seat is kept back for them until " + instant(a.ReservedUntil.Std())
	case a.Priority == b.Priority:
		return "asked " + instant(a.RequestedAt.Std())
	}
	return fmt.Sprintf("priority %d, against %d", a.Priority, b.Priority)
}

// waiting says what has to happen before the queue moves.
func (x *explainer) waiting(sub usher.Subscription, counts map[usher.SeatState]int, seat usher.Seat, s ExplainedSeat) string {
	portal := x.policy.portals[sub.Portal]
	switch {
	case s.Hold != 0:
		return fmt.Sprintf("hold %d, until an admin allows or discards it: %s", s.Hold, s.HeldBecause)
	case sub.RetiredAt != 0:
		return "nothing: the configuration no longer names the subscription"
	case !portal.Live:
		return fmt.Sprintf("an admin to make the portal live: usher only observes %s", portal.Name)
	case x.now() < sub.StartsAt:
		return "the term, which begins on " + instant(s.StartsAt)
	case sub.EndsAt != 0 && x.now() >= sub.EndsAt:
		return "a new term: the last one ended on " + instant(s.EndsAt)
	case sub.Vacant() > 0 && seat.Reserved(x.now()):
		return "their turn, in a moment: a seat is kept back for them"
	case sub.Free() > 0:
		return "its turn, in a moment: a seat is free"
	}
	full := fmt.Sprintf("a free seat: %d of %d taken", sub.Used, sub.Purchased)
	if sub.Vacant() < 0 {
		full += fmt.Sprintf(", over by %d", -sub.Vacant())
	}
	if n := counts[usher.Releasing]; n > 0 {
		full += fmt.Sprintf("; %d being released, free when portal %s confirms", n, portal.Name)
	}
	return full
}
