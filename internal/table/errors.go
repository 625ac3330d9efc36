package table

import "fmt"

// What can be wrong with a whole file, as FileError.Code says it.
const (
	FileEmpty       = "file.empty"        // nothing in it, or nothing but blank lines
	FileHeaderOnly  = "file.header_only"  // no row below the header
	FileTruncated   = "file.truncated"    // it ends inside a record
	FileNUL         = "file.nul"          // it holds a NUL character
	FileEncoding    = "file.encoding"     // its bytes are not text in the encoding expected
	FileBinary      = "file.binary"       // no text at all, and no workbook
	FileHTML        = "file.html"         // a web page or other XML
	FileXLS         = "file.xls"          // the old Excel format, or a workbook under a password
	FilePDF         = "file.pdf"          // a PDF
	FileArchive     = "file.archive"      // compressed, or an archive that is no workbook, or holds another archive
	FileSeparator   = "file.separator"    // no telling what separates its cells
	FileQuote       = "file.quote"        // a stray quote in the header
	FileColumnTwice = "file.column_twice" // two columns named alike; Open never fails for it, see Sheet.Twice
	FileSheet       = "file.sheet"        // no worksheet, or no telling which one
	FileDamaged     = "file.damaged"      // a workbook that breaks the rules of its format
	FileTooLarge    = "file.too_large"    // beyond one of the Limits
)

// What can be wrong with a row, as RowError.Code says it.
const (
	RowQuote    = "row.quote"     // a quote where none can be, or one that is never closed
	RowWidth    = "row.width"     // more or fewer cells than the header
	RowCellSize = "row.cell_size" // a cell beyond Limits.CellBytes
)

// What can be amiss with a cell, as CellNote.Code says it.
const (
	CellNoValue    = "cell.no_value"    // a formula whose result the file does not hold
	CellErrorValue = "cell.error_value" // the error that a formula came to, such as #N/A
	CellDate       = "cell.date"        // a number shown as a date that is none
	CellDigits     = "cell.digits"      // a number so long that Excel has rounded it
)

// FileError says why a file must not be used at all.
type FileError struct {
	Code    string // one of the File... constants; stable
	Line    int    // from 1; 0 when no single line is to blame
	Problem string // what is wrong and how to mend it
}

// Error implements error.
func (e *FileError) Error() string {
	if e.Line == 0 {
		return e.Problem
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
}

// RowError says why one row cannot be read. The rows around it are not affected.
type RowError struct {
	Line    int    // of the file, from 1
	Number  int    // of the record, as Row.Number
	Column  int    // from 1; 0 when the whole row is meant
	Name    string // of the column, where the header has one
	Code    string // one of the Row... constants; stable
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
