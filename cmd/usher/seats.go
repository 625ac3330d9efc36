package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"usher/internal/usher"
)

// seatsCmd lists subscriptions with their seats, or the seats of one.
type seatsCmd struct {
	listing

	Subscription string `arg:"" optional:"" help:"List who has a seat in this one, and the queue."`
	State        string `enum:"all,queued,invited,active,releasing" default:"all" help:"Only seats in this state: queued, invited, active or releasing."`
	All          bool   `help:"Also subscriptions that the configuration names no longer."`
}

// everyState asks for seats in whatever state.
const everyState = "all"

// Help implements kong.HelpProvider.
func (seatsCmd) Help() string {
	return `Examples:
  usher seats
  usher seats adkar
  usher seats adkar --state queued --csv`
}

// Run implements storeCommand.
func (c *seatsCmd) Run(d *desk) error {
	if c.Subscription != "" || c.State != everyState {
		return c.people(d)
	}
	return c.pools(d)
}

// poolRow is a subscription as listed.
type poolRow struct {
	Name      string `json:"name"`
	Portal    string `json:"portal"`
	Purchased int    `json:"purchased"`
	Used      int    `json:"used"`
	Free      int    `json:"free"`
	KeptBack  int    `json:"keptBack,omitempty"`
	Queued    int    `json:"queued"`
	Leaving   int    `json:"leaving"`
	Ends      string `json:"endsAt,omitempty"`
	ends      usher.Time
}

func (c *seatsCmd) pools(d *desk) error {
	pools, err := d.daemon.Ledger().Pools(d.ctx, c.All)
	if err != nil {
		return err
	}
	rows := []poolRow{}
	for _, p := range pools {
		ends := usher.TimeOf(p.EndsAt)
		rows = append(rows, poolRow{p.Name, p.Portal, p.Purchased, p.Used, p.Free, p.KeptBack, p.Queued, p.Leaving, ends.RFC3339(), ends})
	}
	number := func(f func(poolRow) int) func(poolRow) string {
		return func(r poolRow) string { return strconv.Itoa(f(r)) }
	}
	return show(c.listing, d.stdout, rows, []column[poolRow]{
		{"SUBSCRIPTION", func(r poolRow) string { return r.Name }},
		{"PORTAL", func(r poolRow) string { return r.Portal }},
		{"PURCHASED", number(func(r poolRow) int { return r.Purchased })},
		{"USED", number(func(r poolRow) int { return r.Used })},
		{"FREE", freeText},
		{"QUEUED", number(func(r poolRow) int { return r.Queued })},
		{"LEAVING", number(func(r poolRow) int { return r.Leaving })},
		{"LAST DAY", func(r poolRow) string { return lastDay(r.ends) }},
	})
}

func freeText(r poolRow) string {
	if r.Free < 0 {
		return "over by " + strconv.Itoa(-r.Free)
	}
	if r.KeptBack > 0 {
		return fmt.Sprintf("%d, %d kept back", r.Free, r.KeptBack)
	}
	return strconv.Itoa(r.Free)
}

// seatRow is a seat as listed.
type seatRow struct {
	Subscription string   `json:"subscription"`
	Person       usher.ID `json:"person"`
	Name         string   `json:"name"`
	Address      string   `json:"address"`
	State        string   `json:"state"`
	Place        int      `json:"place,omitempty"`
	Since        string   `json:"since"`
	Reason       string   `json:"reason,omitempty"`
	since        usher.Time
}

func (c *seatsCmd) people(d *desk) error {
	subs, err := d.daemon.Store().Look().Subscriptions(d.ctx)
	if c.Subscription != "" {
		var s usher.Subscription
		s, err = d.subscription(c.Subscription)
		subs = []usher.Subscription{s}
	}
	if err != nil {
		return err
	}
	slices.SortFunc(subs, func(a, b usher.Subscription) int { return cmp.Compare(a.Name, b.Name) })
	rows := []seatRow{}
	for _, s := range subs {
		list, err := c.seatsIn(d, s)
		if err != nil {
			return err
		}
		rows = append(rows, list...)
	}
	return show(c.listing, d.stdout, rows, []column[seatRow]{
		{"SUBSCRIPTION", func(r seatRow) string { return r.Subscription }},
		{"NAME", func(r seatRow) string { return r.Name }},
		{"ADDRESS", func(r seatRow) string { return r.Address }},
		{"STATE", func(r seatRow) string { return r.State }},
		{"PLACE", func(r seatRow) string { return orBlank(r.Place) }},
		{"SINCE (UTC)", func(r seatRow) string { return stamp(r.since) }},
		{"WHY", func(r seatRow) string { return r.Reason }},
	})
}

func (c *seatsCmd) seatsIn(d *desk, sub usher.Subscription) (rows []seatRow, err error) {
	look := d.daemon.Store().Look()
	seats, err := look.LiveSeats(d.ctx, sub.ID)
	if err != nil {
		return nil, err
	}
	place := 0
	for _, s := range seats {
		row := seatRow{Subscription: sub.Name, Person: s.Person, State: phase(s), Reason: s.Reason, since: s.SeatedAt}
		if s.State == usher.Queued {
			place++
			row.Place, row.since = place, s.RequestedAt
		}
		if c.State != everyState && c.State != string(s.State) {
			continue
		}
		p, err := look.Person(d.ctx, s.Person)
		if err != nil {
			return nil, err
		}
		row.Name, row.Address, row.Since = p.Name(), p.Address, row.since.RFC3339()
		rows = append(rows, row)
	}
	return rows, nil
}

func orBlank(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// portalNames are the names of all portals, by id.
func (d *desk) portalNames() (map[usher.ID]string, error) {
	portals, err := d.daemon.Store().Look().Portals(d.ctx)
	names := map[usher.ID]string{}
	for _, p := range portals {
		names[p.ID] = p.Name
	}
	return names, err
}
