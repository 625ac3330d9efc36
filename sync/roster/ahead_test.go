package roster

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"usher/internal/table"
	"usher/internal/usher"
)

// TestAheadIsInOrder has rows overwrite what they share, as those of a table do, and ends at every place.
func TestAheadIsInOrder(t *testing.T) {
	broken := errors.New("broken")
	for _, n := range []int{0, 1, batchRows - 1, batchRows, batchRows + 1, 10*batchRows + 3} {
		ended := false
		rows := func(yield func(table.Row, error) bool) {
			defer func() { ended = true }()
			cells, notes := make([]string, 2), make([]table.CellNote, 1)
			for i := range n {
				cells[0], cells[1], notes[0].Column = fmt.Sprint(i), "x", i
				if !yield(table.Row{Number: i, Cells: cells, Notes: notes}, nil) {
					return
				}
			}
			yield(table.Row{Number: n}, broken)
		}
		for _, stop := range []int{0, n / 2, n, n + 1, 0, 1, batchRows, n / 2} {
			at := 0
			ended = false
			for row, err := range ahead(rows) {
				last := at == n
				if row.Number != at || errors.Is(err, broken) != last || !last && (!slices.Equal(row.Cells, []string{fmt.Sprint(at), "x"}) || row.Notes[0].Column != at) {
					t.Fatalf("row %d of %d: %+v, %v", at, n, row, err)
				}
				if at++; at > stop {
					break
				}
			}
			if want := min(stop, n) + 1; at != want || !ended {
				t.Errorf("%d of %d rows and one error, want %d; ended: %v", at, n, want, ended)
			}
		}
	}
}

// TestAheadPanicsWhereItIsCalled: a panic of what reads rows is the caller's, with where it was.
func TestAheadPanicsWhereItIsCalled(t *testing.T) {
	for _, n := range []int{0, 1, batchRows, 3*batchRows + 1} {
		at := 0
		rows := func(yield func(table.Row, error) bool) {
			for i := range n {
				if !yield(table.Row{Number: i}, nil) {
					return
				}
			}
			panic("a cell is odd")
		}
		func() {
			defer func() {
				panicked, ok := recover().(*usher.Panicked)
				if !ok || panicked.Value != "a cell is odd" || !strings.Contains(panicked.Error(), "TestAheadPanicsWhereItIsCalled") {
					t.Errorf("after %d rows: %v", n, panicked)
				}
			}()
			for range ahead(rows) {
				at++
			}
			t.Errorf("after %d rows it has ended", n)
		}()
		if at > n {
			t.Errorf("%d of %d rows", at, n)
		}
	}
}
