package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	// recordLines and recordBytes are how far a quoted line break is followed.
	recordLines = 100
	recordBytes = 64 << 10
	// sureWidth is the width from which on two lines of a record that look like rows by themselves are two rows.
	sureWidth = 5
)

// csvReader reads records of CSV (RFC 4180). encoding/csv is not used because one stray quote makes it swallow all rows
// to the end of the file, and because it alters line ends inside cells.
//
// A record goes on over a line break only where an odd number of quotes has opened a cell. It ends with the next line
// that has an odd number too, so that no line is looked at more than twice, however many quotes there are. If the
// record so formed is not exactly as wide as the header, its first line is refused and the others are read anew.
type csvReader struct {
	lines     *lineReader
	encoding  textEncoding
	separator []byte
	limits    Limits
	header    []string // nil while the header itself is read
	cells     rowText
	counts    Summary
	// unclosed is a refused line that opens a quote which the file never closes. Unless whole rows follow, the file has
	// been cut off there.
	unclosed int
}

func newCSVReader(lines *lineReader, e textEncoding, separator rune, limits Limits) *csvReader {
	return &csvReader{lines: lines, encoding: e, separator: []byte(string(separator)), limits: limits}
}

// summary implements source.
func (c *csvReader) summary() Summary { return c.counts }

// record is a number of lines, not yet taken, that may be one. end is behind their text, after where the next starts.
type record struct {
	end, after, lines int
	unclosed          bool // the file ends before the quotes pair
}

// next implements source.
func (c *csvReader) next() (Row, error) {
	for {
		first, err := c.look(0, 0)
		if err != nil {
			return Row{}, err
		}
		if first.after == 0 {
			return Row{}, c.finish()
		}
		if isBlank(c.lines.text(first.end)) {
			c.skip(first)
			continue
		}
		whole, err := c.extend(&first)
		if err != nil {
			return Row{}, err
		}
		problem := c.cut(whole)
		if problem != nil && whole.lines > 1 {
			whole, problem = first, c.cut(first)
		}
		switch {
		case problem != nil:
			return c.refuse(first, problem)
		case c.cells.blank():
			c.skip(whole)
		default:
			return c.accept(whole), nil
		}
	}
}

// look finds the line that starts at offset from, which is ahead lines from here.
func (c *csvReader) look(from, ahead int) (record, error) {
	end, after, err := c.lines.line(from)
	number := c.counts.Lines + ahead + 1
	if fileError, ok := errors.AsType[*FileError](err); ok {
		fileError.Line = number
	}
	if err != nil {
		return record{}, err
	}
	if code, problem := c.encoding.check(c.lines.text(end)[from:]); code != "" {
		return record{}, &FileError{Code: code, Line: number, Problem: problem}
	}
	return record{end: end, after: after, lines: 1}, nil
}

// extend follows quoted line breaks. It returns first itself where there is none, or none that leads to a closing quote.
func (c *csvReader) extend(first *record) (record, error) {
	whole, rows := *first, 0
	for from := 0; ; from = whole.after {
		if from > 0 {
			line, err := c.look(from, whole.lines)
			if err != nil {
				return record{}, err
			}
			if first.unclosed = line.after == from; first.unclosed {
				return *first, nil
			}
			whole = record{end: line.end, after: line.after, lines: whole.lines + 1}
		}
		text := c.lines.text(whole.end)[from:]
		odd := bytes.Count(text, []byte{'"'})%2 == 1
		if from == 0 && !odd {
			return whole, nil // as nearly every record
		}
		if len(c.header) >= sureWidth && bytes.Count(text, c.separator)+1 == len(c.header) {
			rows++
		}
		switch {
		case odd == (from > 0) && rows < 2:
			return whole, nil
		case rows == 2, whole.lines == recordLines, whole.after > recordBytes:
			return *first, nil
		}
	}
}

