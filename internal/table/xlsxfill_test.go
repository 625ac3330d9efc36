package table

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// portalForm is a form as a portal gives it out: an example below the header, a drop-down list, a second sheet.
func portalForm(t *testing.T) []byte {
	t.Helper()
	file := excelize.NewFile()
	bold, err := file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		t.Fatal(err)
	}
	list := excelize.NewDataValidation(true)
	list.Sqref = "B2:B100"
	for _, step := range []error{
		file.SetSheetName("Sheet1", "People & Co"),
		file.SetSheetRow("People & Co", "A2", &[]string{"Name", "Region "}),
		file.SetSheetRow("People & Co", "A3", &[]string{"Example", "EMEA"}),
		file.SetCellStyle("People & Co", "A2", "B2", bold),
		file.SetColWidth("People & Co", "A", "A", 33),
		list.SetDropList([]string{"EMEA", "NA"}),
		file.AddDataValidation("People & Co", list),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	if _, err := file.NewSheet("Lists"); err != nil {
		t.Fatal(err)
	}
	if err := file.SetCellStr("Lists", "A1", "EMEA"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFillXLSX(t *testing.T) {
	content := portalForm(t)
	sheet, err := Open(bytes.NewReader(content), int64(len(content)), ReadOptions{KeyColumns: []string{"name"}, HeaderOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	form := Form{Content: content, Sheet: sheet.Name, Header: sheet.Header, Line: sheet.HeaderLine}
	rows := [][]string{{"=1+1", "000123"}, {"1E5", ""}, {"", "NA"}}
	var out, again bytes.Buffer
	if err := FillXLSX(&out, form, rows); err != nil {
		t.Fatal(err)
	}
	if err := FillXLSX(&again, form, rows); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Errorf("the same rows gave other bytes, error %v", err)
	}
	filled, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	got, err := filled.GetRows("People & Co")
	if err != nil || len(got) != 5 || !slices.Equal(got[1], []string{"Name", "Region "}) || !slices.Equal(got[2], rows[0]) || got[3][0] != "1E5" {
		t.Errorf("rows %q, %v", got, err)
	}
	if kind, err := filled.GetCellType("People & Co", "B3"); err != nil || kind != excelize.CellTypeInlineString {
		t.Errorf("000123 is of type %v, %v", kind, err)
	}
	if names := filled.GetSheetList(); !slices.Equal(names, []string{"People & Co", "Lists"}) {
		t.Errorf("sheets %q", names)
	}
	if lists, err := filled.GetDataValidations("People & Co"); err != nil || len(lists) != 1 {
		t.Errorf("%d drop-down lists, %v", len(lists), err)
	}
	if style, err := filled.GetCellStyle("People & Co", "A2"); err != nil || style == 0 {
		t.Errorf("the header has lost its looks: style %d, %v", style, err)
	}
	if width, err := filled.GetColWidth("People & Co", "A"); err != nil || width != 33 {
		t.Errorf("width %v, %v", width, err)
	}
	if cell, err := filled.GetCellValue("Lists", "A1"); err != nil || cell != "EMEA" {
		t.Errorf("the other sheet says %q, %v", cell, err)
	}
}

func TestFillXLSXRefuses(t *testing.T) {
	form := Form{Content: portalForm(t), Sheet: "People & Co", Header: []string{"Name", "Region "}, Line: 2}
	for name, c := range map[string]struct {
		change func(*Form)
		rows   [][]string
		want   string
	}{
		"a narrow row":    {func(*Form) {}, [][]string{{"a", "b"}, {"c"}}, "row 2 has 1 cells"},
		"a sheet missing": {func(f *Form) { f.Sheet = "People" }, nil, "People"},
		"no workbook":     {func(f *Form) { f.Content = []byte("Name,Region\n") }, nil, "fill XLSX"},
		"too long a cell": {func(*Form) {}, [][]string{{strings.Repeat("x", 40_000), ""}}, "cell 1 has more than"},
	} {
		change := form
		c.change(&change)
		if err := FillXLSX(&bytes.Buffer{}, change, c.rows); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
