package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/usher"
)

// RoleHolder is somebody with a role, and where it comes from. The same person stands there once for each.
type RoleHolder struct {
	// Person is zero where it is whoever comes first, or whoever is in a group.
	Person usher.Person
	Role   usher.Role
	// Subscription is the name of the one that a seat admin is for; empty: all.
	Subscription string
	// From says in words where the role comes from.
	From string
	// Given is the grant of an owner, which can be taken back; nil for roles from elsewhere.
	Given *usher.RoleGrant
}

// roleList collects them.
type roleList struct {
	ctx     context.Context
	look    *store.Tx
	idle    time.Duration
	names   map[usher.ID]string // of subscriptions
	people  map[usher.ID]usher.Person
	holders []RoleHolder
}

// RoleHolders says who has which role, and why: first what the configuration gives, then what owners gave, and with managers
// also to whom people report, which can be many.
func (d *Daemon) RoleHolders(ctx context.Context, managers bool) ([]RoleHolder, error) {
	c := d.config.Load()
	l := &roleList{ctx: ctx, look: d.store.Look(), idle: c.SignIn.Idle, names: map[usher.ID]string{}, people: map[usher.ID]usher.Person{}}
	subs, err := l.look.AllSubscriptions(ctx)
	for _, s := range subs {
		l.names[s.ID] = s.Name
	}
	err = errors.Join(err, l.configured(c.SignIn.Roles), l.granted(), l.linked())
	if managers && err == nil {
		err = l.managing()
	}
	return l.holders, err
}

// add adds a holder for each subscription, or one for all.
func (l *roleList) add(person usher.ID, role usher.Role, subscriptions []string, from string) error {
	h := RoleHolder{Role: role, From: from}
	if person != "" {
		if _, known := l.people[person]; !known {
			p, err := l.look.Person(l.ctx, person)
			if err != nil {
				return err
			}
			l.people[person] = p
		}
		h.Person = l.people[person]
	}
	if len(subscriptions) == 0 {
		subscriptions = []string{""}
	}
	for _, name := range subscriptions {
		h.Subscription = name
		l.holders = append(l.holders, h)
	}
	return nil
}

func (l *roleList) configured(roles []config.Role) error {
	bound, err := l.look.RoleAddresses(l.ctx)
	if err != nil {
		return err
	}
	byAddress := map[string]usher.RoleAddress{}
	for _, a := range bound {
		byAddress[a.Address] = a
	}
	for _, role := range roles {
		for _, text := range role.People {
			key, _ := usher.FoldAddress(text) // the configuration was checked
			from := "configuration: whoever signs in first as " + text
			if a, is := byAddress[key]; is {
				from = fmt.Sprintf("configuration: %s, since the sign-in over %s on %s", text, a.Connection, dated(a.At))
			}
			if err := l.add(byAddress[key].Person, usher.Role(role.Role), role.Subscriptions, from); err != nil {
				return err
			}
		}
		if err := l.grouped(role); err != nil {
			return err
		}
	}
	return nil
}

// grouped adds the groups of a role, and who is signed in as one of them.
func (l *roleList) grouped(role config.Role) error {
	for _, group := range role.Groups {
		from := fmt.Sprintf("configuration: whoever signs in over %s in group %s", role.Connection, group)
		if err := l.add("", usher.Role(role.Role), role.Subscriptions, from); err != nil {
			return err
		}
	}
	if role.Connection == "" {
		return nil
	}
	sessions, err := l.look.SessionsOver(l.ctx, role.Connection)
	if err != nil {
		return err
	}
	seen := map[usher.ID]bool{}
	for _, s := range sessions {
		group := inGroup(role, s)
		if group == "" || seen[s.Person] || !s.Live(l.look.Now(), l.idle) {
			continue
		}
		seen[s.Person] = true
		p, err := l.look.Person(l.ctx, s.Person)
		if err != nil {
			return err
		}
		if p.Unconfirmed() {
			continue // who has no role, as rights says
		}
		from := fmt.Sprintf("group %s of %s, while signed in", group, role.Connection)
		if err := l.add(s.Person, usher.Role(role.Role), role.Subscriptions, from); err != nil {
			return err
		}
	}
	return nil
}

func (l *roleList) granted() error {
	grants, err := l.look.Grants(l.ctx)
	if err != nil {
		return err
	}
	for _, g := range grants {
		var subs []string
		if g.Subscription != "" {
			subs = []string{l.names[g.Subscription]}
		}
		if err := l.add(g.Person, g.Role, subs, fmt.Sprintf("given by %s on %s: %s", g.By, dated(g.At), g.Reason)); err != nil {
			return err
		}
		l.holders[len(l.holders)-1].Given = &g
	}
	return nil
}

// linked adds who is an owner for as long as the session of a login link lasts.
func (l *roleList) linked() error {
	sessions, err := l.look.SessionsOver(l.ctx, "")
	if err != nil {
		return err
	}
	sessions = slices.DeleteFunc(sessions, func(s usher.Session) bool { return !s.Owner || !s.Live(l.look.Now(), l.idle) })
	if err := l.read(sessions); err != nil {
		return err
	}
	for _, s := range sessions {
		if err := l.add(s.Person, usher.RoleOwner, nil, "login link, until "+s.ExpiresAt.Std().Format(time.DateOnly+" 15:04")+" UTC"); err != nil {
			return err
		}
	}
	return nil
}

// read reads at once whose sessions these are.
func (l *roleList) read(sessions []usher.Session) error {
	var wanted []usher.ID
	for _, s := range sessions {
		if _, known := l.people[s.Person]; !known {
			wanted = append(wanted, s.Person)
		}
	}
	found, err := l.look.PeopleByID(l.ctx, wanted)
	maps.Copy(l.people, found)
	return err
}

func (l *roleList) managing() error {
	managers, err := l.look.Managers(l.ctx)
	if err != nil {
		return err
	}
	for _, m := range managers {
		people := fmt.Sprint(m.Reports, " people")
		if m.Reports == 1 {
			people = "one person"
		}
		if err := l.add(m.Person, usher.RoleManager, nil, "manager of "+people); err != nil {
			return err
		}
	}
	return nil
}

func dated(t usher.Time) string { return t.Std().Format(time.DateOnly) }
