package table

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

const (
	inside = "a quote inside an unquoted cell; quote the cell and write the quote twice"
	behind = "text after a closing quote; write a quote inside a cell twice"
	open   = "the quote that opens the cell is not closed; close it, or write a quote inside a cell twice"
)

func TestReadCSV(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		o     ReadOptions
		rows  [][]string
		lines []int
	}{
		"plain":          {in: "a,b\n1,2\n", rows: [][]string{{"1", "2"}}, lines: []int{2}},
		"no last end":    {in: "a,b\n1,", rows: [][]string{{"1", ""}}, lines: []int{2}},
		"BOM, CR LF":     {in: "\ufeffa,b\r\n1,2\r\n3,4\r\n", rows: [][]string{{"1", "2"}, {"3", "4"}}, lines: []int{2, 3}},
		"BOM, quoted":    {in: "\ufeff\"a\",b\n1,2", rows: [][]string{{"1", "2"}}, lines: []int{2}},
		"CR":             {in: "a,b\r1,2\r3,4\r", rows: [][]string{{"1", "2"}, {"3", "4"}}, lines: []int{2, 3}},
		"UTF-16 LE":      {in: "\xff\xfea\x00,\x00b\x00\n\x001\x00,\x00\xfc\x00", rows: [][]string{{"1", "\u00fc"}}, lines: []int{2}},
		"UTF-16 BE":      {in: "\xfe\xff\x00a\x00,\x00b\x00\n\x001\x00,\x002", rows: [][]string{{"1", "2"}}, lines: []int{2}},
		"windows-1252":   {in: "a,b\n\xfc,\x80\n", o: ReadOptions{Encoding: Windows1252}, rows: [][]string{{"\u00fc", "\u20ac"}}, lines: []int{2}},
		"BOM outdoes it": {in: "\ufeffa,b\n\u00fc,2\n", o: ReadOptions{Encoding: Windows1252}, rows: [][]string{{"\u00fc", "2"}}, lines: []int{2}},
		"blank lines":    {in: "\n\r\na,b\n\n1,2\n  \n,\n3,4\n\n", rows: [][]string{{"1", "2"}, {"3", "4"}}, lines: []int{5, 8}},
		"semicolon":      {in: "a;b\n1,1;2\n3,;4\n", rows: [][]string{{"1,1", "2"}, {"3,", "4"}}, lines: []int{2, 3}},
		"tab":            {in: "a\tb\n1,1\t2;\n", rows: [][]string{{"1,1", "2;"}}, lines: []int{2}},
		"bar":            {in: "a|b\n1,1|2\n", rows: [][]string{{"1,1", "2"}}, lines: []int{2}},
		"sep line":       {in: "sep=;\r\na;b\r\n1,1;2\r\n", rows: [][]string{{"1,1", "2"}}, lines: []int{3}},
		"odd sep line":   {in: "SEP=~\na~b\n1,1~2\n", rows: [][]string{{"1,1", "2"}}, lines: []int{3}},
		"forced":         {in: "sep=,\na;b\n1,1;2\n", o: ReadOptions{Separator: ';'}, rows: [][]string{{"1,1", "2"}}, lines: []int{3}},
		"quotes":         {in: "a,b\n\"1,\"\"x\"\"\",\"\"\n", rows: [][]string{{`1,"x"`, ""}}, lines: []int{2}},
		"spaces stay":    {in: "a,b\n 1 ,2 \n", rows: [][]string{{" 1 ", "2 "}}, lines: []int{2}},
		"several lines":  {in: "a,b\n\"1\r\n2\n3\r4\",x\n5,6", rows: [][]string{{"1\r\n2\n3\r4", "x"}, {"5", "6"}}, lines: []int{2, 6}},
		"twice in one":   {in: "a,b\n\"1\n2\",\"3\n4\"\n5,6\n", rows: [][]string{{"1\n2", "3\n4"}, {"5", "6"}}, lines: []int{2, 5}},
		"apostrophes":    {in: "a,b\n'=1,'x\n", rows: [][]string{{"'=1", "'x"}}, lines: []int{2}},
		"from people":    {in: "a,b\n'=1,'x\n", o: ReadOptions{FromPeople: true}, rows: [][]string{{"=1", "'x"}}, lines: []int{2}},
		"wide row": {in: "a,b\n1,2,3\n4\n5,6\n7,8", rows: [][]string{
			{"line 2: 3 cells under a header of 2; quote cells that hold the separator"},
			{"line 3: 1 cells under a header of 2; quote cells that hold the separator"},
			{"5", "6"},
			{"7", "8"},
		}, lines: []int{2, 3, 4, 5}},
		"stray quotes": {in: "a,b\n1,x\"y\n\"2,z\n\"3\"z,4\n5,6\n7,\"8\n9,0\n", rows: [][]string{
			{"line 2, column 2 (b): " + inside},
			{"line 3, column 1 (a): " + open},
			{"line 4, column 1 (a): " + behind},
			{"5", "6"},
			{"line 6, column 2 (b): " + open},
			{"9", "0"},
		}, lines: []int{2, 3, 4, 5, 6, 7}},
		// Two stray quotes make a cell that swallows the rows between; the lines tell that they were rows.
		"rows are no cell": {in: "a,b,c,d,e\n1,\"2,3,4,5\n1,2,3,4,5\n1,2,3\",4,5\n1,2,3,4,5\n", rows: [][]string{
			{"line 2, column 2 (b): " + open}, {"1", "2", "3", "4", "5"}, {"line 4, column 3 (c): " + inside}, {"1", "2", "3", "4", "5"},
		}, lines: []int{2, 3, 4, 5}},
		"not as wide": {in: "a,b\n\"1\n2\"\n3,4\n", rows: [][]string{
			{"line 2, column 1 (a): " + open}, {"line 3, column 1 (a): " + inside}, {"3", "4"},
		}, lines: []int{2, 3, 4}},
		"cell":   {in: "a,b\n1,22\n3,4\n", o: ReadOptions{Limits: Limits{CellBytes: 1}}, rows: [][]string{{"line 2, column 2 (b): longer than 1 bytes"}, {"3", "4"}}, lines: []int{2, 3}},
		"fits":   {in: "a,b\n1,2\n3,4\n", o: ReadOptions{Limits: Limits{Bytes: 12, Rows: 2, Columns: 2, CellBytes: 1}}, rows: [][]string{{"1", "2"}, {"3", "4"}}, lines: []int{2, 3}},
		"U+FFFD": {in: "a,b\n\ufffd,2\n", rows: [][]string{{"\ufffd", "2"}}, lines: []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, c.in, c.o)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if !slices.Equal(got.sheet.Header[:2], []string{"a", "b"}) || !reflect.DeepEqual(got.rows, c.rows) || !slices.Equal(got.lines, c.lines) {
				t.Errorf("header %q\ngot  %q %v\nwant %q %v", got.sheet.Header, got.rows, got.lines, c.rows, c.lines)
			}
		})
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	wide := strings.Repeat("a,", 600) + "a\n1\n"
	for name, c := range map[string]struct {
		in, code, want string
		o              ReadOptions
	}{
		"empty":               {in: "", code: FileEmpty, want: "empty"},
		"blank":               {in: "\n\r\n ,\n", code: FileEmpty, want: "empty", o: ReadOptions{Separator: ','}},
		"only BOM":            {in: "\ufeff", code: FileEmpty, want: "empty"},
		"header only":         {in: "a,b", code: FileHeaderOnly, want: "line 1: "},
		"header, blanks":      {in: "a,b\n\n , \n", code: FileHeaderOnly, want: "line 1: "},
		"quote in the header": {in: "a,b\"\n1,2\n", o: ReadOptions{Separator: ','}, code: FileQuote, want: "line 1: header, column 2: a quote"},
		"bytes":               {in: "a,b\n1,2\n", o: ReadOptions{Limits: Limits{Bytes: 2}}, code: FileTooLarge, want: "2 are allowed"},
		"columns":             {in: wide, code: FileTooLarge, want: "line 1: more than 512 columns", o: ReadOptions{Separator: ','}},
		"rows":                {in: "a,b\n1,2\n3,4\n5,6", o: ReadOptions{Limits: Limits{Rows: 2}}, code: FileTooLarge, want: "more than 2 rows"},
		"long line":           {in: "a,b\n" + strings.Repeat("x", 2*lineBytes), code: FileTooLarge, want: "line 2: a line of more than"},
		"separator":           {in: "a,b\n", o: ReadOptions{Separator: '\n'}, code: `CSV separator '\n' cannot separate cells; use a comma, a semicolon or a tab`},
		"separator declared":  {in: "sep=\"\na,b\n", code: FileSeparator, want: "line 1"},
		"encoding":            {in: "a,b\n", o: ReadOptions{Encoding: "latin-9"}, code: "read table: encoding \"latin-9\" is not known; leave it out for UTF-8, or say windows-1252"},
		"no telling":          {in: "a,b;c\n1\n2\n3,3;3;3\n", code: FileSeparator, want: "`separator`"},
		"one column or two":   {in: "name\nLee, Ann\nRay, Beth\n", code: FileSeparator, want: "`separator`"},
		"UTF-16, no BOM":      {in: "a\x00,\x00b\x00\n\x00", code: FileEncoding, want: "UTF-16"},
		"UTF-16 BE, no BOM":   {in: "\x00a\x00,\x00b\x00\n", code: FileEncoding, want: "UTF-16"},
		"UTF-16, cut":         {in: "\xff\xfea\x00,\x00b", code: FileTruncated, want: "UTF-16"},
		"UTF-16, surrogate":   {in: "\xff\xfea\x00\n\x00\x00\xd8\n\x00", code: FileEncoding, want: "line 2: bytes that are not utf-16le"},
		"UTF-16, NUL":         {in: "\xff\xfea\x00\n\x00\x00\x00\n\x00", code: FileNUL, want: "line 2"},
		"not UTF-8":           {in: "a,b\n1,2\n\xfc,4\n", code: FileEncoding, want: "line 3: bytes that are not UTF-8; save the file as CSV UTF-8, or, if it comes from Windows, say so: encoding windows-1252"},
		"UTF-8 after all":     {in: "a,b\n1,\u00fc\n", o: ReadOptions{Encoding: Windows1252}, code: FileEncoding, want: "take the setting `encoding` away"},
		"NUL":                 {in: "a,b\n1,2\n3,\x00\n5,6\n", code: FileNUL, want: "line 3"},
		"cut, cells":          {in: "a,b,c\n1,2,3\n4,5", code: FileTruncated, want: "line 3: the file ends inside this record"},
		"cut, quote":          {in: "a,b,c\n1,2,3\n4,\"5,6", code: FileTruncated, want: "line 3"},
		"cut, quote at end":   {in: "a,b,c\n1,2,3\n4,\"5\n", code: FileTruncated, want: "line 3"},
		"cut, quoted lines":   {in: "a,b,c\n1,2,3\n4,\"5\nsix\nseven\n", code: FileTruncated, want: "line 3"},
		"HTML":                {in: "\ufeff \n<html>", code: FileHTML, want: "web page"},
		"HTML in UTF-16":      {in: "\xff\xfe<\x00h\x00", code: FileHTML, want: "web page"},
		"old Excel":           {in: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", code: FileXLS, want: ".xlsx"},
		"PDF":                 {in: "%PDF-1.7\n", code: FilePDF, want: "PDF"},
		"random bytes":        {in: "\x01a,b;c\x02\n" + strings.Repeat("\x03d\x1f\n", 20), code: FileBinary, want: "neither text nor a workbook"},
		"gzip":                {in: "\x1f\x8b\x08\x00", code: FileArchive, want: "gzip"},
		"empty zip":           {in: "PK\x05\x06" + strings.Repeat("\x00", 18), code: FileArchive, want: "zip"},
		"cut zip":             {in: "PK\x03\x04" + strings.Repeat("\x00", 18), code: FileDamaged, want: "cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, c.in, c.o)
			if got.err == nil || got.code() != c.code || !strings.Contains(got.err.Error(), c.want) {
				t.Errorf("%s %v; want %s %q", got.code(), got.err, c.code, c.want)
			}
		})
	}
}

