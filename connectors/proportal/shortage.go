package proportal

import (
	"fmt"
	"slices"

	"usher/connectors"
	"usher/internal/usher"
)

// withoutSeat says of which changes no row is written, by their place in mine, because their seats are
// more than are free: the portal would refuse them, and the seat admin would have worked for nothing.
// Seats that the list itself frees count, as their rows come first. Whoever is last in the list goes
// without; who loses a seat as well is never held up.
func (r *rendering) withoutSeat(mine [][]step) map[int]string {
	free := map[string]int{}
	for _, pool := range r.Pools {
		free[pool.Subscription] = pool.Purchased - pool.Occupied
	}
	at := map[usher.ID]int{}
	var asking []step
	for i, steps := range mine {
		for _, s := range steps {
			for _, name := range s.takes {
				if !slices.Contains(s.notes, ifHeld) {
					free[name]++
				}
			}
			if s.seats() {
				at[s.change.Account] = i
				asking = append(asking, s)
			}
		}
	}
	refused := map[int]string{}
	ordered := sorted(asking)
	slices.SortStableFunc(ordered, func(a, b *place) int { return frees(mine[at[b.change.Account]]) - frees(mine[at[a.change.Account]]) })
	for _, s := range ordered {
		i := at[s.change.Account]
		for _, name := range s.gives {
			if _, known := r.pool(name); known && refused[i] == "" && free[name] < 1 && frees(mine[i]) == 0 {
				refused[i] = name
			}
		}
		if refused[i] == "" {
			for _, name := range s.gives {
				free[name]--
			}
		}
	}
	return refused
}

// seats says that a step takes a seat at the portal; where somebody only looks, it is taken or not.
func (s step) seats() bool { return len(s.gives) > 0 && s.action != check }

// frees is 1 where steps take a seat away.
func frees(steps []step) int {
	if slices.ContainsFunc(steps, func(s step) bool { return len(s.takes) > 0 }) {
		return 1
	}
	return 0
}

func (r *rendering) pool(name string) (connectors.Pool, bool) {
	i := slices.IndexFunc(r.Pools, func(p connectors.Pool) bool { return p.Subscription == name })
	if i < 0 {
		return connectors.Pool{}, false
	}
	return r.Pools[i], true
}

// noSeat says why a change waits.
func (r *rendering) noSeat(c usher.AccountChange, name string) usher.Outcome {
	pool, _ := r.pool(name)
	return usher.Outcome{Result: usher.Refused, RemoteID: c.RemoteID, NoSeats: true, Reason: fmt.Sprintf(
		"no seat is free in %q: %d were bought and %d are taken, beside those that the list gives; buy more, or release somebody", name, pool.Purchased, pool.Occupied)}
}
