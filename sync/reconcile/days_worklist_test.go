package reconcile_test

import (
	"maps"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// worklistDays is a portal that is kept by hand and gives out no list.
type worklistDays map[string]map[string]bool // subscriptions, by address in lower case

func worklistKind() dayKind {
	return dayKind{
		name: "worklist", portal: usher.Portal{Hard: true, Profile: usher.Profile{Whole: true}},
		open: func(*company) dayPortal { return worklistDays{} },
		subs: []ledger.SubscriptionPolicy{{Name: "learning", Portal: portalName, Seats: 9, Rule: `department == "Sales"`}},
	}
}

func (worklistDays) connector() connectors.Whole  { return list() }
func (worklistDays) templates() [][]byte          { return nil }
func (worklistDays) export(*company, bool) []byte { return nil }
func (worklistDays) life(*company)                {}
func (worklistDays) come(*company)                {}
func (worklistDays) doubles() []string            { return nil }

func (p worklistDays) accounts() []string { return slices.Sorted(maps.Keys(p)) }

func (p worklistDays) holds(address string) []string {
	return slices.Sorted(maps.Keys(p[strings.ToLower(address)]))
}

// carry does what the rows say.
func (p worklistDays) carry(c *company, b usher.Batch, chosen func(row int) bool) map[int]error {
	answers := map[int]error{}
	for _, r := range b.Rows {
		if !chosen(r.Row) {
			continue
		}
		a, err := c.store.Look().Account(c.Context(), r.Account)
		c.check(err)
		address := strings.ToLower(a.RemoteID)
		if address == "" {
			address = strings.ToLower(r.Told.Address)
		}
		if p[address] == nil {
			p[address] = map[string]bool{}
		}
		for _, name := range r.Takes {
			delete(p[address], name)
		}
		for _, name := range r.Gives {
			p[address][name] = true
		}
		if now := strings.ToLower(r.Told.Address); r.Told.Active && now != address { // the list says so beside the old one
			p[now] = p[address]
			delete(p, address)
		}
		answers[r.Row] = nil
	}
	return answers
}
