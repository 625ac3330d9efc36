package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
)

type portalAdoptCmd struct {
	exportArgs

	Subscription string `placeholder:"NAME" help:"The list is of those who have a seat in this one; for lists that do not say which."`
	JSON         bool   `name:"json" help:"Print the accounts as JSON, one a line."`
}

// Help implements kong.HelpProvider.
func (portalAdoptCmd) Help() string {
	return `Day one, before the portal is live: reads its export, or any list with a column of addresses, and makes the seats that it shows with people whom a rule or pin entitles seats of usher's, ahead of the queue. Nobody is invited or released. Who has no rule, nobody's accounts and admins are listed by name; the names of those who are missing too, with --complete.

Examples:
  usher portal adopt prosci users.csv --complete --dry-run
  usher portal adopt academy people.xlsx --subscription academy-basic`
}

// Run implements storeCommand.
func (c *portalAdoptCmd) Run(d *desk) error {
	p, file, err := c.read(d)
	if err != nil {
		return err
	}
	if c.Subscription != "" {
		sub, err := d.subscription(c.Subscription)
		if err != nil {
			return err
		}
		if sub.Portal != p.ID {
			return &usher.InvalidError{Attribute: "--subscription", Problem: c.Subscription + " is of another portal"}
		}
		for i := range file.Seen {
			file.Seen[i].Subscriptions = []string{sub.Name}
		}
	}
	r, err := d.daemon.Ledger().Adopt(d.ctx, d.by, p.ID, file, c.DryRun)
	if err != nil {
		return err
	}
	if c.JSON {
		return show(listing{JSON: true}, d.stdout, r.Lines, nil)
	}
	var rows [][]string
	for _, l := range r.Lines {
		rows = append(rows, []string{string(l.Class), l.Address, l.Name, strings.Join(l.Subscriptions, ", "), l.Note})
	}
	if err := table.Text(d.stdout, []string{"IS", "ADDRESS", "NAME", "SEATS", "HOW"}, rows); err != nil {
		return err
	}
	fmt.Fprintln(d.stdout)
	if err := errors.Join(showPools(d, r.ExportReport), c.showFindings(d, r.Findings)); err != nil {
		return err
	}
	verb := "are usher's now"
	if c.DryRun {
		verb = "would be usher's"
	}
	d.remark("Seats that %s: %d. `usher drift %s` says what else differs.", verb, r.Adopted, p.Name)
	return nil
}

type portalLinkCmd struct {
	Portal  string `arg:"" help:"Name of the portal."`
	Address string `arg:"" help:"The account, as the portal has it."`
	Person  string `arg:"" help:"Whose it is: address, id, employee number or name."`
}

// Help implements kong.HelpProvider.
func (portalLinkCmd) Help() string {
	return `Says whose an account is that only the portal knows. It gives nobody a seat: usher portal adopt does, of those whom a rule or pin entitles.

Example:
  usher portal link prosci walk.in@home.example ann@example.com`
}

// Run implements storeCommand.
func (c *portalLinkCmd) Run(d *desk) error {
	p, err := d.portal(c.Portal)
	if err != nil {
		return err
	}
	person, err := d.person(c.Person)
	if err != nil {
		return err
	}
	err = d.daemon.Ledger().LinkAccount(d.ctx, d.by, p.ID, c.Address, person.ID)
	if errors.Is(err, usher.ErrNotFound) {
		return fmt.Errorf("no export of %s showed an account %q; `usher drift %s` lists those that are nobody's", p.Name, c.Address, p.Name)
	}
	if err != nil {
		return err
	}
	d.remark("%s at %s is the account of %s.", c.Address, p.Name, person.Name())
	return nil
}

type portalLearnCmd struct {
	Portal string `arg:"" help:"Name of the portal."`
	File   string `arg:"" help:"The template, as the portal gave it."`
}

// Help implements kong.HelpProvider.
func (portalLearnCmd) Help() string {
	return `Keeps a template that was downloaded from the portal. Its header is written back as it is, and one of the same kind that was learned before is replaced.

Example:
  usher portal learn ascender template.xlsx`
}

// Run implements storeCommand.
func (c *portalLearnCmd) Run(d *desk) error {
	p, err := d.portal(c.Portal)
	if err != nil {
		return err
	}
	file, err := openPortalFile(d, c.File)
	if err != nil {
		return err
	}
	learned, err := d.daemon.LearnTemplate(p.Name, file.Content)
	if err != nil {
		return err
	}
	t := usher.Template{Portal: p.ID, Key: learned.Key, Name: file.Name, SHA256: file.SHA256, Content: file.Content}
	if err := d.daemon.Ledger().Learn(d.ctx, d.by, t); err != nil {
		return err
	}
	var rows [][]string
	for _, column := range learned.Columns {
		filled := "yes"
		if slices.Contains(learned.Unfilled, column) {
			filled = "stays empty"
		}
		rows = append(rows, []string{column, filled})
	}
	if err := table.Text(d.stdout, []string{"COLUMN", "FILLED"}, rows); err != nil {
		return err
	}
	for _, note := range learned.Notes {
		fmt.Fprintln(d.stdout, note)
	}
	d.remark("Template %q of %s is kept, SHA-256 %s.", learned.Key, p.Name, file.SHA256)
	return nil
}

type portalTemplatesCmd struct {
	listing

	Portal string `arg:"" help:"Name of the portal."`
}

type templateRow struct {
	Key     string `json:"key"`
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`
	Learned string `json:"learnedAt"`
	By      string `json:"learnedBy"`
	learned usher.Time
}

// Run implements storeCommand.
func (c *portalTemplatesCmd) Run(d *desk) error {
	p, err := d.portal(c.Portal)
	if err != nil {
		return err
	}
	templates, err := d.daemon.Store().Look().Templates(d.ctx, p.ID)
	if err != nil {
		return err
	}
	rows := []templateRow{}
	for _, t := range templates {
		rows = append(rows, templateRow{t.Key, t.Name, t.SHA256, t.LearnedAt.RFC3339(), t.LearnedBy, t.LearnedAt})
	}
	return show(c.listing, d.stdout, rows, []column[templateRow]{
		{"FOR", func(r templateRow) string { return r.Key }},
		{"FILE", func(r templateRow) string { return r.Name }},
		{"LEARNED (UTC)", func(r templateRow) string { return stamp(r.learned) }},
		{"BY", func(r templateRow) string { return r.By }},
		{"SHA-256", func(r templateRow) string { return r.SHA256[:min(12, len(r.SHA256))] }},
	})
}
