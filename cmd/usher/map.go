package main

import (
	"fmt"
	"strings"

	"usher/cmd/usher/daemon"
	"usher/internal/table"
)

// mapCmd proposes how a roster is read.
type mapCmd struct {
	File      string `arg:"" help:"A sample of the roster: CSV or XLSX."`
	Directory string `placeholder:"NAME" help:"Directory of kind file that it is of: the file is opened as its format says, and read by its columns where it names some."`
}

// Help implements kong.HelpProvider.
func (mapCmd) Help() string {
	return `Looks at the header and the first rows of a roster, and proposes the keys for the configuration, with the first rows as they would be read. Nothing is kept.

Examples:
  usher map people.csv
  usher map people.csv --directory hr`
}

// Run is not a storeCommand: it needs no store.
func (c *mapCmd) Run(s *shell) error {
	p, err := c.propose(s)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.stdout, p.YAML)
	for _, f := range p.Findings {
		fmt.Fprintln(s.stdout, strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", f.Severity, f.Code, f.Column, f.Text)))
	}
	if len(p.Rows) == 0 {
		return nil
	}
	return table.Text(s.stdout, p.Header, p.Rows)
}

func (c *mapCmd) propose(s *shell) (daemon.Proposed, error) {
	if c.Directory == "" {
		return daemon.ProposeMapping(s.ctx, c.File)
	}
	cfg, err := daemon.LoadConfig(s.config, s.env)
	if err != nil {
		return daemon.Proposed{}, err
	}
	return daemon.ProposeMappingFor(s.ctx, c.File, cfg, c.Directory)
}