func TestSeparatorForcedOrAbsentAllowsOneColumn(t *testing.T) {
	for in, o := range map[string]ReadOptions{
		"name\nLee, Ann\n": {Separator: ';'},
		"name\nAnn Lee\n":  {},
	} {
		if got := read(t, in, o); got.err != nil || len(got.sheet.Header) != 1 || len(got.rows) != 1 || len(got.raw) != 0 {
			t.Errorf("%q: %q, %v", in, got.rows, got.err)
		}
	}
}

func TestColumnsNamedAlike(t *testing.T) {
	got := read(t, "E-Mail,, e-mail ,,ID,E-MAIL\n1,2,3,4,5,6\n", ReadOptions{})
	if want := []Twin{{1, 3}, {1, 6}}; got.err != nil || !slices.Equal(got.sheet.Twice, want) {
		t.Errorf("%v, %v; want %v", got.sheet.Twice, got.err, want)
	}
}

func TestAccount(t *testing.T) {
	got := read(t, "\nsep,b\n\n1,\"2\n3\"\n4\n5,6\n,\n", ReadOptions{})
	if want := (Summary{Lines: 8, Header: 1, Records: 2, Within: 1, Blank: 3, Refused: 1}); got.sheet.Summary() != want {
		t.Errorf("%+v, want %+v", got.sheet.Summary(), want)
	}
	got = read(t, "sep=,\r\n\"a\r\nb\",c\r\n1,2\r\n", ReadOptions{})
	if want := (Summary{Lines: 4, Header: 3, Records: 1}); got.sheet.Summary() != want || got.sheet.HeaderLine != 2 || got.sheet.Header[0] != "a\r\nb" {
		t.Errorf("%+v, want %+v", got.sheet.Summary(), want)
	}
}

