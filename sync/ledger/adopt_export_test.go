package ledger

import (
	"context"

	"usher/internal/usher"
)

// AdoptSeat is adopt in a transaction of its own.
func (l *Ledger) AdoptSeat(ctx context.Context, by usher.Principal, person, subscription usher.ID) error {
	return l.write(ctx, by, func(c *change) error { return c.adopt(person, subscription, "the portal shows it") })
}
