package daemon

import (
	"context"
	"slices"
	"strconv"
	"time"

	"usher/internal/config"
	"usher/internal/usher"
)

// rights are what somebody may do who is signed in over a session: by what the configuration says, what an owner gave
// them, the groups that their provider named at the sign-in, and those who report to them. It is read anew for every request:
// whoever loses a role has lost it at the next one.
// A newcomer whom nobody has confirmed has no role, whatever their provider's groups say.
func (d *Daemon) rights(ctx context.Context, s usher.Session, p usher.Person) (usher.Rights, error) {
	if p.Unconfirmed() {
		return usher.Rights{Owner: s.Owner}, nil
	}
	held, err := d.store.Look().HeldRoles(ctx, p.ID)
	if err != nil {
		return usher.Rights{}, err
	}
	rights := usher.Rights{Owner: s.Owner, Manager: held.Reports}
	for _, g := range held.Grants {
		if g.Subscription == "" {
			rights.Add(g.Role)
		} else {
			rights.Add(g.Role, g.Subscription)
		}
	}
	for _, role := range d.config.Load().SignIn.Roles {
		if !givenTo(role, held.Addresses) && inGroup(role, s) == "" {
			continue
		}
		if err := d.addConfigured(ctx, &rights, role); err != nil {
			return usher.Rights{}, err
		}
	}
	return rights, nil
}

// addConfigured adds a role of the configuration. A subscription that is not there any more gives nothing.
func (d *Daemon) addConfigured(ctx context.Context, rights *usher.Rights, role config.Role) error {
	if len(role.Subscriptions) == 0 {
		rights.Add(usher.Role(role.Role))
		return nil
	}
	known, err := d.store.Look().Subscriptions(ctx)
	for _, s := range known {
		if slices.Contains(role.Subscriptions, s.Name) {
			rights.Add(usher.Role(role.Role), s.ID)
		}
	}
	return err
}

// givenTo says whether a role of the configuration is given to one of the addresses, which are folded.
func givenTo(role config.Role, addresses []string) bool {
	return slices.ContainsFunc(role.People, func(text string) bool {
		key, err := usher.FoldAddress(text)
		return err == nil && slices.Contains(addresses, key)
	})
}

// inGroup is the group by which a session has a role of the configuration; empty for none. What a provider kept back
// is not known, so it gives nothing.
func inGroup(role config.Role, s usher.Session) string {
	if role.Connection == "" || s.Connection != role.Connection || s.GroupsUnknown {
		return ""
	}
	for _, group := range role.Groups {
		if slices.Contains(s.Groups, group) {
			return group
		}
	}
	return ""
}

// roleAddresses are the addresses, folded, to which the configuration gives one of the roles; any without one.
func roleAddresses(c *config.Config, only ...usher.Role) (addresses []string) {
	for _, role := range c.SignIn.Roles {
		if len(only) > 0 && !slices.Contains(only, usher.Role(role.Role)) {
			continue
		}
		for _, text := range role.People {
			if key, err := usher.FoldAddress(text); err == nil {
				addresses = append(addresses, key)
			}
		}
	}
	return addresses
}

// NamedOwners are the addresses, folded, that the configuration makes owners.
func (d *Daemon) NamedOwners() []string { return roleAddresses(d.config.Load(), usher.RoleOwner) }

// CheckRoles finds addresses in signin.roles that can be nobody's.
func CheckRoles(c *config.Config) config.Problems {
	var problems config.Problems
	for i, role := range c.SignIn.Roles {
		for j, text := range role.People {
			if _, err := usher.FoldAddress(text); err != nil {
				path := "signin.roles[" + strconv.Itoa(i) + "].people[" + strconv.Itoa(j) + "]"
				problems = append(problems, config.Problem{Path: path, Message: "is not an address: " + err.Error()})
			}
		}
	}
	return problems
}

// ownerLeft says so where the last owner has left: nobody in a browser can give a role then.
func (d *Daemon) ownerLeft() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gone, err := d.OwnersGone(ctx)
	switch {
	case err != nil:
		d.log.Error().Err(err).Msg("somebody has left who may have been the last owner")
	case gone:
		d.log.Warn().Msg("the last owner has left, and nobody can give a role in a browser: `usher role grant` on this host makes somebody an owner")
	}
}

// OwnersGone says whether usher had an owner once and has none any longer.
func (d *Daemon) OwnersGone(ctx context.Context) (bool, error) {
	return d.ledger.OwnersGone(ctx, d.NamedOwners())
}
