package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"usher/internal/usher"
	"usher/sync/plan"
)

// refreshAccounts computes again what the portals should hold for the accounts that
// were touched, also at a portal that is configured no longer: nobody tells it, but it may
// return. Everything it is computed from is read after the account was locked:
// that makes two transactions that change different inputs agree in the end.
func (c *change) refreshAccounts() error {
	if err := c.touchMoved(); err != nil {
		return err
	}
	keys := make([]accountKey, 0, len(c.accounts))
	for k := range c.accounts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b accountKey) int {
		return cmp.Or(cmp.Compare(a.portal, b.portal), cmp.Compare(a.kind, b.kind), cmp.Compare(a.subject, b.subject))
	})
	for _, k := range keys {
		refresh := c.refreshPerson
		if k.kind == usher.AccountTeam {
			refresh = c.refreshTeam
		}
		if err := refresh(k); err != nil {
			return fmt.Errorf("account of %s %s: %w", k.kind, k.subject, err)
		}
	}
	return nil
}

func (c *change) touchMoved() error {
	known := slices.DeleteFunc(sorted(c.moved), func(id usher.ID) bool { return c.fresh[id] }) // who has none but those touched already
	accounts, err := c.tx.AccountsOfPeople(c.ctx, known)
	for _, a := range accounts {
		c.touch(a.Portal, a.Kind, a.Subject)
	}
	return err
}

func (c *change) refreshPerson(k accountKey) error {
	a, err := c.tx.LockAccountOf(c.ctx, k.portal, k.kind, k.subject)
	if err != nil {
		return err
	}
	p, err := c.tx.Person(c.ctx, k.subject)
	if err != nil {
		return err
	}
	occupied, err := c.served(k, p)
	if err != nil {
		return err
	}
	teams, err := c.teamNames(k)
	if err != nil {
		return err
	}
	manager, err := c.managerThere(k.portal, p.Manager)
	if err != nil {
		return err
	}
	return c.want(a, plan.DesiredPerson(p, occupied, teams, manager, tookOn(a)), false)
}

// tookOn says that the account is usher's to close: the portal knows it, and was told of
// it, was to be told, or shows it under our key. Any other that a portal shows was made by
// somebody there, and is left alone until its person is given a seat.
func tookOn(a usher.Account) bool {
	return a.Known() && (a.Sent > 0 || a.Desired != nil || a.Seen != nil && a.Seen.Key == string(a.Subject))
}

// served are the names of the portal's subscriptions in which the person has a seat that is
// not parked: of somebody on leave a subscription can ask that the portal holds no active
// account, though the seat stays theirs.
func (c *change) served(k accountKey, p usher.Person) ([]string, error) {
	seats, err := c.tx.LiveSeatsOf(c.ctx, k.subject)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range seats {
		pool, ok := c.policy.pool(s.Subscription)
		if ok && pool.sub.Portal == k.portal && (s.State == usher.Invited || s.State == usher.Active) && !pool.sub.Parks(p) {
			names = append(names, pool.sub.Name)
		}
	}
	return names, nil
}

func (c *change) teamNames(k accountKey) ([]string, error) {
	if !c.policy.portals[k.portal].Teams {
		return nil, nil
	}
	teams, err := c.tx.TeamsOf(c.ctx, k.subject)
	var names []string
	for _, t := range teams {
		names = append(names, t.Name)
	}
	return names, err
}

// managerThere is the manager, if the portal has an account of theirs.
func (c *change) managerThere(portal, manager usher.ID) (usher.ID, error) {
	if manager == "" {
		return "", nil
	}
	a, err := c.tx.AccountOf(c.ctx, portal, usher.AccountPerson, manager)
	if errors.Is(err, usher.ErrNotFound) || err == nil && a.RemoteID == "" {
		return "", nil
	}
	return manager, err
}

func (c *change) refreshTeam(k accountKey) error {
	team, err := c.tx.Team(c.ctx, k.subject)
	if err != nil {
		return err
	}
	a, err := c.tx.LockAccountOf(c.ctx, k.portal, k.kind, k.subject)
	if err != nil {
		return err
	}
	members, err := c.tx.TeamMembersAt(c.ctx, team.ID, k.portal, 1)
	if err != nil {
		return err
	}
	desired := plan.DesiredTeam(team, members, a.Known())
	if desired != nil {
		desired.Members = nil // read when the portal is told: a large team is not kept twice
	}
	return c.want(a, desired, true)
}

// want makes desired what the portal should hold, and the account due when that is news.
func (c *change) want(a usher.Account, desired *usher.Desired, always bool) error {
	if desired == nil && a.Desired != nil {
		// The portal never heard of what was wanted: there is nothing to take back. What
		// was collected of it for a batch is out of date.
		a.Desired, a.Generation = nil, a.Generation+1
		a.Confirmed = a.Generation
		return c.tx.UpdateAccount(c.ctx, a)
	}
	if desired == nil || !always && reflect.DeepEqual(a.Desired, desired) {
		return nil
	}
	a.Desired, a.Generation = desired, a.Generation+1
	a.Attempts, a.Refused, a.LastError = 0, false, ""
	if a.UnknownSince == 0 { // else a call may still be under way, and its quiet time stands
		a.NextTryAt = c.now()
	}
	c.told[a.Portal] = true
	return c.tx.UpdateAccount(c.ctx, a)
}
