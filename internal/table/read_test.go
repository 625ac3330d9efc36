package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// readAll gives every row as its cells, and every error as one cell.
func readAll(t *testing.T, in string, limits csvLimits) (header []string, rows [][]string, lines []int) {
	t.Helper()
	sheet, err := readCSV(iotest.OneByteReader(strings.NewReader(in)), limits)
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range sheet.Rows {
		if err != nil {
			row.Cells = []string{err.Error()}
		}
		rows, lines = append(rows, row.Cells), append(lines, row.Line)
	}
	return sheet.Header, rows, lines
}

func TestReadCSV(t *testing.T) {
	for name, c := range map[string]struct {
		in     string
		limits csvLimits
		rows   [][]string
		lines  []int
	}{
		"plain":         {in: "a,b\n1,2\n", rows: [][]string{{"1", "2"}}, lines: []int{2}},
		"no last end":   {in: "a,b\n1,", rows: [][]string{{"1", ""}}, lines: []int{2}},
		"BOM, CR LF":    {in: "\ufeffa,b\r\n1,2\r\n3,4\r\n", rows: [][]string{{"1", "2"}, {"3", "4"}}, lines: []int{2, 3}},
		"BOM, quoted":   {in: "\ufeff\"a\",b\n1,2", rows: [][]string{{"1", "2"}}, lines: []int{2}},
		"CR":            {in: "a,b\r1,2\r3,4\r", rows: [][]string{{"1", "2"}, {"3", "4"}}, lines: []int{2, 3}},
		"UTF-16 LE":     {in: "\xff\xfea\x00,\x00b\x00\n\x001\x00,\x00\xfc\x00", rows: [][]string{{"1", "\u00fc"}}, lines: []int{2}},
		"UTF-16 BE":     {in: "\xfe\xff\x00a\x00,\x00b\x00\n\x001\x00,\x002", rows: [][]string{{"1", "2"}}, lines: []int{2}},
		"blank lines":   {in: "\n\r\na,b\n\n1,2\n\n\n3,4\n\n", rows: [][]string{{"1", "2"}, {"3", "4"}}, lines: []int{5, 8}},
		"semicolon":     {in: "a;b\n1,1;2\n", limits: csvLimits{Separator: ';'}, rows: [][]string{{"1,1", "2"}}, lines: []int{2}},
		"quotes":        {in: "a,b\n\"1,\"\"x\"\"\",\"\"\n", rows: [][]string{{`1,"x"`, ""}}, lines: []int{2}},
		"spaces stay":   {in: "a,b\n 1 ,2 \n", rows: [][]string{{" 1 ", "2 "}}, lines: []int{2}},
		"several lines": {in: "a,b\n\"1\r\n2\n3\r4\",x\n5,6", limits: csvLimits{MultiLine: true}, rows: [][]string{{"1\r\n2\n3\r4", "x"}, {"5", "6"}}, lines: []int{2, 6}},
		"no rows":       {in: "a,b"},
		"apostrophes":   {in: "a,b\n'=1,'x\n", rows: [][]string{{"'=1", "'x"}}, lines: []int{2}},
		"from people":   {in: "a,'b\n'=1,'x\n", limits: csvLimits{FromPeople: true}, rows: [][]string{{"=1", "'x"}}, lines: []int{2}},
		"wide row": {in: "a,b\n1,2,3\n4\n5,6", rows: [][]string{
			{"line 2: 3 cells under a header of 2; quote cells that hold the separator"},
			{"line 3: 1 cells under a header of 2; quote cells that hold the separator"},
			{"5", "6"},
		}, lines: []int{2, 3, 4}},
		"stray quotes": {in: "a,b\n1,x\"y\n\"2,z\n\"3\"z,4\n5,6\n7,\"8", rows: [][]string{
			{"line 2, column 2 (b): a quote inside an unquoted cell; quote the cell and write the quote twice"},
			{"line 3, column 1 (a): the quote that opens the cell is not closed on its line"},
			{"line 4, column 1 (a): text after a closing quote; write a quote inside a cell twice"},
			{"5", "6"},
			{"line 6, column 2 (b): the quote that opens the cell is never closed"},
		}, lines: []int{2, 3, 4, 5, 6}},
		"stray quote over several lines": {in: "a,b\n\"1,2\n3,4\n5,6\n7,8\n9,0\n", limits: csvLimits{MultiLine: true, CellBytes: 8}, rows: [][]string{
			{"line 2, column 1 (a): longer than 8 bytes; is a closing quote missing?"}, {"7", "8"}, {"9", "0"},
		}, lines: []int{2, 5, 6}},
		"bytes": {in: "a,b\n\xff,2\n1,\x00\n3,4", rows: [][]string{
			{"line 2, column 1 (a): invalid UTF-8; save the file as CSV UTF-8"},
			{"line 3, column 2 (b): a NUL character; if the file is UTF-16, save it as CSV UTF-8"},
			{"3", "4"},
		}, lines: []int{2, 3, 4}},
		"columns": {in: "a,b\n1,2,3,4\n5,6", limits: csvLimits{Columns: 2}, rows: [][]string{
			{"line 2, column 3: more than 2 columns"}, {"5", "6"},
		}, lines: []int{2, 3}},
		"rows":   {in: "a,b\n1,2\n3,4\n5,6", limits: csvLimits{Rows: 2}, rows: [][]string{{"1", "2"}, {"3", "4"}, {"read CSV: table too large: more than 2 rows"}}, lines: []int{2, 3, 0}},
		"size":   {in: "a,b\n1,2\n3,4\n", limits: csvLimits{Bytes: 11}, rows: [][]string{{"1", "2"}, {"read CSV: line 3: table too large: more than 11 bytes"}}, lines: []int{2, 0}},
		"fits":   {in: "a,b\n1,2\n3,4\n", limits: csvLimits{Bytes: 12, Rows: 2, Columns: 2, CellBytes: 1}, rows: [][]string{{"1", "2"}, {"3", "4"}}, lines: []int{2, 3}},
		"cell":   {in: "a,b\n1,22\n3,4\n", limits: csvLimits{CellBytes: 1}, rows: [][]string{{"line 2, column 2 (b): longer than 1 bytes; is a closing quote missing?"}, {"3", "4"}}, lines: []int{2, 3}},
		"U+FFFD": {in: "a,b\n\ufffd,2\n", rows: [][]string{{"\ufffd", "2"}}, lines: []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			header, rows, lines := readAll(t, c.in, c.limits)
			if !reflect.DeepEqual(header, []string{"a", "b"}) && name != "from people" {
				t.Errorf("header %q", header)
			}
			if !reflect.DeepEqual(rows, c.rows) || !reflect.DeepEqual(lines, c.lines) {
				t.Errorf("got  %q %v\nwant %q %v", rows, lines, c.rows, c.lines)
			}
		})
	}
}

