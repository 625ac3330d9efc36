package table

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

const (
	rootRels = `<Relationships><Relationship Id="r" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	bookRels = `<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="r2" Type="http://x/worksheet" Target="/xl/worksheets/sheet2.xml"/>` +
		`<Relationship Id="r3" Type="http://x/styles" Target="styles.xml"/>` +
		`<Relationship Id="r4" Type="http://x/sharedStrings" Target="SharedStrings.xml"/></Relationships>`
	styles = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd.mm.yyyy"/><numFmt numFmtId="165" formatCode="00000"/>` +
		`<numFmt numFmtId="166" formatCode="0 &quot;days&quot;"/><numFmt numFmtId="167" formatCode="[$-409]#,##0\d"/></numFmts>` +
		`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/>` +
		`<xf numFmtId="22"/><xf numFmtId="166"/><xf numFmtId="167"/></cellXfs></styleSheet>`
	texts = `<sst><si><t>id</t></si><si><t>date</t></si><si><r><t>Se</t></r><r><t xml:space="preserve">án </t></r><rPh><t>hint</t></rPh></si>` +
		`<si><t>a_x000D_b_x005F_x000D_</t></si></sst>`
	headerRow = `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>`
)

// partsOf are those of a workbook whose first sheet has the rows given.
func partsOf(rows string) map[string]string {
	return map[string]string{
		"_rels/.rels":                rootRels,
		"xl/_rels/workbook.xml.rels": bookRels,
		"xl/workbook.xml":            `<workbook><sheets><sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/styles.xml":              styles,
		"xl/sharedStrings.xml":       texts,
		"xl/worksheets/sheet1.xml":   "<worksheet><sheetData>" + rows + "</sheetData><anchor><row>1</row></anchor></worksheet>",
	}
}

// workbookOf makes a workbook whose first sheet has the rows given, with parts replaced.
func workbookOf(t testing.TB, rows string, replaced map[string]string) string {
	t.Helper()
	parts := partsOf(rows)
	maps.Copy(parts, replaced)
	return pack(t, parts, zip.Deflate)
}

func pack(t testing.TB, parts map[string]string, method uint16) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(parts[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCellsOfAWorkbook(t *testing.T) {
	const noValue, errorValue = CellNoValue, CellErrorValue
	for cell, want := range map[string]struct{ text, note string }{
		`<c t="s"><v>2</v></c>`:                                 {"Seán ", ""},
		`<c t="s"><v>3</v></c>`:                                 {"a\rb_x000D_", ""},
		`<c t="inlineStr"><is><t>in_x0041_</t></is></c>`:        {"inA", ""},
		`<c t="str"><f>A1&amp;"x"</f><v>idx</v></c>`:            {"idx", ""},
		`<c t="str"><f>""</f><v></v></c>`:                       {"", ""},
		`<c><f>1+1</f></c>`:                                     {"", noValue},
		`<c><f>1+1</f><v></v></c>`:                              {"", noValue},
		`<c><f t="shared" si="0"/><v>2</v></c>`:                 {"2", ""},
		`<c t="b"><v>1</v></c>`:                                 {"TRUE", ""},
		`<c t="b"><v>0</v></c>`:                                 {"FALSE", ""},
		`<c t="e"><f>NA()</f><v>#N/A</v></c>`:                   {"", errorValue},
		`<c t="d"><v>2024-05-01T00:00:00</v></c>`:               {"2024-05-01", ""},
		`<c t="d"><v>2024-05-01T10:30:00</v></c>`:               {"2024-05-01T10:30:00", ""},
		`<c><v>123</v></c>`:                                     {"123", ""},
		`<c t="n"><v>007</v></c>`:                               {"007", ""},
		`<c><v>-1.50</v></c>`:                                   {"-1.5", ""},
		`<c><v>1.2345E+5</v></c>`:                               {"123450", ""},
		`<c><v>1.25E-2</v></c>`:                                 {"0.0125", ""},
		`<c><v>1.2345678901234501E+17</v></c>`:                  {"123456789012345010", CellDigits},
		`<c><v>NaN</v></c>`:                                     {"NaN", ""},
		`<c s="1"><v>45413</v></c>`:                             {"2024-05-01", ""},
		`<c s="1"><v>1</v></c>`:                                 {"1900-01-01", ""},
		`<c s="1"><v>59</v></c>`:                                {"1900-02-28", ""},
		`<c s="1"><v>60</v></c>`:                                {"60", CellDate},
		`<c s="1"><v>61</v></c>`:                                {"1900-03-01", ""},
		`<c s="1"><v>2958465</v></c>`:                           {"9999-12-31", ""},
		`<c s="1"><v>2958466</v></c>`:                           {"2958466", CellDate},
		`<c s="1"><v>-1</v></c>`:                                {"-1", CellDate},
		`<c s="1"><v>20240501</v></c>`:                          {"20240501", CellDate},
		`<c s="3"><v>45413.4375</v></c>`:                        {"2024-05-01T10:30:00", ""},
		`<c s="3"><v>45412.999999</v></c>`:                      {"2024-05-01", ""},
		`<c s="3"><v>0.4375</v></c>`:                            {"10:30:00", ""},
		`<c s="2"><v>123</v></c>`:                               {"00123", ""},
		`<c s="2"><v>1.23E2</v></c>`:                            {"00123", ""},
		`<c s="2"><v>123456</v></c>`:                            {"123456", ""},
		`<c s="2"><v>-5</v></c>`:                                {"-5", ""},
		`<c s="4"><v>30</v></c>`:                                {"30", ""},
		`<c s="5"><v>30</v></c>`:                                {"30", ""},
		`<c s="99"><v>30</v></c>`:                               {"30", ""},
		`<c s="1" t="s"><v>2</v></c>`:                           {"Seán ", ""},
		`<x:c t="str"><x:v>&#x41;&lt;<![CDATA[&]]></x:v></x:c>`: {"A<&", ""},
	} {
		got := read(t, workbookOf(t, headerRow+`<row><c t="str"><v>x</v></c>`+cell+`</row>`, nil), ReadOptions{})
		if got.err != nil || len(got.rows) != 1 || len(got.rows[0]) != 2 || got.rows[0][1] != want.text {
			t.Errorf("%s: %q, %v; want %q", cell, got.rows, got.err, want.text)
			continue
		}
		notes := got.notes[2]
		if (len(notes) == 0) != (want.note == "") || len(notes) > 0 && (len(notes) != 1 || notes[0].Code != want.note || notes[0].Column != 2 || notes[0].Problem == "") {
			t.Errorf("%s: %+v; want %q", cell, notes, want.note)
		}
	}
}

