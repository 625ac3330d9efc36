package table

import (
	"io"
	"iter"
)

// Options says how a table is written. The zero value is RFC 4180 with LF line ends, or a workbook with one sheet.
type Options struct {
	Separator rune // of CSV, between cells; 0 means a comma
	BOM       bool // CSV starts with a byte order mark, by which Excel knows UTF-8
	CRLF      bool // CSV lines end with CR LF instead of LF
	// Sheet names the worksheet of a workbook; empty means "Sheet1".
	Sheet string
	// ForPeople is for files that a person opens in a spreadsheet program: cells that it would run as a formula get an
	// apostrophe in front. Never set it for a portal's upload file, whose cells must not be altered.
	ForPeople bool
	// Numbers are the columns of a workbook, from 0, whose cells are numbers where they read as one, so that a person can add
	// them up.
	Numbers []int
}

// Write writes a header and rows in the format named, as WriteCSV or WriteXLSX do, without holding all rows at once.
// It fails at the first row that is not as wide as the header; what was written until then is of no use.
func Write(w io.Writer, format Format, header []string, rows iter.Seq[[]string], o Options) error {
	if format == XLSX {
		return writeXLSX(w, header, rows, o)
	}
	return writeCSV(w, header, rows, o)
}
