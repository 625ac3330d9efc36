package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// headBytes is how much of a file is looked at to tell what it is.
const headBytes = 64 << 10

// Open tells by its content what the size bytes of r are, CSV or XLSX, and reads the header. Rows are read as they are
// asked for, so r must stay open and unchanged meanwhile. It fails with a *FileError where the file is at fault.
func Open(r io.ReaderAt, size int64, o ReadOptions) (*Sheet, error) {
	head := make([]byte, min(size, headBytes))
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), head); err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	format, err := sniff(head)
	if err != nil {
		return nil, err
	}
	o.Limits = o.Limits.withDefaults(format)
	if size > o.Limits.Bytes {
		return nil, &FileError{Code: FileTooLarge, Problem: fmt.Sprintf("the file has %d bytes, and %d are allowed", size, o.Limits.Bytes)}
	}
	if format == XLSX {
		return openXLSX(r, size, o)
	}
	return openCSV(r, size, head, o)
}

// magic lists what binary files that may be taken for a roster start with.
var magic = []struct{ start, code, problem string }{
	{"\xd0\xcf\x11\xe0", FileXLS, "this is an old Excel file (.xls) or a workbook under a password; save it as .xlsx without a password, or as CSV UTF-8"},
	{"%PDF", FilePDF, "this is a PDF; export the list as CSV UTF-8 or .xlsx"},
	{"PK\x05\x06", FileArchive, "this is an empty zip archive; put the CSV or .xlsx file itself here"},
	{"\x1f\x8b", FileArchive, "this file is compressed with gzip; unpack it first"},
	{"\xfd7zXZ", FileArchive, "this file is compressed with xz; unpack it first"},
	{"(\xb5/\xfd", FileArchive, "this file is compressed with zstd; unpack it first"},
	{"7z\xbc\xaf", FileArchive, "this is a 7z archive; unpack it first"},
	{"Rar!", FileArchive, "this is a RAR archive; unpack it first"},
}

// sniff tells the format of a file by its first bytes. Whatever is not known to be something else is CSV.
func sniff(head []byte) (Format, error) {
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return XLSX, nil
	}
	for _, m := range magic {
		if bytes.HasPrefix(head, []byte(m.start)) {
			return "", &FileError{Code: m.code, Problem: m.problem}
		}
	}
	return CSV, nil
}

// source is what a format has to offer: the rows below the header, one by one.
type source interface {
	// next returns a row that is not blank; or a *RowError and what is known of the row; or io.EOF; or what makes the
	// file unusable.
	next() (Row, error)
	summary() Summary
}

// yieldFrom makes the rows of in those of s. It reads the first one, as a table without rows is refused.
func (s *Sheet) yieldFrom(in source, o ReadOptions) error {
	first, firstErr := in.next()
	if errors.Is(firstErr, io.EOF) && !o.HeaderOnly {
		return &FileError{Code: FileHeaderOnly, Line: s.HeaderLine, Problem: "the file ends after its header; a list without anybody is never taken for an empty company"}
	}
	if isFatal(firstErr) && !errors.Is(firstErr, io.EOF) {
		return firstErr
	}
	s.Summary = in.summary
	s.Rows = func(yield func(Row, error) bool) {
		row, err := first, firstErr
		for number := 2; !errors.Is(err, io.EOF); number++ {
			if number-1 > o.Limits.Rows {
				row, err = Row{}, &FileError{Code: FileTooLarge, Line: row.Line, Problem: fmt.Sprintf("more than %d rows", o.Limits.Rows)}
			}
			row.number(number, err)
			if o.FromPeople {
				unquoteAll(row.Cells)
			}
			if !yield(row, err) || isFatal(err) {
				return
			}
			row, err = in.next()
		}
	}
	return nil
}

// isFatal reports whether nothing follows an error.
func isFatal(err error) bool {
	_, goesOn := errors.AsType[*RowError](err)
	return err != nil && !goesOn
}

func (r *Row) number(n int, err error) {
	r.Number = n
	if rowError, ok := errors.AsType[*RowError](err); ok {
		rowError.Number = n
	}
}

// unquoteAll writes no cell that stays as it is, as nearly all do: to the collector each write of a text is work.
func unquoteAll(cells []string) {
	for i, cell := range cells {
		if plain := Unquote(cell); len(plain) != len(cell) {
			cells[i] = plain
		}
	}
}
