package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/internal/usher"
)

// batchCmd is about the files and worklists that a person carries to a portal.
type batchCmd struct {
	List    batchListCmd    `cmd:"" default:"withargs" help:"List batches."`
	Show    batchShowCmd    `cmd:"" help:"Show the rows of a batch."`
	Save    batchSaveCmd    `cmd:"" help:"Write the file of a batch to upload it from here."`
	Confirm batchConfirmCmd `cmd:"" help:"Say which rows were done at the portal, and which could not be."`
}

// Help implements kong.HelpProvider.
func (batchCmd) Help() string {
	return `Examples:
  usher batch
  usher batch show prosci-0007-worklist.csv
  usher batch save prosci-0007-worklist.csv -o today.csv
  usher batch confirm prosci-0007-worklist.csv --rows 1-3,7
  usher batch confirm prosci-0007-worklist.csv --refuse 4 --note "no such address"`
}

type batchListCmd struct {
	listing

	Portal string `help:"Only those of this portal."`
	All    bool   `help:"Also those whose rows are all settled."`
}

// batchRow is a batch as listed.
type batchRow struct {
	Name    string `json:"name"`
	Portal  string `json:"portal"`
	Rows    int    `json:"rows"`
	Open    int    `json:"open"`
	SHA256  string `json:"sha256"`
	Created string `json:"createdAt"`
	Written string `json:"writtenAt,omitempty"`
	batch   usher.Batch
}

// Run implements storeCommand.
func (c *batchListCmd) Run(d *desk) error {
	look := d.daemon.Store().Look()
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
	batches, err := look.Batches(d.ctx, portal)
	if err != nil {
		return err
	}
	rows := []batchRow{}
	for _, b := range batches {
		if b.ClosedAt != 0 && !c.All {
			continue
		}
		lines, err := look.BatchRows(d.ctx, b.ID)
		if err != nil {
			return err
		}
		rows = append(rows, batchRow{b.Name, portals[b.Portal], len(lines), countOpen(lines), b.SHA256, b.CreatedAt.RFC3339(), b.WrittenAt.RFC3339(), b})
	}
	return show(c.listing, d.stdout, rows, []column[batchRow]{
		{"BATCH", func(r batchRow) string { return r.Name }},
		{"PORTAL", func(r batchRow) string { return r.Portal }},
		{"ROWS", func(r batchRow) string { return strconv.Itoa(r.Rows) }},
		{"OPEN", func(r batchRow) string { return strconv.Itoa(r.Open) }},
		{"CREATED (UTC)", func(r batchRow) string { return stamp(r.batch.CreatedAt) }},
		{"WRITTEN (UTC)", func(r batchRow) string { return stamp(r.batch.WrittenAt) }},
		{"SHA-256", func(r batchRow) string { return r.SHA256[:min(12, len(r.SHA256))] }},
	})
}

func countOpen(rows []usher.BatchRow) (n int) {
	for _, r := range rows {
		if r.State == usher.RowOpen {
			n++
		}
	}
	return n
}

type batchShowCmd struct {
	listing

	Name string `arg:"" help:"Name of the batch."`
}

// lineRow is a row of a batch as listed.
type lineRow struct {
	Row    int    `json:"row"`
	Action string `json:"action"`
	Text   string `json:"text"`
	State  string `json:"state"`
	Note   string `json:"note,omitempty"`
	By     string `json:"settledBy,omitempty"`
}

// Run implements storeCommand.
func (c *batchShowCmd) Run(d *desk) error {
	b, err := d.batch(c.Name)
	if err != nil {
		return err
	}
	rows := []lineRow{}
	for _, r := range b.Rows {
		rows = append(rows, lineRow{r.Row, r.Action, r.Text, string(r.State), r.Note, r.SettledBy})
	}
	return show(c.listing, d.stdout, rows, []column[lineRow]{
		{"ROW", func(r lineRow) string { return strconv.Itoa(r.Row) }},
		{"STATE", func(r lineRow) string { return r.State }},
		{"WHAT", func(r lineRow) string { return r.Text }},
		{"BY", func(r lineRow) string { return r.By }},
		{"NOTE", func(r lineRow) string { return r.Note }},
	})
}

