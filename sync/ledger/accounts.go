package ledger

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"usher/internal/store"
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
	if err := c.touchAdmins(); err != nil {
		return err
	}
	portals := map[usher.ID]bool{}
	for k := range c.accounts {
		portals[k.portal] = true
	}
	for _, portal := range sorted(portals) {
		if err := c.refreshPeople(portal, c.touchedAt(portal, usher.AccountPerson)); err != nil {
			return fmt.Errorf("accounts of people: %w", err)
		}
		for _, id := range c.touchedAt(portal, usher.AccountTeam) { // also those that people touched just now
			if err := c.refreshTeam(portal, id); err != nil {
				return fmt.Errorf("account of team %s: %w", id, err)
			}
		}
	}
	return nil
}

// touchedAt are the people or teams whose accounts at a portal were touched.
func (c *change) touchedAt(portal usher.ID, kind usher.AccountKind) (subjects []usher.ID) {
	for k := range c.accounts {
		if k.portal == portal && k.kind == kind {
			subjects = append(subjects, k.subject)
		}
	}
	slices.Sort(subjects)
	return subjects
}

func (c *change) touchMoved() error {
	known := slices.DeleteFunc(sorted(c.moved), func(id usher.ID) bool { return c.fresh[id] }) // who has none but those touched already
	accounts, err := c.tx.AccountsOfPeople(c.ctx, known)
	for _, a := range accounts {
		c.touch(a.Portal, a.Kind, a.Subject)
	}
	return err
}

// refreshPeople does so for people at one portal, with a few statements for all of them.
func (c *change) refreshPeople(portal usher.ID, subjects []usher.ID) error {
	accounts, err := c.tx.LockAccountsOf(c.ctx, portal, subjects)
	if err != nil {
		return err
	}
	people := make([]usher.Person, 0, len(subjects))
	var managers []usher.ID
	for _, id := range slices.Sorted(slices.Values(subjects)) {
		p, err := c.tx.Person(c.ctx, id)
		if err != nil {
			return err
		}
		people = append(people, p)
		if p.Manager != "" {
			managers = append(managers, p.Manager)
		}
	}
	there, err := c.tx.RemoteIDs(c.ctx, portal, managers)
	if err != nil {
		return err
	}
	for _, p := range people {
		known, err := c.managerThere(portal, p.Manager, there)
		if err != nil {
			return err
		}
		if !known {
			p.Manager = "" // who has no account there
		}
		if err := c.refreshPerson(accounts[p.ID], p); err != nil {
			return fmt.Errorf("%s: %w", p.ID, err)
		}
	}
	return nil
}

func (c *change) refreshPerson(a usher.Account, p usher.Person) error {
	occupied, err := c.served(a.Portal, p)
	if err != nil {
		return err
	}
	teams, err := c.teamNames(a)
	if err != nil {
		return err
	}
	place := plan.Place{Profile: c.policy.portals[a.Portal].Profile, Occupied: occupied, Teams: teams, Manager: p.Manager, Had: tookOn(a)}
	if err := c.profiled(&place, p, a); err != nil {
		return err
	}
	desired := asKnown(a, p, plan.DesiredPerson(p, place))
	if desired != nil {
		if desired.Key, err = c.keyOf(a, p); err != nil {
			return err
		}
	}
	return c.want(a, desired, false)
}

// asKnown closes the account of somebody who was merged into another under the names that the portal was told: it may have
// been the other's, and then it is not known by any of theirs.
func asKnown(a usher.Account, p usher.Person, desired *usher.Desired) *usher.Desired {
	if p.MergedInto == "" || desired == nil || desired.Active || a.Desired == nil {
		return desired
	}
	d := *a.Desired
	d.Active, d.Manager, d.Subscriptions, d.Teams, d.Admin, d.Values, d.Unmapped = false, "", nil, nil, false, nil, nil
	return &d
}

