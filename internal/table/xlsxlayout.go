package table

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// A sheet for people has a header that stays in sight and columns as wide as their first rows need: a
// stream has to know before its first row.
const (
	lookAhead = 200 // rows
	narrowest = 8   // characters
	widest    = 60
)

// add writes a row, once it is known how wide the columns are.
func (w *xlsxWriter) add(row []string) error {
	if w.begun || !w.people {
		return w.row(row)
	}
	w.ahead = append(w.ahead, slices.Clone(row))
	if len(w.ahead) < lookAhead {
		return nil
	}
	return w.begin()
}

// begin lays the sheet out and writes the rows that were looked at.
func (w *xlsxWriter) begin() error {
	if w.begun || !w.people {
		return nil
	}
	w.begun = true
	err := w.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	for i, width := range widths(w.ahead) {
		err = errors.Join(err, w.stream.SetColWidth(i+1, i+1, float64(width)))
	}
	if err != nil {
		return fmt.Errorf("write XLSX: lay out: %w", err)
	}
	for _, row := range w.ahead {
		if err := w.row(row); err != nil {
			return err
		}
	}
	w.ahead = nil
	return nil
}

// widths are those that the columns of some rows need, in characters.
func widths(rows [][]string) []int {
	if len(rows) == 0 {
		return nil
	}
	out := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			out[i] = min(max(out[i], narrowest, utf8.RuneCountInString(cell)+2), widest)
		}
	}
	return out
}
