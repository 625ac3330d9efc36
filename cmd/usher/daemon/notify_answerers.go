package daemon

import (
	"context"
	"slices"

	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/usher"
)

// answering is who could answer requests for seats.
type answering struct {
	ctx   context.Context
	look  *store.Tx
	roles []config.Role
	bound map[string]usher.ID // whose the roles of an address are, by the folded address
	given []usher.RoleGrant
	names map[usher.ID]string // of subscriptions
}

// addAnswerers says of each open request who is asked to answer: the manager of whoever asked, else the seat admins of the subscription, else
// the owners. Roles that come from a provider's groups are known of somebody only while they are signed in, and nobody is written to by them.
func (d *Daemon) addAnswerers(ctx context.Context, c *config.Config, s *usher.Standing) error {
	a := answering{ctx: ctx, look: d.store.Look(), roles: c.SignIn.Roles, bound: map[string]usher.ID{}, names: map[usher.ID]string{}}
	bound, err := a.look.RoleAddresses(ctx)
	if err != nil {
		return err
	}
	for _, b := range bound {
		a.bound[b.Address] = b.Person
	}
	if a.given, err = a.look.Grants(ctx); err != nil {
		return err
	}
	subs, err := a.look.Subscriptions(ctx)
	if err != nil {
		return err
	}
	for _, sub := range subs {
		a.names[sub.ID] = sub.Name
	}
	for i, r := range s.Requests {
		if s.Requests[i].Answerers, err = a.of(r); err != nil {
			return err
		}
	}
	return nil
}

func (a answering) of(r usher.RequestStanding) ([]usher.ID, error) {
	request, err := a.look.Request(a.ctx, r.Number)
	if err != nil {
		return nil, err
	}
	asker, err := a.look.Person(a.ctx, request.Person)
	if err != nil {
		return nil, err
	}
	for _, people := range [][]usher.ID{{asker.Manager}, a.holding(usher.RoleSeatAdmin, r.Subscription), a.holding(usher.RoleOwner, r.Subscription)} {
		if may, err := a.able(people, asker.ID); err != nil || len(may) > 0 {
			return may, err
		}
	}
	return nil, nil
}

// able are those who are there to answer somebody else's request.
func (a answering) able(people []usher.ID, asker usher.ID) (may []usher.ID, err error) {
	for _, id := range people {
		if id == "" || id == asker || slices.Contains(may, id) {
			continue
		}
		p, err := a.look.Person(a.ctx, id)
		if err != nil {
			return nil, err
		}
		if p.Active && !p.Unconfirmed() {
			may = append(may, id)
		}
	}
	slices.Sort(may)
	return may, nil
}

// holding are the people who have a role for a subscription.
func (a answering) holding(role usher.Role, subscription string) (people []usher.ID) {
	for _, g := range a.given {
		if g.Role == role && (g.Subscription == "" || a.names[g.Subscription] == subscription) {
			people = append(people, g.Person)
		}
	}
	for _, r := range a.roles {
		if usher.Role(r.Role) != role || len(r.Subscriptions) > 0 && !slices.Contains(r.Subscriptions, subscription) {
			continue
		}
		for _, address := range r.People {
			key, _ := usher.FoldAddress(address) // the configuration was checked
			people = append(people, a.bound[key])
		}
	}
	return people
}