func TestDatesFrom1904(t *testing.T) {
	book := `<workbook><workbookPr date1904="1"/><sheets><sheet name="People" r:id="r1"/></sheets></workbook>`
	got := read(t, workbookOf(t, headerRow+`<row r="2"><c r="B2" s="1"><v>43951</v></c></row>`, map[string]string{"xl/workbook.xml": book}), ReadOptions{})
	if got.err != nil || got.rows[0][1] != "2024-05-01" {
		t.Errorf("%q, %v", got.rows, got.err)
	}
}

func TestRowsOfAWorksheet(t *testing.T) {
	text := func(at, value string) string { return `<c r="` + at + `" t="str"><v>` + value + `</v></c>` }
	data := workbookOf(t, `<row r="2"/><row r="3">`+text("B3", " ")+`</row><row r="4">`+text("A4", "id")+text("C4", "Date")+text("D4", " ")+`</row>`+
		`<row r="5">`+text("A5", "1")+`</row>`+
		`<row r="9" hidden="1">`+text("C9", "2")+text("D9", " ")+text("E9", "")+`</row>`+
		`<row r="10">`+text("A10", "3")+text("F10", "4")+`</row>`+
		`<row>`+text("", "5")+text("", "6")+`<c r="C11"><f>1</f></c><c r="D11"><f>1</f></c></row>`+
		`<row r="12"><c r="A12" s="1"/></row>`, nil)
	got := read(t, strings.ReplaceAll(data, ` r=""`, ""), ReadOptions{})
	want := [][]string{{"1", "", ""}, {"", "", "2"}, {"line 10, column 6: a cell right of the header's 3 columns; empty it, or name its column"}, {"5", "6", ""}}
	if got.err != nil || !reflect.DeepEqual(got.rows, want) || !slices.Equal(got.lines, []int{5, 9, 10, 11}) || !slices.Equal(got.hidden, []int{3}) {
		t.Fatalf("%q %v %v, %v", got.rows, got.lines, got.hidden, got.err)
	}
	if got.raw[0] != "3\t\t\t\t\t4" || !reflect.DeepEqual(got.sheet.Header, []string{"id", "", "Date"}) || got.sheet.HeaderLine != 4 {
		t.Errorf("raw %q, header %q on %d", got.raw, got.sheet.Header, got.sheet.HeaderLine)
	}
	if want := (Summary{Lines: 12, Header: 1, Records: 3, Blank: 7, Refused: 1}); got.sheet.Summary() != want {
		t.Errorf("%+v, want %+v", got.sheet.Summary(), want)
	}
	if notes := got.notes[5]; len(notes) != 1 || notes[0].Column != 3 {
		t.Errorf("%+v", notes)
	}
}

