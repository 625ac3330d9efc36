package main

import (
	"fmt"

	"usher/cmd/usher/daemon"
	"usher/internal/table"
)

// mapCmd proposes how a roster is read.
type mapCmd struct {
	File string `arg:"" help:"A sample of the roster: CSV or XLSX."`
}

// Help implements kong.HelpProvider.
func (mapCmd) Help() string {
	return `Looks at the header and the first rows of a roster, and proposes the keys for the configuration, with the first rows as they would be read. Nothing is kept.

Example:
  usher map people.csv`
}

// Run is not a storeCommand: it needs no store.
func (c *mapCmd) Run(s *shell) error {
	p, err := daemon.ProposeMapping(s.ctx, c.File)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.stdout, p.YAML)
	if len(p.Rows) == 0 {
		return nil
	}
	return table.Text(s.stdout, p.Header, p.Rows)
}
