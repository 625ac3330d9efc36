package table

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// csvScanner cuts CSV into rows. encoding/csv is not used because one stray quote makes it swallow all rows to the end
// of the file, and because it alters line ends inside cells.
type csvScanner struct {
	in        *bufio.Reader
	separator rune
	limits    csvLimits
	header    []string // nil while the header itself is read
	line      int      // of the next character, from 1
	failed    error    // why reading ended, when not by the end of the file
}

// ending is what stands behind a cell.
type ending int

const (
	endOfCell ending = iota
	endOfRow
	endOfFile
)

// Runes that read returns beside characters.
const (
	atEnd   rune = -1
	invalid rune = -2
)

// next returns the next row that is not blank; a *RowError, after which the next line follows; or what ended the file.
func (s *csvScanner) next() (Row, error) {
	for {
		row, blank, err := s.row()
		if s.failed != nil {
			return Row{}, fmt.Errorf("line %d: %w", s.line, s.failed)
		}
		if !blank || err != nil {
			return row, err
		}
	}
}

func (s *csvScanner) row() (row Row, blank bool, err error) {
	row.Line = s.line
	if s.peek() == atEnd {
		return row, false, io.EOF
	}
	blank = s.atLineEnd()
	for end := endOfCell; end == endOfCell; {
		var cell, problem string
		cell, end, problem = s.cell()
		if problem == "" && len(row.Cells) == s.limits.Columns {
			problem = fmt.Sprintf("more than %d columns", s.limits.Columns)
		}
		if problem != "" {
			err := s.rowError(row.Line, len(row.Cells)+1, problem)
			if end == endOfCell {
				s.skipLine()
			}
			return Row{Line: row.Line}, false, err
		}
		if s.limits.FromPeople {
			cell = Unquote(cell)
		}
		row.Cells = append(row.Cells, cell)
	}
	if !blank && s.header != nil && len(row.Cells) != len(s.header) {
		return Row{Line: row.Line}, false, s.rowError(row.Line, 0, fmt.Sprintf(
			"%d cells under a header of %d; quote cells that hold the separator", len(row.Cells), len(s.header)))
	}
	return row, blank, nil
}

func (s *csvScanner) rowError(line, column int, problem string) *RowError {
	e := &RowError{Line: line, Column: column, Problem: problem}
	if 0 < column && column <= len(s.header) {
		e.Name = s.header[column-1]
	}
	return e
}

// cell reads one cell and what ends it. With a problem, endOfCell says that the rest of the line is still unread.
func (s *csvScanner) cell() (cell string, end ending, problem string) {
	if s.peek() == '"' {
		s.read()
		return s.quoted()
	}
	var text strings.Builder
	for {
		r := s.read()
		if end, ended := s.ends(r); ended {
			return text.String(), end, ""
		}
		if r == '"' {
			return "", endOfCell, `a quote inside an unquoted cell; quote the cell and write the quote twice`
		}
		if problem := s.add(&text, r); problem != "" {
			return "", endOfCell, problem
		}
	}
}

// quoted reads the rest of a cell whose opening quote was read.
func (s *csvScanner) quoted() (cell string, end ending, problem string) {
	var text strings.Builder
	for {
		r := s.read()
		switch {
		case r == '"' && s.peek() != '"':
			end, ended := s.ends(s.read())
			if !ended {
				return "", endOfCell, "text after a closing quote; write a quote inside a cell twice"
			}
			return text.String(), end, ""
		case r == '"':
			s.read()
		case r == atEnd:
			return "", endOfFile, "the quote that opens the cell is never closed"
		case r == '\r' || r == '\n':
			if !s.limits.MultiLine {
				s.finishLine(r)
				return "", endOfRow, "the quote that opens the cell is not closed on its line"
			}
			if r == '\n' || s.peek() != '\n' {
				s.line++
			}
		}
		if problem := s.add(&text, r); problem != "" {
			return "", endOfCell, problem
		}
	}
}

// ends reports whether r ends a cell, and finishes the line when it does so too.
func (s *csvScanner) ends(r rune) (end ending, ended bool) {
	switch r {
	case atEnd:
		return endOfFile, true
	case s.separator:
		return endOfCell, true
	case '\r', '\n':
		s.finishLine(r)
		return endOfRow, true
	}
	return 0, false
}

// add appends a character to a cell, or says why it must not be there.
func (s *csvScanner) add(text *strings.Builder, r rune) (problem string) {
	switch {
	case r == invalid:
		return "invalid UTF-8; save the file as CSV UTF-8"
	case r == 0:
		return "a NUL character; if the file is UTF-16, save it as CSV UTF-8"
	case text.Len()+utf8.RuneLen(r) > s.limits.CellBytes:
		return fmt.Sprintf("longer than %d bytes; is a closing quote missing?", s.limits.CellBytes)
	}
	text.WriteRune(r)
	return ""
}

func (s *csvScanner) read() rune {
	r, size, err := s.in.ReadRune()
	switch {
	case err != nil:
		if !errors.Is(err, io.EOF) {
			s.failed = err
		}
		return atEnd
	case r == utf8.RuneError && size == 1:
		return invalid
	}
	return r
}

// peek returns the next character without reading it.
func (s *csvScanner) peek() rune {
	r := s.read()
	if r != atEnd {
		s.in.UnreadRune() // cannot fail right after ReadRune
	}
	return r
}

func (s *csvScanner) atLineEnd() bool {
	r := s.peek()
	return r == '\r' || r == '\n'
}

// finishLine counts a line whose end began with r, and reads the LF of a CR LF.
func (s *csvScanner) finishLine(r rune) {
	if r == '\r' && s.peek() == '\n' {
		s.read()
	}
	s.line++
}

func (s *csvScanner) skipLine() {
	for {
		switch r := s.read(); r {
		case atEnd:
			return
		case '\r', '\n':
			s.finishLine(r)
			return
		}
	}
}
