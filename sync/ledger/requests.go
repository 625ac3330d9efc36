package ledger

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/usher"
)

// AskSeat asks for a seat for the person who acts. *usher.InvalidError says why they may not, in words for them.
func (l *Ledger) AskSeat(ctx context.Context, by usher.Principal, subscription usher.ID, reason string) (usher.SeatRequest, error) {
	var r usher.SeatRequest
	err := l.write(ctx, by, func(c *change) error {
		text, err := plainWords("reason", reason)
		if err != nil {
			return err
		}
		if err := c.mayAsk(by.Person, subscription); err != nil {
			return err
		}
		r = usher.SeatRequest{Subscription: subscription, Person: by.Person, Reason: text, AskedAt: c.now(), State: usher.RequestOpen}
		if r.Number, err = c.tx.NextNumber(ctx, "request"); err != nil {
			return err
		}
		c.recordRequest(usher.EventSeatAsked, r)
		return c.tx.InsertRequest(ctx, r)
	})
	return r, err
}

// mayAsk locks the person, and refuses who has a seat, has asked already, is kept out, or cannot ask for this one.
func (c *change) mayAsk(person, subscription usher.ID) error {
	p, err := c.actingPerson(person)
	if err != nil {
		return err
	}
	pool, ok := c.policy.pool(subscription)
	if !ok || pool.sub.RetiredAt != 0 {
		return fmt.Errorf("subscription %s: %w", subscription, usher.ErrNotFound)
	}
	decisions, err := c.tx.DecisionsFor(c.ctx, p.ID)
	if err != nil {
		return err
	}
	seats, err := c.tx.LiveSeatsOf(c.ctx, p.ID)
	if err != nil {
		return err
	}
	d, seat := decisionFor(decisions, subscription), seatIn(seats, subscription)
	switch {
	case seat != nil && seat.LeavingAt == 0 && seat.State != usher.Releasing:
		return &usher.InvalidError{Attribute: "seat", Problem: "is yours already, or you are queued for it"}
	case keptOut(d, c.now()):
		return &usher.InvalidError{Attribute: "seat", Problem: "is kept from you by an admin; talk to them"}
	case !pool.sub.Requestable && !d.Out(c.now()):
		return &usher.InvalidError{Attribute: "subscription", Problem: "is none that people ask for"}
	}
	_, err = c.tx.OpenRequestOf(c.ctx, subscription, p.ID)
	switch {
	case err == nil:
		return &usher.InvalidError{Attribute: "request", Problem: "is open already; somebody will answer it"}
	case !errors.Is(err, usher.ErrNotFound):
		return err
	}
	return c.hasNotAskedMuch(p.ID)
}

// maxAsked is how often somebody may ask in a day: each time leaves a row and events for ever.
const maxAsked = 20

func (c *change) hasNotAskedMuch(person usher.ID) error {
	asked, err := c.tx.RequestsOf(c.ctx, person, maxAsked)
	if err == nil && len(asked) == maxAsked && asked[maxAsked-1].AskedAt > c.now().Add(-oneDay) {
		err = &usher.InvalidError{Attribute: "request", Problem: fmt.Sprintf("is one too many: %d in a day are enough; ask again tomorrow", maxAsked)}
	}
	return err
}

// keptOut says that somebody else than the person decided that they get no seat.
func keptOut(d usher.Decision, now usher.Time) bool {
	return d.Out(now) && d.Kind == usher.Withhold
}

// actingPerson locks somebody who does something for themselves.
func (c *change) actingPerson(person usher.ID) (usher.Person, error) {
	locked, err := c.tx.LockPersons(c.ctx, person)
	if err != nil {
		return usher.Person{}, err
	}
	if p := locked[0]; !p.Active {
		return p, &usher.InvalidError{Attribute: "person", Problem: "is not active: " + p.WhyInactive()}
	}
	return locked[0], nil
}

// WithdrawRequest takes back what the person who acts has asked for.
func (l *Ledger) WithdrawRequest(ctx context.Context, by usher.Principal, number int64) error {
	return l.write(ctx, by, func(c *change) error {
		r, err := c.lockRequest(number)
		if err == nil && r.Person != by.Person {
			err = fmt.Errorf("request %d: %w", number, usher.ErrNotFound)
		}
		if err != nil {
			return err
		}
		return c.closeRequest(r, usher.RequestWithdrawn, "")
	})
}
