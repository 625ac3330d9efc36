package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"usher/cmd/usher/daemon"
	"usher/internal/table"
	"usher/internal/usher"
)

// The exit codes of usher plan beside 0, which says that the plan would go by itself.
const (
	exitRefused = 2 // the file is no information
	exitHeld    = 3 // the plan, or part of it, would wait for a human
)

// planCmd says what a roster would change.
type planCmd struct {
	File      string `arg:"" optional:"" help:"Roster: CSV or XLSX. Without one: what the configuration would change."`
	Directory string `placeholder:"NAME" help:"Directory of kind file that it is of. Default: the only one."`
	Part      bool   `help:"The file names only some of the people: whom it leaves out is not absent."`
	JSON      bool   `name:"json" help:"Print the plan as JSON."`
	XLSX      string `name:"xlsx" placeholder:"FILE" help:"Also write all changes to this workbook."`
	Rows      int    `default:"50" help:"Name at most so many changes and findings of each kind."`
}

// Help implements kong.HelpProvider.
func (planCmd) Help() string {
	return `With a file: reads a roster, compares it with what its directory is known to say, and keeps the plan. Nothing changes before usher confirm.

The exit code says what would become of the same file in a drop: 0 it would go by itself, 2 it is refused, 3 some of it would wait for a human.

Without a file: names who would be seated, queued or released by the configuration that --config names. Where it reads the files of a directory in another way, the last accepted one is read so, and its plan shown. Nothing is kept. Exit code 2 says that such a file would be refused, 3 that something would wait for a human.

Examples:
  usher plan people.csv
  usher plan --config new.yaml
  usher plan people.xlsx --directory hr --json`
}

// begins implements firstCommand.
func (*planCmd) begins() {}

// Run implements storeCommand.
func (c *planCmd) Run(d *desk) error {
	if c.File == "" {
		return c.configuration(d)
	}
	if c.XLSX != "" && !strings.EqualFold(filepath.Ext(c.XLSX), ".xlsx") {
		return &usher.InvalidError{Attribute: "--xlsx", Problem: "name a file that ends in .xlsx"}
	}
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
	if err := errors.Join(d.showPlan(p, c.JSON, c.Rows), c.workbook(d, p)); err != nil {
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

// configuration shows what another configuration would change.
func (c *planCmd) configuration(d *desk) error {
	if d.config == "" {
		return &usher.InvalidError{Attribute: "--config", Problem: "name a roster, or a configuration with --config"}
	}
	if c.XLSX != "" {
		return &usher.InvalidError{Attribute: "--xlsx", Problem: "is for the plan of a roster; name one"}
	}
	preview, err := d.daemon.PreviewConfig(d.ctx, d.path(d.config))
	if err != nil {
		return err
	}
	text := configurationText{RevisionPlan: preview}
	err = d.daemon.PreviewMappings(d.ctx, d.path(d.config), func(r daemon.Reread) error {
		read, err := d.rereadText(r, c.Rows)
		text.Directories = append(text.Directories, read)
		return err
	})
	if err == nil {
		err = text.show(d, c.JSON)
	}
	if err == nil && text.code() != exitOK {
		return exitCode(text.code())
	}
	return err
}

// workbook writes all changes of a plan, where a file for them is named.
func (c *planCmd) workbook(d *desk, p usher.Plan) error {
	if c.XLSX == "" {
		return nil
	}
	var rows [][]string
	err := d.eachChange(p, math.MaxInt, func(ch usher.Change) error {
		fields, err := ch.Fields()
		rows = append(rows, []string{string(ch.Class), strconv.Itoa(ch.Row), ch.Key, ch.Name, ch.Address, string(ch.State), inWordsOf(fields), ch.Why})
		return err
	})
	if err != nil {
		return err
	}
	return table.ReplaceFileAtomic(d.path(c.XLSX), 0o600, func(w io.Writer) error {
		header := []string{"what", "row", "key", "name", "address", "state", "how", "why"}
		return table.WriteXLSX(w, header, rows, table.Options{ForPeople: true, Sheet: fmt.Sprintf("plan %d", p.Number)})
	})
}

// path is a file that the command line names.
func (d *desk) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(d.dir, name)
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
	name = d.path(name)
	f, err := os.Open(name)
	if err != nil {
		return usher.RosterFile{}, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return usher.RosterFile{}, fmt.Errorf("%s is not a plain file: %w", name, usher.ErrInvalid)
	}
	return d.daemon.Archive(d.ctx, directory, name, usher.OriginByHand, f)
}
