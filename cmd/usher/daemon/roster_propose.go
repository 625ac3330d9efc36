package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"usher/internal/config"
	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/roster"
)

// ProposeMapping looks at a roster and proposes how its columns are read.
func ProposeMapping(ctx context.Context, path string) (Proposed, error) {
	return proposeMapping(ctx, path, roster.Mapping{})
}

// ProposeMappingFor does so for a directory of a configuration: the file is opened as its format says, and
// where it names columns the rows are shown as these read them. usher.ErrInvalid: it has no such
// directory of kind file.
func ProposeMappingFor(ctx context.Context, path string, c *config.Config, directory string) (Proposed, error) {
	for _, d := range c.Directories {
		if d.Name == directory && d.Kind == "file" {
			return proposeMapping(ctx, path, (&feed{Directory: d}).mapping())
		}
	}
	return Proposed{}, &usher.InvalidError{Attribute: "--directory", Problem: fmt.Sprintf("the configuration names no directory %q of kind file", directory)}
}

// proposeMapping proposes for a file that is written as configured says.
func proposeMapping(ctx context.Context, path string, configured roster.Mapping) (Proposed, error) {
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
	opener, err := roster.Compile(roster.Mapping{Encoding: configured.Encoding, Separator: configured.Separator, Sheet: configured.Sheet})
	if err != nil {
		return made, err
	}
	sheet, err := opener.Open(f, info.Size())
	if err != nil {
		return made, fmt.Errorf("%s: %w", path, err)
	}
	proposal := roster.Propose(sheet.Header, sampleOf(sheet))
	made.YAML = proposal.YAML()
	mapping := configured
	if len(configured.Columns) == 0 {
		mapping.Columns, mapping.DateFormat = proposal.Mapping.Columns, proposal.Mapping.DateFormat
		mapping.Key, mapping.Active, mapping.Left = proposal.Mapping.Key, proposal.Mapping.Active, proposal.Mapping.Left
	}
	m, err := roster.Compile(mapping)
	if err != nil {
		return made, nil // what is missing is in the text
	}
	return made, made.read(ctx, f, info.Size(), m)
}

// sampleOf are the first rows.
func sampleOf(sheet *table.Sheet) (sample [][]string) {
	for row, err := range sheet.Rows {
		if err != nil {
			continue // the plan of the file will say so
		}
		sample = append(sample, append([]string(nil), row.Cells...))
		if len(sample) == sampleRows {
			break
		}
	}
	return sample
}

// read adds the first rows as they would be read, and what is found of the file as a whole until then.
func (made *Proposed) read(ctx context.Context, f *os.File, size int64, m *roster.Mapper) error {
	made.Header = []string{"KEY", "NAME", "ADDRESS", "DEPARTMENT", "TITLE", "MANAGER", "ACTIVE", "STARTS", "ENDS"}
	summary, err := roster.Read(ctx, f, size, m, roster.Options{}, func(r usher.RosterRow) error {
		if len(made.Rows) == shownRows {
			return nil
		}
		a := r.Record.Attributes
		cells := []string{r.Key, a.FullName(), a.Address(), a.Department, a.Title, a.Manager, strconv.FormatBool(a.Active), a.Starts, a.Ends}
		if r.Refused() {
			cells[1] = "(refused: " + r.Findings[0].Text + ")"
		}
		made.Rows = append(made.Rows, cells)
		return nil
	})
	made.Findings = summary.Findings
	if _, unread := errors.AsType[*table.FileError](err); unread {
		return nil // the rows until then are shown, and the plan of the file says what is wrong
	}
	return err
}
