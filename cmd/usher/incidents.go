package main

import (
	"fmt"
	"strconv"
	"time"

	"usher/internal/usher"
)

// incidentsCmd lists what is amiss or waits for somebody.
type incidentsCmd struct {
	listing

	All bool `help:"Also those of the last 14 days that are over."`
}

// Help implements kong.HelpProvider.
func (incidentsCmd) Help() string {
	return `An incident is something that is amiss or waits for somebody: a plan, a hold, conflicts, requests, few seats, the end of a term, a late file, a portal that fails, a visit, a token that ends. It is opened once, told once, and over by itself. docs/notifications.md says who is told.

Examples:
  usher incidents
  usher incidents --all --json`
}

// incidentsShown is how far back those that are over are listed.
const incidentsShown = 14 * 24 * time.Hour

// incidentRow is an incident as it is listed.
type incidentRow struct {
	usher.IncidentView

	Opened   string `json:"openedAt"`
	Resolved string `json:"resolvedAt,omitempty"`
}

// Run implements storeCommand.
func (c *incidentsCmd) Run(d *desk) error {
	now := d.daemon.Store().Now()
	since := now
	if c.All {
		since = now.Add(-incidentsShown)
	}
	list, err := d.daemon.Ledger().Incidents(d.ctx, since)
	if err != nil {
		return err
	}
	rows := []incidentRow{}
	for _, i := range list {
		row := incidentRow{IncidentView: i, Opened: i.OpenedAt.RFC3339()}
		if i.ResolvedAt != 0 {
			row.Resolved = i.ResolvedAt.RFC3339()
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 && !c.JSON && !c.CSV {
		fmt.Fprintln(d.stdout, "Nothing is amiss, and nothing waits for anybody.")
		return nil
	}
	columns := []column[incidentRow]{
		{"KIND", func(r incidentRow) string { return string(r.Kind) }},
		{"SINCE (UTC)", func(r incidentRow) string { return stamp(r.OpenedAt) }},
		{"TIMES", func(r incidentRow) string { return strconv.Itoa(r.Times) }},
		{"WHAT", func(r incidentRow) string { return r.Title }},
	}
	if c.All {
		over := column[incidentRow]{"OVER (UTC)", func(r incidentRow) string { return stamp(r.ResolvedAt) }}
		columns = []column[incidentRow]{columns[0], columns[1], over, columns[2], columns[3]}
	}
	return show(c.listing, d.stdout, rows, columns)
}
