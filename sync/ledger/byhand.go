package ledger

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// Grant pins a person to a subscription: entitled whatever the rule says, until the pin
// lapses or is taken back. A human asked for it by name, so no guard counts it.
func (l *Ledger) Grant(ctx context.Context, by usher.Principal, subscription, person usher.ID, until usher.Time) error {
	return l.decide(ctx, by, usher.Decision{Subscription: subscription, Person: person, Kind: usher.Pin, Until: until})
}

// Withhold keeps a person out of a subscription whatever the rule says; a seat they have
// is released without settling.
func (l *Ledger) Withhold(ctx context.Context, by usher.Principal, subscription, person usher.ID, until usher.Time) error {
	return l.decide(ctx, by, usher.Decision{Subscription: subscription, Person: person, Kind: usher.Withhold, Until: until})
}

func (l *Ledger) decide(ctx context.Context, by usher.Principal, d usher.Decision) error {
	return l.write(ctx, by, func(c *change) error {
		if d.Until != 0 && d.Until <= c.now() {
			return &usher.InvalidError{Attribute: "until", Problem: "is in the past; give a later date, or none"}
		}
		if _, err := c.lockStanding(d.Person); err != nil {
			return err
		}
		d.By, d.Reason, d.CreatedAt = by.Name, by.Reason, c.now()
		if err := c.putDecision(d); err != nil {
			return err
		}
		return c.compute(d.Person, reason{caution: store.CautionApproved, named: []usher.ID{d.Subscription}, why: string(d.Kind) + " by " + by.Name})
	})
}

// putDecision writes what a human decided about somebody who is locked, who is to be computed after it.
func (c *change) putDecision(d usher.Decision) error {
	if err := c.tx.PutDecision(c.ctx, d); err != nil {
		return err
	}
	c.recordDecision(d.Subscription, d.Person, string(d.Kind))
	if d.Kind != usher.Pin {
		c.decided[d.Subscription] = append(c.decided[d.Subscription], d.Person)
	}
	return c.touchShown(d.Subscription, d.Person)
}

// touchShown has the account computed again with which a portal shows a seat of the
// subscription: a seat that is foreign there is taken once a human withholds it.
func (c *change) touchShown(subscription, person usher.ID) error {
	shown, err := c.tx.ShowsSeat(c.ctx, subscription, person)
	if known, ok := c.policy.pool(subscription); ok && shown {
		c.touch(known.sub.Portal, usher.AccountPerson, person)
	}
	return err
}

func (c *change) recordDecision(subscription, person usher.ID, what string) {
	c.record(usher.Event{Kind: usher.EventSeatDecided, Subject: "subscription", SubjectID: subscription, Person: person,
		Subscription: subscription, After: payload(map[string]any{"decision": what})})
}

// ClearDecision takes a pin or a withholding back: the rule decides again.
func (l *Ledger) ClearDecision(ctx context.Context, by usher.Principal, subscription, person usher.ID) error {
	return l.write(ctx, by, func(c *change) error {
		if _, err := c.tx.LockPersons(ctx, person); err != nil {
			return err
		}
		if err := c.tx.DropDecision(ctx, subscription, person); err != nil {
			return err
		}
		c.recordDecision(subscription, person, "by rule again")
		if err := c.touchShown(subscription, person); err != nil {
			return err
		}
		return c.compute(person, reason{caution: store.CautionApproved, named: []usher.ID{subscription}, why: "decision taken back by " + by.Name})
	})
}

// Release releases a seat now: it waits for no settling and no guard, because one urgent
// leaver must never be delayed, and it is recorded who did it. Somebody whom the rule
// still entitles is refused: the seat would be theirs again at once.
func (l *Ledger) Release(ctx context.Context, by usher.Principal, subscription, person usher.ID) error {
	return l.write(ctx, by, func(c *change) error {
		if _, err := c.tx.LockPersons(ctx, person); err != nil {
			return err
		}
		if err := c.tx.DropDecisionOf(ctx, subscription, person, usher.Pin); err != nil {
			return err
		}
		if err := c.compute(person, reason{caution: store.CautionApproved, named: []usher.ID{subscription}, why: "released by " + by.Name}); err != nil {
			return err
		}
		c.decided[subscription] = []usher.ID{person} // locked in order with the others
		if err := c.settleSeats(); err != nil {
			return err
		}
		clear(c.wishes)
		clear(c.decided)
		p, err := c.lock(subscription)
		if err != nil {
			return err
		}
		if err := p.releaseNow(person); err != nil {
			return err
		}
		return c.hurry(p.sub.Portal, person)
	})
}

