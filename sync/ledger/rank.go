package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"usher/internal/store"
	"usher/internal/usher"
)

// maxRank bounds the priority that a human gives, so that there is always one above and one below.
const maxRank = 1_000_000_000

// Prioritise gives somebody who is queued a priority that counts instead of the rule's, and outlives it, until it is taken
// back (see ClearPriority). It moves them in the queue at once.
func (l *Ledger) Prioritise(ctx context.Context, by usher.Principal, subscription, person usher.ID, priority int64) error {
	return l.rank(ctx, by, subscription, person, func(*change) (int64, error) { return priority, nil })
}

// MoveTo moves somebody in a queue: to its front, its back, or right before whoever stands at a place. Of people with the same
// priority whoever asked first is first, so before somebody means before everybody of their priority.
func (l *Ledger) MoveTo(ctx context.Context, by usher.Principal, subscription, person usher.ID, to usher.QueueMove) error {
	return l.rank(ctx, by, subscription, person, func(c *change) (int64, error) {
		highest, lowest, others, err := c.tx.QueueEnds(ctx, subscription, person)
		switch {
		case err != nil:
			return 0, err
		case !others:
			return 0, &usher.InvalidError{Attribute: "queue", Problem: "holds nobody else"}
		case to.Front:
			return highest + 1, nil
		case to.Back:
			return lowest - 1, nil
		case to.Before < 1:
			return 0, &usher.InvalidError{Attribute: "place", Problem: "has to be a number from 1 on"}
		}
		s, err := c.tx.QueuePlace(ctx, subscription, to.Before)
		if errors.Is(err, usher.ErrNotFound) {
			return 0, &usher.InvalidError{Attribute: "place", Problem: "is behind the end of the queue"}
		}
		if err == nil && s.Person == person {
			err = &usher.InvalidError{Attribute: "place", Problem: "is theirs already"}
		}
		return s.Priority + 1, err
	})
}

// rank writes the place that a human gives somebody.
func (l *Ledger) rank(ctx context.Context, by usher.Principal, subscription, person usher.ID, priority func(*change) (int64, error)) error {
	return l.write(ctx, by, func(c *change) error {
		if _, err := c.tx.LockPersons(ctx, person); err != nil {
			return err
		}
		s, err := c.tx.LiveSeat(ctx, subscription, person)
		if errors.Is(err, usher.ErrNotFound) || err == nil && s.State != usher.Queued {
			return &usher.InvalidError{Attribute: "person", Problem: "is not in the queue"}
		}
		if err != nil {
			return err
		}
		to, err := priority(c)
		if err != nil {
			return err
		}
		if to > maxRank || to < -maxRank {
			return &usher.InvalidError{Attribute: "priority", Problem: fmt.Sprintf("has to be between %d and %d", -maxRank, maxRank)}
		}
		if err := c.tx.PutRank(ctx, subscription, person, usher.Rank{Priority: to, By: by.Name, Reason: by.Reason, CreatedAt: c.now()}); err != nil {
			return err
		}
		c.record(usher.Event{Kind: usher.EventSeatDecided, Subject: "subscription", SubjectID: subscription, Person: person, Subscription: subscription,
			Before: payload(map[string]any{"priority": s.Priority}), After: payload(map[string]any{"decision": "priority " + strconv.FormatInt(to, 10), "priority": to})})
		return c.compute(person, reason{caution: store.CautionGuard, why: "priority given by " + by.Name})
	})
}

// ClearPriority takes back what a human gave: the rule's priority counts again. usher.ErrNotFound: nothing was given.
func (l *Ledger) ClearPriority(ctx context.Context, by usher.Principal, subscription, person usher.ID) error {
	return l.write(ctx, by, func(c *change) error {
		if _, err := c.tx.LockPersons(ctx, person); err != nil {
			return err
		}
		if err := c.tx.DropRank(ctx, subscription, person); err != nil {
			return err
		}
		c.recordDecision(subscription, person, "priority by rule again")
		return c.compute(person, reason{caution: store.CautionGuard, why: "priority taken back by " + by.Name})
	})
}
