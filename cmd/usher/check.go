package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/sync/ledger"
)

// checkCmd checks the configuration and then the store.
type checkCmd struct {
	ConfigOnly bool `help:"Leave the store alone."`
	JSON       bool `name:"json" help:"Print findings as JSON, one a line."`
}

// Help implements kong.HelpProvider.
func (checkCmd) Help() string {
	return `Every mistake in the configuration is reported with its place. Of the store it is checked, while usher runs: no oversold pool (I1), no double seat (I2), no half change (I4), accounts that converge (I7), events that nobody edited, removed or cut off (I17); that the folders of portals' exports can be read; and that somebody is an owner, where somebody was. The exit code is 0 only when nothing is wrong.

Examples:
  usher check
  usher check --config usher.yaml --config-only`
}

// Run implements kong's contract.
func (c *checkCmd) Run(s *shell) error {
	loaded, err := daemon.LoadConfig(s.config, s.env)
	if problems, ok := errors.AsType[config.Problems](err); ok {
		for _, p := range problems {
			fmt.Fprintln(s.stdout, p)
		}
		return exitCode(exitFailed)
	}
	if err != nil {
		return err
	}
	if s.config != "" {
		fmt.Fprintf(s.stderr, "%s: nothing is wrong.\n", s.config)
	}
	if c.ConfigOnly {
		s.sayMissing(loaded)
		return nil
	}
	data, direct, err := s.folder(s.process)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(data, store.FileName)); err != nil && !direct {
		if s.data != "" {
			return fmt.Errorf("there is no store in %s: name the right folder with --data", data)
		}
		fmt.Fprintf(s.stderr, "There is no store in %s yet.\n", data)
		s.sayMissing(loaded)
		return nil
	}
	return c.store(s)
}

// sayMissing remarks on folders that are not here: they may be where usher is going to run. Beside a
// store that is a finding.
func (s *shell) sayMissing(c *config.Config) {
	for _, p := range daemon.MissingFolders(c) {
		fmt.Fprintf(s.stderr, "Not on this machine: %s\n", p)
	}
}

// store checks the store where it can be read: in the daemon, or here.
func (c *checkCmd) store(s *shell) error {
	next := s.process
	next.args = []string{"invariants"}
	if s.data != "" {
		next.args = append(next.args, "--data", s.data)
	}
	if s.config != "" {
		next.args = append(next.args, "--config", s.config)
	}
	if c.JSON {
		next.args = append(next.args, "--json")
	}
	if code := run(s.ctx, next); code != exitOK {
		return exitCode(code)
	}
	return nil
}

// invariantsCmd is the part of check that needs the store.
type invariantsCmd struct {
	JSON bool `name:"json"`
}

// Run implements storeCommand.
func (c *invariantsCmd) Run(d *desk) error {
	findings, err := d.findings()
	if err != nil {
		return err
	}
	for _, f := range findings {
		if c.JSON {
			if err := json.NewEncoder(d.stdout).Encode(f); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(d.stdout, "%s %s: %s\n", f.Invariant, f.Subject, f.Detail)
	}
	if len(findings) > 0 {
		return exitCode(exitFailed)
	}
	d.remark("The store: nothing is wrong.")
	return nil
}

// findings are those of the ledger's check, and whether the end of the events was cut off,
// which only the head that is kept beside the database can tell.
func (d *desk) findings() ([]ledger.Finding, error) {
	key, err := d.daemon.Key()
	if err != nil {
		return nil, err
	}
	findings, err := d.daemon.Ledger().Check(d.ctx, key)
	if err != nil {
		return nil, err
	}
	for _, p := range d.daemon.MissingFolders() {
		findings = append(findings, ledger.Finding{Invariant: "folder", Subject: p.Path, Detail: fmt.Sprintf("%s (%s)", p.Message, p.Hint)})
	}
	gone, err := d.daemon.OwnersGone(d.ctx)
	if err != nil {
		return nil, err
	}
	if gone {
		findings = append(findings, ledger.Finding{Invariant: "owners", Subject: "roles", Detail: "the last owner has left (`usher role grant` makes somebody an owner)"})
	}
	head, err := d.daemon.Head()
	if err != nil || head == nil {
		return findings, err
	}
	report, err := d.daemon.Ledger().VerifySeals(d.ctx, key, head)
	for _, b := range report.Breaches {
		f := ledger.Finding{Invariant: "I17", Subject: fmt.Sprintf("event %v", b.Event), Detail: fmt.Sprintf("seal %d: %s", b.Number, b.Problem)}
		if !slices.Contains(findings, f) {
			findings = append(findings, f)
		}
	}
	return findings, err
}
