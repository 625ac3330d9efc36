package main

import (
	"fmt"
	"strconv"
	"strings"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// visitCmd is about occasions at which somebody works at a portal for usher.
type visitCmd struct {
	List visitListCmd `cmd:"" default:"withargs" help:"List open visits."`
	Show visitShowCmd `cmd:"" help:"Print the sheet of a visit: what to do at the portal, in which order."`
	Done visitDoneCmd `cmd:"" help:"Say that files were uploaded and tasks worked through. It confirms nothing."`
}

// Help implements kong.HelpProvider.
func (visitCmd) Help() string {
	return `Examples:
  usher visit
  usher visit show prosci
  usher visit done prosci
  usher visit done prosci --batch prosci-0008-users.csv`
}

type visitListCmd struct {
	listing

	Portal string `help:"Only those of this portal."`
}

// visitRow is a visit as listed.
type visitRow struct {
	Portal  string `json:"portal"`
	Number  int64  `json:"number"`
	Opened  string `json:"openedAt"`
	Early   bool   `json:"calledEarly"`
	Batches int    `json:"batches"`
	Open    int    `json:"openRows"`
	Told    string `json:"toldAt,omitempty"`
	Done    string `json:"doneAt,omitempty"`
	By      string `json:"doneBy,omitempty"`
	visit   usher.Visit
}

// Run implements storeCommand.
func (c *visitListCmd) Run(d *desk) error {
	var portal usher.ID
	if c.Portal != "" {
		p, err := d.portal(c.Portal)
		if err != nil {
			return err
		}
		portal = p.ID
	}
	portals, err := d.portalNames()
	if err != nil {
		return err
	}
	open, err := d.daemon.Store().Look().OpenVisits(d.ctx, portal)
	if err != nil {
		return err
	}
	rows := []visitRow{}
	for _, v := range open {
		sheet, err := d.daemon.Ledger().Sheet(d.ctx, v.ID)
		if err != nil {
			return err
		}
		rows = append(rows, visitRow{portals[v.Portal], v.Number, v.OpenedAt.RFC3339(), v.Urgent, len(sheet.Batches), openIn(sheet), v.ToldAt.RFC3339(), v.DoneAt.RFC3339(), v.DoneBy, v})
	}
	return show(c.listing, d.stdout, rows, []column[visitRow]{
		{"PORTAL", func(r visitRow) string { return r.Portal }},
		{"VISIT", func(r visitRow) string { return strconv.FormatInt(r.Number, 10) }},
		{"OPENED (UTC)", func(r visitRow) string { return stamp(r.visit.OpenedAt) }},
		{"CALLED EARLY", func(r visitRow) string { return yes(r.Early) }},
		{"FILES AND LISTS", func(r visitRow) string { return strconv.Itoa(r.Batches) }},
		{"OPEN ROWS", func(r visitRow) string { return strconv.Itoa(r.Open) }},
		{"OWNER TOLD (UTC)", func(r visitRow) string { return stamp(r.visit.ToldAt) }},
		{"DONE (UTC)", func(r visitRow) string { return stamp(r.visit.DoneAt) }},
		{"BY", func(r visitRow) string { return r.By }},
	})
}

func openIn(s ledger.Sheet) (n int) {
	for _, b := range s.Batches {
		n += countOpen(b.Rows)
	}
	return n
}

func yes(v bool) string {
	if v {
		return "yes"
	}
	return ""
}

// visitOf names one visit.
type visitOf struct {
	Portal string `arg:"" help:"Name of the portal."`
	Number int64  `placeholder:"N" help:"Which visit. Default: the one that is open; show takes the newest of several."`
}

// find gives the visit that is meant: of several that are open one has to be named.
func (c visitOf) find(d *desk) (usher.Visit, error) {
	p, err := d.portal(c.Portal)
	if err != nil {
		return usher.Visit{}, err
	}
	look := d.daemon.Store().Look()
	if c.Number != 0 {
		v, err := look.VisitNumbered(d.ctx, p.ID, c.Number)
		return v, noNumber("visit", c.Number, "usher visit", err)
	}
	open, err := look.OpenVisits(d.ctx, p.ID)
	switch {
	case err != nil:
		return usher.Visit{}, err
	case len(open) == 0:
		return usher.Visit{}, fmt.Errorf("no visit to %s is open: nothing is to be carried there now", c.Portal)
	case len(open) > 1:
		return usher.Visit{}, &usher.InvalidError{Attribute: "--number", Problem: fmt.Sprintf("%d visits to %s are open; `usher visit --portal %s` lists them", len(open), c.Portal, c.Portal)}
	}
	return open[0], nil
}

type visitShowCmd struct{ visitOf }

// Run implements storeCommand.
func (c *visitShowCmd) Run(d *desk) error {
	v, others, err := c.newest(d)
	if err != nil {
		return err
	}
	text, err := d.daemon.SheetText(d.ctx, v.ID)
	if err != nil {
		return err
	}
	if _, err = fmt.Fprint(d.stdout, text); err != nil || len(others) == 0 {
		return err
	}
	d.remark("Open as well: %s. usher visit show %s --number N shows them.", strings.Join(others, "; "), c.Portal)
	return nil
}

// newest gives the visit that is meant, the newest of several that are open, and says of the others
// how they stand.
func (c *visitShowCmd) newest(d *desk) (v usher.Visit, others []string, err error) {
	p, err := d.portal(c.Portal)
	if err != nil {
		return v, nil, err
	}
	open, err := d.daemon.Store().Look().OpenVisits(d.ctx, p.ID)
	if err != nil || c.Number != 0 || len(open) < 2 {
		if err == nil {
			v, err = c.find(d)
		}
		return v, nil, err
	}
	for _, other := range open[:len(open)-1] {
		state := "not done yet"
		if other.DoneAt != 0 {
			state = "carried there " + stamp(other.DoneAt) + " UTC, not settled"
		}
		others = append(others, fmt.Sprintf("visit %d of %s UTC, %s", other.Number, stamp(other.OpenedAt), state))
	}
	return open[len(open)-1], others, nil
}

type visitDoneCmd struct {
	visitOf

	Batch string `placeholder:"NAME" help:"Only this file or list. Default: all of the visit."`
}

// Run implements storeCommand.
func (c *visitDoneCmd) Run(d *desk) error {
	v, err := c.find(d)
	if err != nil {
		return err
	}
	if err := c.holds(d, v); err != nil {
		return err
	}
	if v, err = d.daemon.Ledger().CarryVisit(d.ctx, d.by, v.ID, c.Batch); err != nil {
		return err
	}
	if v.DoneAt == 0 {
		d.remark("Noted. Something of visit %d is still to be carried there; usher visit show %s says what.", v.Number, c.Portal)
		return nil
	}
	how := "`usher batch confirm` says what came of each row"
	if h, err := d.daemon.Handing(c.Portal); err == nil && h.Exports {
		how = fmt.Sprintf("bring the portal's export: usher portal import %s FILE", c.Portal)
	}
	d.remark("Visit %d was carried to %s. That confirms nothing yet: %s.", v.Number, c.Portal, how)
	return nil
}

// holds wants a batch that was named to be one of the visit.
func (c *visitDoneCmd) holds(d *desk, v usher.Visit) error {
	if c.Batch == "" {
		return nil
	}
	b, err := d.batch(c.Batch)
	if err == nil && b.Visit != v.ID {
		err = &usher.InvalidError{Attribute: "--batch", Problem: fmt.Sprintf("%s is not part of visit %d to %s", c.Batch, v.Number, c.Portal)}
	}
	return err
}
