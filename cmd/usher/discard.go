package main

// discardCmd drops a plan.
type discardCmd struct {
	Number int64 `arg:"" help:"Number of the plan."`
}

// Run implements storeCommand.
func (c *discardCmd) Run(d *desk) error {
	if _, err := d.daemon.Ledger().DiscardPlan(d.ctx, d.by, c.Number); err != nil {
		return noNumber("plan", c.Number, "usher plans", err)
	}
	d.remark("Plan %d is discarded; what it held stays as it is.", c.Number)
	return nil
}
