package reconcile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"usher/internal/usher"
)

// most is how many people a company gets.
const most = 40

// attributes of a newcomer.
func (c *company) newcomer(key string) usher.Attributes {
	address := key + ".one@example.com"
	return usher.Attributes{
		UserName: address, ExternalID: "x-" + key, Active: true, GivenName: []string{"Zoë", "Ann", "Bob"}[c.IntN(3)], FamilyName: "O'Neill-" + key,
		DisplayName: "person " + key, Department: c.department(), Title: c.title(), Manager: c.boss(),
		Emails: []usher.Email{{Value: address, Type: "work", Primary: true}},
	}
}

func (c *company) department() string { return []string{"Sales", "Sales", "Change", "R&D"}[c.IntN(4)] }
func (c *company) title() string      { return []string{"", "Coach", "Head, \"EMEA\""}[c.IntN(3)] }

// boss is somebody's address.
func (c *company) boss() string {
	if len(c.people) == 0 || c.chance(40) {
		return ""
	}
	return c.any().address()
}

func (c *company) any() *employee { return c.people[c.IntN(len(c.people))] }

func (e *employee) address() string { return e.addresses[len(e.addresses)-1] }

// join is somebody's first day.
func (c *company) join() {
	c.Helper()
	key := fmt.Sprintf("p%d", len(c.people))
	a := c.newcomer(key)
	r, err := c.ledger.CreateRecord(c.Context(), c.okta, recordOf(usher.Record{}, a))
	c.check(err)
	c.people = append(c.people, &employee{key: key, record: r, addresses: []string{a.UserName}})
	c.count["people"]++
}

func recordOf(r usher.Record, a usher.Attributes) usher.Record {
	document, err := json.Marshal(a)
	if err != nil {
		panic(err) // texts only
	}
	r.Attributes, r.Document, r.CreateHash = a, document, string(document)
	return r
}

// change is what the directory says anew of somebody.
func (c *company) change(e *employee, f func(*usher.Attributes)) {
	c.Helper()
	r, err := c.ledger.ChangeRecord(c.Context(), c.okta, e.record.ID, func(r usher.Record) (usher.Record, error) {
		a := r.Attributes
		f(&a)
		a.Emails = []usher.Email{{Value: a.UserName, Type: "work", Primary: true}}
		return recordOf(r, a), nil
	})
	c.check(err)
	e.record = r
}

// happens is one thing that happens in the company.
func (c *company) happens() {
	c.Helper()
	e := c.any()
	switch c.IntN(16) {
	case 0, 1, 2:
		if len(c.people) < most {
			c.join()
			return
		}
		c.change(e, func(a *usher.Attributes) { a.Active = true })
	case 3, 4, 5:
		c.change(e, func(a *usher.Attributes) { a.Active = false })
	case 6, 7:
		c.change(e, func(a *usher.Attributes) { a.Active = true })
	case 8, 9:
		c.change(e, func(a *usher.Attributes) { a.Department = c.department() })
	case 10:
		c.change(e, func(a *usher.Attributes) { a.Title, a.Manager = c.title(), c.boss() })
	case 11:
		c.rename(e)
	case 12:
		c.change(e, func(a *usher.Attributes) {
			a.GivenName = []string{"Zoë", "Ann", "=SUM(1)"}[c.IntN(3)]
		})
	case 13:
		c.decide(e)
	case 14:
		c.appoint(e)
	case 15:
		c.hurry(e)
	}
}

// rename gives somebody a new name and a new address, or the old one in another case.
func (c *company) rename(e *employee) {
	c.Helper()
	address := fmt.Sprintf("%s.n%d@example.com", e.key, c.day)
	if c.chance(30) {
		address = strings.ToUpper(e.address()[:1]) + e.address()[1:]
	}
	if e.address() != address {
		e.addresses = append(e.addresses, address)
	}
	c.change(e, func(a *usher.Attributes) {
		a.UserName, a.FamilyName = address, fmt.Sprintf("Married-%d", c.day)
	})
}

// decide pins somebody, withholds a seat from them, or takes that back.
func (c *company) decide(e *employee) {
	c.Helper()
	sub := c.subs[c.kind.subs[c.IntN(len(c.kind.subs))].Name].ID
	switch {
	case e.pinned != "":
		if err := c.ledger.ClearDecision(c.Context(), c.ann, usher.ID(e.pinned), e.record.Person); !errors.Is(err, usher.ErrNotFound) {
			c.check(err) // a release takes a pin back by itself
		}
		e.pinned = ""
		return
	case c.chance(60):
		c.check(c.ledger.Grant(c.Context(), c.ann, sub, e.record.Person, 0))
	default:
		c.check(c.ledger.Withhold(c.Context(), c.ann, sub, e.record.Person, 0))
	}
	e.pinned = string(sub)
}

// appoint makes somebody an admin of the portal, or ends that.
func (c *company) appoint(e *employee) {
	c.Helper()
	if len(c.admins) > 1 {
		c.admins = c.admins[1:]
	} else {
		c.admins = append(c.admins, e.address())
	}
	c.configure()
}

// hurry has somebody leave whose seats cannot wait for the next visit.
func (c *company) hurry(e *employee) {
	c.Helper()
	c.change(e, func(a *usher.Attributes) { a.Active = false })
	for _, s := range c.subs {
		seat, err := c.store.Look().LiveSeat(c.Context(), s.ID, e.record.Person)
		if err == nil && seat.State.Occupies() {
			if err := c.ledger.Release(c.Context(), c.ann, s.ID, e.record.Person); !errors.Is(err, usher.ErrInvalid) {
				c.check(err) // who is entitled by a pin, or the last admin, is not released
			}
		}
	}
}
