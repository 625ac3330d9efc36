package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// exportArgs name a list of a portal's accounts.
type exportArgs struct {
	Portal       string `arg:"" help:"Name of the portal."`
	File         string `arg:"" help:"Its list of accounts: CSV or XLSX."`
	Complete     bool   `help:"Nobody is left out of the list: who is not in it is not at the portal. Never say so of a filtered one."`
	AsOf         string `placeholder:"TIME" help:"When the portal made the list, such as 2026-03-31T09:30. Default: the file's own time."`
	DespiteGuard bool   `help:"Take it although more accounts are missing than the guard on releases lets go."`
	DryRun       bool   `help:"Only say what it would show; nothing changes."`
	Rows         int    `default:"50" help:"Name at most so many of each sort."`
}

type portalImportCmd struct{ exportArgs }

// Help implements kong.HelpProvider.
func (portalImportCmd) Help() string {
	return `Reads what a portal exported; for a portal whose exports usher does not know, any list with a column of addresses. Rows of batches that it shows done are confirmed; what was carried to the portal after the list was made is left alone, and absence counts only with --complete. The same file again changes nothing, and an older one is refused.

Examples:
  usher portal import prosci users.csv --dry-run
  usher portal import prosci users.csv --complete`
}

// Run implements storeCommand.
func (c *portalImportCmd) Run(d *desk) error {
	p, file, err := c.read(d)
	if err != nil {
		return err
	}
	take := d.daemon.Ledger().TakeExport
	if c.DryRun {
		take = d.daemon.Ledger().PreviewExport
	}
	report, err := take(d.ctx, d.by, p.ID, file)
	if err != nil {
		return err
	}
	return c.show(d, p, report)
}

// read reads the list as the daemon does.
func (c *exportArgs) read(d *desk) (p usher.Portal, file ledger.ExportFile, err error) {
	if p, err = d.portal(c.Portal); err != nil {
		return p, file, err
	}
	brought, err := daemon.OpenPortalFile(d.path(c.File))
	if err != nil {
		return p, file, err
	}
	file.Name, file.SHA256, file.Complete, file.DespiteGuard = brought.Name, brought.SHA256, c.Complete, c.DespiteGuard
	if file.AsOf, err = c.asOf(brought.ModTime); err != nil {
		return p, file, err
	}
	file.Seen, file.Findings, err = d.daemon.ReadExport(d.ctx, c.Portal, brought.Content)
	return p, file, err
}

// asOf is when the portal made the list: as it is said, else the time of the file.
func (c *exportArgs) asOf(modified usher.Time) (usher.Time, error) {
	if c.AsOf == "" {
		return modified, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, c.AsOf, time.Local); err == nil {
			return usher.TimeOf(at), nil
		}
	}
	return 0, &usher.InvalidError{Attribute: "--as-of", Problem: "is not a time written as 2026-03-31T09:30"}
}

// show prints a report: the counts, and what differs by code and name.
func (c *exportArgs) show(d *desk, p usher.Portal, r ledger.ExportReport) error {
	e := r.Export
	if r.Again {
		d.remark("These bytes were taken already, as export %d of %s on %s UTC: nothing changed.", e.Number, p.Name, stamp(e.TakenAt))
		return nil
	}
	kind := "a part of the accounts"
	if e.Complete {
		kind = "all accounts"
	}
	fmt.Fprintf(d.stdout, "%s of %s, as of %s UTC: %d rows, %s.\n", e.Name, p.Name, stamp(e.AsOf), e.Rows, kind)
	fmt.Fprintf(d.stdout, "Accounts of people: %d, of nobody: %d, missing: %d. Rows of batches confirmed: %d, not shown yet: %d.\n\n", r.Matched, r.Strangers, r.Absent, r.Confirmed, r.Open)
	if err := showPools(d, r); err != nil {
		return err
	}
	if err := c.showDrift(d, r.Drift); err != nil {
		return err
	}
	if err := c.showFindings(d, r.Findings); err != nil {
		return err
	}
	if c.DryRun {
		d.remark("Nothing was changed.")
	}
	return nil
}

func showPools(d *desk, r ledger.ExportReport) error {
	var rows [][]string
	for _, p := range r.Pools {
		rows = append(rows, []string{p.Subscription, strconv.Itoa(p.Purchased), strconv.Itoa(p.There), strconv.Itoa(p.Here)})
	}
	return table.Text(d.stdout, []string{"SUBSCRIPTION", "BOUGHT", "TAKEN THERE", "TAKEN HERE"}, rows)
}

func (c *exportArgs) showDrift(d *desk, drift []usher.Drift) error {
	if len(drift) == 0 {
		fmt.Fprintln(d.stdout, "\nNothing differs.")
		return nil
	}
	drift = slices.Clone(drift)
	slices.SortStableFunc(drift, func(a, b usher.Drift) int {
		return cmp.Or(cmp.Compare(rankOf(a.Severity), rankOf(b.Severity)), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Address, b.Address))
	})
	var rows [][]string
	seen := map[usher.DriftCode]int{}
	for _, one := range drift {
		if seen[one.Code]++; seen[one.Code] <= c.Rows {
			rows = append(rows, []string{string(one.Code), string(one.Severity), one.Address, one.Text})
		}
	}
	fmt.Fprintln(d.stdout)
	if err := table.Text(d.stdout, []string{"DIFFERENCE", "SEVERITY", "WHO", "WHAT"}, rows); err != nil {
		return err
	}
	for _, code := range slices.Sorted(maps.Keys(seen)) {
		if n := seen[code]; n > c.Rows {
			d.remark("Of %d with %s only %d are named; --rows names more.", n, code, c.Rows)
		}
	}
	return nil
}

func rankOf(s usher.Severity) int {
	return slices.Index([]usher.Severity{usher.SeverityError, usher.SeverityWarning, usher.SeverityInfo}, s)
}

func (c *exportArgs) showFindings(d *desk, findings []usher.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	var rows [][]string
	for _, f := range findings[:min(len(findings), c.Rows)] {
		row := ""
		if f.Row > 0 {
			row = strconv.Itoa(f.Row)
		}
		rows = append(rows, []string{row, f.Column, f.Code, string(f.Severity), f.Value, f.Text})
	}
	fmt.Fprintln(d.stdout)
	if len(findings) > c.Rows {
		d.remark("Of %d findings only %d are named; --rows names more.", len(findings), c.Rows)
	}
	return table.Text(d.stdout, []string{"ROW", "COLUMN", "FINDING", "SEVERITY", "VALUE", "WHAT"}, rows)
}
