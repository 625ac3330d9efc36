package config

import (
	"strings"
	"testing"
)

func TestFurtherChecksAreReportedInTheSameGo(t *testing.T) {
	also := func(c *Config) Problems {
		for _, s := range c.Subscriptions {
			if s.Rule.Value == "nonsense" {
				return Problems{{Pos: s.Rule.Pos, Path: "subscriptions." + s.Name + ".rule", Message: "makes no sense"}}
			}
		}
		return nil
	}
	text := "portals: {p: {kind: worklist}}\nsubscriptions:\n  a:\n    portal: p\n    seats: 1\n    rule: nonsense\nlissen: x\n"
	_, err := Parse("u.yaml", []byte(text), nil, also)
	want := "u.yaml:6:11: subscriptions.a.rule: makes no sense\nu.yaml:7:1: lissen: unknown key"
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Fatalf("got %v", err)
	}
}

func TestFurtherChecksNeedNotKnowPlaces(t *testing.T) {
	also := func(*Config) Problems {
		return Problems{
			{Path: "directories.hr.columns.x.grade", Message: "is wrong"},
			{Path: "directories.hr.format.dates", Message: "is wrong"}, // not given: the nearest key above
			{Path: "directories.hr.format.min_rows", Message: "follows from what is said"},
			{Path: "directories.hr.schedule", Message: "follows from what is said below"},
		}
	}
	text := "directories:\n  hr:\n    kind: file\n    columns:\n      email: Mail\n      x.grade: Grade\n    format:\n      min_rows: 0\n    schedule:\n      corn: x\n"
	_, err := Parse("u.yaml", []byte(text), nil, also)
	want := []string{
		"u.yaml:6:7: directories.hr.columns.x.grade: is wrong", "u.yaml:7:5: directories.hr.format.dates: is wrong",
		"u.yaml:8:17: directories.hr.format.min_rows: must be between", "u.yaml:10:7: directories.hr.schedule.corn: unknown key",
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got %v", err)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("got %s, want %s", lines[i], want[i])
		}
	}
}
