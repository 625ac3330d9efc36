package roster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"usher/internal/table"
	"usher/internal/usher"
)

const samples = "../../testdata/roster"

// sampleMapping is how a configuration maps the samples.
func sampleMapping() Mapping {
	return Mapping{
		Columns: map[string]string{
			"employeeNumber": "employee_id", "givenName": "first_name", "familyName": "last_name", "email": "email", "upn": "upn",
			"department": "department", "title": "title", "manager": "manager_email", "status": "status",
			"starts": "start_date", "ends": "end_date",
		},
		Full: true,
	}
}

func compiled(t testing.TB, m Mapping) *Mapper {
	t.Helper()
	mapper, err := Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	return mapper
}

// result is what a reading gave.
type result struct {
	rows    []usher.RosterRow
	summary usher.RosterSummary
}

func readBytes(t testing.TB, content []byte, m *Mapper, o Options) result {
	t.Helper()
	var out result
	o.Documents = true
	summary, err := Read(t.Context(), bytes.NewReader(content), int64(len(content)), m, o, func(row usher.RosterRow) error {
		out.rows = append(out.rows, row)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out.summary = summary
	out.addsUp(t)
	return out
}

// addsUp holds the counts against the rows and the lines.
func (r result) addsUp(t testing.TB) {
	t.Helper()
	s := r.summary
	refused, keyless := 0, 0
	for _, row := range r.rows {
		if row.Refused() {
			refused++
			if row.Key == "" {
				keyless++
			}
		} else if row.Key == "" || !row.Same && (row.Record.Attributes.ExternalID != row.Key || len(row.Record.Document) == 0) {
			t.Errorf("row %d is accepted without a record: %+v", row.Number, row)
		}
		if row.Refused() && len(row.Record.Document) > 0 {
			t.Errorf("row %d is refused and has a record", row.Number)
		}
	}
	if s.Records != len(r.rows) || s.Refused != refused || s.Keyless != keyless {
		t.Errorf("%d rows of which %d are refused and %d nobody's; the summary says %+v", len(r.rows), refused, keyless, s)
	}
	if !s.RefusedFile() && s.Lines != 1+s.Records+s.Folded+s.Blank {
		t.Errorf("lines do not add up: %+v", s)
	}
	for _, f := range r.findings() {
		if f.Code == "" || f.Severity == "" || f.Text == "" {
			t.Errorf("a finding says too little: %+v", f)
		}
	}
}

func (r result) findings() []usher.Finding {
	var out []usher.Finding
	for _, row := range r.rows {
		out = append(out, row.Findings...)
	}
	return append(out, r.summary.Findings...)
}

// brief is what of findings is compared: row, column, code and severity.
func brief(findings []usher.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, fmt.Sprintf("%d %s %s %s", f.Row, f.Column, f.Code, f.Severity))
	}
	slices.Sort(out)
	return out
}

func readSample(t *testing.T, name string, m Mapping) result {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(samples, name))
	if err != nil {
		t.Fatal(err)
	}
	return readBytes(t, content, compiled(t, m), Options{Today: "2026-07-01"})
}

// five are the people of the samples 01 to 04, 11 and 15.
func five() map[string]usher.Attributes {
	person := func(number, given, family, mail, upn, department, title, manager string, active bool, starts, ends string) usher.Attributes {
		return usher.Attributes{
			UserName: upn + "@corp.example.com", ExternalID: number, EmployeeNumber: number, Active: active, GivenName: given, FamilyName: family,
			Title: title, Department: department, Emails: []usher.Email{{Value: mail + "@example.com", Type: "work", Primary: true}},
			Manager: manager, Starts: starts, Ends: ends,
		}
	}
	return map[string]usher.Attributes{
		"000123": person("000123", "Seán", "O'Brien", "sean.obrien", "sobrien", "Sales", "Account Executive", "zoe.mueller@example.com", true, "2024-05-01", ""),
		"000007": person("000007", "Zoë", "Müller-Łukasiewicz", "zoe.mueller", "zmueller", "Sales", "Regional Director", "amara.okafor@example.com", true, "2021-01-04", ""),
		"000001": person("000001", "Amara", "Okafor", "amara.okafor", "aokafor", "Sales", "VP, Sales", "", true, "2019-09-16", ""),
		"000222": person("000222", "Elizabeth \"Beth\"", "Ray", "beth.ray", "bray", "IT", "Engineer\nPlatform", "amara.okafor@example.com", true, "2025-11-03", ""),
		"000099": person("000099", "Gone", "Person", "gone.person", "gperson", "IT", "Engineer", "amara.okafor@example.com", false, "2018-03-01", "2026-02-28"),
	}
}

