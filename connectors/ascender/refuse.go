package ascender

import (
	"fmt"
	"slices"
	"strings"

	"usher/internal/usher"
)

// refuse says what no row can express.
func (v *visit) refuse(p *person) {
	d := p.change.Desired
	unknown := slices.IndexFunc(p.seats.gives, func(name string) bool { _, ok := v.pools[name]; return !ok })
	switch {
	case p.refused != "" || p.change.InLine:
	case p.change.Kind != usher.AccountPerson:
		p.refused = "the portal keeps no teams: switch `teams` off for it"
	case p.leaves && p.address == "":
		p.refused = email + " is empty, and the portal is not known to hold the person: nobody can tell whom to deactivate; say whether they are there"
	case p.leaves && len(p.methodologies.gives) > 0:
		p.refused = "a methodology licence needs an Ascender seat, which the person loses: give them a seat, or take the methodology back"
	case p.leaves:
	case len(d.Unmapped) > 0:
		p.refused = strings.Join(d.Unmapped, "; ")
	case unknown >= 0:
		p.refused = fmt.Sprintf("the subscription %q is none of this portal's: name it under its subscriptions", p.seats.gives[unknown])
	case (p.state == absent || p.state == inactive) && !v.pools.seated(d.Subscriptions):
		p.refused = "nobody has an account at Ascender without a seat there, not even an admin: give the person a seat, or set `admin_seats`"
	case p.state == absent:
		p.refused = v.uninvitable(p)
	case p.state == active:
		p.refused = v.unwritable(p, v.differences(p, manager{}))
	}
}

// uninvitable says what keeps somebody new out of the file.
func (v *visit) uninvitable(p *person) string {
	if strings.TrimSpace(p.address) == "" {
		return email + " is empty, and the portal knows people by it" + mend
	}
	if formula(p.address) {
		return email + " starts like a formula" + mend
	}
	if why := badAddress(p.address); why != "" {
		return email + ": " + why + mend
	}
	for _, c := range v.columns {
		if slices.ContainsFunc(mandatory, func(name string) bool { return sameName(name, c.name) }) && c.role != roleEmail && c.wanted(p.change.Desired) == "" {
			return c.name + " is empty, and the portal asks for it of new people" + mend
		}
		if why := unwritable(c.raw(p.change.Desired)); why != "" {
			return c.name + " " + why + mend
		}
	}
	return ""
}
