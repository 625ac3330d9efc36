package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// evidenceCmd proves what became of leavers.
type evidenceCmd struct {
	Since  string `default:"90d" placeholder:"WHEN" help:"Leavers since: a day (YYYY-MM-DD, in UTC) or a time span (90d)."`
	Portal string `placeholder:"NAME" help:"Only at this portal."`
	Format string `default:"text" enum:"text,csv,xlsx,html" help:"text, csv, xlsx, or html for one page to print."`
	Out    string `short:"o" placeholder:"FILE" help:"Write to this file; xlsx needs one."`
}

// Help implements kong.HelpProvider.
func (evidenceCmd) Help() string {
	return `For every leaver and portal: the last day, the decision, when it was handed over and by whom, when it was confirmed, how long it took, and how each step is known: from an export, from the portal's answer, or said by whom. What is open comes first, with its age.

Examples:
  usher evidence --since 90d
  usher evidence --since 2026-01-01 --portal prosci --format html -o evidence.html`
}

// Run implements storeCommand.
func (c *evidenceCmd) Run(d *desk) error {
	if c.Format == "xlsx" && c.Out == "" {
		return &usher.InvalidError{Attribute: "--out", Problem: "a workbook cannot be printed; name a file with -o"}
	}
	q := proof{now: d.daemon.Store().Now(), portal: c.Portal}
	var err error
	if q.since, err = since(c.Since, q.now); err != nil {
		return err
	}
	only := usher.ID("")
	if c.Portal != "" {
		p, err := d.portal(c.Portal)
		if err != nil {
			return err
		}
		only = p.ID
	}
	q.read = func(each func(ledger.Evidence) error) (ledger.EvidenceTotals, error) {
		return d.daemon.Ledger().Evidence(d.ctx, only, q.since, each)
	}
	if c.Out == "" {
		err = q.write(d.stdout, c.Format)
	} else {
		err = table.ReplaceFileAtomic(d.path(c.Out), 0o600, func(w io.Writer) error { return q.write(w, c.Format) })
	}
	if err == nil && (c.Out != "" || c.Format == "csv") {
		d.remark("%s", q.complete()) // a table holds nothing but its rows
	}
	return err
}

// proof is the evidence that was asked for, on its way into a file.
type proof struct {
	now, since usher.Time
	portal     string
	read       func(each func(ledger.Evidence) error) (ledger.EvidenceTotals, error)
	totals     ledger.EvidenceTotals
}

// evidenceHeader are the columns in every form.
var evidenceHeader = []string{
	"STATE", "NAME", "ADDRESS", "PORTAL", "SEATS", "LEFT", "DECIDED (UTC)", "DECISION", "HANDED OVER (UTC)", "HOW", "CONFIRMED (UTC)", "KNOWN FROM", "HOURS",
}

// hoursColumn is the last of them.
const hoursColumn = 12

// cells are one line; of one that is open the hours are its age.
func (q *proof) cells(e ledger.Evidence) []string {
	state := "confirmed"
	if e.Confirmed == 0 {
		state = "OPEN: " + e.Now
	}
	return []string{
		state, e.Name, e.Address, e.Portal, strings.Join(e.Subscriptions, ", "), e.LeftHow, stamp(e.Decided), e.DecidedHow,
		stamp(e.Handed), e.HandedHow, stamp(e.Confirmed), e.ConfirmedHow, hoursOf(e.Took(q.now)),
	}
}

func hoursOf(d time.Duration) string { return fmt.Sprintf("%.1f", d.Hours()) }

// complete says how complete the proof is.
func (q *proof) complete() string {
	t := q.totals
	text := fmt.Sprintf("Leavers at portals: %d, confirmed: %d, open: %d.", t.Lines, t.Confirmed, t.Open)
	if t.Confirmed > 0 {
		text += fmt.Sprintf(" Hours until confirmed: median %s, at most %s.", hoursOf(t.Median), hoursOf(t.Max))
	}
	return text
}

// rows yields the lines as they are read; err is set by the end.
func (q *proof) rows(err *error) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		q.totals, *err = q.read(func(e ledger.Evidence) error {
			if !yield(q.cells(e)) {
				return errStopped
			}
			return nil
		})
	}
}

var errStopped = errors.New("nothing more is written")

func (q *proof) write(w io.Writer, format string) error {
	var readErr error
	rows := q.rows(&readErr)
	switch format {
	case "csv", "xlsx":
		err := table.Write(w, table.Format(format), evidenceHeader, rows, table.Options{ForPeople: true, Sheet: "evidence", Numbers: []int{hoursColumn},
			BOM: format == "csv", CRLF: format == "csv"})
		return errors.Join(readErr, err)
	case "html":
		return errors.Join(q.page(w, rows), readErr)
	}
	var lines [][]string
	for row := range rows {
		lines = append(lines, row)
	}
	if readErr != nil {
		return readErr
	}
	if err := table.Text(w, evidenceHeader, lines); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", q.complete())
	return err
}
