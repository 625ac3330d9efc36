package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	"usher/internal/usher"
)

// revisionsCmd is about what a changed configuration proposes.
type revisionsCmd struct {
	List    revisionsListCmd    `cmd:"" default:"withargs" help:"List revisions."`
	Show    revisionsShowCmd    `cmd:"" help:"Name everybody whose seat a revision would change."`
	Confirm revisionsConfirmCmd `cmd:"" help:"Make a proposed revision the one in force."`
	Discard revisionsDiscardCmd `cmd:"" help:"Drop a proposed revision: the one in force stays."`
}

// Help implements kong.HelpProvider.
func (revisionsCmd) Help() string {
	return `Subscriptions, rules, teams and guards count as numbered revisions. A changed configuration that would release somebody waits here until it is confirmed.

Examples:
  usher revisions
  usher revisions show 4
  usher revisions confirm 4 --reason "Sales moved to the other tool"`
}

type revisionsListCmd struct {
	listing

	Limit int `default:"20" help:"At most so many, the newest."`
}

// revisionRow is a revision as listed.
type revisionRow struct {
	Number   int64  `json:"number"`
	State    string `json:"state"`
	Proposed string `json:"proposedAt"`
	Releases int    `json:"releases"`
	Changes  int    `json:"changes"`
	Decided  string `json:"decidedAt,omitempty"`
	By       string `json:"decidedBy,omitempty"`
	revision usher.Revision
}

// Run implements storeCommand.
func (c *revisionsListCmd) Run(d *desk) error {
	revisions, err := d.daemon.Store().Look().Revisions(d.ctx)
	if err != nil {
		return err
	}
	rows := []revisionRow{}
	for _, r := range revisions[:min(len(revisions), max(c.Limit, 1))] {
		plan, err := planOf(r)
		if err != nil {
			return err
		}
		releases := 0
		for _, change := range plan.Changes {
			if change.Kind == usher.PlanRelease {
				releases++
			}
		}
		rows = append(rows, revisionRow{r.Number, string(r.State), r.ProposedAt.RFC3339(), releases, len(plan.Changes), r.DecidedAt.RFC3339(), r.DecidedBy, r})
	}
	return show(c.listing, d.stdout, rows, []column[revisionRow]{
		{"REVISION", func(r revisionRow) string { return strconv.FormatInt(r.Number, 10) }},
		{"STATE", func(r revisionRow) string { return r.State }},
		{"PROPOSED (UTC)", func(r revisionRow) string { return stamp(r.revision.ProposedAt) }},
		{"RELEASES", func(r revisionRow) string { return strconv.Itoa(r.Releases) }},
		{"CHANGES", func(r revisionRow) string { return strconv.Itoa(r.Changes) }},
		{"DECIDED (UTC)", func(r revisionRow) string { return stamp(r.revision.DecidedAt) }},
		{"BY", func(r revisionRow) string { return r.By }},
	})
}

func planOf(r usher.Revision) (plan usher.RevisionPlan, err error) {
	if len(r.Plan) == 0 {
		return plan, nil
	}
	if err := json.Unmarshal(r.Plan, &plan); err != nil {
		return plan, fmt.Errorf("plan of revision %d: %w", r.Number, err)
	}
	return plan, nil
}

type revisionsShowCmd struct {
	Number int64 `arg:"" help:"Number of the revision."`
	JSON   bool  `name:"json" help:"Print the plan as JSON."`
}

// Run implements storeCommand.
func (c *revisionsShowCmd) Run(d *desk) error {
	r, err := d.daemon.Store().Look().Revision(d.ctx, c.Number)
	if err != nil {
		return noNumber("revision", c.Number, "usher revisions", err)
	}
	plan, err := planOf(r)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(d.stdout).Encode(plan)
	}
	for _, note := range plan.Notes {
		fmt.Fprintln(d.stdout, note)
	}
	if err := showPlanned(d, plan.Changes); err != nil {
		return err
	}
	if r.State == usher.RevisionProposed {
		d.remark("Nothing has changed. To go ahead: usher revisions confirm %d", r.Number)
	}
	return nil
}

type revisionsConfirmCmd struct {
	Number int64 `arg:"" help:"Number of the revision."`
}

// Run implements storeCommand.
func (c *revisionsConfirmCmd) Run(d *desk) error {
	if _, err := d.daemon.Ledger().Activate(d.ctx, d.by, c.Number); err != nil {
		return noNumber("revision", c.Number, "usher revisions", err)
	}
	d.remark("Revision %d is in force; seats follow within seconds.", c.Number)
	return nil
}

type revisionsDiscardCmd struct {
	Number int64 `arg:"" help:"Number of the revision."`
}

// Run implements storeCommand.
func (c *revisionsDiscardCmd) Run(d *desk) error {
	if err := d.daemon.Ledger().Discard(d.ctx, d.by, c.Number); err != nil {
		return noNumber("revision", c.Number, "usher revisions", err)
	}
	d.remark("Revision %d is discarded. Put the configuration back as well, or the next change is built on it.", c.Number)
	return nil
}
