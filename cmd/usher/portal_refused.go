package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/cmd/usher/daemon"
	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
)

type portalRefusedCmd struct {
	Batch string `arg:"" help:"Name of the batch that was uploaded."`
	File  string `arg:"" help:"The portal's answer: CSV or XLSX."`
}

// Help implements kong.HelpProvider.
func (portalRefusedCmd) Help() string {
	return `Reads the portal's answer to an upload: the rows that it names are refused with its message, word for word. The others stay open until an export shows them, or somebody confirms them.

Example:
  usher portal refused ascender-0007-users.xlsx errors.xlsx`
}

// refusal is what became of one message.
type refusal struct {
	row           int
	message, hint string
	known         bool
}

// Run implements storeCommand.
func (c *portalRefusedCmd) Run(d *desk) error {
	b, err := d.batch(c.Batch)
	if err != nil {
		return err
	}
	portal, err := d.daemon.Store().Look().Portal(d.ctx, b.Portal)
	if err != nil {
		return err
	}
	file, err := openPortalFile(d, c.File)
	if err != nil {
		return err
	}
	answer, err := d.daemon.ReadRefusals(d.ctx, portal.Name, file.Content, b)
	if err != nil {
		return err
	}
	var refusals []refusal
	for _, r := range answer {
		refusals = append(refusals, refusal{r.Row, r.Message, r.Hint, r.Known})
	}
	refused, err := c.refuse(d, b, refusals)
	if err != nil {
		return err
	}
	return c.show(d, b, refusals, refused)
}

// refuse settles the rows that the answer names, each with all that is said of it.
func (c *portalRefusedCmd) refuse(d *desk, b usher.Batch, refusals []refusal) (int, error) {
	notes := map[int]string{}
	for _, r := range refusals {
		if r.row >= 1 && r.row <= len(b.Rows) {
			notes[r.row] = strings.TrimPrefix(notes[r.row]+"; "+r.message, "; ")
		}
	}
	return d.daemon.Ledger().RefuseRows(d.ctx, d.by, b, notes)
}

func (c *portalRefusedCmd) show(d *desk, b usher.Batch, refusals []refusal, refused int) error {
	var rows [][]string
	unnamed := 0
	for _, r := range refusals {
		row, what, known := "", "", "not published"
		if r.row > 0 && r.row <= len(b.Rows) {
			row, what = strconv.Itoa(r.row), b.Rows[r.row-1].Text
		} else {
			unnamed++
		}
		if r.known {
			known = "known"
		}
		rows = append(rows, []string{row, what, r.message, known, r.hint})
	}
	if err := table.Text(d.stdout, []string{"ROW", "WHAT", "THE PORTAL SAYS", "MESSAGE", "HOW TO MEND IT"}, rows); err != nil {
		return err
	}
	d.remark("Rows refused: %d.", refused)
	if unnamed > 0 {
		d.remark("Messages about nobody known: %d. `usher batch show %s` lists the rows; say which of them it was with `usher batch confirm %s --refuse ROW --note MESSAGE`.", unnamed, b.Name, b.Name)
	}
	return nil
}

type portalActivityCmd struct {
	Portal string `arg:"" help:"Name of the portal."`
	File   string `arg:"" help:"The portal's list of who did what: CSV or XLSX."`
}

// Help implements kong.HelpProvider.
func (portalActivityCmd) Help() string {
	return `Notes when each person was last active at the portal. Older lists change nothing.

Example:
  usher portal activity proportal viewings.xlsx`
}

// Run implements storeCommand.
func (c *portalActivityCmd) Run(d *desk) error {
	p, err := d.portal(c.Portal)
	if err != nil {
		return err
	}
	file, err := openPortalFile(d, c.File)
	if err != nil {
		return err
	}
	last := map[string]usher.Time{}
	findings, err := d.daemon.ReadActivity(p.Name, file.Content, func(address string, at usher.Time) error {
		last[address] = max(last[address], at)
		return nil
	})
	if err != nil {
		return err
	}
	var list []ledger.Activity
	for address, at := range last {
		list = append(list, ledger.Activity{Address: address, At: at})
	}
	slices.SortFunc(list, func(a, b ledger.Activity) int { return strings.Compare(a.Address, b.Address) })
	noted, unknown, err := d.daemon.Ledger().TakeActivity(d.ctx, d.by, p.ID, list)
	if err != nil {
		return err
	}
	for _, address := range unknown {
		fmt.Fprintf(d.stdout, "%s: no account of %s is known by it\n", address, p.Name)
	}
	if err := (&exportArgs{Rows: 50}).showFindings(d, findings); err != nil {
		return err
	}
	d.remark("People of whom it is known now when they were last active: %d; addresses that nobody is known by: %d.", noted, len(unknown))
	return nil
}

func openPortalFile(d *desk, name string) (daemon.PortalFile, error) {
	return daemon.OpenPortalFile(d.path(name))
}
