package prosci_test

import (
	"bytes"
	"slices"
	"testing"

	"usher/connectors/prosci"
	"usher/internal/usher"
)

// place is what a sample says of a finding.
type place struct {
	Row      int
	Column   string
	Col      int
	Code     string
	Severity usher.Severity
}

func placesOf(findings []usher.Finding) []place {
	var out []place
	for _, f := range findings {
		out = append(out, place{f.Row, f.Column, f.Col, f.Code, f.Severity})
	}
	return out
}

// TestSampleChecked: 04 gives its findings, all of them and no others.
func TestSampleChecked(t *testing.T) {
	var want struct{ Findings []place }
	decode(t, "04_bad_rows.findings.json", &want)
	findings, err := portal(t).Check(sample(t, "04_bad_rows.csv"))
	if err != nil {
		t.Fatal(err)
	}
	got := placesOf(findings)
	for _, f := range got {
		if !slices.Contains(want.Findings, f) {
			t.Errorf("not wanted: %+v", f)
		}
	}
	for _, f := range want.Findings {
		if !slices.Contains(got, f) {
			t.Errorf("missing: %+v", f)
		}
	}
	if len(got) != len(want.Findings) {
		t.Errorf("%d findings, want %d", len(got), len(want.Findings))
	}
	for _, f := range findings {
		if f.Text == "" || bytes.Contains([]byte(f.Text), []byte(f.Value)) && len(f.Value) > 1 {
			t.Errorf("text of %+v", f)
		}
	}
}

// TestRenderedPassesCheck: what is written has nothing to be said of it but warnings.
func TestRenderedPassesCheck(t *testing.T) {
	for _, name := range []string{"02_add_valid.expected.csv", "03_remove_split.expected-P34.csv", "05_european.expected.csv", "06_template_excel_variant.xlsx"} {
		if findings, err := portal(t).Check(sample(t, name)); err != nil || len(findings) > 0 {
			t.Errorf("%s: %+v, %v", name, findings, err)
		}
	}
	for _, bad := range []string{"", "a,b\n1,2\n", "First Name,Last Name,Email Address\nA,B,c@example.com\n"} {
		if _, err := portal(t).Check([]byte(bad)); err == nil {
			t.Errorf("%q was checked", bad)
		}
	}
}

// TestCheckCells: what the samples do not have.
func TestCheckCells(t *testing.T) {
	const header = "First Name,Last Name,Email Address,3 day graduation date,A [P1],Access Expires\n"
	for row, want := range map[string][]place{
		"Ann,Lee,ann@example.com,2026-02-30,Y,\n":        {{2, "3 day graduation date", 0, "date.invalid", usher.SeverityError}},
		"Ann,Lee,ann@example.com,,y,\n":                  {{2, "A [P1]", 0, "prosci.tool_value", usher.SeverityError}},
		"Ann,Lee,ann@example.com,,Y,Dec 2026\n":          {{2, "Access Expires", 0, "date.ambiguous", usher.SeverityError}},
		"\u00a0Ann,Lee\u200b,ann@example.com,,N,\n":      {{2, "First Name", 0, "field.outer_space", usher.SeverityError}, {2, "Last Name", 0, "field.invisible_char", usher.SeverityError}},
		"Ann,Lee,ann@example.com,,Y,,7\n":                {{2, "", 0, "row.long", usher.SeverityError}},
		"\n,,,,,\nAnn,,ann@example.com,,Y,\n":            {{2, "", 0, "row.empty", usher.SeverityInfo}, {3, "", 0, "row.empty", usher.SeverityInfo}, {4, "Last Name", 0, "field.required", usher.SeverityError}},
		"Ann,Lee,ann@example.com,2026-02-28 ,Y,\n":       {{2, "3 day graduation date", 0, "field.outer_space", usher.SeverityError}},
		"Ann,\u202eLee,ann@example.com,2026-02-28,Y,\n":  {{2, "Last Name", 0, "field.invisible_char", usher.SeverityError}},
		"Ann,Exampleton,ann@example.com,2026-02-28,Y,\n": nil,
	} {
		findings, err := portal(t).Check([]byte(header + row))
		if got := placesOf(findings); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %+v, %v", row, got, err)
		}
	}
}

