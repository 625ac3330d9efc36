package config

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
)

// head precedes every rule below: five lines, so that lines are told apart.
const head = "portals: {p: {kind: worklist}}\nsubscriptions:\n  s:\n    portal: p\n    seats: 1\n"

func TestTextPositions(t *testing.T) {
	const expression = "department == \"Sales\"\nand title != \"Ünïcode\"\n"
	indented := "      " + strings.ReplaceAll(strings.TrimSpace(expression), "\n", "\n      ") + "\n"
	for name, rule := range map[string]string{
		"plain":             `    rule: department == "Sales" and title != "Ünïcode"`,
		"plain, folded":     "    rule: department == \"Sales\"\n      and title != \"x\"",
		"plain, next line":  "    rule:\n      department == \"Sales\"",
		"plain, comment":    `    rule: department == "Sales"   # "Sales" only`,
		"single quotes":     `    rule: 'title == "it''s" or x'`,
		"double quotes":     `    rule: "title == \"Head\" or x"`,
		"double, folded":    "    rule: \"title == \\\"Head\\\"\n      or x\"",
		"literal":           "    rule: |\n" + indented,
		"literal, comment":  "    rule: | # who\n" + indented,
		"literal, blank":    "    rule: |\n\n\n" + indented,
		"literal, keep":     "    rule: |+\n" + indented + "\n",
		"literal, indented": "    rule: |2\n        a\n      b",
		"folded":            "    rule: >-\n" + indented + "\n" + indented,
		"flow":              "    rule: {}",
	} {
		t.Run(name, func(t *testing.T) { checkPositions(t, name, rule) })
	}
}

func checkPositions(t *testing.T, name, rule string) {
	file := head + rule + "\n    priority: 7\n"
	c, err := Parse("usher.yaml", []byte(file), nil)
	if name == "flow" {
		if err == nil {
			t.Error("a mapping is taken as a rule")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	text := c.Subscriptions[0].Rule
	lines := strings.Split(file, "\n")
	runes := []rune(text.Value)
	if len(runes) < 3 {
		t.Fatalf("rule is %q", text.Value)
	}
	for offset, want := range runes {
		if unicode.IsSpace(want) {
			continue
		}
		pos := text.At(offset)
		line := []rune(lines[pos.Line-1])
		if pos.Column > len(line) || line[pos.Column-1] != want {
			t.Errorf("character %d, %q: %s is not it", offset, want, pos)
		}
	}
	first := strings.IndexFunc(text.Value, func(r rune) bool { return !unicode.IsSpace(r) })
	if pos := text.At(first); pos.Line < 6 || pos.File != "usher.yaml" {
		t.Errorf("rule starts at %s", pos)
	}
	if priority := c.Subscriptions[0].Priority; priority.Value != "7" || priority.Pos.Line != strings.Count(head+rule, "\n")+2 {
		t.Errorf("priority is %+v", priority)
	}
}

func TestTextFromElsewhereHasOnePosition(t *testing.T) {
	c, err := Parse("usher.yaml", []byte(head+"    rule: \"x == ${env:CANARY}\"\n"), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	rule := c.Subscriptions[0].Rule
	if rule.Value != "x == "+canary || rule.At(9) != rule.Pos || fmt.Sprint(rule.Pos) != "usher.yaml:6:12" {
		t.Errorf("got %+v", rule)
	}
}