func (d *desk) batch(name string) (usher.Batch, error) {
	b, err := d.daemon.Store().Look().BatchNamed(d.ctx, name)
	if errors.Is(err, usher.ErrNotFound) {
		return b, fmt.Errorf("there is no batch %q; `usher batch --all` lists them", name)
	}
	return b, err
}

type batchConfirmCmd struct {
	Name   string `arg:"" help:"Name of the batch."`
	Rows   string `placeholder:"1-3,7" help:"Rows that were done; all for every open one."`
	Refuse string `placeholder:"4,5" help:"Rows that could not be done; --note says why."`
	Note   string `help:"What is to be said about the rows; with --refuse about those alone."`
}

// Run implements storeCommand.
func (c *batchConfirmCmd) Run(d *desk) error {
	b, err := d.batch(c.Name)
	if err != nil {
		return err
	}
	done, err := rowsOf("--rows", c.Rows, b)
	if err != nil {
		return err
	}
	refused, err := rowsOf("--refuse", c.Refuse, b)
	switch {
	case err != nil:
		return err
	case len(done)+len(refused) == 0:
		return &usher.InvalidError{Attribute: "--rows", Problem: "name the rows that were done, or with --refuse those that could not be; `usher batch show " + b.Name + "` lists them"}
	case len(refused) > 0 && strings.TrimSpace(c.Note) == "":
		return &usher.InvalidError{Attribute: "--note", Problem: "say why the rows could not be done"}
	}
	if err := settleable(b, done, refused); err != nil {
		return err
	}
	doneNote := c.Note
	if len(refused) > 0 {
		doneNote = "" // it says why the others were not done
	}
	for _, part := range []struct {
		rows []int
		ok   bool
		note string
	}{{done, true, doneNote}, {refused, false, c.Note}} {
		for _, row := range part.rows {
			if err := d.daemon.Ledger().ConfirmBatchRow(d.ctx, d.by, b.Name, row, part.ok, part.note); err != nil {
				return err
			}
		}
	}
	if b, err = d.batch(c.Name); err != nil {
		return err
	}
	d.remark("Rows confirmed: %d, refused: %d, still open: %d.", len(done), len(refused), countOpen(b.Rows))
	return nil
}

// settleable says of rows whether all of them can be settled, so that a mistake settles none.
func settleable(b usher.Batch, done, refused []int) error {
	for _, row := range refused {
		if slices.Contains(done, row) {
			return &usher.InvalidError{Attribute: "--refuse", Problem: fmt.Sprintf("row %d is in --rows as well; nothing was changed", row)}
		}
	}
	for _, row := range slices.Concat(done, refused) {
		if r := b.Rows[row-1]; r.State != usher.RowOpen {
			return fmt.Errorf("row %d was %s by %s already; nothing was changed, and `usher batch show %s` lists the open ones: %w", row, r.State, r.SettledBy, b.Name, usher.ErrStale)
		}
	}
	return nil
}

// rowsOf reads row numbers such as 1-3,7, and gives each once, in order.
func rowsOf(flag, text string, b usher.Batch) (rows []int, err error) {
	if text == "" {
		return nil, nil
	}
	if text == "all" {
		for _, r := range b.Rows {
			if r.State == usher.RowOpen {
				rows = append(rows, r.Row)
			}
		}
		return rows, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err := errors.Join(err1, err2); err != nil || from < 1 || to < from || to > len(b.Rows) {
			return nil, &usher.InvalidError{Attribute: flag, Problem: fmt.Sprintf("%q names no rows of this batch; it has 1 to %d, and 1-3,7 is how several are named", part, len(b.Rows))}
		}
		for row := from; row <= to; row++ {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows), nil
}
