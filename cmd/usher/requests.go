package main

import (
	"errors"
	"fmt"
	"strconv"

	"usher/internal/usher"
)

// requestsCmd is about seats that people asked for.
type requestsCmd struct {
	List    requestsListCmd    `cmd:"" default:"withargs" help:"List the requests that nobody has answered yet."`
	Approve requestsApproveCmd `cmd:"" help:"Give whoever asked a seat, or a place in the queue."`
	Refuse  requestsRefuseCmd  `cmd:"" help:"Say no, and why."`
}

type requestsListCmd struct{ listing }

// requestRow is a request as it is listed.
type requestRow struct {
	Number       int64  `json:"number"`
	Subscription string `json:"subscription"`
	Name         string `json:"name"`
	Address      string `json:"address"`
	Manager      string `json:"manager,omitempty"`
	AskedAt      string `json:"askedAt"`
	Reason       string `json:"reason,omitempty"`
	askedAt      usher.Time
}

// Run implements storeCommand.
func (c *requestsListCmd) Run(d *desk) error {
	look := d.daemon.Store().Look()
	open, err := look.OpenRequests(d.ctx)
	if err != nil {
		return err
	}
	names, err := d.subscriptionNames()
	if err != nil {
		return err
	}
	rows := []requestRow{}
	for _, r := range open {
		p, err := look.Person(d.ctx, r.Person)
		if err != nil {
			return err
		}
		row := requestRow{Number: r.Number, Subscription: names[r.Subscription], Name: p.Name(), Address: p.Address, AskedAt: r.AskedAt.RFC3339(), Reason: r.Reason, askedAt: r.AskedAt}
		if p.Manager != "" {
			manager, err := look.Person(d.ctx, p.Manager)
			if err != nil {
				return err
			}
			row.Manager = manager.Name()
		}
		rows = append(rows, row)
	}
	return show(c.listing, d.stdout, rows, []column[requestRow]{
		{"REQUEST", func(r requestRow) string { return strconv.FormatInt(r.Number, 10) }},
		{"SUBSCRIPTION", func(r requestRow) string { return r.Subscription }},
		{"NAME", func(r requestRow) string { return r.Name }},
		{"ADDRESS", func(r requestRow) string { return r.Address }},
		{"MANAGER", func(r requestRow) string { return r.Manager }},
		{"ASKED (UTC)", func(r requestRow) string { return stamp(r.askedAt) }},
		{"WHAT FOR", func(r requestRow) string { return r.Reason }},
	})
}

type requestsApproveCmd struct {
	Request int64  `arg:"" help:"The number, as 'usher requests list' shows it."`
	Words   string `help:"For whoever asked."`
	Until   string `placeholder:"YYYY-MM-DD" help:"The last day of it. Default: until it is taken back."`
}

// Help implements kong.HelpProvider.
func (requestsApproveCmd) Help() string {
	return `A yes is a pin: it seats the person whatever the rule says, or queues them where no seat is free.

Example:
  usher requests approve 12 --until 2026-12-31`
}

// Run implements storeCommand.
func (c *requestsApproveCmd) Run(d *desk) error {
	until, err := d.until("--until", c.Until)
	if err != nil {
		return err
	}
	r, err := d.answer(c.Request, usher.RequestAnswer{Approve: true, Words: c.Words, Until: until})
	if err != nil {
		return err
	}
	look := d.daemon.Store().Look()
	p, err := look.Person(d.ctx, r.Person)
	if err != nil {
		return err
	}
	names, err := d.subscriptionNames()
	if err != nil {
		return err
	}
	return d.tellSeat(usher.Subscription{ID: r.Subscription, Name: names[r.Subscription]}, p)
}

type requestsRefuseCmd struct {
	Request int64  `arg:"" help:"The number, as 'usher requests list' shows it."`
	Words   string `required:"" help:"Why, for whoever asked."`
}

// Run implements storeCommand.
func (c *requestsRefuseCmd) Run(d *desk) error {
	if _, err := d.answer(c.Request, usher.RequestAnswer{Words: c.Words}); err != nil {
		return err
	}
	d.remark("Request %d is refused; whoever asked sees why.", c.Request)
	return nil
}

// answer answers a request and gives it as it was.
func (d *desk) answer(number int64, a usher.RequestAnswer) (usher.SeatRequest, error) {
	r, err := d.daemon.Store().Look().Request(d.ctx, number)
	if err == nil {
		err = d.daemon.Ledger().AnswerRequest(d.ctx, d.by, number, a)
	}
	if errors.Is(err, usher.ErrNotFound) {
		err = fmt.Errorf("there is no request %d; `usher requests list` lists those that are open", number)
	}
	return r, err
}
