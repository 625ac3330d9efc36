package table

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

const byteOrderMark = "\ufeff"

// WriteCSV writes a header and rows as CSV (RFC 4180). Cells are written byte by byte as they are and quoted only where
// needed, so the same table always gives the same bytes. Every row must be as wide as the header.
func WriteCSV(w io.Writer, header []string, rows [][]string, o Options) error {
	if err := checkWidth(header, rows); err != nil {
		return err
	}
	return writeCSV(w, header, slices.Values(rows), o)
}

func writeCSV(w io.Writer, header []string, rows iter.Seq[[]string], o Options) error {
	separator, err := checkSeparator(o.Separator)
	if err != nil {
		return err
	}
	out := csvWriter{Writer: bufio.NewWriter(w), separator: string(separator), special: "\"\r\n" + string(separator), lineEnd: "\n"}
	if o.CRLF {
		out.lineEnd = "\r\n"
	}
	if o.ForPeople {
		// Quoted as well: whatever the reader's locale takes for a separator, so that no formula starts behind it.
		out.prepare, out.special = protect, out.special+",;\t"
	}
	if o.BOM {
		out.WriteString(byteOrderMark)
	}
	out.row(header)
	count := 0
	for row := range rows {
		count++
		if len(row) != len(header) {
			return widthError(count, row, header)
		}
		out.row(row)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// csvWriter leaves errors to Flush, as bufio.Writer keeps the first.
type csvWriter struct {
	*bufio.Writer
	separator, special, lineEnd string
	prepare                     func(string) string
}

func (w *csvWriter) row(cells []string) {
	for i, cell := range cells {
		if i > 0 {
			w.WriteString(w.separator)
		}
		if w.prepare != nil {
			cell = w.prepare(cell)
		}
		w.cell(cell, len(cells) == 1)
	}
	w.WriteString(w.lineEnd)
}

// cell quotes where the cell would not read back otherwise: special characters, a first cell that starts with a byte
// order mark, an only cell that would leave its line blank, and space at an end, which readers are fond of trimming.
func (w *csvWriter) cell(cell string, only bool) {
	if !strings.ContainsAny(cell, w.special) && strings.TrimSpace(cell) == cell &&
		!strings.HasPrefix(cell, byteOrderMark) && (cell != "" || !only) {
		w.WriteString(cell)
		return
	}
	w.WriteByte('"')
	w.WriteString(strings.ReplaceAll(cell, `"`, `""`))
	w.WriteByte('"')
}

func checkSeparator(r rune) (rune, error) {
	switch {
	case r == 0:
		return ',', nil
	case r == '"', r == '\'', r == '\r', r == '\n', r == '\ufeff', r == utf8.RuneError, !utf8.ValidRune(r):
		return 0, fmt.Errorf("CSV separator %q cannot separate cells; use a comma, a semicolon or a tab", r)
	}
	return r, nil
}
