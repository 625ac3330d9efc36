package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"usher/internal/usher"
)

// GrantRole gives somebody a role, because an owner or an operator on usher's host says so, with
// the principal's reason. usher.ErrConflict: they have it.
func (l *Ledger) GrantRole(ctx context.Context, by usher.Principal, g usher.RoleGrant) error {
	if err := mayGiveRoles(by); err != nil {
		return err
	}
	return l.write(ctx, by, func(c *change) error {
		locked, err := c.tx.LockPersons(ctx, g.Person)
		if err != nil {
			return err
		}
		switch p := locked[0]; {
		case !p.Active:
			return &usher.InvalidError{Attribute: "person", Problem: "has no use for a role: " + p.WhyInactive()}
		case p.Unconfirmed():
			return &usher.InvalidError{Attribute: "person", Problem: "is unconfirmed, and has no role before somebody says that they belong here (usher person confirm)"}
		}
		if err := c.canBeGiven(g); err != nil {
			return err
		}
		g.By, g.Reason, g.At = string(by.Kind)+" "+by.Name, by.Reason, c.now()
		if err := c.tx.InsertGrant(ctx, g); err != nil {
			return err
		}
		c.recordRole(usher.EventRoleGranted, g)
		return nil
	})
}

// RevokeRole takes a role back that was given. named are the addresses that the configuration
// makes owners, folded: whoever has one of them counts, because somebody has to be left who is an
// owner. usher.ErrNotFound: it was not given; roles of the configuration end there.
func (l *Ledger) RevokeRole(ctx context.Context, by usher.Principal, g usher.RoleGrant, named []string) error {
	if err := mayGiveRoles(by); err != nil {
		return err
	}
	return l.write(ctx, by, func(c *change) error {
		return c.leavingAnOwner(g.Person, named, func() error {
			c.recordRole(usher.EventRoleRevoked, g)
			return c.tx.DropGrant(ctx, g)
		})
	})
}

// mayGiveRoles refuses everybody but owners and operators, and wants a reason.
func mayGiveRoles(by usher.Principal) error {
	owner := by.Kind == usher.PrincipalPerson && by.Rights.Owner
	switch {
	case !owner && by.Kind != usher.PrincipalOperator:
		return &usher.InvalidError{Attribute: "role", Problem: "is given and taken by an owner, or on usher's host"}
	case strings.TrimSpace(by.Reason) == "":
		return &usher.InvalidError{Attribute: "reason", Problem: "is missing; say why, for the record"}
	}
	return nil
}

// canBeGiven refuses roles that nobody gives, and subscriptions that are none.
func (c *change) canBeGiven(g usher.RoleGrant) error {
	switch {
	case !slices.Contains(usher.GivenRoles(), g.Role):
		return &usher.InvalidError{Attribute: "role", Problem: "cannot be given; it is one of owner, seat_admin and auditor"}
	case g.Subscription == "":
		return nil
	case g.Role != usher.RoleSeatAdmin:
		return &usher.InvalidError{Attribute: "subscription", Problem: "goes with seat_admin alone"}
	}
	known, err := c.tx.Subscriptions(c.ctx)
	if err == nil && !slices.ContainsFunc(known, func(s usher.Subscription) bool { return s.ID == g.Subscription }) {
		err = fmt.Errorf("subscription: %w", usher.ErrNotFound)
	}
	return err
}

func (c *change) recordRole(kind usher.EventKind, g usher.RoleGrant) {
	c.record(usher.Event{Kind: kind, Subject: "person", SubjectID: g.Person, Person: g.Person, Subscription: g.Subscription,
		After: payload(map[string]any{"role": g.Role})})
}
