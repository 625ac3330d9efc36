package roster

import (
	"context"
	"errors"
	"fmt"
	"io"

	"usher/internal/table"
	"usher/internal/usher"
)

// ProblemColumn is the name of the column that WriteErrors adds. It is never read.
const ProblemColumn = "usher: problem"

// Options are what a reading knows beside the file. The zero value knows nothing.
type Options struct {
	// Same says that a row with this key and hash was accepted before; nil: none was. Such a row is not mapped again.
	Same func(key string, hash int64) bool
	// KnownManager says that somebody who is not in the file is known by this address, id or number, folded; nil: nobody
	// is. It is asked once for each.
	KnownManager func(address string) bool
	// Keys are those of some hundred people that the directory knows. A file whose keys look otherwise is refused: its
	// columns are swapped, or a spreadsheet program took off leading zeros.
	Keys []string
	// Documents says that records come with Document and Values, which cost as much as all the rest of reading a row. A
	// plan is made of Attributes alone.
	Documents bool
	// Today is the day of reading, as 2006-01-02. Empty: nothing is said of days that are over or to come.
	Today string
}

// Read reads a roster of size bytes and hands over its rows as it goes, in the order of the file. f must stay as it is
// meanwhile. What the file is found guilty of shows only at its end: until the summary is there and does not refuse the
// file, nothing of its rows may be applied.
//
// Findings that need the whole file, which are those about managers, are in the summary with the number of their row,
// and only warn; of more than 10,000 the rest is counted. Of a RosterRow, only Number, Key and Hash live on cheaply: all
// texts of a row share one piece of memory.
//
// An error is the caller's, the context's or of reading f, never what is wrong with the file.
func Read(ctx context.Context, f io.ReaderAt, size int64, m *Mapper, o Options, each func(usher.RosterRow) error) (usher.RosterSummary, error) {
	r := newReading(m, o)
	err := r.read(ctx, f, size, each)
	if fault, found := errors.AsType[*table.FileError](err); found {
		r.refuseFile(fault.Code, "", "%s", fault.Error())
		err = nil
	}
	if err != nil {
		return usher.RosterSummary{}, fmt.Errorf("read roster: %w", err)
	}
	return r.summary, nil
}
