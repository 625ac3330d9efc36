package ascender

import (
	"slices"

	"usher/connectors"
)

// licence is what the portal calls its seat, as the code of a subscription.
const licence = "Ascender"

// pools are the portal's subscriptions by name.
type pools map[string]connectors.Pool

func newPools(list []connectors.Pool) pools {
	out := make(pools, len(list))
	for _, p := range list {
		out[p.Subscription] = p
	}
	return out
}

// isSeat says that a code stands for the seat itself, not for a methodology.
func isSeat(code string) bool { return code == "" || sameName(code, licence) }

// methodology says that a subscription is known to be one. What is not known any more, because it
// is configured no longer, goes with the seat.
func (p pools) methodology(name string) bool {
	pool, ok := p[name]
	return ok && !isSeat(pool.Code)
}

// seated says that one of the subscriptions is the seat itself.
func (p pools) seated(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return !p.methodology(name) })
}
