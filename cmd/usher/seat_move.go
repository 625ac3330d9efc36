package main

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/usher"
)

// seatMoveCmd gives somebody a place in a queue by hand.
type seatMoveCmd struct {
	seatOf

	Front    bool   `xor:"to" required:"" help:"To the front."`
	Back     bool   `xor:"to" required:"" help:"To the back."`
	Before   int    `xor:"to" required:"" placeholder:"PLACE" help:"Before whoever stands at a place, and everybody of their priority."`
	Priority *int64 `xor:"to" required:"" help:"Give a priority that counts instead of the rule's."`
	Rule     bool   `xor:"to" required:"" help:"Take back what was given: the rule's priority counts again."`
}

// Run implements storeCommand.
func (c *seatMoveCmd) Run(d *desk) error {
	l := d.daemon.Ledger()
	return c.decide(d, "", withoutEnd(func(ctx context.Context, by usher.Principal, subscription, person usher.ID) error {
		switch {
		case c.Priority != nil:
			return l.Prioritise(ctx, by, subscription, person, *c.Priority)
		case c.Rule:
			err := l.ClearPriority(ctx, by, subscription, person)
			if errors.Is(err, usher.ErrNotFound) {
				return fmt.Errorf("nobody gave %s a place in the queue of %s by hand", c.Person, c.Subscription)
			}
			return err
		}
		return l.MoveTo(ctx, by, subscription, person, usher.QueueMove{Front: c.Front, Back: c.Back, Before: c.Before})
	}))
}
