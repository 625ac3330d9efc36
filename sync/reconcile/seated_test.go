package reconcile

import (
	"slices"
	"strings"
	"testing"

	"usher/connectors"
	"usher/internal/usher"
)

// TestSeated: no seat is given twice, who waited longest goes first, and who brings a licence along
// that they are not to have goes last.
func TestSeated(t *testing.T) {
	pools := []connectors.Pool{{Subscription: "method", Purchased: 3, Occupied: 2}, {Subscription: "seats", Purchased: 5, Occupied: 3}}
	change := func(account usher.ID, subs ...string) usher.AccountChange {
		return usher.AccountChange{Account: account, Desired: usher.Desired{Active: len(subs) > 0, Subscriptions: subs}}
	}
	brings := func(account usher.ID, subs ...string) usher.AccountChange {
		c := change(account, subs...)
		c.Seen = &usher.Seen{Returning: []string{"method"}}
		return c
	}
	for name, c := range map[string]struct {
		changes []usher.AccountChange
		going   []usher.ID
		reasons []string // parts of them
	}{
		"enough":                {[]usher.AccountChange{change("a", "seats"), change("b", "method", "seats")}, []usher.ID{"a", "b"}, nil},
		"the last goes without": {[]usher.AccountChange{change("a", "seats"), change("b", "seats"), change("c", "seats")}, []usher.ID{"a", "b"}, []string{"no seat of seats is free: 3 of 5"}},
		"none of half":          {[]usher.AccountChange{change("a", "method"), change("b", "method", "seats"), change("c", "seats"), change("d", "seats")}, []usher.ID{"a", "c", "d"}, []string{"no seat of method is free: 2 of 3"}},
		"a licence returns":     {[]usher.AccountChange{brings("a", "seats"), change("b", "method")}, []usher.ID{"b"}, []string{"the person had method before, and the portal takes a seat of it again"}},
		"one that is to be":     {[]usher.AccountChange{brings("a", "method", "seats"), change("b", "method")}, []usher.ID{"a"}, []string{"no seat of method is free"}},
		"none is needed":        {[]usher.AccountChange{change("a"), brings("b")}, []usher.ID{"a", "b"}, nil},
		"nobody knows of it":    {[]usher.AccountChange{change("a", "other"), change("b", "other")}, []usher.ID{"a", "b"}, nil},
	} {
		going, over := seated(c.changes, pools)
		var got []usher.ID
		for _, g := range going {
			got = append(got, g.Account)
		}
		if !slices.Equal(got, c.going) || len(over) != len(c.reasons) {
			t.Errorf("%s: %q go, %d do not: %+v", name, got, len(over), over)
			continue
		}
		for i, o := range over {
			if !strings.Contains(o.reason, c.reasons[i]) {
				t.Errorf("%s: %q", name, o.reason)
			}
		}
	}
}
