package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"usher/internal/usher"
)

// joinCmd is about links with which people give themselves seats.
type joinCmd struct {
	Create joinCreateCmd `cmd:"" help:"Make a join link and print it, once."`
	List   joinListCmd   `cmd:"" default:"withargs" help:"List join links, never their codes."`
	Revoke joinRevokeCmd `cmd:"" help:"End a join link for good."`
}

type joinCreateCmd struct {
	Subscription []string `required:"" placeholder:"NAME" help:"A subscription that the link gives; may be repeated."`
	Limit        int      `required:"" placeholder:"N" help:"How many people may use it."`
	Until        string   `required:"" placeholder:"YYYY-MM-DD" help:"The link's last day, within the coming year."`
}

// Help implements kong.HelpProvider.
func (joinCreateCmd) Help() string {
	return `Whoever opens the link signs in first, and then pins themselves to the subscriptions, once. Where no seat is free they are queued. Somebody whom no directory knows becomes a person, if their address is inside the domains of the connection. A seat that an admin withholds stays withheld. The link alone goes to standard output.

Example:
  usher join create --subscription adkar --limit 40 --until 2026-12-31 --reason "spring course"`
}

// Run implements storeCommand.
func (c *joinCreateCmd) Run(d *desk) error {
	until, err := d.until("--until", c.Until)
	if err != nil {
		return err
	}
	j := usher.JoinLink{Places: c.Limit, Until: until}
	for _, name := range c.Subscription {
		s, err := d.subscription(name)
		if err != nil {
			return err
		}
		j.Subscriptions = append(j.Subscriptions, s.ID)
	}
	code, j, err := d.daemon.Ledger().CreateJoinLink(d.ctx, d.by, j)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(d.stdout, d.daemon.URL()+usher.JoinPath+code); err != nil {
		return err
	}
	d.remark("Join link %d is for %d people until the end of %s. It is shown this once; `usher join revoke %d` ends it.", j.Number, j.Places, c.Until, j.Number)
	if len(d.daemon.Config().SignIn.Connections) == 0 {
		d.remark("Nobody can use it yet: no connection to sign in over is configured.")
	}
	return nil
}

type joinListCmd struct {
	listing

	All bool `help:"Also those that give nothing any longer."`
}

// joinRow is a join link as it is listed.
type joinRow struct {
	Number        int64    `json:"number"`
	Subscriptions []string `json:"subscriptions"`
	State         string   `json:"state"`
	Used          int      `json:"used"`
	Limit         int      `json:"limit"`
	Until         string   `json:"until"`
	CreatedBy     string   `json:"createdBy"`
	Reason        string   `json:"reason,omitempty"`
	until         usher.Time
}

// Run implements storeCommand.
func (c *joinListCmd) Run(d *desk) error {
	links, err := d.daemon.Store().Look().JoinLinks(d.ctx)
	if err != nil {
		return err
	}
	names, err := d.subscriptionNames()
	if err != nil {
		return err
	}
	rows := []joinRow{}
	for _, j := range links {
		row := joinRow{Number: j.Number, State: "live", Used: j.Used, Limit: j.Places, Until: j.Until.RFC3339(), CreatedBy: j.CreatedBy, Reason: j.Reason, until: j.Until}
		if over := j.Over(d.daemon.Store().Now()); over != "" {
			row.State = over
		}
		for _, id := range j.Subscriptions {
			row.Subscriptions = append(row.Subscriptions, names[id])
		}
		if c.All || row.State == "live" {
			rows = append(rows, row)
		}
	}
	return show(c.listing, d.stdout, rows, []column[joinRow]{
		{"LINK", func(r joinRow) string { return strconv.FormatInt(r.Number, 10) }},
		{"SUBSCRIPTIONS", func(r joinRow) string { return strings.Join(r.Subscriptions, ", ") }},
		{"STATE", func(r joinRow) string { return r.State }},
		{"USED", func(r joinRow) string { return fmt.Sprintf("%d of %d", r.Used, r.Limit) }},
		{"LAST DAY", func(r joinRow) string { return lastDay(r.until) }},
		{"BY", func(r joinRow) string { return r.CreatedBy }},
		{"WHY", func(r joinRow) string { return r.Reason }},
	})
}

type joinRevokeCmd struct {
	Link int64 `arg:"" help:"The link's number, as 'usher join list' shows it."`
}

// Run implements storeCommand.
func (c *joinRevokeCmd) Run(d *desk) error {
	err := d.daemon.Ledger().RevokeJoinLink(d.ctx, d.by, c.Link)
	if errors.Is(err, usher.ErrNotFound) {
		return fmt.Errorf("there is no join link %d; `usher join list --all` lists them", c.Link)
	}
	if err != nil {
		return err
	}
	d.remark("Join link %d gives nothing any longer. Who has used it keeps the seat; `usher seat clear` takes that back.", c.Link)
	return nil
}