func TestCellBeyondTheLimit(t *testing.T) {
	rows := headerRow + `<row><c t="str"><v>1</v></c><c t="str"><v>Secret</v></c></row><row><c t="str"><v>2</v></c><c t="e"><v>Secret</v></c></row>`
	got := read(t, workbookOf(t, rows, nil), ReadOptions{Limits: Limits{CellBytes: 5}})
	want := [][]string{{"line 2, column 2 (date): longer than 5 bytes"}, {"2", ""}}
	if got.err != nil || !reflect.DeepEqual(got.rows, want) || strings.Contains(fmt.Sprint(got.notes), "Secret") {
		t.Errorf("%q %v, %v; want %q", got.rows, got.notes, got.err, want)
	}
}

func TestWorksheetIsChosen(t *testing.T) {
	sheet := func(header string) string {
		return `<worksheet><sheetData><row><c t="str"><v>` + header + `</v></c></row><row><c t="str"><v>` + header + `-1</v></c></row></sheetData></worksheet>`
	}
	const empty = `<worksheet><sheetData/></worksheet>`
	for name, c := range map[string]struct {
		first, second, state string
		o                    ReadOptions
		want                 string // first cell, or code and problem
	}{
		"key column":     {sheet("Notes"), sheet("Employee  ID"), "visible", ReadOptions{KeyColumns: []string{"email", "employee id"}}, "Employee  ID-1"},
		"first of two":   {sheet("id"), sheet("ID"), "", ReadOptions{KeyColumns: []string{"id"}}, "id-1"},
		"only one":       {empty, sheet("id"), "", ReadOptions{}, "id-1"},
		"only visible":   {sheet("id"), sheet("key"), "hidden", ReadOptions{KeyColumns: []string{"key"}}, "id-1"},
		"named":          {sheet("id"), sheet("key"), "veryHidden", ReadOptions{Sheet: " archive", KeyColumns: []string{"id"}}, "key-1"},
		"no telling":     {sheet("a"), sheet("b"), "", ReadOptions{KeyColumns: []string{"id"}}, FileSheet + `: no telling which sheet is meant, as none has a known column in its first row; say which in the setting ` + "`sheet`" + `: "People", "Archive"`},
		"no such":        {sheet("a"), sheet("b"), "", ReadOptions{Sheet: "Staff"}, FileSheet + `: the workbook has no sheet "Staff", but "People", "Archive"`},
		"all empty":      {empty, empty, "", ReadOptions{}, FileEmpty + `: the workbook has no visible sheet with anything in it; the first row of a sheet must name the columns`},
		"named is empty": {sheet("id"), empty, "", ReadOptions{Sheet: "Archive"}, FileEmpty + `: the sheet is empty; its first row must name the columns`},
		"broken beside":  {"<worksheet><sheetData><row><c", sheet("id"), "", ReadOptions{KeyColumns: []string{"id"}}, "id-1"},
		"broken":         {"<worksheet><sheetData><row><c", sheet("id"), "", ReadOptions{}, FileDamaged + ": the workbook is damaged or cut off (xl/worksheets/sheet1.xml); send it again, or open it in Excel and save it"},
	} {
		t.Run(name, func(t *testing.T) {
			book := `<workbook><sheets><sheet name="People" r:id="r1"/><sheet name="Archive" state="` + c.state + `" r:id="r2"/></sheets></workbook>`
			got := read(t, workbookOf(t, "", map[string]string{
				"xl/workbook.xml": book, "xl/worksheets/sheet1.xml": c.first, "xl/worksheets/sheet2.xml": c.second,
			}), c.o)
			result := got.code() + ": " + fmt.Sprint(got.err)
			if got.err == nil {
				result = got.rows[0][0]
			}
			if result != c.want {
				t.Errorf("got %s, want %s", result, c.want)
			}
		})
	}
}

