package ledger

import (
	"context"
	"fmt"
	"slices"

	"usher/internal/usher"
)

// bindRoles makes the roles of the configuration a person's who signs in with an address that it names, where the
// connection vouches for the address and the person bears it. Only whoever is first gets them. Neither alone is enough: a
// directory can write any address into any record, and a provider speaks for its domains alone. A newcomer bears what the provider
// says, so that would be one word twice: they wait until a directory or an admin says that they belong here.
func (c *change) bindRoles(p usher.Person, in usher.SignedIn, rule usher.LinkRule) error {
	if p.Unconfirmed() {
		return nil
	}
	for _, address := range vouchedFor(in, rule) {
		if !slices.Contains(rule.RoleAddresses, address) {
			continue
		}
		found, err := c.tx.FindIdentifiers(c.ctx, []usher.Identifier{{Space: usher.SpaceAddress, Key: address}})
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].Person != p.ID || found[0].RetiredAt != 0 {
			continue
		}
		bound, err := c.tx.BindRoles(c.ctx, usher.RoleAddress{Address: address, Person: p.ID, Connection: in.Connection, At: c.now()})
		if err != nil {
			return err
		}
		if bound {
			c.record(usher.Event{Kind: usher.EventRoleBound, Subject: "person", SubjectID: p.ID, Person: p.ID,
				After: payload(map[string]any{"address": address}), Why: "the first who signed in with it, " + overConnection(in.Connection)})
		}
	}
	return nil
}

// vouchedFor are the addresses, folded, that a connection may speak for and says to be somebody's. That the connection is
// trusted is not enough for the address: the door knows of guests, whose addresses are not the provider's to give.
func vouchedFor(in usher.SignedIn, rule usher.LinkRule) (addresses []string) {
	for text, verified := range map[string]bool{in.UPN: rule.Trusted, in.Address: in.AddressVerified} {
		if key, err := usher.FoldAddress(text); err == nil && verified && speaksFor(rule, key) {
			addresses = append(addresses, key)
		}
	}
	slices.Sort(addresses)
	return slices.Compact(addresses)
}

// UnbindRoles makes the roles that the configuration gives to an address nobody's: they are the next one's
// who signs in with it. named is as for [Ledger.RevokeRole].
func (l *Ledger) UnbindRoles(ctx context.Context, by usher.Principal, address string, named []string) error {
	if err := mayGiveRoles(by); err != nil {
		return err
	}
	return l.write(ctx, by, func(c *change) error {
		bound, err := c.tx.RoleAddresses(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(bound, func(a usher.RoleAddress) bool { return a.Address == address })
		if i < 0 {
			return fmt.Errorf("roles of address: %w", usher.ErrNotFound)
		}
		return c.leavingAnOwner(bound[i].Person, named, func() error {
			a, err := c.tx.UnbindRoles(ctx, address)
			if err != nil {
				return err
			}
			c.record(usher.Event{Kind: usher.EventRoleUnbound, Subject: "person", SubjectID: a.Person, Person: a.Person,
				Before: payload(map[string]any{"address": a.Address})})
			return nil
		})
	})
}
