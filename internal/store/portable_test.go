package store_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// engineFiles hold what differs between the engines, and nothing else does.
var engineFiles = []string{"dialect.go", "sqlite.go", "postgres.go"}

// unportable is SQL that one engine refuses, or that both take and answer differently.
var unportable = []struct {
	sql   *regexp.Regexp
	why   string
	plant string // SQL in which it must be found
}{
	{regexp.MustCompile(`(?i)\b(lower|upper)\s*\(`), "SQLite folds ASCII only; fold in Go into a key column", "where lower(name) = $1"},
	{regexp.MustCompile(`(?i)\bilike\b`), "PostgreSQL only; compare a folded key column", "where name ilike $1"},
	{regexp.MustCompile(`(?i)\blike\s*([$'?%]|$)`), "blind to case on SQLite only, and % in a value is a wildcard; compare a key column by range, or say so with escape", "where key like $1"},
	{regexp.MustCompile(`(?i)\bnow\s*\(|\bcurrent_(timestamp|date|time)\b`), "the time is a parameter, or the dialect's clock", "set at = now()"},
	{regexp.MustCompile(`(?i)\bany\s*\(`), "PostgreSQL only; expand the placeholders", "where id = any($1)"},
	{regexp.MustCompile(`(?i)\bjson_each\b`), "SQLite only; keep JSON opaque and make a table of what is searched", "from json_each($1)"},
	{regexp.MustCompile(`->>`), "an integer on SQLite, text on PostgreSQL; keep JSON opaque", "where doc->>'n' = $1"},
	{regexp.MustCompile(`(?i)\bas\s*(not\s+)?(materialized\s*)?\(\s*(insert|update|delete)\b`), "PostgreSQL only; write two statements in one transaction", "with gone as (\n\tdelete from seat returning id) select id from gone"},
	{regexp.MustCompile(`(?i)\(\s*values\b[^;]*\)\s*(as\s+)?\w+\s*\(`), "column aliases of values are PostgreSQL's; select .. union all", "from (values ($1, $2)) v(id, rank)"},
	{regexp.MustCompile(`(?i)\balter\s+column\b`), "PostgreSQL only; it belongs into a migration", "alter table seat alter column id type text"},
	{regexp.MustCompile(`(?i)\bfor\s+(no\s+key\s+)?update\b`), "PostgreSQL only; use the dialect's row lock", "select 1 for update"},
	{regexp.MustCompile(`\$\d+::\w`), "PostgreSQL only; write cast(.. as ..)", "select $1::bigint"},
}

// likeWithThought is a like that says how a wildcard in a value is escaped.
var likeWithThought = regexp.MustCompile(`(?i)\blike\s+\S+\s+escape\b`)

func TestSQLIsPortable(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	statements := 0
	for _, name := range names {
		if slices.Contains(engineFiles, name) || strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts, err := stringLiterals(name, source)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			if strings.Contains(text.value, "select ") {
				statements++
			}
			for _, breach := range findUnportable(text.value) {
				t.Errorf("%s: %s", text.at, breach)
			}
		}
	}
	if statements == 0 {
		t.Error("no SQL was found in this package; the test looks in the wrong place")
	}
}

func TestSQLIsPortableFindsBreaches(t *testing.T) {
	for _, u := range unportable {
		source := "package store\n\nconst planted = `" + u.plant + "`\n"
		texts, err := stringLiterals("planted.go", []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		if len(texts) != 1 || len(findUnportable(texts[0].value)) != 1 {
			t.Errorf("%q: found %v, want one breach of %s", u.plant, texts, u.sql)
		}
	}
	for _, fine := range []string{
		"select id from seat where (priority, id) > ($1, $2)",
		`where key like $1 escape '\'`,
		"insert into seat (id) values ($1) on conflict (id) do update set at = excluded.at returning id",
		"with free as (select id from seat) insert into event (id) select id from free",
	} {
		if got := findUnportable(fine); len(got) > 0 {
			t.Errorf("%q: %v, want nothing", fine, got)
		}
	}
}

// literal is one string in a Go file.
type literal struct {
	at    token.Position
	value string
}

// stringLiterals returns the strings of a Go file but for import paths and field tags.
func stringLiterals(name string, source []byte) ([]literal, error) {
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var found []literal
	ast.Inspect(tree, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.ImportSpec, *ast.Field:
			return false
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				value, _ := strconv.Unquote(n.Value) // the parser has seen to its form
				found = append(found, literal{files.Position(n.Pos()), value})
			}
		}
		return true
	})
	return found, nil
}

// findUnportable returns what is wrong with a text, if it is SQL.
func findUnportable(text string) []string {
	text = likeWithThought.ReplaceAllString(text, "")
	var found []string
	for _, u := range unportable {
		if part := u.sql.FindString(text); part != "" {
			found = append(found, fmt.Sprintf("%q is not the same on both engines: %s", part, u.why))
		}
	}
	return found
}
