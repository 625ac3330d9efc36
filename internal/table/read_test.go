package table

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// reading is all that came of a file. Errors stand among the rows as one cell.
type reading struct {
	sheet   *Sheet
	rows    [][]string
	lines   []int
	numbers []int
	hidden  []int // numbers
	notes   map[int][]CellNote
	raw     []string
	err     error // of Open, or that ended the rows
}

// read reads everything, and checks what holds of every file.
func read(t *testing.T, data string, o ReadOptions) reading {
	t.Helper()
	r := reading{notes: map[int][]CellNote{}}
	r.sheet, r.err = Open(strings.NewReader(data), int64(len(data)), o)
	if r.err != nil {
		if r.sheet != nil && r.sheet.Rows != nil {
			t.Fatalf("a sheet beside the error %v", r.err)
		}
		return r
	}
	for row, err := range r.sheet.Rows {
		r.add(t, row, err)
	}
	r.check(t)
	return r
}

func (r *reading) add(t *testing.T, row Row, err error) {
	t.Helper()
	if r.err != nil {
		t.Fatalf("a row follows the error %v", r.err)
	}
	rowError, goesOn := errors.AsType[*RowError](err)
	switch {
	case err != nil && !goesOn:
		r.err = err
		return
	case goesOn:
		row.Cells = []string{err.Error()}
		r.raw = append(r.raw, row.Raw)
		if rowError.Line != row.Line || rowError.Number != row.Number || rowError.Code == "" {
			t.Fatalf("row %d on line %d came with %#v", row.Number, row.Line, rowError)
		}
	case len(row.Cells) != len(r.sheet.Header):
		t.Fatalf("%d cells under a header of %d", len(row.Cells), len(r.sheet.Header))
	}
	if len(r.lines) > 0 && row.Line <= r.lines[len(r.lines)-1] || row.Line <= r.sheet.HeaderLine || row.Number != len(r.rows)+2 {
		t.Fatalf("row %d on line %d after lines %v", row.Number, row.Line, r.lines)
	}
	r.rows, r.lines, r.numbers = append(r.rows, slices.Clone(row.Cells)), append(r.lines, row.Line), append(r.numbers, row.Number)
	if row.Hidden {
		r.hidden = append(r.hidden, row.Number)
	}
	if len(row.Notes) > 0 {
		r.notes[row.Number] = slices.Clone(row.Notes)
	}
}

// check has the account of lines add up.
func (r *reading) check(t *testing.T) {
	t.Helper()
	s := r.sheet.Summary()
	if s.Lines != s.Header+s.Records+s.Within+s.Blank+s.Refused || s.Header < 1 {
		t.Fatalf("the account does not add up: %+v", s)
	}
	if r.err == nil && s.Records+s.Refused != len(r.rows) || s.Refused != len(r.raw) {
		t.Fatalf("%d rows and %d errors of %+v", len(r.rows)-len(r.raw), len(r.raw), s)
	}
}

// code returns that of a FileError, the text of another error, or nothing.
func (r *reading) code() string {
	if fileError, ok := errors.AsType[*FileError](r.err); ok {
		return fileError.Code
	}
	if r.err != nil {
		return r.err.Error()
	}
	return ""
}

func sample(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "roster", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSamplesOfOneTableReadAlike(t *testing.T) {
	want := read(t, sample(t, "01_utf8_lf.csv"), ReadOptions{})
	if want.err != nil || len(want.rows) != 5 || len(want.raw) != 0 || want.rows[3][6] != "Engineer\nPlatform" || want.rows[0][0] != "000123" {
		t.Fatalf("%q, %v", want.rows, want.err)
	}
	for name, c := range map[string]struct {
		o                ReadOptions
		encoding         string
		separator        rune
		lines, withinOne int
	}{
		"02_utf8_bom_crlf.csv":   {encoding: "utf-8", separator: ',', lines: 7},
		"03_semicolon_bom.csv":   {encoding: "utf-8", separator: ';', lines: 7},
		"04_sep_line_cp1252.csv": {o: ReadOptions{Encoding: Windows1252}, encoding: Windows1252, separator: ';', lines: 8},
		"11_excel_dates.xlsx":    {o: ReadOptions{KeyColumns: []string{"Employee_ID"}}, lines: 6},
		"15_csv_named.xlsx":      {encoding: "utf-8", separator: ',', lines: 7},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, sample(t, name), c.o)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if name == "04_sep_line_cp1252.csv" {
				got.rows[1][2] = strings.Replace(got.rows[1][2], "Lukasiewicz", "\u0141ukasiewicz", 1)
			}
			if !reflect.DeepEqual(got.sheet.Header, want.sheet.Header) || !reflect.DeepEqual(got.rows, want.rows) || !reflect.DeepEqual(got.numbers, want.numbers) {
				t.Errorf("got  %q\nwant %q", got.rows, want.rows)
			}
			s := got.sheet
			if s.Encoding != c.encoding || s.Separator != c.separator || s.Summary().Lines != c.lines || len(s.Twice) > 0 {
				t.Errorf("%+v %+v", s, s.Summary())
			}
		})
	}
}

