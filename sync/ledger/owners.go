package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/internal/usher"
)

// leavingAnOwner does what takes something from a person, and refuses it where that leaves nobody who is an
// owner. All owners are locked, so that of two who take it from each other one is refused.
func (c *change) leavingAnOwner(person usher.ID, named []string, f func() error) error {
	before, err := c.tx.Owners(c.ctx, named)
	if err != nil {
		return err
	}
	if _, err := c.tx.LockPersons(c.ctx, append(before, person)...); err != nil {
		return err
	}
	if before, err = c.tx.Owners(c.ctx, named); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	after, err := c.tx.Owners(c.ctx, named)
	if err == nil && len(before) > 0 && len(after) == 0 {
		err = fmt.Errorf("%w: this is the last owner; make somebody else an owner first", usher.ErrConflict)
	}
	return err
}

// tellOwnerLeft tells whoever wants to hear that somebody has left who may have been the last owner. A leaver leaves
// all the same.
func (c *change) tellOwnerLeft(person usher.ID) error {
	held, err := c.tx.HeldRoles(c.ctx, person)
	if err != nil {
		return err
	}
	if len(held.Addresses) > 0 || slices.ContainsFunc(held.Grants, func(g usher.RoleGrant) bool { return g.Role == usher.RoleOwner }) {
		c.tx.AfterCommit(c.ledger.onOwnerLeft)
	}
	return nil
}

// OwnersGone says whether somebody was an owner once and nobody is any longer.
func (l *Ledger) OwnersGone(ctx context.Context, named []string) (bool, error) {
	look := l.store.Look()
	owners, err := look.Owners(ctx, named)
	if err != nil || len(owners) > 0 {
		return false, err
	}
	grants, gerr := look.Grants(ctx)
	bound, berr := look.RoleAddresses(ctx)
	was := slices.ContainsFunc(grants, func(g usher.RoleGrant) bool { return g.Role == usher.RoleOwner }) ||
		slices.ContainsFunc(bound, func(a usher.RoleAddress) bool { return slices.Contains(named, a.Address) })
	return was, errors.Join(gerr, berr)
}
