package table

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name byte by byte.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs\n got %q\nwant %q", name, got, want)
	}
}

// awkward holds at least one of everything that a writer can get wrong.
var awkward = [][]string{
	{"ann@example.com", "Ann", "plain"},
	{"o'neil@example.com", "O'Neil, \"Bo\"", "quotes; and, separators"},
	{"", " space ", "two\nlines\r\nand\rmore"},
	{"=1+1", "+49 30 1234", "-1"},
	{"@sum", "\ttab", "\rreturn"},
	{"\uff1dfull", "\uff0bwidth", "\uff0d\uff20"},
	{"'=quoted", "''", "'plain"},
	{"\x00nul", "\nfeed", "a;=b"},
	{"\ufeffmark", "J\u00fcrgen \u4f8b", "\U0001f600"},
}

var awkwardHeader = []string{"Email", "Name", "=Note"}

func TestWriteCSVGolden(t *testing.T) {
	for name, o := range map[string]Options{
		"plain.csv":     {},
		"excel.csv":     {BOM: true, CRLF: true},
		"semicolon.csv": {Separator: ';'},
		"tab.csv":       {Separator: '\t'},
		"people.csv":    {BOM: true, CRLF: true, ForPeople: true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := WriteCSV(&out, awkwardHeader, awkward, o); err != nil {
				t.Fatal(err)
			}
			golden(t, name, out.Bytes())
		})
	}
}

func TestNoCellOfAFileForPeopleStartsAFormula(t *testing.T) {
	for _, row := range awkward {
		for _, cell := range row {
			if got := protect(cell); startsFormula(got) {
				t.Errorf("protect(%q) = %q", cell, got)
			}
		}
	}
	for _, start := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "\x00", "\uff1d", "\uff0b", "\uff0d", "\uff20"} {
		if got := protect(start + "x"); got != "'"+start+"x" {
			t.Errorf("protect(%q) = %q", start+"x", got)
		}
	}
	for _, cell := range []string{"", "a=b", "'", "'a", "O'Neil", " =1", "\u2212"} {
		if got := protect(cell); got != cell {
			t.Errorf("protect(%q) = %q, want no change", cell, got)
		}
	}
}

func TestUnquote(t *testing.T) {
	for in, want := range map[string]string{
		"'=1": "=1", "''=1": "'=1", "'+49": "+49", "'\uff20": "\uff20", "'": "'", "''": "''", "'a": "'a", "=1": "=1", "": "",
	} {
		if got := Unquote(in); got != want {
			t.Errorf("Unquote(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWriteRefusesWhatIsNoTable(t *testing.T) {
	for name, write := range map[string]func() error{
		"no columns": func() error { return WriteCSV(io.Discard, nil, nil, Options{}) },
		"row 2":      func() error { return WriteCSV(io.Discard, []string{"a"}, [][]string{{"1"}, {"2", "3"}}, Options{}) },
		"row 1":      func() error { return Text(io.Discard, []string{"a", "b"}, [][]string{{"1"}}) },
		"row 3": func() error {
			return Write(io.Discard, CSV, []string{"a"}, slices.Values([][]string{{"1"}, {"2"}, {}}), Options{})
		},
		"row 4": func() error {
			return Write(io.Discard, XLSX, []string{"a"}, slices.Values([][]string{{"1"}, {"2"}, {"3"}, {}}), Options{})
		},
		"cell 1 has more than 32767": func() error {
			return WriteXLSX(io.Discard, []string{strings.Repeat("x", 32768)}, nil, Options{})
		},
		"name the sheet": func() error { return WriteXLSX(io.Discard, []string{"a"}, nil, Options{Sheet: "a/b"}) },
		"the header has": func() error { return WriteXLSX(io.Discard, nil, nil, Options{}) },
		"separator":      func() error { return WriteCSV(io.Discard, []string{"a"}, nil, Options{Separator: '"'}) },
	} {
		if err := write(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWriteReportsTheWriter(t *testing.T) {
	full := errors.New("disk full")
	broken := writerFunc(func([]byte) (int, error) { return 0, full })
	if err := WriteCSV(broken, []string{"a"}, nil, Options{}); !errors.Is(err, full) {
		t.Errorf("WriteCSV: %v", err)
	}
	if err := WriteXLSX(broken, []string{"a"}, nil, Options{}); !errors.Is(err, full) {
		t.Errorf("WriteXLSX: %v", err)
	}
	if err := Text(broken, []string{"a"}, nil); !errors.Is(err, full) {
		t.Errorf("Text: %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestTextGolden(t *testing.T) {
	rows := [][]string{
		{"Ann Lee", "ann@example.com", "active"},
		{"J\u00fcrgen \u00d6", "j@x.org", ""},
		{"\x1b[31mred\x1b[0m\a", "a\nb\tc\x00\x7f\u009b", "\u202eevil\u200b"},
		{"bad \xff byte", "no\u00a0break\u3000wide", "queued"},
	}
	var out bytes.Buffer
	if err := Text(&out, []string{"NAME", "E-MAIL", "SEAT"}, rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.String() {
		if r != '\n' && harmless(r) != r {
			t.Errorf("%U reaches the terminal", r)
		}
	}
	if lines := strings.Count(out.String(), "\n"); lines != len(rows)+1 {
		t.Errorf("%d lines for %d rows", lines, len(rows))
	}
	golden(t, "people.txt", out.Bytes())
}
