package daemon_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestModulesHaveReasons compares the modules that our code imports with those that the
// decision records name.
func TestModulesHaveReasons(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	goMod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	records, err := filepath.Glob(filepath.Join(root, "docs", "decisions", "*.md"))
	if err != nil || len(records) == 0 {
		t.Fatalf("no decision records: %v", err)
	}
	var texts strings.Builder
	for _, name := range records {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts.Write(text)
	}
	required, imported := requiredModules(string(goMod)), importsOf(moduleSources(t))
	if len(required) < 10 || len(imported) < 10 {
		t.Fatalf("go.mod requires %d modules and our code imports %d packages of others; the test looks in the wrong place", len(required), len(imported))
	}
	for _, breach := range withoutReason(required, imported, texts.String()) {
		t.Error(breach)
	}
}

func TestModulesHaveReasonsFindsBreaches(t *testing.T) {
	required := requiredModules("module usher\n\nrequire a.org/one v1.0.0\n\nrequire (\n\ta.org/two/v2 v2.1.0 // indirect\n\ta.org/two v1.1.0\n)\n")
	imported := []string{"a.org/one/deep", "a.org/two/v2", "a.org/three/x"}
	docs := "| `a.org/one` | for this | because |\n| `a.org/gone` | for that | once |\n"
	want := []string{
		"our code imports a.org/three/x, and go.mod requires no module of it",
		"our code imports a.org/two/v2, and docs/decisions does not say why",
		"docs/decisions gives a reason for a.org/gone, which go.mod does not require",
	}
	if got := withoutReason(required, imported, docs); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// requiredModules are the modules that a go.mod requires.
func requiredModules(goMod string) []string {
	var modules []string
	for line := range strings.Lines(goMod) {
		words := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(words) >= 2 && strings.Contains(words[0], ".") && strings.HasPrefix(words[1], "v") {
			modules = append(modules, words[0])
		}
	}
	return modules
}

// importsOf are the packages of others that the sources import.
func importsOf(sources map[string]string) []string {
	found := map[string]bool{}
	for name, source := range sources {
		tree, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
		if err != nil {
			continue // TestImports says so
		}
		for _, spec := range tree.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value) // the parser has seen to its form
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
				found[imported] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// withoutReason are the modules that lack a row in the tables of docs, and the rows that
// lack a module.
func withoutReason(required, imported []string, docs string) []string {
	needed := map[string]bool{}
	var found []string
	for _, name := range imported {
		if module := moduleOf(required, name); module != "" {
			needed[module] = true
		} else {
			found = append(found, fmt.Sprintf("our code imports %s, and go.mod requires no module of it", name))
		}
	}
	named := rowsOfModules(docs)
	for _, module := range slices.Sorted(maps.Keys(needed)) {
		if !slices.Contains(named, module) {
			found = append(found, fmt.Sprintf("our code imports %s, and docs/decisions does not say why", module))
		}
	}
	for _, module := range named {
		if !slices.Contains(required, module) {
			found = append(found, fmt.Sprintf("docs/decisions gives a reason for %s, which go.mod does not require", module))
		}
	}
	return found
}

// moduleOf is the module that a package belongs to: the longest that it lies below.
func moduleOf(required []string, name string) string {
	longest := ""
	for _, module := range required {
		if below(name, module) && len(module) > len(longest) {
			longest = module
		}
	}
	return longest
}

// rowsOfModules are the modules that rows of a table begin with.
func rowsOfModules(docs string) []string {
	var modules []string
	for line := range strings.Lines(docs) {
		rest, isRow := strings.CutPrefix(line, "| `")
		name, _, closed := strings.Cut(rest, "` |")
		if host, _, below := strings.Cut(name, "/"); isRow && closed && below && strings.Contains(host, ".") {
			modules = append(modules, name)
		}
	}
	return modules
}
