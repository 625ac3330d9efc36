package table

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"
)

// openXLSX finds the worksheet to read, and reads its header.
func openXLSX(r io.ReaderAt, size int64, o ReadOptions) (*Sheet, error) {
	a, err := openArchive(r, size, o.Limits)
	if err != nil {
		return nil, err
	}
	book, err := openWorkbook(a)
	if err != nil {
		return nil, err
	}
	found, err := book.pick(o)
	if err != nil {
		return nil, err
	}
	if o.FromPeople {
		unquoteAll(found.header.Cells)
	}
	sheet := &Sheet{
		Format: XLSX, Name: found.name, Header: found.header.Cells,
		HeaderLine: found.header.Line, Twice: twins(found.header.Cells),
	}
	return sheet, sheet.yieldFrom(found.in, o)
}

// candidate is a worksheet whose header has been read.
type candidate struct {
	name   string
	header Row
	in     *xlsxReader
}

// pick chooses the worksheet that is asked for, or that has a key column, or that is the only one.
func (b *workbook) pick(o ReadOptions) (candidate, error) {
	if o.Sheet != "" {
		return b.named(o)
	}
	var only candidate
	var failed error
	filled := 0
	for _, sheet := range b.sheets {
		if sheet.hidden {
			continue
		}
		c, err := b.start(sheet, o)
		switch {
		case errors.Is(err, io.EOF):
		case err != nil:
			failed = cmp.Or(failed, err)
		case hasKey(c.header.Cells, o.KeyColumns):
			return c, nil
		default:
			only, filled = c, filled+1
		}
	}
	switch {
	case failed != nil:
		return candidate{}, failed
	case filled == 0:
		return candidate{}, &FileError{Code: FileEmpty, Problem: "the workbook has no visible sheet with anything in it; the first row of a sheet must name the columns"}
	case filled == 1:
		return only, nil
	}
	return candidate{}, &FileError{Code: FileSheet, Problem: "no telling which sheet is meant, as none has a known column in its first row; say which in the setting `sheet`: " + quoted(b.names())}
}

// named starts the worksheet that is asked for.
func (b *workbook) named(o ReadOptions) (candidate, error) {
	i := slices.IndexFunc(b.sheets, func(s worksheet) bool { return FoldHeader(s.name) == FoldHeader(o.Sheet) })
	if i < 0 {
		return candidate{}, &FileError{Code: FileSheet, Problem: "the workbook has no sheet " + quoted([]string{o.Sheet}) + ", but " + quoted(b.names())}
	}
	c, err := b.start(b.sheets[i], o)
	if errors.Is(err, io.EOF) {
		return c, &FileError{Code: FileEmpty, Problem: "the sheet is empty; its first row must name the columns"}
	}
	return c, err
}

// start reads the header of a worksheet, or returns io.EOF if it has none.
func (b *workbook) start(sheet worksheet, o ReadOptions) (candidate, error) {
	part, err := b.open(sheet.part)
	if err != nil {
		return candidate{}, err
	}
	in := &xlsxReader{part: part, book: b, limits: o.Limits}
	header, err := in.readHeader()
	return candidate{sheet.name, header, in}, err
}

func (b *workbook) names() []string {
	var names []string
	for _, sheet := range b.sheets {
		names = append(names, sheet.name)
	}
	return names
}

// hasKey reports whether a header has one of the columns named.
func hasKey(header, keys []string) bool {
	return slices.ContainsFunc(header, func(name string) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return FoldHeader(key) == FoldHeader(name) })
	})
}

// quoted lists names for an error, but not more than a person reads.
func quoted(names []string) string {
	const most = 10
	if len(names) > most {
		names = append(slices.Clone(names[:most]), "...")
	}
	return `"` + strings.Join(names, `", "`) + `"`
}
