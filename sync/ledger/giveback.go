package ledger

import (
	"context"

	"usher/internal/store"
	"usher/internal/usher"
)

// GiveBack gives back the seat, or the place in the queue, of the person who acts. It is theirs to decide, so no guard counts it and
// nothing settles; no rule seats them there again, until somebody pins them. The last admin of a portal keeps the seat.
func (l *Ledger) GiveBack(ctx context.Context, by usher.Principal, subscription usher.ID) error {
	return l.write(ctx, by, func(c *change) error {
		p, err := c.actingPerson(by.Person)
		if err != nil {
			return err
		}
		if has, err := c.hasSeat(p.ID, subscription); err != nil || !has {
			return noSeat(err)
		}
		d := usher.Decision{Subscription: subscription, Person: p.ID, Kind: usher.GiveBack, By: by.Name, Reason: by.Reason, CreatedAt: c.now()}
		if err := c.putDecision(d); err != nil {
			return err
		}
		if err := c.compute(p.ID, reason{caution: store.CautionApproved, named: []usher.ID{subscription}, why: "given back by " + by.Name}); err != nil {
			return err
		}
		return c.gaveBack(p.ID, subscription)
	})
}

// hasSeat says whether somebody has a seat or a place in the queue that is not ending yet.
func (c *change) hasSeat(person, subscription usher.ID) (bool, error) {
	seats, err := c.tx.LiveSeatsOf(c.ctx, person)
	s := seatIn(seats, subscription)
	return s != nil && s.LeavingAt == 0 && s.State != usher.Releasing, err
}

func noSeat(err error) error {
	if err != nil {
		return err
	}
	return &usher.InvalidError{Attribute: "seat", Problem: "is not yours, or is ending already"}
}

// gaveBack settles the seats now, and refuses where this one may not go.
func (c *change) gaveBack(person, subscription usher.ID) error {
	if err := c.settleSeats(); err != nil {
		return err
	}
	clear(c.wishes)
	clear(c.decided)
	has, err := c.hasSeat(person, subscription)
	if err != nil || !has {
		return err
	}
	p, err := c.lock(subscription)
	if err != nil {
		return err
	}
	why, err := p.guardsLast(person)
	if err == nil {
		err = &usher.InvalidError{Attribute: "seat", Problem: "is that of " + why}
	}
	return err
}
