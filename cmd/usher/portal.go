package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// portalsCmd lists portals.
type portalsCmd struct {
	listing

	All bool `help:"Also portals that the configuration names no longer."`
}

// portalRow is a portal as listed.
type portalRow struct {
	Name        string `json:"name"`
	Kind        string `json:"kind"`
	State       string `json:"state"`
	Behind      int    `json:"accountsBehind"`
	Seats       int    `json:"seatsUsed"`
	LastSuccess string `json:"lastSuccessAt,omitempty"`
	Observed    string `json:"observedAt,omitempty"`
	LastError   string `json:"lastError,omitempty"`
	portal      usher.Portal
}

// Run implements storeCommand.
func (c *portalsCmd) Run(d *desk) error {
	look := d.daemon.Store().Look()
	portals, err := look.Portals(d.ctx)
	if err != nil {
		return err
	}
	subs, err := look.AllSubscriptions(d.ctx)
	if err != nil {
		return err
	}
	rows := []portalRow{}
	for _, p := range portals {
		if p.RetiredAt != 0 && !c.All {
			continue
		}
		behind, err := look.CountDueAccounts(d.ctx, p.ID)
		if err != nil {
			return err
		}
		rows = append(rows, portalRow{p.Name, p.Kind, portalState(p, look.Now()), behind, usedAt(p, subs), p.LastSuccessAt.RFC3339(), p.ObservedAt.RFC3339(), p.LastError, p})
	}
	return show(c.listing, d.stdout, rows, []column[portalRow]{
		{"PORTAL", func(r portalRow) string { return r.Name }},
		{"KIND", func(r portalRow) string { return r.Kind }},
		{"STATE", func(r portalRow) string { return r.State }},
		{"SEATS", func(r portalRow) string { return strconv.Itoa(r.Seats) }},
		{"BEHIND", func(r portalRow) string { return strconv.Itoa(r.Behind) }},
		{"LAST SUCCESS", func(r portalRow) string { return day(r.portal.LastSuccessAt) }},
		{"LAST READ", func(r portalRow) string { return day(r.portal.ObservedAt) }},
		{"LAST ERROR", func(r portalRow) string { return r.LastError }},
	})
}

func portalState(p usher.Portal, now usher.Time) string {
	switch {
	case p.RetiredAt != 0:
		return "retired"
	case !p.Live:
		return "observed only"
	case p.PausedUntil > now:
		return "failing, paused until " + day(p.PausedUntil)
	case p.Failures > 0:
		return "failing"
	}
	return "live"
}

func usedAt(p usher.Portal, subs []usher.Subscription) int {
	n := 0
	for _, s := range subs {
		if s.Portal == p.ID {
			n += s.Used
		}
	}
	return n
}

// portalCmd is about one portal.
type portalCmd struct {
	List  portalsCmd     `cmd:"" help:"List portals."`
	Show  portalShowCmd  `cmd:"" help:"Show a portal and what of it is not in line."`
	Live  portalLiveCmd  `cmd:"" help:"Let usher act at a portal, once its plan was seen."`
	Retry portalRetryCmd `cmd:"" help:"Try accounts again that the portal refused."`
}

type portalShowCmd struct {
	Name  string `arg:"" help:"Name of the portal."`
	Limit int    `default:"50" help:"At most so many accounts."`
}

// Run implements storeCommand.
func (c *portalShowCmd) Run(d *desk) error {
	look := d.daemon.Store().Look()
	p, err := d.portal(c.Name)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.stdout, "%s (%s) is %s.\n", p.Name, p.Kind, portalState(p, look.Now()))
	if p.LastError != "" {
		fmt.Fprintf(d.stdout, "Last error: %s\n", p.LastError)
	}
	behind, err := d.behind(p, c.Limit)
	if err != nil {
		return err
	}
	if len(behind) == 0 {
		fmt.Fprintln(d.stdout, "Every account is in line.")
		return nil
	}
	fmt.Fprintln(d.stdout)
	return table.Text(d.stdout, []string{"NOT IN LINE", "SHOULD BE", "TRIES", "NEXT", "WHY"}, behind)
}

// behind are the rows of accounts that are not in line.
func (d *desk) behind(p usher.Portal, limit int) ([][]string, error) {
	look := d.daemon.Store().Look()
	var rows [][]string
	for after := usher.ID(""); ; {
		page, err := look.Accounts(d.ctx, p.ID, after, 500)
		if err != nil || len(page) == 0 {
			return rows, err
		}
		for _, a := range page {
			if a.Desired == nil || a.Confirmed >= a.Generation {
				continue
			}
			if len(rows) == limit {
				d.remark("Only the first %d are shown; --limit shows more.", limit)
				return rows, nil
			}
			rows = append(rows, behindRow(a))
		}
		after = page[len(page)-1].ID
	}
}