// One stray quote costs one person, not all that follow.
func TestStrayQuoteCostsOneRow(t *testing.T) {
	for _, quoted := range []string{`"p5000,p@x.com`, `p5000,"p@x.com`, `p5000",p@x.com`, `"p5000"x,p@x.com`, `p5000,p@x.com"`} {
		var in strings.Builder
		in.WriteString("name,email\n")
		for i := range 10_000 {
			if i == 5_000 {
				in.WriteString(quoted + "\n")
				continue
			}
			fmt.Fprintf(&in, "p%d,p%d@x.com\n", i, i)
		}
		got := read(t, in.String(), ReadOptions{})
		if got.err != nil || len(got.rows) != 10_000 || len(got.raw) != 1 || got.raw[0] != quoted {
			t.Errorf("%s: %d rows, refused %q, %v", quoted, len(got.rows), got.raw, got.err)
		}
	}
}

// Wherever the quotes of a file stand, every line is accounted for and no line is lost to those above it.
func TestQuotesInEveryLine(t *testing.T) {
	const count = 20_000
	for lines, refused := range map[string]int{
		"\",\n": 0, "x,\"\n": 0, "\"\"\"\n": count, "\"x\ny\n": 2 * count, "x,\"\"\"\ny\n": count / 2, "x,y\"\n1,2\n": count,
	} {
		got := read(t, "a,b\n"+strings.Repeat(lines, count)+"1,2\n", ReadOptions{Separator: ','})
		if got.err != nil || len(got.raw) != refused || !slices.Equal(got.rows[len(got.rows)-1], []string{"1", "2"}) {
			t.Errorf("%q: %d refused, %v", lines, len(got.raw), got.err)
		}
	}
}

