package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// Command lines in documents: lines of a block of code, and code in the middle of a text.
var (
	codeInText = regexp.MustCompile("`([^`\n]+)`")
	lineOf     = regexp.MustCompile(`^ *(?:sudo -u usher )?(?:go run \./cmd/usher|usher)((?: .*)?)$`)
)

// TestDocumentsNameCommandsThatAre parses every command line of the documents.
func TestDocumentsNameCommandsThatAre(t *testing.T) {
	root := filepath.Join("..", "..")
	var files []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md", "docs/portals/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %q, %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	seen := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range commandLines(string(text)) {
			seen++
			if err := parses(t, line); err != nil {
				t.Errorf("%s: usher%s: %v", filepath.Base(file), line, err)
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d command lines were found", seen)
	}
}

func TestDocumentsNameCommandsThatAreFindsBreaches(t *testing.T) {
	text := "Use `usher seets`, or `usher seats adkar`.\n```sh\nusher holds --al   # all\ngo run ./cmd/usher demo\n" +
		"usher batch confirm x.csv --note \"no such address\"\n```\n"
	var wrong []string
	for _, line := range commandLines(text) {
		if parses(t, line) != nil {
			wrong = append(wrong, line)
		}
	}
	if want := []string{" seets", " holds --al"}; !slices.Equal(wrong, want) {
		t.Errorf("%q do not parse, want %q", wrong, want)
	}
}

// commandLines are what follows usher in the commands of a document. Several commands
// written as one (token create|list) are a phrase, no command.
func commandLines(text string) (lines []string) {
	add := func(code string) {
		code, _, _ = strings.Cut(code, " #")
		code, _, _ = strings.Cut(code, " > ")
		if m := lineOf.FindStringSubmatch(strings.TrimRight(code, " ")); m != nil && !strings.Contains(m[1], "|") {
			lines = append(lines, m[1])
		}
	}
	inBlock := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			inBlock = !inBlock
		case inBlock:
			add(line)
		default:
			for _, m := range codeInText.FindAllStringSubmatch(line, -1) {
				add(m[1])
			}
		}
	}
	return lines
}

// parses says whether a command line is one. Code in a text names commands without all that
// they need, so that what is missing is no breach.
func parses(t *testing.T, line string) error {
	t.Helper()
	parser := kong.Must(&cli{}, kong.Name("usher"), kong.Exit(func(int) {}), kong.Writers(t.Output(), t.Output()))
	_, err := parser.Parse(wordsOf(line))
	if err != nil && (strings.HasPrefix(err.Error(), "expected ") || strings.HasPrefix(err.Error(), "missing flags")) {
		return nil
	}
	return err
}

// wordsOf splits a command line as a shell does, and puts a number where the documents
// have a letter for one.
func wordsOf(line string) (words []string) {
	quoted, word := false, ""
	for _, r := range line + " " {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ' ' && !quoted:
			if word == "N" {
				word = "1"
			}
			if word != "" {
				words = append(words, word)
			}
			word = ""
		default:
			word += string(r)
		}
	}
	return words
}

// Codes of findings: where the sources name them, and in the first cell of a row.
var (
	codeInSource = regexp.MustCompile(`(?m)^\s*(?:(?:const )?\w+ += |.*\bCode: )"([a-z]+\.[a-z_]*[a-z])"`)
	codeInTable  = regexp.MustCompile("(?m)^\\| `([a-z]+\\.[a-z_]+)` \\|")
)

// TestFindingsAreDocumented compares the codes of findings with the tables of
// docs/rosters.md, both ways.
func TestFindingsAreDocumented(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "rosters.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, pattern := range []string{"sync/roster/*.go", "internal/table/*.go", "sync/ledger/roster*.go"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %q, %v", pattern, files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(named, codesIn(codeInSource, string(source)))
		}
	}
	documented := codesIn(codeInTable, string(text))
	if len(named) < 60 {
		t.Errorf("only %d codes were found in the sources", len(named))
	}
	for _, code := range slices.Sorted(maps.Keys(named)) {
		if !documented[code] {
			t.Errorf("docs/rosters.md says nothing of %s", code)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(documented)) {
		if !named[code] {
			t.Errorf("docs/rosters.md has %s, which no source names", code)
		}
	}
}

func TestFindingsAreDocumentedFindsCodes(t *testing.T) {
	source := "const (\n\tFileNUL     = \"file.nul\" // why\n\trowHidden = \"row.hidden\"\n)\nconst one = \"file.one\"\n\tf := Finding{Row: 1, Code: \"undo.stale\", Text: \"a.b\"}\n\tkey(\"status.left\")\n"
	if got, want := slices.Sorted(maps.Keys(codesIn(codeInSource, source))), []string{"file.nul", "file.one", "row.hidden", "undo.stale"}; !slices.Equal(got, want) {
		t.Errorf("the source names %q, want %q", got, want)
	}
	rows := "| `file.nul` | file | x |\n| x | `row.hidden` |\n"
	if got, want := slices.Sorted(maps.Keys(codesIn(codeInTable, rows))), []string{"file.nul"}; !slices.Equal(got, want) {
		t.Errorf("the table names %q, want %q", got, want)
	}
}

func codesIn(pattern *regexp.Regexp, text string) map[string]bool {
	codes := map[string]bool{}
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		codes[m[1]] = true
	}
	return codes
}
