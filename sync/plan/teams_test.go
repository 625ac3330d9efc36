package plan_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/usher"
	"usher/sync/plan"
)

func TestTeams(t *testing.T) {
	sales := usher.Team{Name: "Sales", Source: "department", Key: "sales"}
	group := func(id, name string) usher.GroupRef { return usher.GroupRef{ID: usher.ID(id), DisplayName: name} }
	team := func(id, name string) usher.Team { return usher.Team{Name: name, Source: "group", Key: id} }
	groups := []usher.GroupRef{group("g3", "Sales US"), group("g1", "Everyone"), group("g2", "sales EMEA"), group("g3", "Sales US"), group("g4", "Sales US")}
	for _, c := range []struct {
		name         string
		byDepartment bool
		patterns     []string
		department   string
		want         []usher.Team
	}{
		{"nothing asked", false, nil, "Sales", nil},
		{"department", true, nil, "Sales", []usher.Team{sales}},
		{"department with space around", true, nil, " Sales\t", []usher.Team{sales}},
		{"another spelling is the same key", true, nil, "SALES", []usher.Team{{Name: "SALES", Source: "department", Key: "sales"}}},
		{"no department", true, nil, " ", nil},
		{"groups by name, then id, once each", false, []string{"SALES*"}, "Sales", []usher.Team{team("g3", "Sales US"), team("g4", "Sales US"), team("g2", "sales EMEA")}},
		{"several patterns hit once", false, []string{"every*", "*one"}, "", []usher.Team{team("g1", "Everyone")}},
		{"both, department first", true, []string{"everyone"}, "Sales", []usher.Team{sales, team("g1", "Everyone")}},
		{"a pattern is not a part", false, []string{"Sales"}, "", nil},
	} {
		got := plan.Teams(c.byDepartment, c.patterns, usher.Attributes{Department: c.department}, groups)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// named says whether a group of that name becomes a team by that pattern.
func named(pattern, name string) bool {
	return len(plan.Teams(false, []string{pattern}, usher.Attributes{}, []usher.GroupRef{{ID: "g", DisplayName: name}})) == 1
}

func TestTeamPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "CN=Sales/EMEA", true},
		{"?", "é", true}, // one character, not one byte
		{"?", "", false},
		{"?", "ab", false},
		{"a*b", "ab", true},
		{"a*b", "aXXbXb", true},
		{"a*b", "aXbX", false},
		{"*a*a*a", "aaa", true},
		{"*a*a*a", "aa", false},
		{"sales-??", "SALES-us", true},
		{"ÄRZTE*", "ärzte Berlin", true},
		{"a[b]", "a[b]", true}, // brackets are plain
		{"a**", "a", true},
		{strings.Repeat("a*", 200) + "b", strings.Repeat("a", 5000), false}, // ends at once
	} {
		if got := named(c.pattern, c.name); got != c.want {
			t.Errorf("%.20q on %.20q: got %v", c.pattern, c.name, got)
		}
	}
}

// The standard library's globs are the same where they mean the same.
func TestTeamPatternsAgreeWithPathMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*?]{0,8}`).Draw(t, "pattern")
		name := rapid.StringMatching(`[ab]{0,8}`).Draw(t, "name")
		want, err := path.Match(pattern, name)
		if err != nil {
			t.Fatal(err)
		}
		if got := named(pattern, name); got != want {
			t.Fatalf("%q on %q: got %v", pattern, name, got)
		}
	})
}
