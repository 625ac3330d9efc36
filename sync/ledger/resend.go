package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/internal/usher"
)

// Resend has the invitation of somebody who never came sent again at a portal that takes files,
// with its next visit. Whether there is one to be sent again is for the portal's connector to
// say, of what the portal showed. usher.ErrStale: it was asked for already, or rows about the
// person are open. usher.ErrInvalid: nothing can be sent there.
func (l *Ledger) Resend(ctx context.Context, by usher.Principal, portal, person usher.ID) error {
	return l.write(ctx, by, func(c *change) error {
		p, err := c.tx.Portal(ctx, portal)
		if err != nil {
			return err
		}
		if !p.Profile.Whole || !p.Live || p.RetiredAt != 0 {
			return &usher.InvalidError{Attribute: "portal", Problem: "is not live, or takes no files: nothing is carried there"}
		}
		found, err := c.tx.AccountOf(ctx, portal, usher.AccountPerson, person)
		if errors.Is(err, usher.ErrNotFound) {
			return noInvitation(p)
		}
		if err != nil {
			return err
		}
		a, err := c.tx.LockAccount(ctx, found.ID)
		if err != nil {
			return err
		}
		if err := resendable(p, a); err != nil {
			return err
		}
		rows, err := c.tx.RowsOfAccount(ctx, a.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(rows, func(r usher.BatchRow) bool { return r.State == usher.RowOpen }) {
			return fmt.Errorf("what %s was asked for about this person is not settled; say what came of it first (usher visit show %s): %w", p.Name, p.Name, usher.ErrStale)
		}
		a.Resend = true
		if a.Confirmed >= a.Generation {
			a.NextTryAt, a.Refused, a.LastError = c.now(), false, ""
		}
		c.recordAccount(a, usher.EventAccountResend, by.Reason)
		c.told[portal] = true
		return c.tx.UpdateAccount(ctx, a)
	})
}

// resendable says why nobody can send an invitation again, as far as the ledger knows.
func resendable(p usher.Portal, a usher.Account) error {
	switch {
	case a.Desired == nil || !a.Desired.Active:
		return &usher.InvalidError{Attribute: "person", Problem: fmt.Sprintf("is to have no active account at %s", p.Name)}
	case a.Seen == nil:
		return noInvitation(p)
	case a.Resend:
		return fmt.Errorf("the invitation is to be sent again with the next visit to %s already: %w", p.Name, usher.ErrStale)
	}
	return nil
}

func noInvitation(p usher.Portal) error {
	return &usher.InvalidError{Attribute: "person", Problem: fmt.Sprintf("was not seen at %s: no export shows an invitation to be sent again", p.Name)}
}

// describeResend says that an invitation is to be sent again, and whether that is all.
func describeResend(a usher.Account, change *usher.AccountChange) {
	if a.Resend {
		change.Resend, change.InLine = true, a.Confirmed >= a.Generation
		change.Why = cmp.Or(change.Why, "asked for by hand")
	}
}