// hurry has what is due of a person at a portal not wait for its next visit.
func (c *change) hurry(portal, person usher.ID) error {
	found, err := c.tx.AccountOf(c.ctx, portal, usher.AccountPerson, person)
	if errors.Is(err, usher.ErrNotFound) {
		return nil // there is nothing to take back
	}
	if err != nil {
		return err
	}
	a, err := c.tx.LockAccount(c.ctx, found.ID)
	if err != nil || !a.Known() {
		return err
	}
	a.Urgent = true
	c.told[portal] = true
	return c.tx.UpdateAccount(c.ctx, a)
}

func (p *pool) releaseNow(person usher.ID) error {
	s, err := p.tx.LiveSeat(p.ctx, p.sub.ID, person)
	switch {
	case errors.Is(err, usher.ErrNotFound):
		return nil // the wish released it already, or it was only queued
	case err != nil:
		return err
	case s.State == usher.Releasing:
		return nil
	}
	why, err := p.guardsLast(person)
	switch {
	case err != nil:
		return err
	case why != "":
		return &usher.InvalidError{Attribute: "seat", Problem: "is that of " + why}
	case s.LeavingAt == 0:
		return &usher.InvalidError{Attribute: "seat", Problem: fmt.Sprintf("the rule of %s still entitles this person, so the seat would be theirs again at once; use withhold", p.sub.Name)}
	}
	s.Hold, s.Approved, s.LeavingBy, s.DueAt, s.Reason = "", true, "", p.now(), "released now by "+p.by.Name
	p.recordDecision(p.sub.ID, person, "release now")
	if err := p.release(s); err != nil {
		return err
	}
	return p.allocate()
}

// Guest is somebody who is in no directory and is served all the same.
type Guest struct {
	Address, GivenName, FamilyName string
	// Sponsor answers for the guest; required.
	Sponsor string
	// EndsAt is when the guest's time is over; required.
	EndsAt usher.Time
}

// AddGuest makes a person for a guest. Subscriptions are granted to them by name.
// usher.ErrConflict: the address belongs to somebody known.
func (l *Ledger) AddGuest(ctx context.Context, by usher.Principal, g Guest) (usher.Person, error) {
	var p usher.Person
	err := l.write(ctx, by, func(c *change) error {
		key, err := usher.FoldAddress(g.Address)
		switch {
		case err != nil:
			return &usher.InvalidError{Attribute: "address", Problem: err.Error()}
		case g.Sponsor == "":
			return &usher.InvalidError{Attribute: "sponsor", Problem: "a guest needs somebody who answers for them"}
		case g.EndsAt <= c.now():
			return &usher.InvalidError{Attribute: "end date", Problem: "a guest needs an end date that is still to come"}
		}
		p = usher.Person{
			ID: c.tx.NewID(), Active: true, Address: g.Address, Sponsor: g.Sponsor, EndsAt: g.EndsAt, Revision: 1, CreatedAt: c.now(), ChangedAt: c.now(),
			Attributes: usher.Attributes{Active: true, UserName: g.Address, GivenName: g.GivenName, FamilyName: g.FamilyName,
				Emails: []usher.Email{{Value: g.Address, Primary: true}}},
		}
		if err := c.tx.InsertPerson(ctx, p); err != nil {
			return err
		}
		ok, err := c.tx.PutIdentifier(ctx, usher.Identifier{Space: usher.SpaceAddress, Key: key, Kind: usher.KindEmail, Person: p.ID, Shown: g.Address, Since: c.now()})
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("the address belongs to somebody usher knows: %w", usher.ErrConflict)
		}
		c.record(usher.Event{Kind: usher.EventPersonJoined, Subject: "person", SubjectID: p.ID, Person: p.ID, After: payload(p.Attributes), Why: "guest of " + g.Sponsor + reasonOf(by.Reason)})
		return c.compute(p.ID, reason{caution: store.CautionApproved, why: "guest added by " + by.Name})
	})
	return p, err
}

// AddAlias gives a person an address by which they are known as well.
func (l *Ledger) AddAlias(ctx context.Context, by usher.Principal, person usher.ID, address string) error {
	return l.write(ctx, by, func(c *change) error {
		key, err := usher.FoldAddress(address)
		if err != nil {
			return &usher.InvalidError{Attribute: "address", Problem: err.Error()}
		}
		if _, err := c.lockStanding(person); err != nil {
			return err
		}
		i := usher.Identifier{Space: usher.SpaceAddress, Key: key, Kind: usher.KindAlias, Person: person, Shown: address, Since: c.now()}
		ok, err := c.tx.PutIdentifier(ctx, i)
		if err == nil && !ok {
			err = fmt.Errorf("the address belongs to another person: %w", usher.ErrConflict)
		}
		if err != nil {
			return err
		}
		c.record(usher.Event{Kind: usher.EventPersonMoved, Subject: "person", SubjectID: person, Person: person, After: payload(map[string]any{"alias": address})})
		c.touchAccounts(person) // a portal's profile may know them by it
		return nil
	})
}
