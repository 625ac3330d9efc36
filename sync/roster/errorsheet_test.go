package roster

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"usher/internal/table"
	"usher/internal/usher"
)

const faulty = "employee_id,first_name,last_name,email,upn,department,title,manager_email,status,start_date,end_date\n" +
	"000001,Ann,Lee,ann@example.com,,IT,,,active,2024-01-01,\n" +
	"000002,=1+1,Ray,bob@example.com,,\"R, D\",,,gone,05/01/2024,\n" +
	"000003,Cid,Ray,cid@example.com,,IT,,nobody@example.com,active,2024-01-01,\n" +
	"000004,\"Dan,Ray,dan@example.com,,IT,,,active,2024-01-01,\n" +
	"000005,Eve,Ray,eve@example.com,,IT,,,active,2024-01-01,\n"

func errorSheetOf(t *testing.T, content string, format table.Format, m *Mapper, o SheetOptions) []byte {
	t.Helper()
	got := readBytes(t, []byte(content), m, Options{})
	var out bytes.Buffer
	if err := WriteErrors(&out, format, strings.NewReader(content), int64(len(content)), m, got.findings(), o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestErrorSheet(t *testing.T) {
	m := compiled(t, sampleMapping())
	got := string(errorSheetOf(t, faulty, table.CSV, m, SheetOptions{}))
	const want = "\ufeffemployee_id,first_name,last_name,email,upn,department,title,manager_email,status,start_date,end_date,usher: problem\r\n" +
		"000002,'=1+1,Ray,bob@example.com,,\"R, D\",,,gone,05/01/2024,,\"first_name: starts like a formula; type the text that is meant; " +
		"status: is none of the words known for active, left and leave; mend the cell, or add the word to the list where it belongs; " +
		"start_date: has its day, month and year in an order that nobody declared; write 2026-01-31, or declare the form as format.dates\"\r\n" +
		"000003,Cid,Ray,cid@example.com,,IT,,nobody@example.com,active,2024-01-01,,\"warning: manager_email: is nobody in this file"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if n := strings.Count(got, "\r\n"); n != 4 || !strings.Contains(got, "Dan") || strings.Contains(got, "Eve") {
		t.Errorf("%d lines:\n%s", n, got)
	}
}

// A corrected sheet stands in for the file: as a delta of its rows, or whole.
func TestErrorSheetComesBack(t *testing.T) {
	m := compiled(t, sampleMapping())
	before := readBytes(t, []byte(faulty), m, Options{})
	for _, format := range []table.Format{table.CSV, table.XLSX} {
		for _, all := range []bool{false, true} {
			sheet := errorSheetOf(t, faulty, format, m, SheetOptions{All: all})
			again := readBytes(t, sheet, m, Options{Same: acceptedOf(before)})
			rows := 3
			if all {
				rows = 5
			}
			if len(again.rows) != rows || again.summary.Refused != 2 || again.summary.Keyless != 1 || again.summary.RefusedFile() {
				t.Fatalf("%s, all %t: %+v", format, all, again.summary)
			}
			for _, row := range again.rows {
				i := slices.IndexFunc(before.rows, func(r usher.RosterRow) bool { return r.Key == row.Key })
				if row.Key != "" && (before.rows[i].Refused() != row.Refused() || before.rows[i].Hash != row.Hash || row.Same == row.Refused()) {
					t.Errorf("%s, all %t: %+v, before %+v", format, all, row, before.rows[i])
				}
			}
			// The sheet of a sheet has one column of problems.
			var second bytes.Buffer
			if err := WriteErrors(&second, table.CSV, bytes.NewReader(sheet), int64(len(sheet)), m, again.findings(), SheetOptions{}); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(second.String(), ProblemColumn); n != 1 {
				t.Errorf("%d columns of problems:\n%s", n, second.String())
			}
		}
	}
	mended := strings.NewReplacer("'=1+1", "Bob", "gone", "active", "05/01/2024", "2024-01-05").Replace(string(errorSheetOf(t, faulty, table.CSV, m, SheetOptions{})))
	if got := readBytes(t, []byte(mended), m, Options{}); got.summary.Refused != 1 || got.rows[0].Record.Attributes.GivenName != "Bob" {
		t.Errorf("%+v", got)
	}
}

// An all-new problem column is no reason to see everybody as changed, also where the header decides.
func TestErrorSheetOfAnAutomaticMapping(t *testing.T) {
	m := compiled(t, Mapping{})
	before := readBytes(t, []byte(faulty), m, Options{})
	again := readBytes(t, errorSheetOf(t, faulty, table.XLSX, m, SheetOptions{All: true}), m, Options{Same: acceptedOf(before)})
	same := 0
	for _, row := range again.rows {
		if row.Same {
			same++
		}
	}
	if same != 3 {
		t.Errorf("%d rows are the same: %+v", same, again.rows)
	}
}

// A row that others repeat is on the sheet with them, though nothing is wrong with it: else the mended duplicate would
// come back as somebody new.
func TestErrorSheetHasWhatIsRepeated(t *testing.T) {
	const doubled = "employee_id,first_name,last_name,email,upn,department,title,manager_email,status,start_date,end_date\n" +
		"000001,Ann,Lee,ann@example.com,,IT,,,active,2024-01-01,\n" +
		"000002,Bob,Ray,bob@example.com,,IT,,,active,2024-01-01,\n" +
		"000003,Ann,Lee,ANN@example.com,,HR,,,active,2024-01-01,\n" +
		"000001,Ann,Lee,ann.lee@example.com,,HR,,,active,2024-01-01,\n"
	m := compiled(t, sampleMapping())
	for _, format := range []table.Format{table.CSV, table.XLSX} {
		before := readBytes(t, []byte(doubled), m, Options{})
		again := readBytes(t, errorSheetOf(t, doubled, format, m, SheetOptions{}), m, Options{Same: acceptedOf(before)})
		if len(again.rows) != 3 || again.rows[0].Key != "000001" || !again.rows[0].Same || again.summary.Refused != 2 {
			t.Errorf("%s: %+v", format, again)
		}
	}
	sheet := string(errorSheetOf(t, doubled, table.CSV, m, SheetOptions{}))
	for _, part := range []string{"000001,Ann,Lee,ann@example.com", `"info: this was row 2 of the file, which rows 4, 5 repeat"`, "email: row 2 has the same"} {
		if !strings.Contains(sheet, part) {
			t.Errorf("%q is not in\n%s", part, sheet)
		}
	}
	if whole := string(errorSheetOf(t, doubled, table.CSV, m, SheetOptions{All: true})); strings.Contains(whole, "repeat") || !strings.Contains(whole, "Bob") {
		t.Errorf("the whole file:\n%s", whole)
	}
}
