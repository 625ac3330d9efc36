package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
)

// maxShrink is how many people one plan names.
const maxShrink = 500

// PlanShrink keeps a plan for a renewal with fewer seats: s has Subscription, Seats, DueAt and People. Nothing changes before
// its day (see sweepShrinks). usher.ErrConflict: the subscription has an open one.
func (l *Ledger) PlanShrink(ctx context.Context, by usher.Principal, s usher.ShrinkPlan) (number int64, err error) {
	err = l.write(ctx, by, func(c *change) error {
		if err := c.checkShrink(s); err != nil {
			return err
		}
		if number, err = c.tx.NextNumber(ctx, "shrink"); err != nil {
			return err
		}
		s.Number, s.State, s.Reason, s.CreatedBy, s.CreatedAt = number, usher.ShrinkOpen, by.Reason, by.Name, c.now()
		if err := c.tx.InsertShrink(ctx, s); err != nil {
			return err
		}
		c.recordShrink(usher.EventShrinkPlanned, s, by.Reason)
		return nil
	})
	return number, err
}

func (c *change) checkShrink(s usher.ShrinkPlan) error {
	pool, ok := c.policy.pool(s.Subscription)
	switch {
	case !ok || pool.sub.RetiredAt != 0:
		return fmt.Errorf("subscription %s: %w", s.Subscription, usher.ErrNotFound)
	case s.Seats < 0:
		return &usher.InvalidError{Attribute: "seats", Problem: "cannot be fewer than none"}
	case s.DueAt <= c.now():
		return &usher.InvalidError{Attribute: "day", Problem: "has to be one that is still to come"}
	case len(s.People) == 0:
		return &usher.InvalidError{Attribute: "plan", Problem: "has to name somebody"}
	case len(s.People) > maxShrink:
		return &usher.InvalidError{Attribute: "plan", Problem: fmt.Sprintf("can name %d people at most", maxShrink)}
	case strings.TrimSpace(c.by.Reason) == "":
		return &usher.InvalidError{Attribute: "reason", Problem: "is needed: those whose seats are withheld will ask"}
	}
	for _, p := range s.People {
		seat, err := c.tx.LiveSeat(c.ctx, s.Subscription, p.Person)
		if errors.Is(err, usher.ErrNotFound) || err == nil && !seat.State.Occupies() {
			return &usher.InvalidError{Attribute: "plan", Problem: "names somebody who has no seat; load the page again"}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *change) recordShrink(kind usher.EventKind, s usher.ShrinkPlan, why string) {
	c.record(usher.Event{Kind: kind, Subject: "shrink plan", SubjectID: usher.ID(fmt.Sprint(s.Number)), Subscription: s.Subscription, Why: why,
		After: payload(map[string]any{"plan": s.Number, "seats": s.Seats, "people": len(s.People), "due": s.DueAt.RFC3339(), "state": s.State})})
}

// DiscardShrink drops a plan of a subscription: of whom it was carried out already the seat stays withheld.
func (l *Ledger) DiscardShrink(ctx context.Context, by usher.Principal, subscription usher.ID, number int64) error {
	return l.write(ctx, by, func(c *change) error {
		s, err := c.tx.LockShrink(ctx, number)
		if err != nil {
			return err
		}
		if s.Subscription != subscription {
			return fmt.Errorf("shrink plan %d of subscription %s: %w", number, subscription, usher.ErrNotFound)
		}
		return c.closeShrink(s, usher.ShrinkDiscarded, by.Reason)
	})
}

// closeShrink ends a plan that is locked. usher.ErrStale: it has ended.
func (c *change) closeShrink(s usher.ShrinkPlan, state usher.ShrinkState, why string) error {
	if s.State != usher.ShrinkOpen {
		return fmt.Errorf("shrink plan %d is %s: %w", s.Number, s.State, usher.ErrStale)
	}
	s.State, s.ClosedBy, s.ClosedAt = state, c.by.Name, c.now()
	c.recordShrink(usher.EventShrinkClosed, s, why)
	return c.tx.CloseShrink(c.ctx, s)
}

// ShrinkPlans are a subscription's plans, newest first; the open one with its people.
func (l *Ledger) ShrinkPlans(ctx context.Context, subscription usher.ID) (plans []usher.ShrinkPlan, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		if plans, err = tx.ShrinkPlans(ctx, subscription, 10); err != nil {
			return err
		}
		for i := range plans {
			if plans[i].State != usher.ShrinkOpen {
				continue
			}
			if err := nameShrink(ctx, tx, &plans[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return plans, err
}

func nameShrink(ctx context.Context, tx *store.Tx, s *usher.ShrinkPlan) error {
	done, err := tx.ShrinkPeople(ctx, s.Number)
	if err != nil {
		return err
	}
	people, err := tx.PeopleByID(ctx, sorted(done))
	for id, p := range people {
		s.People = append(s.People, usher.ShrinkPerson{Person: id, Name: p.Name(), Address: p.Address})
		if done[id] != 0 {
			s.Done++
		}
	}
	slices.SortFunc(s.People, func(a, b usher.ShrinkPerson) int {
		return strings.Compare(usher.FoldText(a.Name)+string(a.Person), usher.FoldText(b.Name)+string(b.Person))
	})
	return err
}

// sweepShrinks carries out what is due of plans: the seats of a few people at a time are withheld, in the name of whoever
// planned it. Whoever has none any longer, or was pinned since, is passed over: something newer was said of them.
func (l *Ledger) sweepShrinks(ctx context.Context, by usher.Principal) (int, error) {
	due, err := l.store.Look().DueShrinks(ctx)
	if err != nil {
		return 0, err
	}
	for _, number := range due {
		for more := true; more; {
			err := l.write(ctx, by, func(c *change) (err error) {
				more, err = c.shrink(number)
				return err
			})
			if err != nil {
				return 0, fmt.Errorf("shrink plan %d: %w", number, err)
			}
		}
	}
	return 0, nil
}

// shrink takes on the next people of a plan, and says whether there may be more.
func (c *change) shrink(number int64) (bool, error) {
	s, err := c.tx.LockShrink(c.ctx, number)
	if err != nil || s.State != usher.ShrinkOpen {
		return false, err // another process, or an admin, was quicker
	}
	done, err := c.tx.ShrinkPeople(c.ctx, number)
	if err != nil {
		return false, err
	}
	left := slices.DeleteFunc(sorted(done), func(id usher.ID) bool { return done[id] != 0 })
	if len(left) == 0 {
		return false, c.closeShrink(s, usher.ShrinkApplied, s.Reason)
	}
	left = left[:min(len(left), sweepSize)]
	if _, err := c.tx.LockPersons(c.ctx, left...); err != nil {
		return false, err
	}
	for _, id := range left {
		if err := c.shrinkPerson(s, id); err != nil {
			return false, fmt.Errorf("person %s: %w", id, err)
		}
	}
	return true, nil
}

func (c *change) shrinkPerson(s usher.ShrinkPlan, person usher.ID) error {
	if err := c.tx.ShrunkPerson(c.ctx, s.Number, person); err != nil {
		return err
	}
	decisions, err := c.tx.DecisionsFor(c.ctx, person)
	if err != nil {
		return err
	}
	if d := decisionFor(decisions, s.Subscription); d.Kind == usher.Pin && d.CreatedAt > s.CreatedAt {
		return nil
	}
	seat, err := c.tx.LiveSeat(c.ctx, s.Subscription, person)
	if errors.Is(err, usher.ErrNotFound) || err == nil && !seat.State.Occupies() {
		return nil
	}
	if err != nil {
		return err
	}
	d := usher.Decision{Subscription: s.Subscription, Person: person, Kind: usher.Withhold, By: s.CreatedBy,
		Reason: fmt.Sprintf("shrink plan %d%s", s.Number, reasonOf(s.Reason)), CreatedAt: c.now()}
	if err := c.putDecision(d); err != nil {
		return err
	}
	return c.compute(person, reason{caution: store.CautionApproved, named: []usher.ID{s.Subscription}, why: d.Reason})
}
