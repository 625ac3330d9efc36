package main

import (
	"usher/internal/usher"
	"usher/sync/ledger"
)

// confirmCmd lets a plan go.
type confirmCmd struct {
	Number int64    `arg:"" help:"Number of the plan."`
	Class  string   `placeholder:"CLASS" enum:",joiner,mover,rejoiner,leaver,absent,missing" default:"" help:"Only this class: joiner, mover, rejoiner, leaver, absent or missing."`
	Person []string `placeholder:"WHO" help:"Only these people, by key or address; repeatable."`
}

// Help implements kong.HelpProvider.
func (confirmCmd) Help() string {
	return `Applies what a plan holds. It is refused when another plan of the directory was applied since, or the configuration changed: then plan the file again.

Examples:
  usher confirm 12 --reason "the Hamburg office closed"
  usher confirm 12 --class joiner
  usher confirm 12 --person ann@example.com --person 10447`
}

// Run implements storeCommand.
func (c *confirmCmd) Run(d *desk) error {
	p, err := d.daemon.ConfirmPlan(d.ctx, d.by, c.Number, ledger.Selection{Class: usher.ChangeClass(c.Class), Keys: c.Person})
	if err != nil {
		return noNumber("plan", c.Number, "usher plans", err)
	}
	d.remark("Plan %d: %d changes applied, %d stale, %d still wait.", p.Number, p.Counts.Applied, p.Counts.Stale, p.Counts.Held)
	if p.State == usher.PlanStopped || p.State == usher.PlanDiscarded {
		d.remark("Somebody discarded it meanwhile: what was not applied by then is dropped.")
	}
	if p.Counts.Stale > 0 {
		d.remark("A stale change was not applied; usher plans show %d says why, for each.", p.Number)
	}
	return nil
}
