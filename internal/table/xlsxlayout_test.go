package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestSheetsForPeople: the header stays in sight and columns are as wide as they need; every row is
// there, however many are looked at first. A portal's file has nothing of it.
func TestSheetsForPeople(t *testing.T) {
	for _, rows := range []int{0, 1, lookAhead - 2, lookAhead - 1, lookAhead, 2*lookAhead + 1} {
		for _, people := range []bool{true, false} {
			var cells [][]string
			for i := range rows {
				cells = append(cells, []string{fmt.Sprint(i), strings.Repeat("x", 20), strings.Repeat("y", 200)})
			}
			var out bytes.Buffer
			if err := Write(&out, XLSX, []string{"N", "Name", "Why"}, slices.Values(cells), Options{ForPeople: people}); err != nil {
				t.Fatal(err)
			}
			file, err := excelize.OpenReader(&out)
			if err != nil {
				t.Fatal(err)
			}
			got, err := file.GetRows("Sheet1")
			if err != nil || len(got) != rows+1 || rows > 0 && got[rows][0] != fmt.Sprint(rows-1) {
				t.Fatalf("%d rows of %d, %v", len(got), rows+1, err)
			}
			panes, err := file.GetPanes("Sheet1")
			if err != nil || panes.Freeze != people {
				t.Errorf("%d rows, for people %t: %+v, %v", rows, people, panes, err)
			}
			name, _ := file.GetColWidth("Sheet1", "B")
			why, _ := file.GetColWidth("Sheet1", "C")
			if wide := name == 22 && why == widest; wide != (people && rows > 0) {
				t.Errorf("%d rows, for people %t: widths %v, %v", rows, people, name, why)
			}
		}
	}
}
