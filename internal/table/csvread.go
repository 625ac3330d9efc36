package table

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// csvLimits says what ReadCSV accepts. Sizes and counts of 0 mean the default in brackets.
type csvLimits struct {
	Separator rune  // between cells [comma]
	Bytes     int64 // of the whole file [64 MiB]
	Rows      int   // below the header [1,000,000]
	Columns   int   // [512]
	CellBytes int   // of one cell [64 KiB]
	// MultiLine lets a quoted cell run over several lines. Without it a stray quote costs one row; with it, as many as
	// CellBytes can swallow.
	MultiLine bool
	// FromPeople takes off the apostrophes that Options.ForPeople puts on.
	FromPeople bool
}

func (l csvLimits) withDefaults() csvLimits {
	l.Bytes = cmp.Or(l.Bytes, 64<<20)
	l.Rows = cmp.Or(l.Rows, 1_000_000)
	l.Columns = cmp.Or(l.Columns, 512)
	l.CellBytes = cmp.Or(l.CellBytes, 64<<10)
	return l
}

// ReadCSV reads the header of a CSV file (RFC 4180) and hands over its rows lazily, so r must stay open meanwhile. The
// file is UTF-8, with or without byte order mark, or UTF-16 with one; lines end with LF, CR LF or CR; blank lines are
// skipped. A header that names two columns alike is refused. An error that concerns a line is a *RowError.
func readCSV(r io.Reader, limits csvLimits) (*Sheet, error) {
	separator, err := checkSeparator(limits.Separator)
	if err != nil {
		return nil, err
	}
	limits = limits.withDefaults()
	decoded := transform.NewReader(&cappedReader{r: r, limit: limits.Bytes, left: limits.Bytes}, unicode.BOMOverride(transform.Nop))
	scanner := &csvScanner{in: bufio.NewReader(decoded), separator: separator, limits: limits, line: 1}
	header, err := scanner.next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("read CSV: the file is empty; its first line must name the columns")
	}
	if err == nil {
		err = checkHeader(header)
	}
	if err != nil {
		return nil, fmt.Errorf("read CSV header: %w", err)
	}
	scanner.header = header.Cells
	return &Sheet{Format: CSV, Header: header.Cells, Rows: scanner.rows, Summary: func() Summary { return Summary{} }}, nil
}

func checkHeader(header Row) error {
	seen := make(map[string]int, len(header.Cells))
	for i, name := range header.Cells {
		if first, found := seen[name]; found && name != "" {
			return &RowError{Line: header.Line, Column: i + 1, Name: name, Problem: fmt.Sprintf("column %d has the same name; rename one", first+1)}
		}
		seen[name] = i
	}
	return nil
}

// rows implements Sheet.Rows.
func (s *csvScanner) rows(yield func(Row, error) bool) {
	for count := 1; ; count++ {
		row, err := s.next()
		if errors.Is(err, io.EOF) {
			return
		}
		if count > s.limits.Rows {
			err = fmt.Errorf("table too large: more than %d rows", s.limits.Rows)
		}
		if _, goesOn := errors.AsType[*RowError](err); err != nil && !goesOn {
			yield(Row{}, fmt.Errorf("read CSV: %w", err))
			return
		}
		if !yield(row, err) {
			return
		}
	}
}

// cappedReader fails, instead of ending as io.LimitReader does, when there is more to read than allowed.
type cappedReader struct {
	r           io.Reader
	limit, left int64
}

// Read implements io.Reader.
func (c *cappedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p[:min(int64(len(p)), c.left+1)])
	if c.left -= int64(n); c.left < 0 {
		return 0, fmt.Errorf("table too large: more than %d bytes", c.limit)
	}
	return n, err
}
