package proportal

import (
	"strings"

	"usher/connectors"
	"usher/internal/usher"
)

// addresses say who bears an address, folded.
type addresses struct {
	held  map[string]bool       // accounts of people whom nothing is asked of
	known map[string][]usher.ID // accounts among the changes that the portal has
	new   map[string][]usher.ID // those that it is to get
}

func addressesOf(h connectors.Handover) addresses {
	a := addresses{map[string]bool{}, map[string][]usher.ID{}, map[string][]usher.ID{}}
	for _, s := range h.Held {
		a.held[usher.FoldText(s.RemoteID)] = true
	}
	for _, c := range h.Changes {
		if c.Kind != usher.AccountPerson {
			continue
		}
		to := a.known
		if isNew(c) {
			to = a.new
		}
		key := usher.FoldText(known(c))
		to[key] = append(to[key], c.Account)
	}
	return a
}

// isNew says that an account is to be made.
func isNew(c usher.AccountChange) bool { return c.Desired.Active && c.Seen == nil }

// refusePerson says why no row can be written for a person; empty where one can. Whoever
// leaves is never refused.
func (r *rendering) refusePerson(c usher.AccountChange) string {
	d := c.Desired
	switch {
	case !d.Active:
		return ""
	case len(d.Unmapped) > 0:
		return strings.Join(d.Unmapped, "; ")
	case r.kind.name == "proportal" && len(d.Subscriptions) > 1:
		return "subscriptions " + strings.Join(d.Subscriptions, ", ") + ": a ProPortal has one; keep one of them in the configuration"
	case r.kind.name == "myaci" && r.lacksUser(c):
		return "nobody has an account at myACI without a user licence, not even an admin or whoever is to have content: give the person a seat in its subscription first"
	case !isNew(c):
		return ""
	case clean(d.GivenName) == "":
		return "first name: the portal's form asks for one; add it at its source, or correct it"
	case clean(d.FamilyName) == "":
		return "last name: the portal's form asks for one; add it at its source, or correct it"
	}
	return r.refuseAddress(c)
}

// lacksUser says that rows would take a user licence, where there is a subscription of these, and
// the person is to have no seat in it. Whoever is to lose something is not held up.
func (r *rendering) lacksUser(c usher.AccountChange) bool {
	if _, takes := c.Moves(); len(takes) > 0 {
		return false
	}
	if user, _ := r.split(c.Desired.Subscriptions); len(user) > 0 || c.Seen != nil && r.enters(*c.Seen) {
		return false
	}
	for name := range r.codes {
		if isUser(r.codes[name]) {
			return true
		}
	}
	return false
}

// refuseAddress keeps anybody from being invited twice.
func (r *rendering) refuseAddress(c usher.AccountChange) string {
	address := known(c)
	if _, err := usher.FoldAddress(address); err != nil {
		return "e-mail address: " + err.Error() + "; mend it at its source"
	}
	key := usher.FoldText(address)
	switch {
	case r.taken.held[key], len(r.taken.known[key]) > 0:
		return "e-mail address: the portal has an account under it that is somebody else's here; link the two, or give the person an address of their own"
	case len(r.taken.new[key]) > 1:
		return "e-mail address: another person who is to be invited has the same; mend it at its source"
	}
	return ""
}

// refuseTeam keeps names of teams unique, which the portal asks for: who is there stays, and
// of new ones that with the first id comes.
func (r *rendering) refuseTeam(c usher.AccountChange) string {
	name := clean(c.Desired.DisplayName)
	switch {
	case !c.Desired.Active:
		return ""
	case name == "":
		return "team: it has no name; give it one at its source"
	case r.teams.owner[usher.FoldText(name)] != c.Account:
		return "team: another one has the same name, and names are unique at the portal; rename one at its source"
	}
	return ""
}
