package main

import "usher/internal/usher"

// discardCmd drops a plan.
type discardCmd struct {
	Number int64 `arg:"" help:"Number of the plan."`
}

// Help implements kong.HelpProvider.
func (discardCmd) Help() string {
	return `Drops what a plan holds. A plan that is being applied is stopped: what was applied stays, and usher undo puts it back.

Examples:
  usher discard 12 --reason "export was broken"`
}

// Run implements storeCommand.
func (c *discardCmd) Run(d *desk) error {
	p, err := d.daemon.Ledger().DiscardPlan(d.ctx, d.by, c.Number)
	if err != nil {
		return noNumber("plan", c.Number, "usher plans", err)
	}
	if p.Counts.Applied == 0 {
		d.remark("Plan %d is discarded; what it held stays as it is.", c.Number)
		return nil
	}
	dropped, err := d.daemon.Store().Look().CountChanges(d.ctx, p.ID, usher.ChangeDropped)
	d.remark("Plan %d is %s: %d changes were applied and stay until usher undo %d, %d are dropped.", c.Number, p.State, p.Counts.Applied, c.Number, dropped)
	return err
}
