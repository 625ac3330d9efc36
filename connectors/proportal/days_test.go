package proportal_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/connectors"
	"usher/connectors/proportal"
	"usher/connectors/proportal/fakeportal"
	"usher/internal/usher"
)

// company is some people with what they should have, a portal, and what its last list of
// users showed. Seats are given when the list shows them free, as the ledger does it.
type company struct {
	*testing.T
	*rand.Rand
	connector *proportal.Connector
	portal    *fakeportal.Portal
	pools     map[string]string // of the portal, by subscription
	now       time.Time
	people    []*usher.AccountChange // of this company, known or not
	seen      map[string]usher.Seen
	teams     []*usher.AccountChange
	rows      int
}

func newCompany(t *testing.T, seed uint64, myACI bool) *company {
	c := &company{T: t, Rand: rand.New(rand.NewPCG(seed, 1)), now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), seen: map[string]usher.Seen{}}
	c.connector, c.portal, c.pools = proportal.New(proPortalOptions()), fakeportal.New(8), map[string]string{seatName: fakeportal.Subscription}
	if myACI {
		c.connector, c.portal = proportal.NewMyACI(myACIOptions()), fakeportal.NewMyACI(8, map[string]int{"Essentials": 6})
		c.pools = map[string]string{userName: fakeportal.User, contentName: "Essentials"}
	}
	for i := range 16 {
		c.people = append(c.people, &usher.AccountChange{Account: usher.ID(fmt.Sprintf("account-%02d", i)), Kind: usher.AccountPerson, Generation: 1,
			Desired: usher.Desired{Key: fmt.Sprint(i), Address: fmt.Sprintf("P%d@Example.com", i), GivenName: "Zoë", FamilyName: fmt.Sprintf("O'Neill, %d", i)}})
	}
	for _, name := range []string{"Sales", "Research", "R&D <EU>"} {
		one := team("team-"+name, name)
		c.teams = append(c.teams, &one)
	}
	return c
}

// has says that a person occupies a seat, given or shown.
func (c *company) has(p *usher.AccountChange, sub string) bool {
	return slices.Contains(p.Desired.Subscriptions, sub) || p.Seen != nil && p.Seen.Active && slices.Contains(p.Seen.Subscriptions, sub)
}

// free are the seats that nobody has and that the last list showed free.
func (c *company) free() map[string]int {
	left := map[string]int{}
	for sub, pool := range c.pools {
		left[sub], _, _ = c.portal.Seats(pool)
		for _, p := range c.people {
			if c.has(p, sub) {
				left[sub]--
			}
		}
	}
	return left
}

// live has one day's joiners, movers and leavers.
func (c *company) live() {
	left := c.free()
	for _, p := range c.people {
		if c.IntN(4) > 0 {
			continue
		}
		switch d := &p.Desired; {
		case d.Active && c.IntN(3) == 0:
			p.Releasing, d.Active, d.Admin, d.Subscriptions, d.Teams = d.Subscriptions, false, false, nil, nil
		case d.Active && c.IntN(4) == 0:
			d.FamilyName += "'s"
		case d.Active && c.IntN(4) == 0:
			d.Address = strings.Replace(d.Address, "P", "New.P", 1)
		case d.Active && len(c.pools) == 1 && c.IntN(4) == 0: // an admin needs no seat
			d.Admin, p.Releasing, d.Subscriptions = true, d.Subscriptions, nil
		case d.Active && len(d.Subscriptions) == 0:
			c.seat(p, left)
		case d.Active:
			d.Admin = c.IntN(4) == 0
			d.Teams = c.someTeams()
		case !d.Active:
			c.seat(p, left)
		}
	}
}

// seat wants a person there, with every seat that is free.
func (c *company) seat(p *usher.AccountChange, left map[string]int) {
	for sub := range c.pools {
		if left[sub] < 1 {
			return
		}
	}
	d := &p.Desired
	d.Active, d.Subscriptions, d.Teams, d.Admin, p.Releasing = true, nil, c.someTeams(), c.IntN(4) == 0, nil
	for sub := range c.pools {
		if !c.has(p, sub) {
			left[sub]--
		}
		d.Subscriptions = append(d.Subscriptions, sub)
	}
	slices.Sort(d.Subscriptions)
}

func (c *company) someTeams() []string {
	var names []string
	for _, one := range c.teams {
		if c.IntN(3) == 0 {
			names = append(names, one.Desired.DisplayName)
		}
	}
	slices.Sort(names)
	return names
}

// visit renders what is due, has the list worked through, and reads the list of users.
func (c *company) visit() {
	var h connectors.Handover
	for _, one := range c.teams {
		h.Changes = append(h.Changes, *one)
	}
	for _, p := range c.people {
		if p.Desired.Active || p.Seen != nil {
			h.Changes = append(h.Changes, *p)
		}
	}
	for sub, pool := range c.pools {
		code := pool
		if code == fakeportal.Subscription {
			code = ""
		}
		purchased, occupied, _ := c.portal.Seats(pool)
		for _, change := range h.Changes { // whose row gave a seat that no list showed yet
			if gives, _ := change.Moves(); slices.Contains(gives, sub) {
				if q, _ := c.portal.Person(change.RemoteID); slices.Contains(q.Pools, pool) {
					occupied--
				}
			}
		}
		h.Pools = append(h.Pools, connectors.Pool{Subscription: sub, Code: code, Purchased: purchased, Occupied: occupied})
	}
	c.Shuffle(len(h.Changes), func(i, j int) { h.Changes[i], h.Changes[j] = h.Changes[j], h.Changes[i] })
	files, outcomes, err := c.connector.Render(h)
	must(c, err)
	c.checkRows(h.Changes, outcomes, files)
	for _, f := range files {
		answers, err := c.portal.Work(f.Content, c.now)
		must(c, err)
		for i, answer := range answers {
			c.rows++
			c.settle(f.Rows[i], answer)
		}
	}
	c.look()
}

