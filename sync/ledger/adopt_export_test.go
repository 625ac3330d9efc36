package ledger

import (
	"context"

	"usher/internal/usher"
)

// Adopt is adopt in a transaction of its own.
func (l *Ledger) Adopt(ctx context.Context, by usher.Principal, person, subscription usher.ID) error {
	return l.write(ctx, by, func(c *change) error { return c.adopt(person, subscription, "the portal shows it") })
}
