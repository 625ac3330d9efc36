package main

import (
	"errors"
	"fmt"

	"usher/internal/usher"
	"usher/sync/ledger"
)

type portalCorrectCmd struct {
	Portal string `arg:"" help:"Name of the portal."`
	Person string `arg:"" help:"Address, id, employee number or name."`
	Column string `required:"" placeholder:"COLUMN" help:"A column of the portal's profile, \"first name\" or \"last name\"."`
	Value  string `placeholder:"TEXT" xor:"what" required:"" help:"What it says of this person, whatever the directories say."`
	Clear  bool   `xor:"what" required:"" help:"Have the directories decide again."`
}

// Help implements kong.HelpProvider.
func (portalCorrectCmd) Help() string {
	return `It outlives every sync until it is cleared; --reason says why, and is required. Mend the source as well: usher portal corrections lists what is to be mended there.

Examples:
  usher portal correct ascender ann@example.com --column "Functional Area" --value Sales --reason "moves on 1 May, HR is late"
  usher portal correct ascender ann@example.com --column "Functional Area" --clear`
}

// Run implements storeCommand.
func (c *portalCorrectCmd) Run(d *desk) error {
	if !c.Clear && d.by.Reason == "" {
		return &usher.InvalidError{Attribute: "--reason", Problem: "is missing: whoever mends the source has to know why"}
	}
	p, err := d.portal(c.Portal)
	if err != nil {
		return err
	}
	person, err := d.person(c.Person)
	if err != nil {
		return err
	}
	if c.Clear {
		return c.clear(d, p, person)
	}
	if err := d.daemon.Correct(d.ctx, d.by, p, person.ID, c.Column, c.Value); err != nil {
		return err
	}
	d.remark("At %s %s of %s is %q until it is cleared. Mend it at its source, too.", p.Name, c.Column, person.Address, c.Value)
	return nil
}

func (c *portalCorrectCmd) clear(d *desk, p usher.Portal, person usher.Person) error {
	err := d.daemon.Ledger().ClearCorrection(d.ctx, d.by, p.ID, person.ID, c.Column)
	if errors.Is(err, usher.ErrNotFound) {
		return fmt.Errorf("at %s %s of %s is not corrected; usher portal corrections %s lists what is", p.Name, c.Column, person.Address, p.Name)
	}
	if err != nil {
		return err
	}
	d.remark("At %s the directories decide about %s of %s again.", p.Name, c.Column, person.Address)
	return nil
}

type portalCorrectionsCmd struct {
	listing

	Name string `arg:"" help:"Name of the portal."`
}

// Help implements kong.HelpProvider.
func (portalCorrectionsCmd) Help() string {
	return `Each is to be fixed at its source: there it is wrong for everybody. One that says "mended" can be cleared.`
}

// correctionRow is a correction as listed.
type correctionRow struct {
	Person string `json:"person"`
	Column string `json:"column"`
	Source string `json:"directorySays"`
	Value  string `json:"standsInstead"`
	Owner  string `json:"owner"`
	Reason string `json:"reason"`
	Since  string `json:"since"`
	Mended bool   `json:"mended"`
}

// Run implements storeCommand.
func (c *portalCorrectionsCmd) Run(d *desk) error {
	p, err := d.portal(c.Name)
	if err != nil {
		return err
	}
	list, err := d.daemon.Ledger().Corrections(d.ctx, p.ID)
	if err != nil {
		return err
	}
	rows := []correctionRow{}
	for _, k := range list {
		rows = append(rows, rowOfCorrection(k))
	}
	return show(c.listing, d.stdout, rows, []column[correctionRow]{
		{"FIX AT SOURCE", func(r correctionRow) string { return r.Person }},
		{"COLUMN", func(r correctionRow) string { return r.Column }},
		{"DIRECTORY SAYS", func(r correctionRow) string {
			if r.Mended {
				return r.Source + " (mended)"
			}
			return r.Source
		}},
		{"STANDS INSTEAD", func(r correctionRow) string { return r.Value }},
		{"OWNER", func(r correctionRow) string { return r.Owner }},
		{"REASON", func(r correctionRow) string { return r.Reason }},
		{"SINCE (UTC)", func(r correctionRow) string { return r.Since }},
	})
}

func rowOfCorrection(k ledger.FixAtSource) correctionRow {
	return correctionRow{k.Address, k.Column, k.Source, k.Value, k.By, k.Reason, stamp(k.CreatedAt), k.Stale}
}
