package main

// undoCmd plans the way back.
type undoCmd struct {
	Number int64 `arg:"" help:"Number of the plan that was applied."`
	JSON   bool  `name:"json" help:"Print the plan as JSON."`
}

// Help implements kong.HelpProvider.
func (undoCmd) Help() string {
	return `Plans to put back what an applied plan changed, as far as nobody changed it since, and lists the rest. Nothing changes before usher confirm. It works for 90 days.

Example:
  usher undo 12`
}

// Run implements storeCommand.
func (c *undoCmd) Run(d *desk) error {
	p, err := d.daemon.Ledger().UndoPlan(d.ctx, d.by, c.Number)
	if err != nil {
		return noNumber("plan", c.Number, "usher plans", err)
	}
	return d.showPlan(p, c.JSON, 1000)
}
