package table

import (
	"encoding/csv"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

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

// fuzzMemory is what reading a small file may allocate altogether.
const fuzzMemory = 32 << 20

// readWithin reads a file, has its account add up, and measures what it takes.
func readWithin(t *testing.T, data string, o ReadOptions) reading {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := read(t, data, o)
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > fuzzMemory+100*uint64(len(data)) {
		t.Fatalf("%d bytes allocated for %d", grown, len(data))
	}
	if _, ok := errors.AsType[*FileError](got.err); got.err != nil && !ok {
		t.Fatalf("the file is not at fault, but %v", got.err)
	}
	return got
}

func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "\ufeffa;b\r\n\"1\"\"\";\r\n", "a\n\"\n", "a\r\r\nb", "\xff\xfea\x00\n\x00b\x00", "a,b\n1\n\n2,3,4\n5,\"6\n7\"",
		"a\n\x00\xff", "sep=|\na|b\n1|2", "a,b,c,d,e\n1,\"2,3,4,5\n1,2,3,4,5\n1,2,3\",4,5\n", "a\tb\n1,1\t\"2\r3\"\n", "PK\x03\x04", "<a>",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, in string, comma bool) {
		o := ReadOptions{Limits: Limits{CellBytes: 64, Columns: 8}}
		if comma {
			o.Separator = ','
		}
		got := readWithin(t, in, o)
		if got.err != nil || got.sheet.Format != CSV {
			return
		}
		if most := strings.Count(in, "\n") + strings.Count(in, "\r") + 1; got.sheet.Summary().Lines > most {
			t.Fatalf("%d lines of %d", got.sheet.Summary().Lines, most)
		}
		if len(got.raw) == 0 && comma && got.sheet.HeaderLine == 1+strings.Count(in[:len(in)-len(strings.TrimLeft(in, "\n"))], "\n") &&
			got.sheet.Encoding == utf8Name && !strings.ContainsRune(in, '\r') {
			agree(t, in, append([][]string{got.sheet.Header}, got.rows...))
		}
	})
}

// agree holds a reading without errors against the standard library's, where both follow the same rules.
func agree(t *testing.T, in string, rows [][]string) {
	t.Helper()
	std := csv.NewReader(strings.NewReader(strings.TrimPrefix(in, byteOrderMark)))
	std.FieldsPerRecord = -1
	want, err := std.ReadAll()
	want = slices.DeleteFunc(want, func(row []string) bool { return !notBlank(row) })
	if err != nil || !reflect.DeepEqual(rows, want) {
		t.Fatalf("read %q, encoding/csv %q, %v", rows, want, err)
	}
}

// FuzzReadXLSX reads a file as it comes, or, if it is empty, the parts as a workbook.
func FuzzReadXLSX(f *testing.F) {
	f.Add(workbookOf(f, headerRow+`<row><c t="s"><v>2</v></c><c s="1"><v>45413</v></c></row>`, nil), "", "", "")
	for _, row := range []string{
		`<row r="2" hidden="1"><c r="A2" s="2"><v>12</v></c><c r="B2" t="e"><f>NA()</f><v>#N/A</v></c></row>`,
		`<row r="2"><c t="inlineStr"><is><r><t>a</t></r><rPh><t>b</t></rPh></is></c></row><row r="9"><c r="C9"><v>1</v></c></row>`,
		`<row><c><f>1</f></c><c t="b"><v>1</v></c></row>`, `<row r="0"/>`, `<row><c t="s"><v>9</v></c></row>`, `<row><c s="1"><v>1e9</v></c></row>`,
		`<row><c t="str"><v>_x0000__xD800_</v></c><c t="d"><v>2024-05-01T00:00:00</v></c></row>`, `<row><c`, `</row></c></sheetData>`,
	} {
		f.Add("", headerRow+row, styles, texts)
	}
	f.Fuzz(func(t *testing.T, data, rows, styles, texts string) {
		if data == "" {
			data = workbookOf(t, rows, map[string]string{"xl/styles.xml": styles, "xl/sharedStrings.xml": texts})
		}
		readWithin(t, data, ReadOptions{KeyColumns: []string{"id"}, Limits: Limits{Unpacked: 1 << 20, CellBytes: 64, Columns: 8}})
	})
}