// cut makes cells of a record, or says why it cannot.
func (c *csvReader) cut(r record) *RowError {
	flaw := cutRecord(c.lines.text(r.end), c.separator, &c.cells)
	if flaw == flawless && (c.header == nil || c.cells.width() == len(c.header)) && c.cells.beyond(c.limits.CellBytes) == 0 {
		return nil
	}
	return c.problem(flaw)
}

// problem says why the cells that were cut are no record.
func (c *csvReader) problem(flaw flaw) *RowError {
	problem := &RowError{Line: c.counts.Lines + 1}
	if flaw != flawless {
		problem.Code, problem.Problem, problem.Column = RowQuote, string(flaw), c.cells.width()+1
	} else if width := c.cells.width(); c.header != nil && width != len(c.header) {
		problem.Code, problem.Problem = RowWidth, widthProblem(width, len(c.header))
	} else {
		problem.Code, problem.Problem, problem.Column = RowCellSize, fmt.Sprintf("longer than %d bytes", c.limits.CellBytes), c.cells.beyond(c.limits.CellBytes)
	}
	if 0 < problem.Column && problem.Column <= len(c.header) {
		problem.Name = c.header[problem.Column-1]
	}
	return problem
}

func widthProblem(cells, header int) string {
	return fmt.Sprintf("%d cells under a header of %d; quote cells that hold the separator", cells, header)
}

// refuse gives up the first line of what is no record. What lacks cells on a last line without line end is no bad row,
// but the end of a file that was cut off.
func (c *csvReader) refuse(first record, problem *RowError) (Row, error) {
	if first.after == first.end && c.cells.width() < len(c.header) {
		return Row{}, truncated(problem.Line, "the file ends inside this record")
	}
	if first.unclosed && problem.Problem == string(neverClosing) {
		c.unclosed = problem.Line
	}
	row := Row{Line: problem.Line, Raw: string(c.lines.text(first.end))}
	c.counts.Refused++
	c.take(first)
	return row, problem
}

func (c *csvReader) accept(r record) Row {
	row := Row{Line: c.counts.Lines + 1, Cells: c.cells.strings()}
	c.unclosed = 0
	c.counts.Records++
	c.counts.Within += r.lines - 1
	c.take(r)
	return row
}

func (c *csvReader) skip(r record) {
	c.counts.Blank += r.lines
	c.take(r)
}

func (c *csvReader) take(r record) {
	c.counts.Lines += r.lines
	c.lines.take(r.after)
}

// finish says how the file ends: io.EOF, or cut off.
func (c *csvReader) finish() error {
	if c.unclosed > 0 {
		return truncated(c.unclosed, "the file ends inside the quoted cell that starts here")
	}
	return io.EOF
}

func truncated(line int, problem string) *FileError {
	return &FileError{Code: FileTruncated, Line: line, Problem: problem + "; it was cut off, send it again whole"}
}

// skipLine takes the first line without looking at it.
func (c *csvReader) skipLine() error {
	line, err := c.look(0, 0)
	c.take(line)
	return err
}

// readHeader reads the first record. Cells may be kept.
func (c *csvReader) readHeader() (Row, error) {
	row, err := c.next()
	if errors.Is(err, io.EOF) {
		return row, &FileError{Code: FileEmpty, Problem: emptyProblem}
	}
	if problem, ok := errors.AsType[*RowError](err); ok {
		return row, &FileError{Code: FileQuote, Line: problem.Line, Problem: fmt.Sprintf("header, column %d: %s", problem.Column, problem.Problem)}
	}
	if err != nil {
		return row, err
	}
	if len(row.Cells) > c.limits.Columns {
		return row, tooManyColumns(row.Line, c.limits.Columns)
	}
	row.Cells = slices.Clone(row.Cells)
	c.header = row.Cells
	c.counts = Summary{Lines: c.counts.Lines, Blank: c.counts.Blank, Header: c.counts.Lines - c.counts.Blank}
	return row, nil
}

const emptyProblem = "the file is empty; its first line must name the columns"

func tooManyColumns(line, limit int) *FileError {
	return &FileError{Code: FileTooLarge, Line: line, Problem: fmt.Sprintf("more than %d columns", limit)}
}
