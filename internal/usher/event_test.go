package usher

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestEventKindsAreAll compares the list with the constants.
func TestEventKindsAreAll(t *testing.T) {
	source, err := os.ReadFile("event.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bEventKind = "([a-z.-]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(named) < 40 || len(named) != len(EventKinds()) {
		t.Errorf("%d constants, %d in the list", len(named), len(EventKinds()))
	}
	for _, n := range named {
		if !slices.Contains(EventKinds(), EventKind(n[1])) {
			t.Errorf("%s is not in the list", n[1])
		}
	}
}
