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

// refuseWithoutSeat counts the seats that the file would take, because the portal refuses a file
// that takes too many as a whole. Whoever is last goes without, in the portal's own words; who is
// to be reactivated comes behind the file.
func (v *visit) refuseWithoutSeat() {
	asked, free := map[string]int{}, map[string]int{}
	for name, pool := range v.pools {
		free[name] = max(0, pool.Purchased-pool.Occupied)
	}
	var invited, reactivated []*person
	for _, p := range v.order {
		switch {
		case p.change.InLine: // nobody's seat moves
		case p.state == absent:
			invited = append(invited, p)
			for _, name := range p.seats.gives {
				asked[name]++
			}
		case p.state == inactive:
			reactivated = append(reactivated, p)
		}
	}
	message := func(name string) string {
		return tooFewSeats(max(0, v.pools[name].Purchased-v.pools[name].Occupied), asked[name])
	}
	takeSeats(invited, free, message)
	takeSeats(reactivated, free, func(name string) string {
		return fmt.Sprintf("a reactivation needs a free seat, and %q has none left: buy more, or release somebody", name)
	})
}

// takeSeats gives each of people their seats, or refuses them with message.
func takeSeats(people []*person, free map[string]int, message func(string) string) {
	for _, p := range people {
		if i := slices.IndexFunc(p.seats.gives, func(name string) bool { return free[name] < 1 }); i >= 0 {
			p.refused, p.noSeats = message(p.seats.gives[i]), true
			continue
		}
		for _, name := range p.seats.gives {
			free[name]--
		}
	}
}
