package daemon

import (
	"context"
	"errors"

	"usher/internal/usher"
	"usher/internal/web"
)

// webRoles is who may do what, for the page of owners.
type webRoles struct{ d *Daemon }

// RoleHolders implements web.Roles.
func (w webRoles) RoleHolders(ctx context.Context) ([]web.RoleHolder, error) {
	found, err := w.d.RoleHolders(ctx, false)
	holders := make([]web.RoleHolder, 0, len(found))
	for _, h := range found {
		shown := web.RoleHolder{Role: h.Role, Subscription: h.Subscription, From: h.From, Given: h.Given}
		if h.Person.ID != "" {
			shown.Person, shown.Name, shown.Address, shown.Left = h.Person.ID, h.Person.Name(), h.Person.Address, !h.Person.Active
		}
		holders = append(holders, shown)
	}
	return holders, err
}

// SubscriptionNames implements web.Roles.
func (w webRoles) SubscriptionNames(ctx context.Context) ([]string, error) {
	subs, err := w.d.store.Look().Subscriptions(ctx)
	names := make([]string, 0, len(subs))
	for _, s := range subs {
		names = append(names, s.Name)
	}
	return names, err
}

// GiveRole implements web.Roles.
func (w webRoles) GiveRole(ctx context.Context, by usher.Principal, address string, role usher.Role, subscription string) error {
	g := usher.RoleGrant{Role: role}
	var err error
	if g.Person, err = w.bearer(ctx, address); err != nil {
		return err
	}
	if subscription != "" {
		s, err := w.d.store.Look().SubscriptionNamed(ctx, subscription)
		if errors.Is(err, usher.ErrNotFound) {
			return &usher.InvalidError{Attribute: "subscription", Problem: "is none of those that there are"}
		}
		if err != nil {
			return err
		}
		g.Subscription = s.ID
	}
	err = w.d.ledger.GrantRole(ctx, by, g)
	if errors.Is(err, usher.ErrConflict) {
		return &usher.InvalidError{Attribute: "role", Problem: "is theirs already"}
	}
	return err
}

// TakeRole implements web.Roles.
func (w webRoles) TakeRole(ctx context.Context, by usher.Principal, given usher.RoleGrant) error {
	err := w.d.ledger.RevokeRole(ctx, by, given, w.d.NamedOwners())
	if errors.Is(err, usher.ErrConflict) {
		return &usher.InvalidError{Attribute: "role", Problem: "is that of the last owner; make somebody else an owner first"}
	}
	return err
}

// bearer is who bears an address now.
func (w webRoles) bearer(ctx context.Context, address string) (usher.ID, error) {
	key, err := usher.FoldAddress(address)
	if err != nil {
		return "", &usher.InvalidError{Attribute: "address", Problem: "is " + err.Error()}
	}
	found, err := w.d.store.Look().FindIdentifiers(ctx, []usher.Identifier{{Space: usher.SpaceAddress, Key: key}})
	if err == nil && (len(found) == 0 || found[0].RetiredAt != 0) {
		return "", &usher.InvalidError{Attribute: "address", Problem: "is nobody's here; enter one that a directory gives"}
	}
	if err != nil {
		return "", err
	}
	return found[0].Person, nil
}
