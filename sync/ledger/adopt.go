package ledger

import (
	"errors"
	"fmt"

	"usher/internal/usher"
	"usher/sync/plan"
)

// adopt makes a seat of ours of one that the portal shows with a person whom the rule or a
// pin entitles: active at once, ahead of the queue, also at a portal that is only observed.
// No guard counts it, because nobody is invited by it. usher.ErrInvalid: nothing entitles the person.
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
	if !w.Wanted {
		return fmt.Errorf("%w: nothing entitles person %s to %s", usher.ErrInvalid, person, p.sub.Name)
	}
	s, err := p.tx.LiveSeat(p.ctx, p.sub.ID, person)
	none := errors.Is(err, usher.ErrNotFound)
	switch {
	case none:
		s = usher.Seat{ID: p.tx.NewID(), Subscription: p.sub.ID, Person: person, Priority: w.Priority, RequestedAt: p.lockedAt, State: usher.Queued}
	case err != nil:
		return err
	case s.State == usher.Active || s.State == usher.Releasing:
		return nil
	}
	if !s.State.Occupies() {
		p.sub.Cap = max(p.sub.Cap, p.sub.Used+1) // it is taken at the portal already
		if err := p.count(+1); err != nil {
			return err
		}
		s.SeatedAt = p.now()
	}
	s.State, s.Reason, s.Hold, s.Approved, s.ReservedUntil, s.ChangedAt = usher.Active, w.Reason, "", true, 0, p.now()
	p.touch(p.sub.Portal, usher.AccountPerson, person)
	p.event(s, usher.EventSeatActive, why)
	if none {
		return p.tx.InsertSeat(p.ctx, s)
	}
	return p.tx.UpdateSeat(p.ctx, s)
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
