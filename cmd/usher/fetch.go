package main

import (
	"fmt"
	"slices"

	"usher/internal/usher"
)

// fetchCmd looks at a directory's source now.
type fetchCmd struct {
	Directory string `arg:"" optional:"" help:"Directory of kind file. Default: the only one."`
}

// Help implements kong.HelpProvider.
func (fetchCmd) Help() string {
	return `Looks at the source of a directory now, as its schedule would: a complete file is taken, planned, and applied as far as the guards let it go by itself.

Example:
  usher fetch hr`
}

// begins implements firstCommand.
func (*fetchCmd) begins() {}

// Run implements storeCommand.
func (c *fetchCmd) Run(d *desk) error {
	directory, err := d.fileDirectory(c.Directory)
	if err != nil {
		return err
	}
	taken, why, err := d.daemon.Fetch(d.ctx, directory)
	for _, p := range taken {
		fmt.Fprintln(d.stdout, p.Number)
		d.remark("Plan %d for %s: %s. usher plans show %d says more.", p.Number, p.File.Name, p.State, p.Number)
	}
	if why != "" {
		d.remark("Nothing was taken: %s", why)
	}
	if err == nil && slices.ContainsFunc(taken, func(p usher.Plan) bool { return p.State == usher.PlanRefused }) {
		return exitCode(exitRefused)
	}
	return err
}