// checkRows: each change moves its seats by its rows, and none is refused.
func (c *company) checkRows(changes []usher.AccountChange, outcomes []usher.Outcome, files []connectors.File) {
	c.Helper()
	type moved struct{ gives, takes []string }
	told := map[usher.ID]*moved{}
	for _, f := range files {
		for _, r := range f.Rows {
			if told[r.Account] == nil {
				told[r.Account] = &moved{}
			}
			told[r.Account].gives, told[r.Account].takes = append(told[r.Account].gives, r.Gives...), append(told[r.Account].takes, r.Takes...)
		}
	}
	for i, change := range changes {
		gives, takes := change.Moves()
		got := told[change.Account]
		if outcomes[i].Result == usher.Refused || (outcomes[i].Result == usher.Awaiting) != (got != nil) {
			c.Errorf("%s: %+v", change.Account, outcomes[i])
		}
		if got == nil {
			got = &moved{}
		}
		slices.Sort(got.gives)
		slices.Sort(got.takes)
		if !slices.Equal(got.gives, gives) || !slices.Equal(got.takes, takes) {
			c.Errorf("%s: rows give %v and take %v, want %v and %v", change.Account, got.gives, got.takes, gives, takes)
		}
	}
}

// settle learns from a row what no list of users shows: that a team was made, and what an
// address became.
func (c *company) settle(r usher.BatchRow, answer error) {
	c.Helper()
	if refusal, ok := errors.AsType[*fakeportal.Refusal](answer); ok {
		if !refusal.Later {
			c.Errorf("%s: %s", r.Text, refusal.Reason)
		}
		return
	}
	for _, one := range c.teams {
		if one.Account == r.Account {
			one.RemoteID, one.Seen = one.Desired.DisplayName, &usher.Seen{RemoteID: one.Desired.DisplayName, DisplayName: one.Desired.DisplayName, Active: true}
		}
	}
	for _, p := range c.people {
		if p.Account == r.Account && r.Action == "Change Email" {
			p.RemoteID = strings.ToLower(p.Desired.Address)
		}
	}
}

// look reads the portal's list.
func (c *company) look() {
	clear(c.seen)
	if len(c.portal.People()) == 0 {
		return // a list of nobody is refused
	}
	all, findings := users(c, c.connector, c.portal.Users())
	if len(findings) > 0 {
		c.Errorf("findings %+v", findings)
	}
	for _, s := range all {
		c.seen[strings.ToLower(s.RemoteID)] = s
	}
	for _, p := range c.people {
		address := p.RemoteID
		if address == "" {
			address = p.Desired.Address
		}
		p.Seen = nil
		if s, there := c.seen[strings.ToLower(address)]; there {
			p.RemoteID, p.Seen = s.RemoteID, &s
			if !s.Active || len(s.Subscriptions) == 0 {
				p.Releasing = nil // the list confirms it
			}
		}
	}
}

// come has some of those who were invited set their password.
func (c *company) come(all bool) {
	for _, q := range c.portal.People() {
		if q.Status == "Pending" && (all || c.IntN(2) == 0) {
			must(c, c.portal.Accept(q.Email, c.now))
		}
	}
}

// inLine wants the portal to hold exactly what is desired.
func (c *company) inLine() {
	c.Helper()
	for _, p := range c.people {
		q, there := c.portal.Person(p.Desired.Address)
		d := p.Desired
		var pools []string
		for _, sub := range d.Subscriptions {
			pools = append(pools, c.pools[sub])
		}
		slices.Sort(pools)
		switch {
		case !d.Active && there && (len(q.Pools) > 0 || q.Admin):
			c.Errorf("%s left and has %v, admin %t", d.Address, q.Pools, q.Admin)
		case d.Active && (!there || !slices.Equal(q.Pools, pools) || q.Admin != d.Admin || q.Last != d.FamilyName):
			c.Errorf("wanted %+v, the portal has %+v", d, q)
		case d.Active && !slices.Equal(q.Teams, d.Teams):
			c.Errorf("%s: teams %v, want %v", d.Address, q.Teams, d.Teams)
		}
	}
}

// TestRandomDays: whatever joiners, movers and leavers there are, nobody is invited twice, the
// portal refuses nothing but what has to wait for a person, and after quiet days it holds what
// is wanted, and the list is empty.
func TestRandomDays(t *testing.T) {
	for _, myACI := range []bool{false, true} {
		t.Run(fmt.Sprintf("myACI %t", myACI), func(t *testing.T) {
			rows := 0
			for seed := range uint64(20) {
				c := newCompany(t, seed, myACI)
				for range 40 {
					c.live()
					c.visit()
					c.come(false)
					c.look()
					c.now = c.now.AddDate(0, 0, 1)
				}
				for range 3 {
					c.come(true)
					c.look()
					c.visit()
				}
				c.inLine()
				rows += c.rows
				c.rows = 0
				if c.visit(); c.rows > 0 {
					t.Errorf("%d rows though all is in line", c.rows)
				}
				if doubles := c.portal.Doubles(); len(doubles) > 0 {
					t.Errorf("invited twice: %v", doubles)
				}
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			t.Logf("%d rows", rows)
			if rows < 1000 {
				t.Errorf("%d rows: the days show nothing", rows)
			}
		})
	}
}
