package roster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"usher/internal/table"
	"usher/internal/usher"
)

// Alike looks whether a file says row by row what another one said, of which before is the summary, and gives the summary
// that Read would give of it under the same mapping and Options. It maps no row, and ends about where the files begin to
// differ. A file that Read refuses is like none; Read says why.
//
// An error is the context's or of reading f.
func Alike(ctx context.Context, f io.ReaderAt, size int64, m *Mapper, before usher.RosterSummary) (usher.RosterSummary, bool, error) {
	if len(before.Content) == 0 || before.RefusedFile() {
		return before, false, nil
	}
	r := newReading(m, Options{})
	alike, err := r.alike(ctx, f, size, before.Content)
	if _, fault := errors.AsType[*table.FileError](err); fault {
		return before, false, nil
	}
	if err != nil {
		return before, false, fmt.Errorf("read roster: %w", err)
	}
	before.Lines, before.Folded, before.Blank = r.summary.Lines, r.summary.Folded, r.summary.Blank
	return before, alike, nil
}

// alike compares the sums of the file with those of another, as they come. Rows are read by one processor and taken up by
// another: both are most of the work, as nothing is mapped.
func (r *reading) alike(ctx context.Context, f io.ReaderAt, size int64, sums []string) (bool, error) {
	var err error
	if r.sheet, err = table.Open(f, size, r.tableOptions()); err != nil {
		return false, err
	}
	for row, err := range r.all(ahead(r.sheet.Rows)) {
		if err != nil && !isRowError(err) {
			return false, err
		}
		if err == nil && blank(row.Cells) {
			r.blank++
		}
		if row.Number%firstSum == 1 {
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			if n := len(r.content.sums); n > len(sums) || !slices.Equal(r.content.sums, sums[:n]) {
				return false, nil
			}
		}
	}
	r.addUp()
	return slices.Equal(r.content.sums, sums), nil
}
