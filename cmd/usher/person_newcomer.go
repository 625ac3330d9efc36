package main

import (
	"errors"
	"fmt"

	"usher/internal/usher"
)

type personConfirmCmd struct {
	Person string `arg:"" help:"Address, id or name."`
}

// Help implements kong.HelpProvider.
func (personConfirmCmd) Help() string {
	return `Whom a first sign-in made is unconfirmed: no rule seats them until a directory names them, or somebody says here that they belong to the company.

Example:
  usher person confirm jo@example.com --reason "new in the Oslo office"`
}

// Run implements storeCommand.
func (c *personConfirmCmd) Run(d *desk) error {
	p, err := d.person(c.Person)
	if err != nil {
		return err
	}
	err = d.daemon.Ledger().ConfirmNewcomer(d.ctx, d.by, p.ID)
	if errors.Is(err, usher.ErrStale) {
		return fmt.Errorf("%s is not unconfirmed: there is nothing to confirm", p.Name())
	}
	if err != nil {
		return err
	}
	d.remark("%s belongs here: rules count for them from now on.", p.Name())
	return nil
}

type personEndCmd struct {
	Person string `arg:"" help:"Address, id or name."`
	On     string `placeholder:"YYYY-MM-DD" help:"The last day. Default: now."`
}

// Help implements kong.HelpProvider.
func (personEndCmd) Help() string {
	return `For guests and for people whom a first sign-in made. Of all others their directory says when they leave.

Example:
  usher person end jo@partner.example --on 2026-12-31`
}

// Run implements storeCommand.
func (c *personEndCmd) Run(d *desk) error {
	at, err := d.until("--on", c.On)
	if err != nil {
		return err
	}
	p, err := d.person(c.Person)
	if err != nil {
		return err
	}
	if err := d.daemon.Ledger().EndPerson(d.ctx, d.by, p.ID, at); err != nil {
		return err
	}
	if c.On == "" {
		d.remark("%s is no longer served, and signed out.", p.Name())
		return nil
	}
	d.remark("%s is served until the end of %s.", p.Name(), c.On)
	return nil
}
