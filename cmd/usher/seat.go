package main

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/usher"
)

// seatCmd decides about one person's seat by hand.
type seatCmd struct {
	Grant    seatGrantCmd    `cmd:"" help:"Entitle a person whatever the rule says."`
	Withhold seatWithholdCmd `cmd:"" help:"Keep a person out whatever the rule says, and release the seat."`
	Release  seatReleaseCmd  `cmd:"" help:"Release a leaving seat now: no settling, no guard."`
	Clear    seatClearCmd    `cmd:"" help:"Take a grant or withholding back: the rule decides again."`
	Move     seatMoveCmd     `cmd:"" help:"Move somebody in a queue, whatever the rule's priority says."`
}

// Help implements kong.HelpProvider.
func (seatCmd) Help() string {
	return `No directory undoes what a person decides here; --reason says why, for the record.

Examples:
  usher seat grant ann@example.com adkar --until 2026-12-31 --reason "runs the workshop"
  usher seat withhold bob@example.com adkar
  usher seat clear bob@example.com adkar
  usher seat release carol@example.com adkar --reason "dismissed"
  usher seat move dan@example.com adkar --front --reason "starts on Monday"`
}

// seatOf names one person's seat in one subscription.
type seatOf struct {
	Person       string `arg:"" help:"Address, id, employee number or name."`
	Subscription string `arg:"" help:"Name of the subscription."`
}

type seatGrantCmd struct {
	seatOf

	Until string `placeholder:"YYYY-MM-DD" help:"The last day of it. Default: until it is taken back."`
}

// Run implements storeCommand.
func (c *seatGrantCmd) Run(d *desk) error { return c.decide(d, c.Until, d.daemon.Ledger().Grant) }

type seatWithholdCmd struct {
	seatOf

	Until string `placeholder:"YYYY-MM-DD" help:"The last day of it. Default: until it is taken back."`
}

// Run implements storeCommand.
func (c *seatWithholdCmd) Run(d *desk) error { return c.decide(d, c.Until, d.daemon.Ledger().Withhold) }

type seatReleaseCmd struct{ seatOf }

// Run implements storeCommand.
func (c *seatReleaseCmd) Run(d *desk) error {
	return c.decide(d, "", withoutEnd(d.daemon.Ledger().Release))
}

type seatClearCmd struct{ seatOf }

// Run implements storeCommand.
func (c *seatClearCmd) Run(d *desk) error {
	err := c.decide(d, "", withoutEnd(d.daemon.Ledger().ClearDecision))
	if errors.Is(err, usher.ErrNotFound) {
		return fmt.Errorf("nothing was decided by hand about %s in %s", c.Person, c.Subscription)
	}
	return err
}

// decision is a function of the ledger that decides about a seat.
type decision func(ctx context.Context, by usher.Principal, subscription, person usher.ID, until usher.Time) error

func withoutEnd(f func(ctx context.Context, by usher.Principal, subscription, person usher.ID) error) decision {
	return func(ctx context.Context, by usher.Principal, subscription, person usher.ID, _ usher.Time) error {
		return f(ctx, by, subscription, person)
	}
}

func (c *seatOf) decide(d *desk, end string, decide decision) error {
	ends, err := d.until("--until", end)
	if err != nil {
		return err
	}
	s, err := d.subscription(c.Subscription)
	if err != nil {
		return err
	}
	p, err := d.person(c.Person)
	if err != nil {
		return err
	}
	if err := decide(d.ctx, d.by, s.ID, p.ID, ends); err != nil {
		return err
	}
	return d.tellSeat(s, p)
}

// tellSeat says what became of a person's seat.
func (d *desk) tellSeat(s usher.Subscription, p usher.Person) error {
	look := d.daemon.Store().Look()
	seat, err := look.LiveSeat(d.ctx, s.ID, p.ID)
	switch {
	case errors.Is(err, usher.ErrNotFound):
		d.remark("%s has no seat in %s.", p.Name(), s.Name)
		return nil
	case err != nil:
		return err
	case seat.State == usher.Queued:
		place, err := look.Place(d.ctx, seat)
		if err != nil {
			return err
		}
		d.remark("%s is queued for %s, at place %d: %s.", p.Name(), s.Name, place, seat.Reason)
	default:
		d.remark("%s's seat in %s is %s: %s.", p.Name(), s.Name, phase(seat), seat.Reason)
	}
	return nil
}

// viewedPhase is phase of a seat in a list.
func viewedPhase(s usher.SeatedView) string {
	switch {
	case s.Held:
		return string(s.State) + ", held"
	case s.Leaving:
		return string(s.State) + ", leaving"
	}
	return string(s.State)
}

// phase is a seat's state in a word or two.
func phase(s usher.Seat) string {
	switch {
	case s.Hold != "":
		return string(s.State) + ", held"
	case s.LeavingAt != 0 && s.State != usher.Releasing:
		return string(s.State) + ", leaving"
	}
	return string(s.State)
}