func TestSamplesThatAreRefused(t *testing.T) {
	for name, want := range map[string]struct {
		code string
		line int
	}{
		"07_truncated_last_line.csv": {FileTruncated, 7},
		"08_empty.csv":               {FileEmpty, 0},
		"09_header_only.csv":         {FileHeaderOnly, 1},
		"18_nul_byte.csv":            {FileNUL, 2},
		"19_invalid_utf8.csv":        {FileEncoding, 2},
		"04_sep_line_cp1252.csv":     {FileEncoding, 3},
	} {
		got := read(t, sample(t, name), ReadOptions{})
		fileError, ok := errors.AsType[*FileError](got.err)
		if !ok || fileError.Code != want.code || fileError.Line != want.line {
			t.Errorf("%s: %#v, want %+v", name, got.err, want)
		}
	}
}

func TestSamplesWithBadRows(t *testing.T) {
	got := read(t, sample(t, "10_bad_rows.csv"), ReadOptions{})
	if got.err != nil || len(got.rows) != 14 || len(got.raw) > 0 || !reflect.DeepEqual(got.sheet.Twice, []Twin{{First: 4, Column: 12}}) {
		t.Errorf("10: %q, %v, %v", got.rows, got.sheet.Twice, got.err)
	}
	got = read(t, sample(t, "17_unbalanced_quote.csv"), ReadOptions{})
	if got.err != nil || len(got.rows) != 2 || got.rows[1][0] != "000007" ||
		got.rows[0][0] != "line 2, column 2 (first_name): the quote that opens the cell is not closed; close it, or write a quote inside a cell twice" {
		t.Errorf("17: %q, %v", got.rows, got.err)
	}
	if !strings.HasPrefix(got.raw[0], `000123,"Se`) || !strings.HasSuffix(got.raw[0], "2024-05-01,") {
		t.Errorf("17: the bad row is %q", got.raw[0])
	}
}

func TestFoldHeader(t *testing.T) {
	for in, want := range map[string]string{
		" Employee  ID\t": "employee id", "E-MAIL": "e-mail", "employee\nid": "employee id", "Stra\u00dfe": "strasse",
		"Prénom": "prénom", "Pre\u0301NOM": "prénom", "": "", "\u00a0ID\u00a0": "id",
	} {
		if got := FoldHeader(in); got != want {
			t.Errorf("FoldHeader(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestHeaderOnly: a template has no rows, and is a table where that is said beforehand.
func TestHeaderOnly(t *testing.T) {
	for name, o := range map[string]ReadOptions{"refused": {}, "accepted": {HeaderOnly: true}} {
		for _, format := range []Format{CSV, XLSX} {
			var data bytes.Buffer
			if err := Write(&data, format, []string{"First Name", "Email"}, slices.Values([][]string(nil)), Options{}); err != nil {
				t.Fatal(err)
			}
			got := read(t, data.String(), o)
			if (got.err == nil) != o.HeaderOnly || len(got.rows) > 0 {
				t.Errorf("%s, %s: %d rows, %v", name, format, len(got.rows), got.err)
			}
			if o.HeaderOnly && !slices.Equal(got.sheet.Header, []string{"First Name", "Email"}) {
				t.Errorf("%s, %s: header %q", name, format, got.sheet.Header)
			}
		}
	}
}