// TestSampleRewritten: 05 and 06 come out as the template has them.
func TestSampleRewritten(t *testing.T) {
	content, findings, err := portal(t).Rewrite(sample(t, "05_european_semicolon_bom.csv"), double(t), "02.01.2006")
	if want := sample(t, "05_european.expected.csv"); err != nil || len(findings) > 0 || !bytes.Equal(content, want) {
		t.Errorf("%v, %v:\n%s\nwant\n%s", findings, err, content, want)
	}
	content, findings, err = portal(t).Rewrite(sample(t, "06_template_excel_variant.xlsx"), double(t), "")
	_, rows := rowsOf(t, content)
	if err != nil || len(findings) > 0 || len(rows) != 2 || !slices.Equal(rows[1], []string{"Chloé", "Lefèvre", "chloe.lefevre@example.com", "", "Y", "2026-12-31", "Y", "2026-12-31"}) ||
		rows[0][2] != "juergen.gross@example.com" {
		t.Errorf("%v, %v: %q", findings, err, rows)
	}
}

// TestRewriteKeeps: columns of the company's own go along, whatever their order.
func TestRewriteKeeps(t *testing.T) {
	const file = "Region;Email;Last Name;First Name;A [P1];Access Expires\n EMEA;ann@example.com ;Lee;Ann ;Y;31.01.2027\n"
	template := usher.Template{Content: []byte("First Name,Last Name,Email,region,A [P1],Access Expires\n")}
	content, findings, err := portal(t).Rewrite([]byte(file), template, "02.01.2006")
	if want := "\ufeffFirst Name,Last Name,Email,region,A [P1],Access Expires\nAnn,Lee,ann@example.com,EMEA,Y,2027-01-31\n"; err != nil || len(findings) > 0 || string(content) != want {
		t.Errorf("%+v, %v: %q", findings, err, content)
	}
}

// TestRewriteRefuses: what cannot be mended without guessing stays, and nothing is written.
func TestRewriteRefuses(t *testing.T) {
	content, findings, err := portal(t).Rewrite(sample(t, "05_european_semicolon_bom.csv"), double(t), "")
	if got := placesOf(findings); err != nil || content != nil || len(got) != 2 || got[0] != (place{4, "Access Expires", 6, "date.ambiguous", usher.SeverityError}) {
		t.Errorf("without a layout: %+v, %v", got, err)
	}
	if content, findings, err = portal(t).Rewrite(sample(t, "04_bad_rows.csv"), double(t), ""); err != nil || content != nil || len(findings) == 0 {
		t.Errorf("bad rows: %d bytes, %d findings, %v", len(content), len(findings), err)
	}
	if _, _, err := portal(t).Rewrite(sample(t, "05_european_semicolon_bom.csv"), single("eToolkit [P34]"), ""); err == nil {
		t.Error("a file for other tools was rewritten")
	}
}

func FuzzCheck(f *testing.F) {
	for _, name := range []string{"04_bad_rows.csv", "05_european_semicolon_bom.csv", "01_template_p410_p1432.csv"} {
		f.Add(sample(f, name))
	}
	f.Add([]byte("First Name,Last Name,Email,A [P1]\n\n\"a\nb\",c,d@e.f,Y\n,,,\n"))
	f.Add([]byte("sep=;\nFirst Name;Last Name;Email;Y/N;Access Expires\n\n1;2;3;4;46387\n"))
	p, err := prosci.New(prosci.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		findings, err := p.Check(content)
		if err != nil {
			return
		}
		last := 1
		for _, finding := range findings {
			if finding.Row < last || finding.Code == "" || finding.Severity == "" || finding.Text == "" {
				t.Fatalf("after row %d: %+v", last, finding)
			}
			last = finding.Row
		}
		again, _, err := p.Rewrite(content, usher.Template{Name: "itself", Content: content}, "")
		if err != nil || again == nil {
			return
		}
		if findings, err := p.Check(again); err != nil || slices.ContainsFunc(findings, func(f usher.Finding) bool { return f.Severity == usher.SeverityError }) {
			t.Fatalf("rewritten: %+v, %v", findings, err)
		}
	})
}
