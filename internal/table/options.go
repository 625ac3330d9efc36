package table

import "cmp"

// Windows1252 is the one code page that ReadOptions.Encoding can name.
const Windows1252 = "windows-1252"

// ReadOptions says what Open is to expect. The zero value finds out by itself whatever can be found out without
// guessing.
type ReadOptions struct {
	// Encoding is Windows1252, or empty for UTF-8, and UTF-16 with a byte order mark. A byte order mark outdoes it.
	Encoding string
	// Separator stands between the cells of a CSV file; 0 means whichever of comma, semicolon, tab and | fits the file.
	Separator rune
	// Sheet names the worksheet to read. Without it the first visible one whose header has one of KeyColumns, compared
	// by FoldHeader, is read, or else the only visible one that is not empty.
	Sheet      string
	KeyColumns []string
	// HeaderOnly accepts a table without rows, such as a template to be filled.
	HeaderOnly bool
	// FromPeople takes off the apostrophes that Options.ForPeople puts on.
	FromPeople bool
	Limits     Limits
}

// Limits says what Open accepts. 0 means the default in brackets.
type Limits struct {
	Bytes     int64 // of the file [200 MiB; of a workbook 20 MiB]
	Unpacked  int64 // of a workbook, unpacked [200 MiB]
	Rows      int   // below the header [2,000,000]
	Columns   int   // [512]
	CellBytes int   // of one cell [64 KiB]
}

func (l Limits) withDefaults(f Format) Limits {
	if f == XLSX {
		l.Bytes = cmp.Or(l.Bytes, 20<<20)
	}
	l.Bytes = cmp.Or(l.Bytes, 200<<20)
	l.Unpacked = cmp.Or(l.Unpacked, 200<<20)
	l.Rows = cmp.Or(l.Rows, 2_000_000)
	l.Columns = cmp.Or(l.Columns, 512)
	l.CellBytes = cmp.Or(l.CellBytes, 64<<10)
	return l
}
