package plan

import (
	"cmp"
	"fmt"
	"strings"

	"usher/internal/usher"
)

// PoolCount is how many seats of a subscription are taken at the portal and here.
type PoolCount struct {
	Subscription string `json:"subscription"`
	Purchased    int    `json:"purchased"`
	There        int    `json:"there"`
	Here         int    `json:"here"`
	// OnlyThere and OnlyHere are the addresses of those who are counted on one side alone.
	OnlyThere []string `json:"onlyThere,omitempty"`
	OnlyHere  []string `json:"onlyHere,omitempty"`
}

// Counting counts, while standings go by, who has a seat at the portal and here.
type Counting struct {
	Shown

	pools []PoolCount // as Subscriptions
	again []int       // how many rows repeat an account and take a seat once more
	// Unread is how many rows of the export could not be read.
	Unread int
}

// StartCounting begins to count.
func (x Shown) StartCounting() *Counting {
	c := &Counting{Shown: x, pools: make([]PoolCount, len(x.Subscriptions)), again: make([]int, len(x.Subscriptions))}
	for i, s := range x.Subscriptions {
		c.pools[i] = PoolCount{Subscription: s.Name, Purchased: s.Purchased}
	}
	return c
}

// Add counts one account.
func (c *Counting) Add(s Standing) {
	d := drifting{Shown: c.Shown, Standing: s}
	for i, sub := range c.Subscriptions {
		p := &c.pools[i]
		there := s.Seen.Takes(sub.Name)
		seat, live := d.seat(sub.ID)
		here := live && seat.State.Occupies() && !s.Second
		address := s.Person.Address
		if s.Seen != nil {
			address = cmp.Or(s.Seen.Address, s.Seen.RemoteID)
		}
		if there {
			p.There++
		}
		if here {
			p.Here++
		}
		switch {
		case there && !here:
			p.OnlyThere = append(p.OnlyThere, address)
		case here && !there:
			p.OnlyHere = append(p.OnlyHere, address)
		}
	}
}

// Again counts a row of the export whose account has another row in it.
func (c *Counting) Again(s usher.Seen) {
	for i, sub := range c.Subscriptions {
		if s.Takes(sub.Name) {
			c.pools[i].There++
			c.again[i]++
		}
	}
}

// Pools are the counts by subscription.
func (c *Counting) Pools() []PoolCount { return c.pools }

// Drifts are the differences of the subscriptions as a whole: more taken at the portal than was
// bought; and, where the export is complete, counts that differ by more than those who are named.
func (c *Counting) Drifts() (out []usher.Drift) {
	for i, p := range c.pools {
		d := drifting{Shown: c.Shown}
		sub := c.Subscriptions[i]
		if p.There > p.Purchased {
			d.add(usher.DriftOver, sub.ID, fmt.Sprintf("%d seats of %s are taken at the portal, and %d were bought", p.There, p.Subscription, p.Purchased))
		}
		if why := c.unexplained(i); why != "" {
			d.add(usher.DriftCount, sub.ID, fmt.Sprintf("%s: %d there and %d here, which names alone do not explain: %s%s", p.Subscription, p.There, p.Here, why, onlyIn(p)))
		}
		out = append(out, d.out...)
	}
	return out
}

// unexplained says why the two numbers differ beyond those who are named; empty when they do not.
func (c *Counting) unexplained(pool int) string {
	p := c.pools[pool]
	switch {
	case !c.Export.Complete || p.There == p.Here:
		return ""
	case c.again[pool] > 0:
		return fmt.Sprintf("%d seats there are of accounts that are listed twice", c.again[pool])
	case c.Unread > 0:
		return fmt.Sprintf("%d rows could not be read", c.Unread)
	}
	return ""
}

func onlyIn(p PoolCount) string {
	var text string
	if len(p.OnlyThere) > 0 {
		text += "; only there: " + some(p.OnlyThere)
	}
	if len(p.OnlyHere) > 0 {
		text += "; only here: " + some(p.OnlyHere)
	}
	return text
}

// some are the first few of a list, and how many more there are.
func some(list []string) string {
	const few = 20
	if len(list) <= few {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:few], ", "), len(list)-few)
}
