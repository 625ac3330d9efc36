package reconcile_test

import (
	"errors"
	"slices"
	"strings"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// standing is one person's seat here and there.
type standing struct {
	sub   usher.Subscription
	state usher.SeatState // empty for none
	there bool
}

// standing puts a person's seats here beside those of their account there.
func (c *company) standing(e *employee, a usher.Account) (list []standing) {
	c.Helper()
	held := c.portal.holds(a.RemoteID)
	for _, p := range c.kind.subs {
		s := standing{sub: c.subs[p.Name], there: slices.Contains(held, p.Name)}
		seat, err := c.store.Look().LiveSeat(c.Context(), s.sub.ID, e.record.Person)
		if !errors.Is(err, usher.ErrNotFound) {
			c.check(err)
			s.state = seat.State
		}
		list = append(list, s)
	}
	return list
}

// agree wants ledger and portal to agree after a whole list, but for what is named or under way.
func (c *company) agree(r ledger.ExportReport, drift []usher.Drift) {
	c.Helper()
	for _, e := range c.people {
		a := c.account(e)
		open := c.openRows(a)
		for _, s := range c.standing(e, a) {
			if why := judge(s, a, open, named(drift, e, a, s.sub.ID)); why != "" {
				c.Errorf("day %d: %s <%s> is %q in %s here, there %t: %s%s", c.day, e.key, a.RemoteID, s.state, s.sub.Name, s.there, why, c.told("account "+string(a.ID)))
			}
		}
	}
	c.truthful(drift)
	c.strangers(drift)
	c.counts(r)
	for _, who := range c.portal.doubles() {
		c.doubled++
		c.Errorf("day %d: %s was invited twice", c.day, who)
	}
}

// judge says what is wrong with one seat after a whole list; empty for nothing.
func judge(s standing, a usher.Account, open []usher.BatchRow, isNamed bool) string {
	pending := a.Generation > a.Confirmed
	switch {
	case s.state == usher.Active && !s.there && !isNamed:
		return "nobody says that it is not there"
	case (s.state == "" || s.state == usher.Queued) && s.there && !isNamed && !pending:
		return "nobody says that it is there"
	case s.state == usher.Invited && !pending && !isNamed, s.state == usher.Releasing && !pending && !isNamed:
		return "nobody will mend it"
	}
	for _, row := range open {
		if s.there && slices.Contains(row.Gives, s.sub.Name) && len(row.Takes)+len(row.Gives) == 1 {
			return "the list shows what a row gives, and the row is open: " + row.Text
		}
		if !s.there && slices.Contains(row.Takes, s.sub.Name) && len(row.Takes)+len(row.Gives) == 1 {
			return "the list shows what a row takes, and the row is open: " + row.Text
		}
	}
	return ""
}

// named says that an open difference is about a person's seat.
func named(drift []usher.Drift, e *employee, a usher.Account, sub usher.ID) bool {
	return slices.ContainsFunc(drift, func(d usher.Drift) bool {
		return (d.Account == a.ID || d.Person == e.record.Person) && (d.Subscription == sub || d.Subscription == "") && aboutSeats(d.Code)
	})
}

// aboutSeats says that a sort of difference is about who has a seat.
func aboutSeats(code usher.DriftCode) bool {
	switch code {
	case usher.DriftMissing, usher.DriftUnknown, usher.DriftUnreleased, usher.DriftReleased, usher.DriftStatus, usher.DriftToolLess, usher.DriftToolMore, usher.DriftAdmin, usher.DriftUnruled,
		usher.DriftAdminLeft, usher.DriftAdminSeat:
		return true
	}
	return false
}

// openRows are the open rows of an account.
func (c *company) openRows(a usher.Account) (open []usher.BatchRow) {
	c.Helper()
	rows, err := c.store.Look().RowsOfAccount(c.Context(), a.ID)
	c.check(err)
	for _, r := range rows {
		if r.State == usher.RowOpen {
			open = append(open, r)
		}
	}
	return open
}

// truthful wants every difference that is named to be one.
func (c *company) truthful(drift []usher.Drift) {
	c.Helper()
	for _, d := range drift {
		held := c.portal.holds(d.Address)
		if a, err := c.store.Look().Account(c.Context(), d.Account); err == nil && a.RemoteID != "" {
			held = c.portal.holds(a.RemoteID)
		}
		has := len(held) > 0
		for name, s := range c.subs {
			if s.ID == d.Subscription {
				has = slices.Contains(held, name)
			}
		}
		want := true
		switch d.Code {
		case usher.DriftMissing, usher.DriftToolLess, usher.DriftReleased, usher.DriftStatus:
			if d.Subscription == "" {
				continue
			}
			want = false
		case usher.DriftUnreleased, usher.DriftToolMore, usher.DriftUnruled:
		case usher.DriftUnknown:
			has = under(c.portal.accounts(), d.Address)
		default:
			continue
		}
		if has != want {
			c.Errorf("day %d: %s of %s is named, and is not so: there are %q (%s)", c.day, d.Code, d.Address, held, d.Text)
		}
	}
}

// strangers wants everybody at the portal who has a seat and is nobody's account to be named.
func (c *company) strangers(drift []usher.Drift) {
	c.Helper()
	mine := map[string]bool{}
	for _, e := range c.people {
		mine[strings.ToLower(c.account(e).RemoteID)] = true
	}
	for _, address := range c.portal.accounts() {
		if mine[strings.ToLower(address)] || len(c.portal.holds(address)) == 0 {
			continue
		}
		if !slices.ContainsFunc(drift, func(d usher.Drift) bool { return strings.EqualFold(d.Address, address) && aboutSeats(d.Code) }) {
			c.Errorf("day %d: nobody says that %s is at the portal", c.day, address)
		}
	}
}

// counts wants usher to count as many seats as the portal has, and never more of its own than were bought.
func (c *company) counts(r ledger.ExportReport) {
	c.Helper()
	for _, p := range c.kind.subs {
		taken, ours := 0, 0
		for _, address := range c.portal.accounts() {
			given := strings.ToLower(address) + " " + p.Name
			if !slices.Contains(c.portal.holds(address), p.Name) {
				delete(c.own, given)
				continue
			}
			taken++
			e := c.who(address)
			if _, own := c.own[given]; e == nil || own {
				continue // it was not usher who gave it
			}
			if a := c.account(e); a.Generation <= a.Confirmed {
				ours++ // and nothing is under way
			}
		}
		if ours > p.Seats {
			c.oversold++
			c.Errorf("day %d: usher gave %d seats in %s, and %d were bought", c.day, ours, p.Name, p.Seats)
		}
		for _, pool := range r.Pools {
			if pool.Subscription == p.Name && pool.There != taken {
				c.Errorf("day %d: usher counts %d seats in %s at the portal, and there are %d", c.day, pool.There, p.Name, taken)
			}
		}
	}
}
