package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// backupCmd writes a backup while usher runs.
type backupCmd struct {
	File string `arg:"" help:"New file for the backup."`
}

// Help implements kong.HelpProvider.
func (backupCmd) Help() string {
	return `One consistent snapshot, in the same form for SQLite and PostgreSQL. It does not hold usher.key: keep a copy of that apart from the backups.

Example:
  usher backup /backups/usher-2026-11-21.tar.gz`
}

// Run implements storeCommand.
func (c *backupCmd) Run(d *desk) error {
	file := c.File
	if !filepath.IsAbs(file) {
		file = filepath.Join(d.dir, file)
	}
	err := table.WriteFileAtomic(file, 0o600, func(w io.Writer) error { return d.daemon.Store().Backup(d.ctx, w) })
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already; a backup never replaces a file", file)
	}
	if err != nil {
		return err
	}
	d.remark("Backup written to %s.", file)
	return nil
}

// restoreCmd fills an empty store from a backup.
type restoreCmd struct {
	File string `arg:"" type:"existingfile" help:"The backup."`
}

// Help implements kong.HelpProvider.
func (restoreCmd) Help() string {
	return `The store must be empty: a new data folder, or an empty database. Put usher.key there as well. A restored usher tells portals nothing until "usher resume".

Example:
  usher restore /backups/usher-2026-11-21.tar.gz --data /var/lib/usher`
}

// Run implements kong's contract.
func (c *restoreCmd) Run(s *shell) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	err = daemon.Restore(s.ctx, daemon.Options{ConfigFile: s.config, Data: s.data, Env: s.env}, s.by, file)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.stderr, "Restored. Put usher.key into the data folder, unless it is there, and start usher. Portals are told nothing before `usher resume`.")
	return nil
}

// resumeCmd lets the portals of a restored store be told again.
type resumeCmd struct {
	Plan string `placeholder:"ID" help:"The list of differences that was seen and is confirmed."`
}

// Help implements kong.HelpProvider.
func (resumeCmd) Help() string {
	return `Without --plan nothing happens: what the portals would be told is listed by name, with the id of this list.

Examples:
  usher resume
  usher resume --plan 3f9a01bc --reason "disk replaced"`
}

// Run implements storeCommand.
func (c *resumeCmd) Run(d *desk) error {
	at, restored, err := d.daemon.Ledger().Restored(d.ctx)
	if err != nil {
		return err
	}
	if !restored {
		return errors.New("nothing to resume: the store was not restored from a backup, or somebody has resumed already")
	}
	when, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return fmt.Errorf("when the store was restored: %w", err)
	}
	rows, id, err := d.differences()
	switch {
	case err != nil:
		return err
	case c.Plan == "":
		return c.show(d, usher.TimeOf(when), rows, id)
	case c.Plan != id:
		return fmt.Errorf("the differences have changed since %s was shown; look at them again: usher resume", c.Plan)
	}
	if err := d.daemon.Ledger().Resume(d.ctx, d.by); err != nil {
		return err
	}
	d.remark("Resumed: portals are told again.")
	return nil
}

func (resumeCmd) show(d *desk, at usher.Time, rows [][]string, id string) error {
	if len(rows) == 0 {
		fmt.Fprintln(d.stdout, "As far as is known every portal is in line.")
	} else if err := table.Text(d.stdout, []string{"PORTAL", "KIND", "NAME", "SHOULD BE", "WAS SEEN OTHERWISE"}, rows); err != nil {
		return err
	}
	d.remark("Restored at %s UTC; nothing is told to portals yet. To go ahead: usher resume --plan %s", stamp(at), id)
	return nil
}

// differences lists what portals would be told, and names the list by its content.
func (d *desk) differences() (rows [][]string, id string, err error) {
	sum := sha256.New()
	encoder := json.NewEncoder(sum)
	err = d.daemon.Ledger().Differences(d.ctx, func(one ledger.Difference) error {
		should := "inactive"
		if one.Active {
			should = "active"
		}
		rows = append(rows, []string{one.Portal, string(one.Kind), one.Name, should, strings.Join(one.Differs, "; ")})
		return encoder.Encode(rows[len(rows)-1])
	})
	return rows, hex.EncodeToString(sum.Sum(nil)[:4]), err
}