// profiled adds what only a portal with a profile needs to know of a person. The account of a declared
// admin who left is usher's to close, also where usher never gave them anything: they left before
// it came. The last one's is left alone where it takes a seat, and elsewhere kept without one.
func (c *change) profiled(place *plan.Place, p usher.Person, a usher.Account) (err error) {
	if place.Admin, err = c.adminAt(a.Portal, a.Subject, a); err != nil || !place.Profile.Whole {
		return err
	}
	var withheld bool
	if place.Foreign, withheld, err = c.foreign(a); err != nil {
		return err
	}
	place.Had = place.Had || withheld && a.Known()
	if place.Admin.Declared && plan.Left(p) && a.Known() && (!place.Profile.AdminSeats || place.Admin.OtherThere) {
		place.Had = true
	}
	place.Corrections, err = c.tx.CorrectionsFor(c.ctx, a.Portal, a.Subject)
	return err
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
func (c *change) served(portal usher.ID, p usher.Person) ([]string, error) {
	seats, err := c.tx.LiveSeatsOf(c.ctx, p.ID)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range seats {
		pool, ok := c.policy.pool(s.Subscription)
		if ok && pool.sub.Portal == portal && (s.State == usher.Invited || s.State == usher.Active) && !pool.sub.Parks(p) {
			names = append(names, pool.sub.Name)
		}
	}
	return names, nil
}

func (c *change) teamNames(a usher.Account) ([]string, error) {
	if !c.policy.portals[a.Portal].Teams {
		return nil, nil
	}
	teams, err := c.tx.TeamsOf(c.ctx, a.Subject)
	var names []string
	for _, t := range teams {
		names = append(names, t.Name)
	}
	return names, err
}

// managerThere says whether the portal has an account of the manager, among whose ids there
// are known. Where files are taken one that it is to have is enough: manager and reports go
// in the same file.
func (c *change) managerThere(portal, manager usher.ID, there map[usher.ID]string) (bool, error) {
	if manager == "" || there[manager] != "" || !c.policy.portals[portal].Profile.Whole {
		return there[manager] != "", nil
	}
	a, err := c.tx.AccountOf(c.ctx, portal, usher.AccountPerson, manager)
	if errors.Is(err, usher.ErrNotFound) {
		return false, nil
	}
	return err == nil && isThere(a), err
}

// isThere says that a portal that takes files has an account, as far as is known, or is to
// have one.
func isThere(a usher.Account) bool { return a.Known() || a.Desired != nil && a.Desired.Active }

func (c *change) refreshTeam(portal, id usher.ID) error {
	team, err := c.tx.Team(c.ctx, id)
	if err != nil {
		return err
	}
	a, err := c.tx.LockAccountOf(c.ctx, portal, usher.AccountTeam, id)
	if err != nil {
		return err
	}
	members, err := c.tx.TeamMembersAt(c.ctx, team.ID, portal, 1)
	if err != nil {
		return err
	}
	if len(members) == 0 && c.policy.portals[portal].Profile.Whole {
		// An invitation names its teams: they go into the same file, ahead of it.
		if members, err = c.tx.TeamMembersToBe(c.ctx, team.ID, portal); err != nil {
			return err
		}
	}
	desired := plan.DesiredTeam(team, members, a.Known())
	if desired != nil {
		desired.Members = nil // read when the portal is told: a large team is not kept twice
	}
	return c.want(a, desired, true)
}

// want makes desired what the portal should hold, and the account due when that is news.
func (c *change) want(a usher.Account, desired *usher.Desired, always bool) error {
	old := a
	a.Resend = a.Resend && desired != nil && desired.Active
	if desired == nil && a.Desired != nil {
		// The portal never heard of what was wanted: there is nothing to take back. What
		// was collected of it for a batch is out of date.
		a.Desired, a.Generation = nil, a.Generation+1
		a.Confirmed, a.Refused, a.LastError = a.Generation, false, ""
		return c.wanted(old, a)
	}
	if desired == nil || !always && reflect.DeepEqual(a.Desired, desired) {
		return nil
	}
	follows := followsForeign(a, *desired)
	if follows {
		moving, err := c.moving(a)
		if err != nil {
			return err
		}
		follows = !moving
	}
	if follows {
		a.Desired, a.Generation = desired, a.Generation+1
		a.Confirmed, a.Sent = a.Generation, a.Generation
		return c.wanted(old, a)
	}
	a.Desired, a.Generation = desired, a.Generation+1
	a.Attempts, a.Refused, a.LastError = 0, false, ""
	if a.UnknownSince == 0 { // else a call may still be under way, and its quiet time stands
		a.NextTryAt = c.now()
	}
	c.told[a.Portal] = true
	return c.wanted(old, a)
}

// followsForeign says that an account in line stays it: all that is news is a seat that the
// portal itself gave or took, and shows so.
func followsForeign(a usher.Account, desired usher.Desired) bool {
	if a.Desired == nil || a.Seen == nil || a.Confirmed < a.Generation || a.UnknownSince != 0 || a.Seen.Subscriptions == nil {
		return false
	}
	shown := slices.Sorted(slices.Values(a.Seen.Subscriptions))
	if !desired.Active || !a.Seen.Active || !slices.Equal(slices.Compact(shown), desired.Subscriptions) {
		return false
	}
	was := *a.Desired
	was.Subscriptions = desired.Subscriptions
	return reflect.DeepEqual(was, desired)
}

// moving says that a seat of the person waits for the portal's word: whoever is in line gets none.
func (c *change) moving(a usher.Account) (bool, error) {
	seats, err := c.tx.SeatsAt(c.ctx, a.Portal, a.Subject)
	return slices.ContainsFunc(seats, func(s store.SeatAt) bool { return s.State == usher.Invited || s.State == usher.Releasing }), err
}

// wanted writes an account of which something else is wanted than before, and tells those
// whose accounts depend on it: reports, and other admins.
func (c *change) wanted(old, a usher.Account) error {
	if err := c.tx.UpdateAccount(c.ctx, a); err != nil || a.Kind != usher.AccountPerson {
		return err
	}
	if administers(old) != administers(a) {
		if err := c.tellAdmins(a.Portal, a.Subject); err != nil {
			return err
		}
	}
	portal := c.policy.portals[a.Portal]
	if !portal.Profile.Whole || isThere(old) == isThere(a) {
		return nil
	}
	if portal.Teams {
		teams, err := c.tx.TeamsOf(c.ctx, a.Subject)
		if err != nil {
			return err
		}
		for _, t := range teams {
			c.touch(portal.ID, usher.AccountTeam, t.ID)
		}
	}
	reports, err := c.tx.Reports(c.ctx, a.Subject)
	if err != nil {
		return err
	}
	return c.markDue(reports, store.DuePerson{Why: "whether portal " + portal.Name + " has the manager changed", Caution: store.CautionGuard})
}
