package daemon_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the documents name: files by relative links, targets of the Makefile, tests.
var (
	docLink   = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	docTarget = regexp.MustCompile("`make ([a-z-]+)")
	docTest   = regexp.MustCompile("`(Test[A-Z]\\w*)`")

	makeTarget = regexp.MustCompile(`(?m)^([a-z-]+):`)
	testName   = regexp.MustCompile(`(?m)^func (Test[A-Z]\w*)\(`)
)

// house is what documents can name.
type house struct {
	exists         func(name string) bool
	targets, tests map[string]bool
}

func TestDocumentsNameWhatThereIs(t *testing.T) {
	root := os.DirFS(filepath.Join("..", "..", ".."))
	makefile, err := fs.ReadFile(root, "Makefile")
	if err != nil {
		t.Fatal(err)
	}
	h := house{
		exists:  func(name string) bool { _, err := fs.Stat(root, name); return err == nil },
		targets: matches(makeTarget, string(makefile)),
		tests:   map[string]bool{},
	}
	for _, source := range moduleSources(t) {
		maps.Copy(h.tests, matches(testName, source))
	}
	documents, err := fs.Glob(root, "*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"docs/*.md", "docs/decisions/*.md", "docs/portals/*.md"} {
		more, err := fs.Glob(root, pattern)
		if err != nil || len(more) == 0 {
			t.Fatalf("%s: %d documents, %v", pattern, len(more), err)
		}
		documents = append(documents, more...)
	}
	for _, name := range documents {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, breach := range h.missing(name, string(text)) {
			t.Errorf("%s %s", name, breach)
		}
	}
}

func TestDocumentsNameWhatThereIsFindsBreaches(t *testing.T) {
	h := house{
		exists:  func(name string) bool { return name == "docs/a.md" || name == "README.md" },
		targets: matches(makeTarget, "help: ## x\n\nrun-it: help\n"),
		tests:   matches(testName, "func TestMine(t *testing.T) {}\n"),
	}
	text := "[a](a.md#part) [up](../README.md) [web](https://example.com/x) [here](#part) `make run-it X=1` `TestMine`\n" +
		"[b](b.md) `make nothing` `TestTheirs`"
	want := []string{"links to docs/b.md, which is not there", "names make nothing, which the Makefile does not have", "names TestTheirs, which no test file has"}
	if got := h.missing("docs/c.md", text); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// missing is what a document names and the house does not have.
func (h house) missing(document, text string) []string {
	var found []string
	for _, link := range slices.Sorted(maps.Keys(matches(docLink, text))) {
		if name := path.Join(path.Dir(document), link); !h.exists(name) {
			found = append(found, fmt.Sprintf("links to %s, which is not there", name))
		}
	}
	for _, target := range slices.Sorted(maps.Keys(matches(docTarget, text))) {
		if !h.targets[target] {
			found = append(found, fmt.Sprintf("names make %s, which the Makefile does not have", target))
		}
	}
	if !strings.HasPrefix(document, "docs/") {
		return found // CONTRIBUTING names how tests begin
	}
	for _, test := range slices.Sorted(maps.Keys(matches(docTest, text))) {
		if !h.tests[test] {
			found = append(found, fmt.Sprintf("names %s, which no test file has", test))
		}
	}
	return found
}

// matches is the set of what the first group of a pattern matched.
func matches(pattern *regexp.Regexp, text string) map[string]bool {
	set := map[string]bool{}
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		set[m[1]] = true
	}
	return set
}