func TestWorkbooksThatAreRefused(t *testing.T) {
	cell := `<c t="str"><v>x</v></c>`
	row := headerRow + `<row>` + cell + `</row>`
	many := map[string]string{}
	for i := range maxEntries {
		many[fmt.Sprintf("xl/media/%d.png", i)] = ""
	}
	var long strings.Builder
	for i := range 600 {
		fmt.Fprintf(&long, `<c t="str"><v>c%d</v></c>`, i)
	}
	for name, c := range map[string]struct {
		rows     string
		parts    map[string]string
		o        ReadOptions
		code     string
		contains string
	}{
		"header only":      {rows: headerRow, code: FileHeaderOnly},
		"rows":             {rows: row + `<row>` + cell + `</row>`, o: ReadOptions{Limits: Limits{Rows: 1}}, code: FileTooLarge},
		"packed":           {rows: row, o: ReadOptions{Limits: Limits{Bytes: 100}}, code: FileTooLarge},
		"unpacked":         {rows: row, o: ReadOptions{Limits: Limits{Unpacked: 100}}, code: FileTooLarge},
		"bomb":             {rows: row + strings.Repeat("<row/>", 2<<20), code: FileTooLarge, contains: "100 times"},
		"columns":          {rows: `<row>` + long.String() + `</row>` + row, code: FileTooLarge, contains: "512 columns"},
		"entries":          {rows: row, parts: many, code: FileTooLarge, contains: "2000 parts"},
		"nested":           {rows: row, parts: map[string]string{"xl/embeddings/Book1.XLSX": ""}, code: FileArchive, contains: "another archive"},
		"twice":            {rows: row, parts: map[string]string{"XL/Styles.xml": ""}, code: FileDamaged, contains: "two parts"},
		"OpenDocument":     {rows: row, parts: map[string]string{"_rels/.rels": "", "content.xml": ""}, code: FileArchive, contains: "OpenDocument"},
		"xlsb":             {rows: row, parts: map[string]string{"_rels/.rels": strings.Replace(rootRels, ".xml", ".bin", 1), "xl/workbook.bin": ""}, code: FileArchive, contains: "xlsb"},
		"a zip":            {rows: row, parts: map[string]string{"_rels/.rels": "", "xl/workbook.xml": ""}, code: FileArchive, contains: "no workbook"},
		"rows in disorder": {rows: row + `<row r="2">` + cell + `</row>`, code: FileDamaged, contains: "out of order"},
		"far row":          {rows: row + `<row r="99999999">` + cell + `</row>`, code: FileDamaged},
		"cells twice":      {rows: row + `<row><c r="B3"><v>1</v></c><c r="B3"><v>1</v></c></row>`, code: FileDamaged, contains: "out of order"},
		"far cell":         {rows: row + `<row><c r="ZZZZZ3"><v>1</v></c></row>`, code: FileDamaged},
		"odd cell":         {rows: row + `<row><c r="3"><v>1</v></c></row>`, code: FileDamaged},
		"no such text":     {rows: row + `<row><c t="s"><v>4</v></c></row>`, code: FileDamaged, contains: "line 3: a cell refers"},
		"no number":        {rows: row + `<row><c t="s"><v>x</v></c></row>`, code: FileDamaged},
		"long text":        {rows: row + `<row><c t="str"><v>` + strings.Repeat("x", 2*maxToken) + `</v></c></row>`, code: FileTooLarge},
		"long row":         {rows: row + `<row>` + strings.Repeat(`<c t="str"><v>`+strings.Repeat("x", 1000)+`</v></c>`, 1100) + `</row>`, code: FileTooLarge},
		"not closed":       {parts: map[string]string{"xl/worksheets/sheet1.xml": "<worksheet><sheetData>" + row}, code: FileDamaged},
		"cut":              {parts: map[string]string{"xl/worksheets/sheet1.xml": "<worksheet><sheetData>" + row + "<row><c>"}, code: FileDamaged},
		"no sheet part":    {parts: map[string]string{"xl/workbook.xml": `<workbook><sheets><sheet name="People" r:id="r2"/></sheets></workbook>`}, code: FileDamaged, contains: "sheet2.xml"},
		"charset":          {rows: row, parts: map[string]string{"xl/sharedStrings.xml": `<?xml version="1.0" encoding="UTF-16"?><sst/>`}, code: FileEncoding},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, workbookOf(t, c.rows, c.parts), c.o)
			if got.code() != c.code || !strings.Contains(got.err.Error(), c.contains) {
				t.Errorf("%s: %v; want %s %q", got.code(), got.err, c.code, c.contains)
			}
		})
	}
}

