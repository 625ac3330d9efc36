package proportal

import (
	"slices"

	"usher/internal/usher"
)

// proPortalSteps bring a person in line at a ProPortal.
func proPortalSteps(r *rendering, c usher.AccountChange) []step {
	gives, takes := c.Moves()
	switch {
	case !c.Desired.Active:
		return leave(c, takes)
	case c.Seen == nil:
		return r.join(c, gives, takes)
	}
	steps := subscriptionSteps(c, gives, takes)
	steps = append(steps, adminSteps(c)...)
	steps = append(steps, r.memberships(c, "")...)
	return append(steps, identitySteps(c)...)
}

// leave ends a person's subscription and admin rights, which end each by itself. Of somebody
// who was not seen at the portal nobody knows whether the seat was taken.
func leave(c usher.AccountChange, takes []string) []step {
	var steps []step
	if len(takes) > 0 || c.Seen == nil || c.Seen.Active && (seated(c) || !administers(c)) {
		s := step{change: c, action: deactivate, who: whoIs(c), takes: takes, notes: held(c, takes)}
		if c.Seen != nil && c.Seen.Active && c.Seen.Admin == nil {
			s.notes = append(s.notes, lookForAdmin)
		}
		steps = append(steps, s)
	}
	if administers(c) {
		steps = append(steps, step{change: c, action: removeAdmin, who: whoIs(c)})
	}
	return steps
}

// join invites a person whom the portal was not seen to have. The form takes one team.
func (r *rendering) join(c usher.AccountChange, gives, takes []string) []step {
	s := step{change: c, action: invite, who: whoIs(c), access: access(c.Desired), gives: gives}
	if teams := wanted(c); len(teams) > 0 {
		s.team = teams[0]
	}
	if c.RemoteID != "" || c.ReadBack {
		s.notes = []string{lookFirst}
	}
	return append(append(release(c, takes), s), r.memberships(c, s.team)...)
}

// release takes seats that are to be released and that the portal was not seen to have.
func release(c usher.AccountChange, takes []string) []step {
	if len(takes) == 0 {
		return nil
	}
	return []step{{change: c, action: deactivate, who: whoIs(c), takes: takes, notes: held(c, takes)}}
}

// subscriptionSteps give or take the one seat. Where the portal shows the seat under another
// name, or no name at all, somebody looks.
func subscriptionSteps(c usher.AccountChange, gives, takes []string) []step {
	s := step{change: c, who: whoIs(c), gives: gives, takes: takes}
	wants, has := takesSeat(c.Desired), seated(c)
	switch {
	case wants && !has:
		s.action, s.takes = activate, nil
		return append(release(c, takes), s)
	case !wants && has:
		s.action = deactivate
	case !wants:
		return release(c, takes)
	case len(gives)+len(takes) > 0:
		s.action = check
	default:
		return nil
	}
	return []step{s}
}

// adminSteps give or take admin rights of somebody whom the portal knows. They are given by
// another invitation.
func adminSteps(c usher.AccountChange) []step {
	s := step{change: c, who: whoIs(c)}
	switch {
	case c.Desired.Admin && !administers(c):
		s.action, s.access = invite, access(c.Desired)
		if c.Seen.Active && c.Seen.Admin == nil {
			s.notes = []string{adminFirst}
		}
	case !c.Desired.Admin && administers(c):
		s.action = removeAdmin
	default:
		return nil
	}
	return []step{s}
}

// identitySteps are for a name or an address that the portal has otherwise. Until the address
// was changed there, it is the portal's that works.
func identitySteps(c usher.AccountChange) []step {
	var steps []step
	w := whoIs(c)
	if differs(c.Seen.GivenName, w.first) || differs(c.Seen.FamilyName, w.last) {
		steps = append(steps, step{change: c, action: changeName, who: w})
	}
	if address := newAddress(c.Desired); address != "" && !same(address, known(c)) {
		steps = append(steps, step{change: c, action: changeEmail, who: w, notes: []string{"new address " + address}})
	}
	return steps
}

// differs says that the portal shows another name than the one wanted.
func differs(there, want string) bool { return there != "" && want != "" && clean(there) != want }

// access is what an invitation gives.
func access(d usher.Desired) string {
	switch {
	case d.Admin && takesSeat(d):
		return accessBoth
	case d.Admin:
		return accessAdmin
	}
	return accessSubscription
}

// takesSeat says that the person is to have a seat: an admin may be there without one.
func takesSeat(d usher.Desired) bool { return d.Active && (!d.Admin || len(d.Subscriptions) > 0) }

// seated says that the portal shows the person with a subscription. An active account that
// does not show any has one, unless it administers.
func seated(c usher.AccountChange) bool {
	if c.Seen == nil || !c.Seen.Active {
		return false
	}
	return len(c.Seen.Subscriptions) > 0 || c.Seen.Subscriptions == nil && !administers(c)
}

// held is what a row says that takes seats which the portal was not seen to have: somebody may
// have given them since.
func held(c usher.AccountChange, takes []string) []string {
	unseen := func(name string) bool { return !slices.Contains(c.Seen.Subscriptions, name) }
	if c.Seen == nil || !c.Seen.Active || c.Seen.Subscriptions != nil && slices.ContainsFunc(takes, unseen) {
		return []string{ifHeld}
	}
	return nil
}

// administers says that the portal shows the person with admin rights.
func administers(c usher.AccountChange) bool {
	return c.Seen != nil && c.Seen.Admin != nil && *c.Seen.Admin
}
