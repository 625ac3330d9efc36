package ledger

import (
	"errors"
	"fmt"

	"usher/internal/usher"
	"usher/sync/plan"
)

// adopt makes a seat of ours of one that the portal shows with a person whom the rule or a
// pin entitles: active at once, ahead of the queue, also at a portal that is only observed.
// No guard counts it, because nobody is invited by it. It may be one too many only as far as
// the portal itself shows it: the seat was taken before, as a stranger's.
//
// usher.ErrInvalid: nothing entitles the person, or the portal shows no such seat. Locks go
// from people to subscriptions: one change adopts for one person, or has locked all of them.
func (c *change) adopt(person, subscription usher.ID, why string) error {
	if _, err := c.tx.LockPersons(c.ctx, person); err != nil {
		return err
	}
	p, err := c.lock(subscription)
	if err != nil {
		return err
	}
	w, err := p.entitled(person)
	if err != nil {
		return err
	}
	shown, err := p.tx.ShowsSeat(p.ctx, subscription, person)
	switch {
	case err != nil:
		return err
	case !w.Wanted:
		return fmt.Errorf("%w: nothing entitles person %s to %s", usher.ErrInvalid, person, p.sub.Name)
	case !shown:
		return fmt.Errorf("%w: portal %s does not show person %s in %s", usher.ErrInvalid, p.portal.Name, person, p.sub.Name)
	}
	return p.takeOver(person, w, why)
}

// entitled is what the rule and decisions say of a person in p now.
func (p *pool) entitled(person usher.ID) (plan.Wish, error) {
	who, err := p.tx.Person(p.ctx, person)
	if err != nil {
		return plan.Wish{}, err
	}
	records, err := p.tx.RecordsOfPerson(p.ctx, person)
	if err != nil {
		return plan.Wish{}, err
	}
	groups, err := p.groupsOf(records)
	if err != nil {
		return plan.Wish{}, err
	}
	decisions, err := p.tx.DecisionsFor(p.ctx, person)
	if err != nil {
		return plan.Wish{}, err
	}
	managers, err := p.chain(who)
	if err != nil {
		return plan.Wish{}, err
	}
	facts := plan.FactsOf(who, namesOf(groups), managers, p.bestDirectory(records))
	return plan.Entitle(p.sub, p.rule, p.priority, who, facts, decisionFor(decisions, p.sub.ID), p.now())
}

// takeOver makes the person's seat active. One that occupies already stays what it is.
func (p *pool) takeOver(person usher.ID, w plan.Wish, why string) error {
	s, err := p.tx.LiveSeat(p.ctx, p.sub.ID, person)
	none := errors.Is(err, usher.ErrNotFound)
	switch {
	case none:
		s = usher.Seat{ID: p.tx.NewID(), Subscription: p.sub.ID, Person: person, State: usher.Queued, Priority: w.Priority, RequestedAt: p.lockedAt}
		if err := p.resume(&s); err != nil {
			return err
		}
	case err != nil:
		return err
	case s.State == usher.Active || s.State == usher.Releasing:
		return nil
	}
	if !s.State.Occupies() {
		if err := p.countAdopted(); err != nil {
			return err
		}
		s.SeatedAt = p.now()
	}
	if s.Reserved(p.now()) {
		p.sub.Reserved--
	}
	s.State, s.Reason, s.Hold, s.Approved, s.ReservedUntil, s.ChangedAt = usher.Active, w.Reason, "", true, 0, p.now()
	s.LeavingAt, s.DueAt, s.LeavingBy = 0, 0, ""
	if none {
		err = p.tx.InsertSeat(p.ctx, s)
		p.event(s, usher.EventSeatActive, why)
	} else {
		err = p.save(s, usher.EventSeatActive, why)
	}
	if err != nil {
		return err
	}
	p.touch(p.sub.Portal, usher.AccountPerson, person)
	return p.estrange(person, false)
}

// countAdopted counts a seat that is taken at the portal already, beyond what was purchased
// as well.
func (p *pool) countAdopted() error {
	p.sub.Cap = max(p.sub.Cap, p.sub.Used+1)
	return p.count(+1)
}
