package ledger

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"usher/internal/usher"
)

// The bounds of join links.
const (
	maxPlaces   = 100_000
	maxJoinTime = 366 * 24 * time.Hour
)

// CreateJoinLink makes a join link and gives its code, which is kept nowhere. Of j it takes the subscriptions, the places and
// until when.
func (l *Ledger) CreateJoinLink(ctx context.Context, by usher.Principal, j usher.JoinLink) (string, usher.JoinLink, error) {
	code := rand.Text() // 128 bits or more
	err := l.write(ctx, by, func(c *change) error {
		if err := c.checkJoinLink(&j); err != nil {
			return err
		}
		var err error
		if j.Number, err = c.tx.NextNumber(ctx, "join"); err != nil {
			return err
		}
		j.Hash, j.CreatedBy, j.Reason, j.CreatedAt = usher.HashJoinCode(code), by.Name, by.Reason, c.now()
		c.recordJoin(usher.EventJoinCreated, j, map[string]any{"places": j.Places, "until": j.Until.RFC3339(), "subscriptions": j.Subscriptions})
		return c.tx.InsertJoinLink(ctx, j)
	})
	return code, j, err
}

func (c *change) checkJoinLink(j *usher.JoinLink) error {
	switch {
	case len(j.Subscriptions) == 0:
		return &usher.InvalidError{Attribute: "subscription", Problem: "is missing; name those that the link gives"}
	case j.Places < 1 || j.Places > maxPlaces:
		return &usher.InvalidError{Attribute: "limit", Problem: fmt.Sprintf("is not between 1 and %d", maxPlaces)}
	case j.Until <= c.now() || j.Until > c.now().Add(maxJoinTime):
		return &usher.InvalidError{Attribute: "until", Problem: "is not within the coming year"}
	}
	slices.Sort(j.Subscriptions)
	j.Subscriptions = slices.Compact(j.Subscriptions)
	for _, id := range j.Subscriptions {
		if known, ok := c.policy.pool(id); !ok || known.sub.RetiredAt != 0 {
			return fmt.Errorf("subscription %s: %w", id, usher.ErrNotFound)
		}
	}
	return nil
}

// RevokeJoinLink ends a join link for good. Whoever has used it keeps what it gave.
func (l *Ledger) RevokeJoinLink(ctx context.Context, by usher.Principal, number int64) error {
	return l.write(ctx, by, func(c *change) error {
		j, err := c.tx.LockJoinLink(ctx, number)
		if err != nil {
			return fmt.Errorf("join link %d: %w", number, err)
		}
		if j.RevokedAt != 0 {
			return fmt.Errorf("join link %d was revoked on %s: %w", number, j.RevokedAt.Std().Format(time.DateOnly), usher.ErrStale)
		}
		c.recordJoin(usher.EventJoinRevoked, j, nil)
		return c.tx.RevokeJoinLink(ctx, number, by.Name)
	})
}
