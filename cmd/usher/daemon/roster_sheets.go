package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/roster"
)

// WriteErrors writes the file of a plan again, with a column that says what is wrong with
// each row: to a path that ends in .csv or .xlsx. With only, it has the rows with findings
// and no others.
func (d *Daemon) WriteErrors(ctx context.Context, p usher.Plan, path string, only bool) error {
	formats := map[string]table.Format{".csv": table.CSV, ".xlsx": table.XLSX}
	format, ok := formats[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return &usher.InvalidError{Attribute: "--out", Problem: "name a file that ends in .csv or .xlsx"}
	}
	return d.errorSheet(ctx, p, format, only, func(write func(io.Writer) error) error {
		return table.ReplaceFileAtomic(path, 0o600, write)
	})
}

// errorSheet hands over what writes the error sheet of a plan, once it is known that there is one.
func (d *Daemon) errorSheet(ctx context.Context, p usher.Plan, format table.Format, only bool, to func(write func(io.Writer) error) error) error {
	directory, err := d.directoryOf(ctx, p)
	if err != nil {
		return err
	}
	f, err := d.feed(directory)
	if err != nil {
		return err
	}
	findings, err := d.store.Look().Findings(ctx, p.ID, 1_000_000)
	if err != nil {
		return err
	}
	original, err := os.Open(p.File.Archive)
	if err != nil {
		return fmt.Errorf("the copy of %s in the archive: %w", p.File.Name, err)
	}
	defer original.Close()
	info, err := original.Stat()
	if err != nil {
		return err
	}
	return to(func(w io.Writer) error {
		return roster.WriteErrors(w, format, original, info.Size(), f.mapper, findings, roster.SheetOptions{All: !only})
	})
}

func (d *Daemon) directoryOf(ctx context.Context, p usher.Plan) (string, error) {
	directories, err := d.store.Look().Directories(ctx)
	for _, dir := range directories {
		if dir.ID == p.Directory {
			return dir.Name, err
		}
	}
	return "", errors.Join(err, fmt.Errorf("directory of plan %d: %w", p.Number, usher.ErrNotFound))
}

// Proposed is how a roster could be read.
type Proposed struct {
	YAML string // the keys of the configuration, below directories.NAME
	// Header and Rows are the first rows as they would be read.
	Header []string
	Rows   [][]string
	// Findings are those of the file as a whole, as the directory's configuration reads it now.
	Findings []usher.Finding
}

// sampleRows are looked at for a proposal, and shownRows of them are shown.
const (
	sampleRows = 200
	shownRows  = 5
)
