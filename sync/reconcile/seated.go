package reconcile

import (
	"fmt"
	"slices"

	"usher/connectors"
	"usher/internal/usher"
)

// withoutSeat is a change for which a hard pool has no seat left, and why.
type withoutSeat struct {
	change usher.AccountChange
	reason string
}

// seated are the changes, in their order, that a hard pool has seats for. The ledger gives no seat
// that is not there, but the portal can: strangers came, or a licence returns with its account. Who
// brings such a licence along that they are not to have comes last.
func seated(changes []usher.AccountChange, pools []connectors.Pool) (going []usher.AccountChange, over []withoutSeat) {
	free := make(map[string]int, len(pools))
	for _, p := range pools {
		free[p.Subscription] = p.Purchased - p.Occupied
	}
	held := map[usher.ID]bool{}
	for _, last := range []bool{false, true} {
		for _, c := range changes {
			gives, _ := c.Moves()
			if brings(c, gives) != last {
				continue
			}
			i := slices.IndexFunc(gives, func(name string) bool { left, known := free[name]; return known && left < 1 })
			if i >= 0 {
				held[c.Account] = true
				over = append(over, withoutSeat{c, wanting(c, pools, gives[i])})
				continue
			}
			for _, name := range gives {
				if _, known := free[name]; known {
					free[name]--
				}
			}
		}
	}
	for _, c := range changes {
		if !held[c.Account] {
			going = append(going, c)
		}
	}
	return going, over
}

// brings says that a change gives a seat that nobody desires.
func brings(c usher.AccountChange, gives []string) bool {
	return slices.ContainsFunc(gives, func(name string) bool { return !slices.Contains(c.Desired.Subscriptions, name) })
}

// wanting says in which subscription no seat is left, and how to mend it.
func wanting(c usher.AccountChange, pools []connectors.Pool, name string) string {
	i := slices.IndexFunc(pools, func(p connectors.Pool) bool { return p.Subscription == name })
	text := fmt.Sprintf("no seat of %s is free: %d of %d are taken at the portal, or promised there: buy more, or release somebody", name, pools[i].Occupied, pools[i].Purchased)
	if slices.Contains(c.Returning(), name) {
		text = fmt.Sprintf("the person had %s before, and the portal takes a seat of it again with a reactivation; ", name) + text
	}
	return text
}