// Bytes that are not those that were packed make the file damaged, though they make a table.
func TestWorkbookWhoseSumIsWrong(t *testing.T) {
	data := pack(t, partsOf(headerRow+`<row><c t="str"><v>before</v></c></row>`), zip.Store)
	if got := read(t, data, ReadOptions{}); got.err != nil || got.rows[0][0] != "before" {
		t.Fatalf("%q, %v", got.rows, got.err)
	}
	if got := read(t, strings.Replace(data, "before", "behind", 1), ReadOptions{}); got.code() != FileDamaged {
		t.Errorf("%q, %v", got.rows, got.err)
	}
}

func TestDateCodes(t *testing.T) {
	for code, want := range map[string]bool{
		"General": false, "0.00E+00": false, "@": false, `0 "dmy"`: false, `0\d`: false, "[Red]0": false, `0_d`: false, `*y0`: false, `"d`: false,
		"yyyy-mm-dd": true, "[$-407]d. mmmm yyyy;@": true, "[h]:mm": true, `"day" d`: true, "DD/MM": true,
	} {
		if isDateCode(code) != want {
			t.Errorf("%s: %v", code, !want)
		}
	}
}

// What WriteXLSX writes is held against the reading of another program.
func TestWriteXLSX(t *testing.T) {
	header, rows := []string{"id", "=note"}, [][]string{{"000123", "1E5"}, {"=1+1", " space "}, {"", "two\nlines"}}
	for people, want := range map[bool][][]string{
		false: {{"id", "=note"}, {"000123", "1E5"}, {"=1+1", " space "}, {"", "two\nlines"}},
		true:  {{"id", "'=note"}, {"000123", "1E5"}, {"'=1+1", " space "}, {"", "two\nlines"}},
	} {
		var out bytes.Buffer
		if err := WriteXLSX(&out, header, rows, Options{Sheet: "To mend", ForPeople: people}); err != nil {
			t.Fatal(err)
		}
		file, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := file.GetRows("To mend")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
		formula, _ := file.GetCellFormula("To mend", "A3")
		kind, err := file.GetCellType("To mend", "A2")
		if formula != "" || err != nil || kind != excelize.CellTypeInlineString {
			t.Errorf("formula %q, type %v, %v", formula, kind, err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