func TestReadCSVRefusesTheHeader(t *testing.T) {
	for name, c := range map[string]struct {
		in, want string
		limits   csvLimits
	}{
		"empty":     {in: "", want: "empty"},
		"blank":     {in: "\n\r\n", want: "empty"},
		"only BOM":  {in: "\ufeff", want: "empty"},
		"twice":     {in: "a,b,a\n", want: "line 1, column 3 (a): column 1 has the same name"},
		"quote":     {in: "a,b\"\n", want: "line 1, column 2: a quote"},
		"size":      {in: "a,b\n", want: "more than 2 bytes", limits: csvLimits{Bytes: 2}},
		"separator": {in: "a,b\n", want: "separator", limits: csvLimits{Separator: '\n'}},
		"UTF-16":    {in: "a\x00,\x00", want: "UTF-16"},
	} {
		if sheet, err := readCSV(strings.NewReader(c.in), c.limits); sheet != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", name, sheet, err, c.want)
		}
	}
	if sheet, err := readCSV(strings.NewReader("a,,\n"), csvLimits{}); err != nil || len(sheet.Header) != 3 {
		t.Errorf("columns without a name: %v, %v", sheet, err)
	}
}

func TestReadCSVReportsTheReader(t *testing.T) {
	broken := errors.New("connection lost")
	sheet, err := readCSV(io.MultiReader(strings.NewReader("a\n1\n2"), iotest.ErrReader(broken)), csvLimits{})
	if err != nil {
		t.Fatal(err)
	}
	var rows int
	var last error
	for _, err := range sheet.Rows {
		rows, last = rows+1, err
	}
	if rows != 2 || !errors.Is(last, broken) {
		t.Errorf("%d rows, last error %v; the cut row must not look whole", rows, last)
	}
}

// One stray quote costs one person, not all that follow.
func TestReadCSVLosesOneRowToAStrayQuote(t *testing.T) {
	var in strings.Builder
	in.WriteString("name,email\n")
	for i := range 10_000 {
		quote := ""
		if i == 5_000 {
			quote = `"`
		}
		fmt.Fprintf(&in, "%sp%d,p%d@x.com\n", quote, i, i)
	}
	sheet, err := readCSV(strings.NewReader(in.String()), csvLimits{})
	if err != nil {
		t.Fatal(err)
	}
	good, bad := 0, 0
	for _, err := range sheet.Rows {
		if rowError, ok := errors.AsType[*RowError](err); ok && rowError.Line == 5_002 {
			bad++
		} else if err == nil {
			good++
		}
	}
	if good != 9_999 || bad != 1 {
		t.Errorf("%d good, %d bad", good, bad)
	}
}

