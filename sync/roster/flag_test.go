package roster

import (
	"slices"
	"strings"
	"testing"

	"usher/internal/usher"
)

// TestAFlagIsProposedAsStatus: a column of two words is the status, with what they mean; where its words say
// nothing, it is not.
func TestAFlagIsProposedAsStatus(t *testing.T) {
	for _, c := range []struct{ name, words, want, active, left string }{
		{"active", "true false", "active", "true", "false"},
		{"Is Active", "TRUE FALSE", "Is Active", "true", "false"},
		{"Enabled", "Yes", "Enabled", "yes", "no"},
		{"Aktiv", "ja nein", "Aktiv", "ja", "nein"},
		{"accountEnabled", "1 0", "accountEnabled", "1", "0"},
		{"Active", "active inactive", "Active", "", ""},
		{"Active", "true maybe", "", "", ""},
		{"Shoe size", "1 0", "", "", ""},
	} {
		var sample [][]string
		for _, word := range strings.Fields(c.words) {
			sample = append(sample, []string{"ann@example.com", word})
		}
		got := Propose([]string{"Email", c.name}, sample)
		if got.Mapping.Columns["status"] != c.want || strings.Join(got.Mapping.Active, " ") != c.active || strings.Join(got.Mapping.Left, " ") != c.left || len(got.Words) > 0 {
			t.Errorf("%+v: %+v", c, got)
		}
		if c.active != "" && !strings.Contains(got.YAML(), "status:\n  active: [\""+c.active+"\"]\n  left: [\""+c.left+"\"]\n") {
			t.Errorf("%s", got.YAML())
		}
		if (c.want == "") != slices.Contains(got.Unmapped, c.name) {
			t.Errorf("%+v: unmapped %q", c, got.Unmapped)
		}
	}
	if got := Propose([]string{"Email", "Status", "active"}, [][]string{{"a@example.com", "Active", "true"}}); got.Mapping.Columns["status"] != "Status" || got.Mapping.Active != nil {
		t.Errorf("a status has a flag beside it: %+v", got)
	}
}

// TestAFlagThatIsNotReadIsSaid: whoever leaves by a column that is not read never leaves, and that is a
// finding. One that is read is none.
func TestAFlagThatIsNotReadIsSaid(t *testing.T) {
	const file = "Email,active\nann@example.com,true\nbob@example.com,false\n"
	for name, c := range map[string]struct {
		m     Mapping
		file  string
		found bool
		gone  bool
	}{
		"by the header":          {Mapping{}, file, true, false},
		"by columns":             {Mapping{Columns: map[string]string{"email": "Email"}}, file, true, false},
		"a status left out":      {Mapping{Columns: map[string]string{"email": "Email"}}, strings.Replace(file, "active", "Employment Status", 1), true, false},
		"as the status":          {Mapping{Columns: map[string]string{"email": "Email", "status": "active"}, Active: []string{"true"}, Left: []string{"false"}}, file, false, true},
		"as one's own attribute": {Mapping{Columns: map[string]string{"email": "Email", "x.flag": "active"}}, file, false, false},
		"another column":         {Mapping{}, strings.Replace(file, "active", "Shoe size", 1), false, false},
	} {
		got := readBytes(t, []byte(c.file), compiled(t, c.m), Options{})
		at := slices.IndexFunc(got.summary.Findings, func(f usher.Finding) bool { return f.Code == statusUnread })
		if (at >= 0) != c.found || len(got.rows) != 2 || got.rows[1].Record.Attributes.Active == c.gone {
			t.Errorf("%s: %+v, %+v", name, got.summary.Findings, got.rows)
		}
		if at >= 0 && (got.summary.Findings[at].Severity != usher.SeverityWarning || got.summary.Findings[at].Column == "") {
			t.Errorf("%s: %+v", name, got.summary.Findings[at])
		}
	}
}
