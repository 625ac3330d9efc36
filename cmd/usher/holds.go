package main

import (
	"errors"
	"fmt"
	"strconv"

	"usher/internal/usher"
)

// holdsCmd is about what the guards stopped.
type holdsCmd struct {
	List    holdsListCmd    `cmd:"" default:"withargs" help:"List holds."`
	Show    holdsShowCmd    `cmd:"" help:"Name everybody whom a hold stops."`
	Allow   holdsAllowCmd   `cmd:"" help:"Let everything that a hold stops go on."`
	Discard holdsDiscardCmd `cmd:"" help:"Drop what a hold stops: seats stay as they are."`
}

// Help implements kong.HelpProvider.
func (holdsCmd) Help() string {
	return `A guard holds releases or invitations when there are more within 24 hours than the configuration lets go by themselves. Sign-in at usher is cut at once all the same.

Examples:
  usher holds
  usher holds show 3
  usher holds allow 3 --reason "the Hamburg office closed"
  usher holds discard 3`
}

type holdsListCmd struct {
	listing

	All bool `help:"Also those that were decided."`
}

// holdRow is a hold as listed.
type holdRow struct {
	Number   int64  `json:"number"`
	Class    string `json:"class"`
	Scope    string `json:"scope"`
	Seats    int    `json:"seats"`
	Opened   string `json:"openedAt"`
	Why      string `json:"why"`
	Decision string `json:"decision,omitempty"`
	opened   usher.Time
}

// Run implements storeCommand.
func (c *holdsListCmd) Run(d *desk) error {
	holds, err := d.daemon.Ledger().Holds(d.ctx, c.All)
	if err != nil {
		return err
	}
	rows := []holdRow{}
	for _, h := range holds {
		decision, scope := h.Decision, h.Subscription
		if decision != "" {
			decision += " by " + h.ClosedBy
		}
		if h.Directory != "" {
			scope += "directory " + h.Directory
		}
		opened := usher.TimeOf(h.OpenedAt)
		rows = append(rows, holdRow{h.Number, string(h.Class), scope, h.Seats, opened.RFC3339(), h.Why, decision, opened})
	}
	return show(c.listing, d.stdout, rows, []column[holdRow]{
		{"HOLD", func(r holdRow) string { return strconv.FormatInt(r.Number, 10) }},
		{"STOPS", func(r holdRow) string { return r.Class }},
		{"OF", func(r holdRow) string { return r.Scope }},
		{"SEATS", func(r holdRow) string { return strconv.Itoa(r.Seats) }},
		{"SINCE (UTC)", func(r holdRow) string { return stamp(r.opened) }},
		{"DECISION", func(r holdRow) string { return r.Decision }},
		{"WHY", func(r holdRow) string { return r.Why }},
	})
}

type holdsShowCmd struct {
	listing

	Number int64 `arg:"" help:"Number of the hold."`
}

// heldRow is a seat that a hold stops.
type heldRow struct {
	Subscription string   `json:"subscription"`
	Person       usher.ID `json:"person"`
	Name         string   `json:"name"`
	Address      string   `json:"address"`
	State        string   `json:"state"`
	Why          string   `json:"why"`
}

// Run implements storeCommand.
func (c *holdsShowCmd) Run(d *desk) error {
	h, err := d.daemon.Ledger().Hold(d.ctx, c.Number)
	if errors.Is(err, usher.ErrNotFound) {
		return fmt.Errorf("there is no hold %d; `usher holds --all` lists them", c.Number)
	}
	if err != nil {
		return err
	}
	d.remark("Hold %d stops %s: %s.", h.Number, h.Class, h.Why)
	rows := []heldRow{}
	for _, s := range h.Held {
		rows = append(rows, heldRow{s.Subscription, s.Person, s.Name, s.Address, viewedPhase(s), s.Reason})
	}
	return show(c.listing, d.stdout, rows, []column[heldRow]{
		{"SUBSCRIPTION", func(r heldRow) string { return r.Subscription }},
		{"NAME", func(r heldRow) string { return r.Name }},
		{"ADDRESS", func(r heldRow) string { return r.Address }},
		{"STATE", func(r heldRow) string { return r.State }},
		{"WHY", func(r heldRow) string { return r.Why }},
	})
}

type holdsAllowCmd struct {
	Number int64 `arg:"" help:"Number of the hold."`
}

// Run implements storeCommand.
func (c *holdsAllowCmd) Run(d *desk) error {
	if err := d.daemon.Ledger().AllowHold(d.ctx, d.by, c.Number); err != nil {
		return noNumber("hold", c.Number, "usher holds", err)
	}
	d.remark("Hold %d is allowed.", c.Number)
	return nil
}

type holdsDiscardCmd struct {
	Number int64 `arg:"" help:"Number of the hold."`
}

// Run implements storeCommand.
func (c *holdsDiscardCmd) Run(d *desk) error {
	if err := d.daemon.Ledger().DiscardHold(d.ctx, d.by, c.Number); err != nil {
		return noNumber("hold", c.Number, "usher holds", err)
	}
	d.remark("Hold %d is discarded: the seats stay as they are.", c.Number)
	return nil
}

// noNumber says where the numbers are listed when there is no such one.
func noNumber(noun string, number int64, command string, err error) error {
	if errors.Is(err, usher.ErrNotFound) {
		return fmt.Errorf("there is no %s %d; `%s` lists them", noun, number, command)
	}
	return err
}
