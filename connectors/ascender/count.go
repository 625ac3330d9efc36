package ascender

import (
	"fmt"
	"slices"
)

// refuseWithoutSeat counts what everybody would take, because the portal refuses a file that takes
// too many seats as a whole, and a reactivation for which a licence is missing. Whoever is last goes
// without, in the portal's own words. The file comes first, then who is there and gets a
// methodology, then who is reactivated, and among those last who brings back one that they are not
// to have: nobody gave them that, and it must not be another's.
func (v *visit) refuseWithoutSeat() {
	asked := map[string]int{}
	var turns [4][]*person
	for _, p := range v.order {
		if p.change.InLine {
			continue // nobody's seat moves
		}
		turn := v.turnOf(p)
		turns[turn] = append(turns[turn], p)
		if turn == 0 {
			for _, name := range p.seats.gives {
				asked[name]++
			}
		}
	}
	free := map[string]int{}
	for name, pool := range v.pools {
		free[name] = max(0, pool.Purchased-pool.Occupied)
	}
	for _, people := range turns {
		for _, p := range people {
			if missing := takeSeats(p, free); missing != "" {
				p.refused, p.noSeats = v.withoutSeat(p, missing, asked[missing]), true
			}
		}
	}
}

// turnOf says when somebody's seats are counted.
func (v *visit) turnOf(p *person) int {
	switch {
	case p.state == absent:
		return 0
	case p.state != inactive:
		return 1
	case len(p.undesired()) == 0:
		return 2
	}
	return 3
}

// undesired are the methodologies that a reactivation brings back and that the person is not to have.
func (p *person) undesired() []string {
	return slices.DeleteFunc(slices.Clone(p.change.Returning()), func(name string) bool {
		return slices.Contains(p.change.Desired.Subscriptions, name)
	})
}

// takeSeats takes all that somebody is given off what is free, or names what is missing.
func takeSeats(p *person, free map[string]int) (missing string) {
	all := slices.Concat(p.seats.gives, p.methodologies.gives)
	if i := slices.IndexFunc(all, func(name string) bool { return free[name] < 1 }); i >= 0 {
		return all[i]
	}
	for _, name := range all {
		free[name]--
	}
	return ""
}

// withoutSeat says what is missing, and how to mend it.
func (v *visit) withoutSeat(p *person, name string, asked int) string {
	pool := v.pools[name]
	switch {
	case !v.pools.methodology(name) && p.state == absent:
		return tooFewSeats(max(0, pool.Purchased-pool.Occupied), asked)
	case !v.pools.methodology(name):
		return fmt.Sprintf("a reactivation needs a free seat, and %q has none left: buy more, or release somebody", name)
	case slices.Contains(p.change.Returning(), name):
		return fmt.Sprintf("the person consumed %s before, which a reactivation takes again, and none is free of the %d bought: buy more, or release somebody", pool.Code, pool.Purchased)
	}
	return fmt.Sprintf("no licence of %s is free of the %d bought: buy more, or release somebody", pool.Code, pool.Purchased)
}
