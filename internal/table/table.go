// Package table reads and writes tables that people and portals exchange: rows of text under one header.
//
// Its invariant: a table is never quietly another one. What is written reads back cell by cell, every row is as wide as
// the header, every line of a file is accounted for, and what cannot be read without guessing is refused with its line
// and column: a row where that harms no other, else the whole file. Cell contents, which are personal data, never appear
// in an error. Formats differ in how they yield a Sheet, not in what a Sheet is.
//
// Workbooks are written with excelize but read with encoding/xml: the rows that excelize streams lack the number format
// and the type of their cells, without which a date is a number and a formula without a result an empty cell, and its
// limits leave what a hostile file can make it hold in memory open.
package table

import (
	"errors"
	"fmt"
	"iter"
)

// Format is how a table is kept in a file.
type Format string

// The formats that are read and written.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Sheet is a table being read: its header at once, its rows as they are asked for.
type Sheet struct {
	// Format, Encoding ("utf-8", "utf-16le", "utf-16be", "windows-1252") and Separator say what was found; the last two
	// mean nothing for XLSX. Name is that of the worksheet, and empty for CSV.
	Format    Format
	Encoding  string
	Separator rune
	Name      string
	// Header holds the names of the columns as the file has them; compare them by FoldHeader. HeaderLine is the line on
	// which it starts.
	Header     []string
	HeaderLine int
	// Twice lists the columns that are named like one before them. Whether that matters is for the caller to say.
	Twice []Twin
	// Rows yields the rows below the header, once. A row that cannot be read comes as a *RowError and the next one
	// follows; any other error is the last thing yielded, and means that the file must not be used: a *FileError where
	// the file is at fault.
	Rows iter.Seq2[Row, error]
	// Summary counts what Rows has yielded so far. It adds up once they have ended.
	Summary func() Summary
}

// Twin is a column whose name folds like that of an earlier one. Columns are counted from 1.
type Twin struct {
	First, Column int
}

// Row is one row of a Sheet.
type Row struct {
	// Line is where the row starts in the file, as an editor counts: the header is usually on line 1. In a worksheet it
	// is the number of the row there.
	Line int
	// Number counts records: the header is 1, the next one 2. Neither blank lines nor line breaks inside a record start
	// a new one; a row that cannot be read does.
	Number int
	// Cells has as many elements as the header. The slice is overwritten by the next row, its strings are not; all
	// strings of a row share one piece of memory, so clone what is to be kept for long of a row that is not. It is nil
	// where the row cannot be read.
	Cells []string
	// Raw is the text of a row that cannot be read, for whoever has to mend it, and empty otherwise. Its cells are those
	// of the file or, in a worksheet, separated by tabs.
	Raw string
	// Hidden says that the worksheet does not show the row.
	Hidden bool
	// Notes says what is amiss with single cells. Like Cells, the slice is overwritten by the next row.
	Notes []CellNote
}

// CellNote says what is amiss with one cell of a row that could be read all the same. Where the file holds no value to
// go by, the cell is empty.
type CellNote struct {
	Column  int    // from 1
	Code    string // one of the Cell... constants
	Problem string // what is wrong and how to mend it
}

// Summary accounts for every line of a file: Lines = Header + Records + Within + Blank + Refused.
type Summary struct {
	Lines   int // physical lines; of a worksheet, the number of its last row
	Header  int // lines of the header, and of what stands before it
	Records int // rows read
	Within  int // further lines of records that run over several
	Blank   int // lines without any text
	Refused int // rows that came as a *RowError, each of which is one line
}

// checkWidth refuses a row that is not as wide as the header. Rows are counted from 1 below the header.
func checkWidth(header []string, rows [][]string) error {
	if len(header) == 0 {
		return errors.New("write table: the header has no columns")
	}
	for i, row := range rows {
		if len(row) != len(header) {
			return widthError(i+1, row, header)
		}
	}
	return nil
}

func widthError(number int, row, header []string) error {
	return fmt.Errorf("write table: row %d has %d cells, the header %d", number, len(row), len(header))
}
