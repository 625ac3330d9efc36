package table

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatIsWrittenReadsBack(t *testing.T) {
	text := rapid.StringOf(rapid.RuneFrom([]rune("ab'=+\",;\t\r\n _x0D\ufeff\uff1d\u00fc\U0001f600")))
	rapid.Check(t, func(rt *rapid.T) {
		width := rapid.IntRange(1, 4).Draw(rt, "width")
		row := rapid.SliceOfN(text, width, width).Filter(notBlank)
		header := rapid.SliceOfN(text, width, width).Filter(notBlank).Draw(rt, "header")
		rows := rapid.SliceOfN(row, 1, 4).Draw(rt, "rows")
		format := rapid.SampledFrom([]Format{CSV, XLSX}).Draw(rt, "format")
		o := Options{
			Separator: rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(rt, "separator"),
			BOM:       rapid.Bool().Draw(rt, "bom"), CRLF: rapid.Bool().Draw(rt, "crlf"), ForPeople: rapid.Bool().Draw(rt, "people"),
		}
		if format == XLSX && isBlank([]byte(header[width-1])) {
			header[width-1] = "last" // a worksheet ends with its last cell
		}
		var out bytes.Buffer
		if err := Write(&out, format, header, slices.Values(rows), o); err != nil {
			rt.Fatal(err)
		}
		got := read(t, out.String(), ReadOptions{Separator: o.Separator, FromPeople: o.ForPeople})
		if got.err != nil || got.sheet.Format != format || !reflect.DeepEqual(got.sheet.Header, header) || !reflect.DeepEqual(got.rows, rows) {
			rt.Fatalf("%q %q came back as %q, %v", header, rows, got.rows, got.err)
		}
	})
}

// notBlank holds of rows that are not skipped as blank.
func notBlank(row []string) bool {
	return slices.ContainsFunc(row, func(cell string) bool { return !isBlank([]byte(cell)) })
}