func behindRow(a usher.Account) []string {
	name, should, next := a.Desired.Address, "inactive", day(a.NextTryAt)
	if name == "" {
		name = a.Desired.DisplayName
	}
	if a.Desired.Active {
		should = strings.TrimSpace("active " + strings.Join(a.Desired.Subscriptions, ", "))
	}
	if a.Refused {
		next = "after `usher portal retry`"
	}
	return []string{name, should, strconv.Itoa(a.Attempts), next, a.LastError}
}

type portalLiveCmd struct {
	Name string `arg:"" help:"Name of the portal."`
	Plan string `placeholder:"ID" help:"The plan that was seen and is confirmed."`
	JSON bool   `name:"json" help:"Print the plan as JSON."`
}

// Help implements kong.HelpProvider.
func (portalLiveCmd) Help() string {
	return `Without --plan nothing happens: the plan is shown by name, with its id. A plan that changed meanwhile has another id and must be seen again.

Example:
  usher portal live learning
  usher portal live learning --plan 3f9a01bc`
}

// Run implements storeCommand.
func (c *portalLiveCmd) Run(d *desk) error {
	p, err := d.portal(c.Name)
	if err != nil {
		return err
	}
	plan, err := d.daemon.Ledger().PlanLive(d.ctx, p.ID)
	switch {
	case err != nil:
		return err
	case c.Plan == "":
		return c.show(d, p, plan)
	case c.Plan != plan.ID():
		return fmt.Errorf("the plan of %s has changed since %s was shown; look at it again: usher portal live %s", c.Name, c.Plan, c.Name)
	}
	if err := d.daemon.Ledger().GoLive(d.ctx, d.by, p.ID); err != nil {
		return err
	}
	d.remark("%s is live: seats are given, and accounts brought in line.", c.Name)
	return nil
}

func (c *portalLiveCmd) show(d *desk, p usher.Portal, plan ledger.LivePlan) error {
	if c.JSON {
		return json.NewEncoder(d.stdout).Encode(struct {
			ID string `json:"id"`
			ledger.LivePlan
		}{plan.ID(), plan})
	}
	if err := showPlanned(d, plan.Seats); err != nil {
		return err
	}
	showAccounts(d, "Accounts that are there and will be brought in line", plan.There)
	showAccounts(d, "Accounts that are there and will be left alone", plan.Others)
	if plan.ObservedAt == 0 {
		d.remark("%s", unread(p))
	}
	d.remark("Nothing has changed. To go ahead: usher portal live %s --plan %s", c.Name, plan.ID())
	return nil
}

// unread says what is not known of a portal that was never read.
func unread(p usher.Portal) string {
	if p.Kind == "worklist" {
		return "A worklist portal cannot be read: accounts that it has already are not listed."
	}
	return "The portal has not been read yet: accounts that it has already are not listed. Look again in a minute, or see `usher portal show`."
}

// showPlanned prints seats that a plan would change.
func showPlanned(d *desk, seats []usher.PlannedSeat) error {
	if len(seats) == 0 {
		fmt.Fprintln(d.stdout, "Nobody's seat changes.")
		return nil
	}
	rows := make([][]string, len(seats))
	for i, s := range seats {
		rows[i] = []string{string(s.Kind), s.Subscription, s.Name, s.Address, s.Why}
	}
	return table.Text(d.stdout, []string{"WHAT", "SUBSCRIPTION", "NAME", "ADDRESS", "WHY"}, rows)
}

func showAccounts(d *desk, title string, names []string) {
	if len(names) == 0 {
		return
	}
	rows := make([][]string, len(names))
	for i, n := range names {
		rows[i] = []string{"  " + n}
	}
	fmt.Fprintln(d.stdout)
	_ = table.Text(d.stdout, []string{fmt.Sprintf("%s (%d):", title, len(names))}, rows)
}

type portalRetryCmd struct {
	Name string `arg:"" help:"Name of the portal."`
}

// Run implements storeCommand.
func (c *portalRetryCmd) Run(d *desk) error {
	p, err := d.portal(c.Name)
	if err != nil {
		return err
	}
	n, err := d.daemon.Ledger().RetryRefused(d.ctx, d.by, p.ID)
	if err != nil {
		return err
	}
	d.remark("%d refused accounts of %s will be tried again.", n, c.Name)
	return nil
}

// portal finds a portal by name, or says which there are.
func (d *desk) portal(name string) (usher.Portal, error) {
	look := d.daemon.Store().Look()
	p, err := look.PortalNamed(d.ctx, name)
	if !errors.Is(err, usher.ErrNotFound) {
		return p, err
	}
	known, err := look.Portals(d.ctx)
	if err != nil {
		return p, err
	}
	var names []string
	for _, k := range known {
		names = append(names, k.Name)
	}
	return p, noSuch("portal", name, names)
}

// noSuch says what a name could have been.
func noSuch(noun, name string, known []string) error {
	if len(known) == 0 {
		return fmt.Errorf("there is no %s %q, and no other: the configuration names them", noun, name)
	}
	return fmt.Errorf("there is no %s %q; there is %s", noun, name, strings.Join(known, ", "))
}
