package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
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
	return table.ReplaceFileAtomic(path, 0o600, func(w io.Writer) error {
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
}

// sampleRows are looked at for a proposal, and shownRows of them are shown.
const (
	sampleRows = 200
	shownRows  = 5
)

// ProposeMapping looks at a roster and proposes how its columns are read.
func ProposeMapping(ctx context.Context, path string) (Proposed, error) {
	var made Proposed
	f, err := os.Open(path)
	if err != nil {
		return made, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return made, err
	}
	sheet, err := table.Open(f, info.Size(), table.ReadOptions{})
	if err != nil {
		return made, fmt.Errorf("%s: %w", path, err)
	}
	var sample [][]string
	for row, err := range sheet.Rows {
		if err != nil {
			continue // the plan of the file will say so
		}
		sample = append(sample, append([]string(nil), row.Cells...))
		if len(sample) == sampleRows {
			break
		}
	}
	proposal := roster.Propose(sheet.Header, sample)
	made.YAML = proposal.YAML()
	m, err := roster.Compile(proposal.Mapping)
	if err != nil {
		return made, nil // what is missing is in the text
	}
	made.Header = []string{"KEY", "NAME", "ADDRESS", "DEPARTMENT", "TITLE", "MANAGER", "ACTIVE", "STARTS", "ENDS"}
	enough := errors.New("enough")
	_, err = roster.Read(ctx, f, info.Size(), m, roster.Options{}, func(r usher.RosterRow) error {
		a := r.Record.Attributes
		cells := []string{r.Key, a.FullName(), a.Address(), a.Department, a.Title, a.Manager, strconv.FormatBool(a.Active), a.Starts, a.Ends}
		if r.Refused() {
			cells[1] = "(refused: " + r.Findings[0].Text + ")"
		}
		if made.Rows = append(made.Rows, cells); len(made.Rows) == shownRows {
			return enough
		}
		return nil
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return made, err
}
