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