func TestSamplesOfTheSameFive(t *testing.T) {
	for name, change := range map[string]func(*Mapping){
		"01_utf8_lf.csv":         nil,
		"02_utf8_bom_crlf.csv":   nil,
		"03_semicolon_bom.csv":   nil,
		"04_sep_line_cp1252.csv": func(m *Mapping) { m.Encoding = table.Windows1252 },
		"11_excel_dates.xlsx":    nil,
		"15_csv_named.xlsx":      nil,
	} {
		for _, automatic := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s automatic %t", name, automatic), func(t *testing.T) {
				m := sampleMapping()
				if automatic {
					m.Columns = nil
				}
				if change != nil {
					change(&m)
				}
				got := readSample(t, name, m)
				if len(got.findings()) > 0 {
					t.Errorf("findings: %+v", got.findings())
				}
				want := five()
				if strings.HasPrefix(name, "04") {
					zoe := want["000007"]
					zoe.FamilyName = "Müller-Lukasiewicz"
					want["000007"] = zoe
				}
				people := map[string]usher.Attributes{}
				for _, row := range got.rows {
					people[row.Key] = row.Record.Attributes
				}
				if !reflect.DeepEqual(people, want) {
					t.Errorf("got\n%+v\nwant\n%+v", people, want)
				}
			})
		}
	}
}

func TestSampleOfBadRows(t *testing.T) {
	var golden struct{ Findings []usher.Finding }
	text, err := os.ReadFile(filepath.Join(samples, "10_bad_rows.findings.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &golden); err != nil || len(golden.Findings) != 17 {
		t.Fatalf("%d findings, %v", len(golden.Findings), err)
	}
	got := readSample(t, "10_bad_rows.csv", sampleMapping())
	if got.summary.RefusedFile() {
		t.Errorf("refused: %+v", got.summary)
	}
	if found, want := brief(got.findings()), brief(golden.Findings); !slices.Equal(found, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(want, "\n"))
	}
	if s := got.summary; s.Records != 14 || s.Refused != 7 || s.Keyless != 0 {
		t.Errorf("%+v", s)
	}
}

func TestSamplesRefusedWhole(t *testing.T) {
	for name, want := range map[string]string{
		"07_truncated_last_line.csv": table.FileTruncated,
		"08_empty.csv":               table.FileEmpty,
		"09_header_only.csv":         table.FileHeaderOnly,
		"18_nul_byte.csv":            table.FileNUL,
		"19_invalid_utf8.csv":        table.FileEncoding,
	} {
		t.Run(name, func(t *testing.T) {
			got := readSample(t, name, sampleMapping())
			found := brief(got.summary.Findings)
			if !got.summary.RefusedFile() || !slices.Contains(found, "0  "+want+" error") {
				t.Errorf("got %q, want %s", found, want)
			}
		})
	}
}

func TestSampleOfAStrayQuote(t *testing.T) {
	got := readSample(t, "17_unbalanced_quote.csv", sampleMapping())
	if got.summary.RefusedFile() || len(got.rows) != 2 || !got.rows[0].Refused() || got.rows[1].Refused() || got.rows[1].Key != "000007" {
		t.Errorf("%+v", got)
	}
}

func TestSampleOfNineInTenGone(t *testing.T) {
	before, after := readSample(t, "13_guard_before.csv", sampleMapping()), readSample(t, "13_guard_after.csv", sampleMapping())
	if len(before.rows) != 200 || len(after.rows) != 20 || len(before.findings())+len(after.findings()) != 0 {
		t.Errorf("%d and %d rows, %v %v", len(before.rows), len(after.rows), before.findings(), after.findings())
	}
}
