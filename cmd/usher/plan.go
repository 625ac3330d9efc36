package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"usher/cmd/usher/daemon"
	"usher/internal/usher"
)

// The exit codes of usher plan beside 0, which says that the plan would go by itself.
const (
	exitRefused = 2 // the file is no information
	exitHeld    = 3 // the plan, or part of it, would wait for a human
)

// planCmd says what a roster would change.
type planCmd struct {
	File      string `arg:"" help:"Roster: CSV or XLSX."`
	Directory string `placeholder:"NAME" help:"Directory of kind file that it is of. Default: the only one."`
	Part      bool   `help:"The file names only some of the people: whom it leaves out is not absent."`
	JSON      bool   `name:"json" xor:"format" help:"Print the plan as JSON."`
	Rows      int    `default:"50" help:"Name at most so many changes and findings of each kind."`
}

// Help implements kong.HelpProvider.
func (planCmd) Help() string {
	return `Reads a roster, compares it with what its directory is known to say, and keeps the plan. Nothing changes before usher confirm.

The exit code says what would become of the same file in a drop: 0 it would go by itself, 2 it is refused, 3 some of it would wait for a human.

Examples:
  usher plan people.csv
  usher plan people.xlsx --directory hr --json`
}

// begins implements firstCommand.
func (*planCmd) begins() {}

// Run implements storeCommand.
func (c *planCmd) Run(d *desk) error {
	directory, err := d.fileDirectory(c.Directory)
	if err != nil {
		return err
	}
	file, err := d.archived(directory, c.File)
	if err != nil {
		return err
	}
	p, err := d.daemon.PlanRoster(d.ctx, d.by, directory, file, daemon.Planning{ByHand: true, Part: c.Part})
	if err != nil {
		return err
	}
	if err := d.showPlan(p, c.JSON, c.Rows); err != nil {
		return err
	}
	switch {
	case p.State == usher.PlanRefused:
		return exitCode(exitRefused)
	case len(p.Reasons) > 0:
		return exitCode(exitHeld)
	}
	return nil
}

// fileDirectory is the directory of kind file that is meant.
func (d *desk) fileDirectory(name string) (string, error) {
	names := d.daemon.FileDirectories()
	switch {
	case name != "":
		return name, nil
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", fmt.Errorf("the configuration names no directory of kind file: %w", usher.ErrInvalid)
	}
	return "", &usher.InvalidError{Attribute: "--directory", Problem: fmt.Sprintf("say which directory the file is of: %s", strings.Join(names, ", "))}
}

// archived takes a copy of a file on this machine.
func (d *desk) archived(directory, name string) (usher.RosterFile, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(d.dir, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return usher.RosterFile{}, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return usher.RosterFile{}, fmt.Errorf("%s is not a plain file: %w", name, usher.ErrInvalid)
	}
	return d.daemon.Archive(d.ctx, directory, name, "by hand", f)
}
