package table

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// maxColumns and maxRows are how large a worksheet can be at all.
const (
	maxColumns = 16_384
	maxRows    = 1_048_576
)

// xlsxReader reads the rows of one worksheet (ECMA-376 part 1, 18.3).
type xlsxReader struct {
	part   *part
	book   *workbook
	limits Limits
	header []string // nil while the header itself is read
	inData bool
	cells  rowText
	notes  []CellNote
	cell   xlsxCell
	last   int   // number of the last row
	column int   // of the last cell of the row
	spent  int64 // bytes of text so far; few texts can fill many cells
	counts Summary
}

// summary implements source.
func (x *xlsxReader) summary() Summary { return x.counts }

// next implements source.
func (x *xlsxReader) next() (Row, error) {
	for {
		token, err := x.part.token()
		if errors.Is(err, io.EOF) {
			return Row{}, x.finish()
		}
		if err != nil {
			return Row{}, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			x.inData = x.inData || t.Name.Local == "sheetData"
			if !x.inData || t.Name.Local != "row" {
				continue
			}
			if row, err := x.row(t.Attr); err != nil || row.Cells != nil {
				return row, err
			}
		case xml.EndElement:
			x.inData = x.inData && t.Name.Local != "sheetData"
		}
	}
}

// finish checks that the worksheet has been read to its end.
func (x *xlsxReader) finish() error {
	if x.inData {
		return damaged(x.part.name, io.ErrUnexpectedEOF)
	}
	return io.EOF
}

// row reads a row up to its end. It returns no cells if it is blank.
func (x *xlsxReader) row(has attributes) (Row, error) {
	number, err := x.place(has.get("r"), x.last+1, maxRows)
	if err != nil || number <= x.last {
		return Row{}, x.disorder()
	}
	x.last, x.column = number, 0
	x.cells.reset()
	x.notes = x.notes[:0]
	row := Row{Line: number, Hidden: has.is("hidden")}
	for {
		token, err := x.part.token()
		if err != nil {
			return Row{}, damaged(x.part.name, err)
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "row" {
			return x.endRow(row)
		}
		if err := x.add(token); err != nil {
			return Row{}, err
		}
	}
}

// add takes one token of a row.
func (x *xlsxReader) add(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		if t.Name.Local == "c" {
			return x.startCell(t.Attr)
		}
	case xml.EndElement:
		if t.Name.Local == "c" {
			return x.endCell()
		}
	}
	if x.cell.add(token); len(x.cell.value) > maxToken {
		return x.tooLong()
	}
	return nil
}

func (x *xlsxReader) startCell(has attributes) error {
	column, err := x.place(letters(has.get("r")), x.column+1, maxColumns)
	if err != nil || column <= x.column {
		return x.disorder()
	}
	x.column = column
	x.cell.start(has)
	return nil
}

// endCell adds the cell to its row, and empty ones for those that the file leaves out. Cells right of all that a header
// can have go into one.
func (x *xlsxReader) endCell() error {
	for x.cells.width() < min(x.column-1, x.limits.Columns) {
		x.cells.endCell()
	}
	before := len(x.cells.text)
	text, code, problem, ok := x.cell.text(x.cells.text, x.book)
	if !ok {
		return &FileError{Code: FileDamaged, Line: x.last, Problem: "a cell refers to a text that the workbook does not hold; open it in Excel and save it again"}
	}
	x.cells.text = text
	if x.cells.width() <= x.limits.Columns {
		x.cells.endCell()
	} else {
		x.cells.cells[x.limits.Columns].end = len(text)
	}
	if code != "" && x.column <= len(x.header) {
		x.notes = append(x.notes, CellNote{Column: x.column, Code: code, Problem: problem})
	}
	x.spent += int64(len(text) - before)
	if len(text) > maxToken || x.spent > x.limits.Unpacked {
		return x.tooLong()
	}
	return nil
}

func (x *xlsxReader) tooLong() error {
	return &FileError{Code: FileTooLarge, Line: x.last, Problem: fmt.Sprintf(
		"the texts of a row have more than %d bytes, or those of the sheet more than %d", maxToken, x.limits.Unpacked)}
}

// endRow makes a row as wide as the header, or refuses it. A row without text is blank, and so is one that is left out.
func (x *xlsxReader) endRow(row Row) (Row, error) {
	x.counts.Blank += row.Line - x.counts.Lines - 1
	x.counts.Lines = row.Line
	if x.cells.blank() && len(x.notes) == 0 {
		x.counts.Blank++
		return Row{}, nil
	}
	x.cells.trim(len(x.header))
	if x.header != nil {
		for x.cells.width() < len(x.header) {
			x.cells.endCell()
		}
		if err := x.judge(); err != nil {
			x.counts.Refused++
			row.Raw = strings.Join(x.cells.strings(), "\t")
			return row, err
		}
	}
	x.counts.Records++
	row.Cells = x.cells.strings()
	row.Notes = x.notes
	return row, nil
}

// judge says why a row cannot be read.
func (x *xlsxReader) judge() error {
	problem := &RowError{Line: x.last}
	if width := x.cells.width(); width > len(x.header) {
		problem.Code, problem.Column = RowWidth, width
		problem.Problem = fmt.Sprintf("a cell right of the header's %d columns; empty it, or name its column", len(x.header))
	} else if problem.Column = x.cells.beyond(x.limits.CellBytes); problem.Column > 0 {
		problem.Code, problem.Name = RowCellSize, x.header[problem.Column-1]
		problem.Problem = fmt.Sprintf("longer than %d bytes", x.limits.CellBytes)
	} else {
		return nil
	}
	return problem
}

// place reads where a row or cell stands, which is next to the last one if it does not say.
func (x *xlsxReader) place(text string, next, limit int) (int, error) {
	if text == "" {
		text = strconv.Itoa(next)
	}
	n, err := strconv.Atoi(text)
	if err == nil && (n < 1 || n > limit) {
		err = strconv.ErrRange
	}
	return n, err
}

func (x *xlsxReader) disorder() error {
	return &FileError{Code: FileDamaged, Line: x.last, Problem: "rows or cells of the worksheet are out of order; open it in Excel and save it again"}
}

// letters turns the column of a reference such as AB12 into its number.
func letters(reference string) string {
	if reference == "" {
		return ""
	}
	n := 0
	for _, r := range reference {
		if r < 'A' || r > 'Z' || n > maxColumns {
			break
		}
		n = n*26 + int(r-'A') + 1
	}
	return strconv.Itoa(n)
}

// readHeader reads the first row that is not blank, or returns io.EOF.
func (x *xlsxReader) readHeader() (Row, error) {
	row, err := x.next()
	if err != nil {
		return row, err
	}
	if len(row.Cells) > x.limits.Columns {
		return row, tooManyColumns(row.Line, x.limits.Columns)
	}
	row.Cells = slices.Clone(row.Cells)
	x.header = row.Cells
	x.counts = Summary{Lines: row.Line, Header: 1, Blank: row.Line - 1}
	return row, nil
}
