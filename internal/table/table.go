// Package table reads and writes tables that people and portals exchange: rows of text under one header.
//
// Its invariant: a table is never quietly another one. What is written reads back cell by cell, every row is as wide as
// the header, and what cannot be read without guessing is refused with its line and column. Cell contents, which are
// personal data, never appear in an error. Formats differ in how they yield a Sheet, not in what a Sheet is.
package table

import (
	"errors"
	"fmt"
	"iter"
)

// ErrTooLarge is wrapped by the errors of a table that exceeds its Limits.
var ErrTooLarge = errors.New("table too large")

// Sheet is a table being read: its header at once, its rows as they are asked for.
type Sheet struct {
	// Header holds the names of the columns as the file has them.
	Header []string
	// Rows yields the rows below the header, once. A row that cannot be read comes as a *RowError and the next one
	// follows; any other error is the last thing yielded, and means that the rest of the file is unknown.
	Rows iter.Seq2[Row, error]
}

// Row is one row of a Sheet.
type Row struct {
	// Line is where the row starts in the file, as an editor counts: the header is usually on line 1.
	Line int
	// Cells has as many elements as the header.
	Cells []string
}

// RowError says why one row cannot be read. The rows around it are not affected.
type RowError struct {
	Line    int    // of the file, from 1
	Column  int    // from 1; 0 when the whole row is meant
	Name    string // of the column, where the header has one
	Problem string // what is wrong and how to mend it
}

// Error implements error.
func (e *RowError) Error() string {
	switch {
	case e.Column == 0:
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	case e.Name == "":
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
	}
	return fmt.Sprintf("line %d, column %d (%s): %s", e.Line, e.Column, e.Name, e.Problem)
}

// checkWidth refuses a row that is not as wide as the header. Rows are counted from 1 below the header.
func checkWidth(header []string, rows [][]string) error {
	if len(header) == 0 {
		return errors.New("write table: the header has no columns")
	}
	for i, row := range rows {
		if len(row) != len(header) {
			return fmt.Errorf("write table: row %d has %d cells, the header %d", i+1, len(row), len(header))
		}
	}
	return nil
}