func TestReadCSVIsLazy(t *testing.T) {
	in := strings.NewReader("a\n" + strings.Repeat("1\n", 1<<20))
	sheet, err := readCSV(in, csvLimits{})
	if err != nil {
		t.Fatal(err)
	}
	for range sheet.Rows {
		break
	}
	if in.Len() < 1<<20 {
		t.Errorf("only %d bytes left unread after one row", in.Len())
	}
}

func TestRowErrorsHoldNoCells(t *testing.T) {
	for _, in := range []string{"a\nSecret\"\n", "a\n\"Secret\n", "a\n\"Secret\"x", "a\nSecret,Secret\n", "a\nSecret\xff"} {
		_, rows, _ := readAll(t, in, csvLimits{})
		if len(rows) != 1 || strings.Contains(rows[0][0], "Secret") || !strings.HasPrefix(rows[0][0], "line 2") {
			t.Errorf("%q: %q", in, rows)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	cell := rapid.StringOf(rapid.RuneFrom([]rune("ab'=+\",;\t\r\n \ufeff\uff1d\u00fc")))
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 4).Draw(t, "width")
		row := rapid.SliceOfN(cell, width, width)
		header := rapid.SliceOfNDistinct(cell, width, width, rapid.ID).Draw(t, "header")
		rows := rapid.SliceOfN(row, 1, 4).Draw(t, "rows")
		people := rapid.Bool().Draw(t, "people")
		o := Options{
			Separator: rapid.SampledFrom([]rune{0, ';', '\t', '|'}).Draw(t, "separator"),
			BOM:       rapid.Bool().Draw(t, "bom"), CRLF: rapid.Bool().Draw(t, "crlf"), ForPeople: people,
		}
		var out bytes.Buffer
		if err := WriteCSV(&out, header, rows, o); err != nil {
			t.Fatal(err)
		}
		sheet, err := readCSV(&out, csvLimits{Separator: o.Separator, MultiLine: true, FromPeople: people})
		if err != nil {
			t.Fatal(err)
		}
		var back [][]string
		for row, err := range sheet.Rows {
			if err != nil {
				t.Fatal(err)
			}
			back = append(back, row.Cells)
		}
		if !reflect.DeepEqual(sheet.Header, header) || !reflect.DeepEqual(back, rows) {
			t.Fatalf("%q %q came back as %q %q", header, rows, sheet.Header, back)
		}
	})
}

func FuzzUnquote(f *testing.F) {
	for _, seed := range []string{"", "=1", "'=1", "''=1", "'", "''", "'a", "\x00", "'\uff1d", "\xff=", "'\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		quoted := protect(cell)
		if startsFormula(quoted) || Unquote(quoted) != cell {
			t.Errorf("%q -> %q -> %q", cell, quoted, Unquote(quoted))
		}
	})
}

func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\ufeffa;b\r\n\"1\"\"\";\r\n", "a\n\"\n", "a\r\r\nb", "\xff\xfea\x00", "a,b\n1\n\n2,3,4\n5,\"6\n7\"", "a\n\x00\xff"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, in string, multiLine bool) {
		sheet, err := readCSV(strings.NewReader(in), csvLimits{MultiLine: multiLine, CellBytes: 64, Columns: 8})
		if err != nil {
			return
		}
		line, flawless, rows := 0, true, [][]string{sheet.Header}
		for row, err := range sheet.Rows {
			if err != nil {
				flawless = false
			} else if rows = append(rows, row.Cells); len(row.Cells) != len(sheet.Header) {
				t.Fatalf("%d cells under a header of %d", len(row.Cells), len(sheet.Header))
			}
			if row.Line <= line || row.Line > strings.Count(in, "\n")+strings.Count(in, "\r")+1 {
				t.Fatalf("line %d after line %d", row.Line, line)
			}
			line = row.Line
		}
		if flawless && multiLine && !strings.ContainsRune(in, '\r') && !strings.Contains(in, "\xfe") {
			agree(t, in, rows)
		}
	})
}

// agree holds a reading without errors against the standard library's, where both follow the same rules.
func agree(t *testing.T, in string, rows [][]string) {
	t.Helper()
	want, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(in, byteOrderMark))).ReadAll()
	if err != nil || !reflect.DeepEqual(rows, want) {
		t.Fatalf("read %q, encoding/csv %q, %v", rows, want, err)
	}
}
