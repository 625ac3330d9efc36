package main

import (
	"fmt"
	"strconv"

	"usher/internal/usher"
)

// plansCmd lists plans and shows one.
type plansCmd struct {
	List   plansListCmd   `cmd:"" default:"withargs" help:"List plans."`
	Show   plansShowCmd   `cmd:"" help:"Show what a plan changes, or changed."`
	Errors plansErrorsCmd `cmd:"" help:"Write the rows of a plan's file that have findings, to be corrected."`
}

// Help implements kong.HelpProvider.
func (plansCmd) Help() string {
	return `Every file that came by drop, upload or hand has a plan. An applied plan is a run, which usher undo puts back.

Examples:
  usher plans
  usher plans show 12
  usher plans errors 12 --out corrections.xlsx`
}

type plansListCmd struct {
	listing

	Directory string `placeholder:"NAME" help:"Of this directory only."`
	Limit     int    `default:"20" help:"At most so many, the newest."`
}

// planRow is a plan as listed.
type planRow struct {
	Number    int64            `json:"number"`
	Directory string           `json:"directory"`
	File      usher.RosterFile `json:"file"`
	State     usher.PlanState  `json:"state"`
	Counts    usher.PlanCounts `json:"counts"`
	Reasons   []string         `json:"reasons,omitempty"`
	Created   string           `json:"createdAt"`
	plan      usher.Plan
}

// Run implements storeCommand.
func (c *plansListCmd) Run(d *desk) error {
	look := d.daemon.Store().Look()
	names, err := d.directoryNames()
	if err != nil {
		return err
	}
	var of usher.ID
	if c.Directory != "" {
		found, err := look.DirectoryNamed(d.ctx, c.Directory)
		if err != nil {
			return fmt.Errorf("there is no directory %s", c.Directory)
		}
		of = found.ID
	}
	plans, err := look.Plans(d.ctx, of, max(c.Limit, 1))
	if err != nil {
		return err
	}
	rows := []planRow{}
	for _, p := range plans {
		rows = append(rows, planRow{p.Number, names[p.Directory], p.File, p.State, p.Counts, p.Reasons, p.CreatedAt.RFC3339(), p})
	}
	return show(c.listing, d.stdout, rows, []column[planRow]{
		{"PLAN", func(r planRow) string { return strconv.FormatInt(r.Number, 10) }},
		{"DIRECTORY", func(r planRow) string { return r.Directory }},
		{"FILE", func(r planRow) string { return r.File.Name }},
		{"STATE", func(r planRow) string { return string(r.State) }},
		{"ROWS", func(r planRow) string { return strconv.Itoa(r.Counts.Rows) }},
		{"NEW", func(r planRow) string { return strconv.Itoa(r.Counts.Joiners + r.Counts.Rejoiners) }},
		{"MOVED", func(r planRow) string { return strconv.Itoa(r.Counts.Movers) }},
		{"LEFT", func(r planRow) string { return strconv.Itoa(r.Counts.Leavers + r.Counts.Absent) }},
		{"REFUSED", func(r planRow) string { return strconv.Itoa(r.Counts.Refused) }},
		{"HELD", func(r planRow) string { return strconv.Itoa(r.Counts.Held) }},
		{"PLANNED (UTC)", func(r planRow) string { return stamp(r.plan.CreatedAt) }},
	})
}

func (d *desk) directoryNames() (map[usher.ID]string, error) {
	directories, err := d.daemon.Store().Look().Directories(d.ctx)
	names := map[usher.ID]string{}
	for _, dir := range directories {
		names[dir.ID] = dir.Name
	}
	return names, err
}

type plansShowCmd struct {
	Number int64 `arg:"" help:"Number of the plan."`
	JSON   bool  `name:"json" help:"Print the plan as JSON."`
	Rows   int   `default:"1000" help:"Name at most so many changes and findings of each kind."`
}

// Run implements storeCommand.
func (c *plansShowCmd) Run(d *desk) error {
	p, err := d.daemon.Store().Look().Plan(d.ctx, c.Number)
	if err != nil {
		return noNumber("plan", c.Number, "usher plans", err)
	}
	return d.showPlan(p, c.JSON, c.Rows)
}

type plansErrorsCmd struct {
	Number int64  `arg:"" help:"Number of the plan."`
	Out    string `required:"" placeholder:"FILE" help:"File to write, .csv or .xlsx."`
	Only   bool   `help:"Leave out the rows that have no finding and that none repeats. Such a sheet comes back with usher plan --part."`
}

// Run implements storeCommand.
func (c *plansErrorsCmd) Run(d *desk) error {
	p, err := d.daemon.Store().Look().Plan(d.ctx, c.Number)
	if err != nil {
		return noNumber("plan", c.Number, "usher plans", err)
	}
	if err := d.daemon.WriteErrors(d.ctx, p, d.path(c.Out), c.Only); err != nil {
		return err
	}
	again := "usher plan " + c.Out
	if c.Only {
		again += " --part"
	}
	d.remark("Written to %s. Correct the rows and plan the file again: %s", c.Out, again)
	return nil
}