// counting counts what is read, to hold it against what there is.
type counting struct {
	io.ReaderAt
	read int64
}

func (c *counting) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, at)
	c.read += int64(n)
	return n, err
}

func TestRowsAreReadAsTheyAreAskedFor(t *testing.T) {
	in := "a,b\n" + strings.Repeat("1,2\n", 1<<20)
	file := &counting{ReaderAt: strings.NewReader(in)}
	sheet, err := Open(file, int64(len(in)), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range sheet.Rows {
		break
	}
	if file.read > 4*headBytes {
		t.Errorf("%d bytes read for one row", file.read)
	}
}

type readerAtFunc func(p []byte, at int64) (int, error)

func (f readerAtFunc) ReadAt(p []byte, at int64) (int, error) { return f(p, at) }

func TestReaderThatFails(t *testing.T) {
	in := "a,b\n" + strings.Repeat("1,2\n", headBytes)
	lost := errors.New("connection lost")
	for name, want := range map[string]error{"fails": lost, "ends early": io.ErrUnexpectedEOF} {
		file := readerAtFunc(func(p []byte, at int64) (int, error) {
			if at < headBytes {
				return strings.NewReader(in).ReadAt(p, at)
			}
			if errors.Is(want, lost) {
				return 0, lost
			}
			return 0, io.EOF
		})
		sheet, err := Open(file, int64(len(in)), ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var last error
		for _, last = range sheet.Rows {
		}
		if !errors.Is(last, want) {
			t.Errorf("%s: %v", name, last)
		}
	}
	if _, err := Open(strings.NewReader(""), 1, ReadOptions{}); err == nil {
		t.Error("a file without the bytes that it is said to have opens")
	}
}

// Where a reader's pieces end makes no difference.
func TestLinesOverPieces(t *testing.T) {
	in := "a\r\nb\rc\n\r\n" + strings.Repeat("d", 100) + "\r"
	lines := &lineReader{in: iotest.OneByteReader(strings.NewReader(in)), buf: make([]byte, 1)}
	var got []string
	for {
		end, next, err := lines.line(0)
		if err != nil {
			t.Fatal(err)
		}
		if next == 0 {
			break
		}
		got = append(got, string(lines.text(end)))
		lines.take(next)
	}
	if want := []string{"a", "b", "c", "", strings.Repeat("d", 100)}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestErrorsHoldNoCells(t *testing.T) {
	for _, line := range []string{"Secret\",b", "\"Secret,b", "\"Secret\"x,b", "Secret", "Secret,Secret,Secret", "Secret,\xff", "Secret,\x00", strings.Repeat("Secret", 20) + ",b"} {
		got := read(t, "a,b\n1,2\n"+line+"\n3,4\n", ReadOptions{Limits: Limits{CellBytes: 64}})
		text := fmt.Sprint(got.rows, got.err)
		if got.err == nil && len(got.raw) != 1 || strings.Contains(text, "Secret") || !strings.Contains(text, "line 3") {
			t.Errorf("%q: %q, %v", line, got.rows, got.err)
		}
	}
}
