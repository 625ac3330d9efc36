package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// portalCmd is about one portal.
type portalCmd struct {
	List  portalsCmd     `cmd:"" default:"withargs" help:"List portals."`
	Show  portalShowCmd  `cmd:"" help:"Show a portal and what of it is not in line."`
	Live  portalLiveCmd  `cmd:"" help:"Let usher act at a portal, once its plan was seen."`
	Retry portalRetryCmd `cmd:"" help:"Try accounts again that the portal refused."`

	Import      portalImportCmd      `cmd:"" help:"Read a portal's export: what was confirmed, and what differs."`
	Adopt       portalAdoptCmd       `cmd:"" help:"Take over the seats that a portal shows with people who are entitled."`
	Link        portalLinkCmd        `cmd:"" help:"Say whose an account is that only the portal knows."`
	Learn       portalLearnCmd       `cmd:"" help:"Keep a template that was downloaded from the portal, to be filled."`
	Templates   portalTemplatesCmd   `cmd:"" help:"List the templates of a portal."`
	Refused     portalRefusedCmd     `cmd:"" help:"Read what the portal refused of an upload."`
	Activity    portalActivityCmd    `cmd:"" help:"Read when people were last active, from a list of the portal."`
	Resend      portalResendCmd      `cmd:"" help:"Have the invitation of somebody who never came sent again."`
	Correct     portalCorrectCmd     `cmd:"" help:"Decide what a portal's column says of one person."`
	Corrections portalCorrectionsCmd `cmd:"" help:"List what was corrected by hand and is to be fixed at its source."`
}

type portalShowCmd struct {
	Name  string `arg:"" help:"Name of the portal."`
	Limit int    `default:"50" help:"At most so many accounts."`
}

// Run implements storeCommand.
func (c *portalShowCmd) Run(d *desk) error {
	p, err := d.portal(c.Name)
	if err != nil {
		return err
	}
	view, err := d.daemon.Ledger().Portal(d.ctx, c.Name, 0)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.stdout, "%s (%s) is %s.\n", p.Name, p.Kind, portalState(view.PortalView))
	if p.LastError != "" {
		fmt.Fprintf(d.stdout, "Last error: %s\n", p.LastError)
	}
	if err := d.showVisits(p); err != nil {
		return err
	}
	if err := d.profile(p); err != nil {
		return err
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
	return table.Text(d.stdout, []string{"NOT IN LINE", "SHOULD BE", "TRIES", "NEXT (UTC)", "WHY"}, behind)
}

// profile prints what is out of the ordinary at a portal: terms that end, seats that are
// nobody's here, and whom it keeps as the last admin.
func (d *desk) profile(p usher.Portal) error {
	subs, err := d.daemon.Store().Look().Subscriptions(d.ctx)
	if err != nil {
		return err
	}
	for _, s := range subs {
		if note := ledger.TermNote(s, d.daemon.Store().Now()); s.Portal == p.ID && note != "" {
			fmt.Fprintf(d.stdout, "%s: %s.\n", s.Name, note)
		}
		if s.Portal == p.ID && s.Strangers > 0 {
			fmt.Fprintf(d.stdout, "%s: %d of %d seats are taken here, and %d by people who have none here.\n", s.Name, s.Used, s.Purchased, s.Strangers)
		}
	}
	kept, err := d.daemon.Ledger().KeptAdmins(d.ctx, p.ID)
	for _, person := range kept {
		fmt.Fprintf(d.stdout, "%s left and stays an admin: no other declared one is there.\n", person.Address)
	}
	return err
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
			rows = append(rows, behindRow(a, look.Now()))
		}
		after = page[len(page)-1].ID
	}
}

func behindRow(a usher.Account, now usher.Time) []string {
	name, should, next := a.Desired.Address, "inactive", stamp(a.NextTryAt)
	if name == "" {
		name = a.Desired.DisplayName
	}
	if a.Desired.Active {
		should = strings.TrimSpace("active " + strings.Join(a.Desired.Subscriptions, ", "))
	}
	switch {
	case a.Refused:
		next = "once mended; `usher portal retry`"
	case a.NextTryAt > now.Add(10*365*24*time.Hour):
		next = "when its row of `usher batch` is settled"
	}
	return []string{name, should, strconv.Itoa(a.Attempts), next, cmp.Or(a.LastError, strings.Join(a.Desired.Unmapped, "; "))}
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
	d.remark("Refused accounts of %s that will be tried again: %d.", c.Name, n)
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
