package main

import (
	"fmt"
	"strconv"
	"time"

	"usher/internal/table"
	"usher/internal/usher"
)

// driftCmd lists where portals differ from the ledger.
type driftCmd struct {
	listing

	Portal string `arg:"" optional:"" help:"Only this portal."`
}

// Help implements kong.HelpProvider.
func (driftCmd) Help() string {
	return `Says what the last exports showed that is not as the ledger has it, since when, and how many seats are taken there and here.

Examples:
  usher drift
  usher drift prosci --csv`
}

// driftRow is a difference as listed.
type driftRow struct {
	Portal       string `json:"portal"`
	Code         string `json:"code"`
	Severity     string `json:"severity"`
	Address      string `json:"address,omitempty"`
	Person       string `json:"person,omitempty"`
	Subscription string `json:"subscription,omitempty"`
	Text         string `json:"text"`
	Since        string `json:"since"`
	since        usher.Time
}

// Run implements storeCommand.
func (c *driftCmd) Run(d *desk) error {
	look := d.daemon.Store().Look()
	portals, err := look.Portals(d.ctx)
	if err != nil {
		return err
	}
	only := usher.ID("")
	if c.Portal != "" {
		p, err := d.portal(c.Portal)
		if err != nil {
			return err
		}
		only, portals = p.ID, []usher.Portal{p}
	}
	open, err := look.OpenDrift(d.ctx, only)
	if err != nil {
		return err
	}
	rows, err := d.driftRows(portals, open)
	if err != nil {
		return err
	}
	if !c.JSON && !c.CSV {
		if err := d.countsThereAndHere(portals); err != nil {
			return err
		}
		if len(rows) == 0 {
			fmt.Fprintln(d.stdout, "No export shows a difference.")
			return nil
		}
	}
	return show(c.listing, d.stdout, rows, []column[driftRow]{
		{"PORTAL", func(r driftRow) string { return r.Portal }},
		{"DIFFERENCE", func(r driftRow) string { return r.Code }},
		{"SEVERITY", func(r driftRow) string { return r.Severity }},
		{"WHO", func(r driftRow) string { return r.Address }},
		{"NAME", func(r driftRow) string { return r.Person }},
		{"SINCE", func(r driftRow) string { return r.since.Std().UTC().Format(time.DateOnly) }},
		{"WHAT", func(r driftRow) string { return r.Text }},
	})
}

func (d *desk) driftRows(portals []usher.Portal, open []usher.Drift) ([]driftRow, error) {
	look := d.daemon.Store().Look()
	var ids []usher.ID
	for _, one := range open {
		if one.Person != "" {
			ids = append(ids, one.Person)
		}
	}
	people, err := look.PeopleByID(d.ctx, ids)
	if err != nil {
		return nil, err
	}
	subs, err := look.AllSubscriptions(d.ctx)
	if err != nil {
		return nil, err
	}
	names := map[usher.ID]string{}
	for _, s := range subs {
		names[s.ID] = s.Name
	}
	for _, p := range portals {
		names[p.ID] = p.Name
	}
	rows := []driftRow{}
	for _, one := range open {
		rows = append(rows, driftRow{names[one.Portal], string(one.Code), string(one.Severity), one.Address, people[one.Person].Name(), names[one.Subscription], one.Text, one.SinceAt.RFC3339(), one.SinceAt})
	}
	return rows, nil
}

// countsThereAndHere tells of each portal that was read how many seats are taken there, by what is
// known of its accounts, and how many here.
func (d *desk) countsThereAndHere(portals []usher.Portal) error {
	look := d.daemon.Store().Look()
	subs, err := look.Subscriptions(d.ctx)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, p := range portals {
		last, err := look.Exports(d.ctx, p.ID, 1)
		if err != nil {
			return err
		}
		if len(last) == 0 {
			continue
		}
		there, err := d.seenSeats(p)
		if err != nil {
			return err
		}
		for _, s := range subs {
			if s.Portal == p.ID {
				rows = append(rows, []string{p.Name, s.Name, strconv.Itoa(s.Purchased), strconv.Itoa(there[s.Name]), strconv.Itoa(s.Used), last[0].Name, stamp(last[0].AsOf)})
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := table.Text(d.stdout, []string{"PORTAL", "SUBSCRIPTION", "BOUGHT", "TAKEN THERE", "TAKEN HERE", "LAST EXPORT", "AS OF (UTC)"}, rows); err != nil {
		return err
	}
	_, err = fmt.Fprintln(d.stdout)
	return err
}

// seenSeats are how many seats a portal's accounts were last seen to take, by subscription.
func (d *desk) seenSeats(p usher.Portal) (map[string]int, error) {
	there := map[string]int{}
	for after := usher.ID(""); ; {
		page, err := d.daemon.Store().Look().Accounts(d.ctx, p.ID, after, 500)
		if err != nil || len(page) == 0 {
			return there, err
		}
		for _, a := range page {
			if a.Seen == nil || !a.Seen.Active || a.Kind != usher.AccountPerson {
				continue
			}
			for _, name := range a.Seen.Subscriptions {
				there[name]++
			}
		}
		after = page[len(page)-1].ID
	}
}
