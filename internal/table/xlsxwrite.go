package table

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// WriteXLSX writes a header and rows as a workbook with one sheet, whose cells are all text, but for [Options.Numbers], so that 000123, 1E5 and
// =1+1 stay what they are. Every row must be as wide as the header.
func WriteXLSX(w io.Writer, header []string, rows [][]string, o Options) error {
	if err := checkWidth(header, rows); err != nil {
		return err
	}
	return writeXLSX(w, header, slices.Values(rows), o)
}

func writeXLSX(w io.Writer, header []string, rows iter.Seq[[]string], o Options) (err error) {
	sheet := cmp.Or(o.Sheet, "Sheet1")
	file := excelize.NewFile()
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := file.SetSheetName("Sheet1", sheet); err != nil {
		return fmt.Errorf("write XLSX: name the sheet: %w", err)
	}
	text, err := file.NewStyle(&excelize.Style{NumFmt: 49}) // "@", ECMA-376 part 1, 18.8.30
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	stream, err := file.NewStreamWriter(sheet)
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	out := xlsxWriter{stream: stream, style: text, people: o.ForPeople, numbers: o.Numbers, cells: make([]any, len(header))}
	if out.people {
		if out.head, err = file.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}}); err != nil {
			return fmt.Errorf("write XLSX: %w", err)
		}
	}
	if err := out.add(header); err != nil {
		return err
	}
	for row := range rows {
		if len(row) != len(header) {
			return widthError(out.line+len(out.ahead), row, header)
		}
		if err := out.add(row); err != nil {
			return err
		}
	}
	if err := errors.Join(out.begin(), stream.Flush(), file.Write(w)); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

type xlsxWriter struct {
	stream  *excelize.StreamWriter
	style   int
	head    int // style of the header, for people
	people  bool
	numbers []int
	line    int        // rows written
	cells   []any      // of a row, as the stream wants them
	ahead   [][]string // rows that are looked at before the first is written
	begun   bool
}

func (w *xlsxWriter) row(cells []string) error {
	w.line++
	for i, cell := range cells {
		if w.people {
			cell = protect(cell)
		}
		if utf8.RuneCountInString(cell) > excelize.TotalCellChars {
			return fmt.Errorf("write XLSX: row %d: cell %d has more than %d characters", w.line, i+1, excelize.TotalCellChars)
		}
		style := w.style
		if w.people && w.line == 1 {
			style = w.head
		}
		w.cells[i] = excelize.Cell{StyleID: style, Value: cell}
		if number, err := strconv.ParseFloat(cell, 64); err == nil && w.line > 1 && slices.Contains(w.numbers, i) {
			w.cells[i] = number
		}
	}
	if err := w.stream.SetRow(fmt.Sprintf("A%d", w.line), w.cells); err != nil {
		return fmt.Errorf("write XLSX: row %d: %w", w.line, err)
	}
	return nil
}
