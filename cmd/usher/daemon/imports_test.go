package daemon_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is what the import paths of our own packages begin with.
const module = "usher/"

// What a row of whoMayImport can say besides names; nothing means nothing of ours.
const (
	nothing    = "nothing of ours"
	everything = "everything"
)

// whoMayImport is the picture of the house: no arrow runs back up, and no door knows
// another. A package is ruled by the row of the longest name that it is, or lies below;
// a/* is each folder in a. Packages below one name may import each other.
var whoMayImport = []struct{ packages, may string }{
	{"internal/usher, internal/config, internal/table, internal/outbound, internal/limit", nothing},
	{"internal/store", "internal/usher"},
	{"internal/web, internal/api", "internal/usher, internal/table, internal/limit"},
	{"internal/notify", "internal/usher, internal/table"},
	{"scim", "internal/usher, internal/outbound, internal/limit"},
	{"sso", "internal/usher, internal/outbound, internal/limit, sso/saml, sso/oidc"},
	{"sso/saml, sso/oidc", "internal/usher, internal/outbound"},
	{"connectors", "internal/usher"},
	{"connectors/*", "internal/usher, connectors, internal/table, internal/outbound"},
	{"sync/plan", "internal/usher"},
	{"sync/roster", "internal/usher, internal/table"},
	{"sync/drop", "internal/usher, internal/outbound"},
	{"sync/outbox", nothing},
	{"sync/ledger", "internal/usher, internal/store, sync/plan"},
	{"sync/reconcile", "internal/usher, sync/ledger, connectors"},
	{"sync/schedule", "internal/usher, sync/drop, sync/roster, sync/ledger"},
	{"cmd/usher/daemon, cmd/usher/demo", everything},
	// Its commands are the operator's door: they read the store and write through the ledger.
	{"cmd/usher", "cmd/usher/daemon, cmd/usher/demo, internal/config, internal/usher, internal/store, internal/table, sync/ledger"},
}

// testsMayImport is what tests may import beyond the row of their package: the engine is
// tested on the real store and with real connectors, because a mock of either would hide
// what it is there to get right.
var testsMayImport = map[string]string{
	"sync/plan": "internal/table",
	"sync/reconcile": "internal/store, internal/table, internal/outbound, connectors/scimout, connectors/scimout/scimportal, " +
		"connectors/pluralsight, connectors/pluralsight/pluralsightportal, connectors/worklist, " +
		"connectors/prosci, connectors/prosci/prosciportal, connectors/ascender, connectors/ascender/ascenderportal, " +
		"connectors/proportal, connectors/proportal/fakeportal",
}

// onlyHome are the libraries that one package keeps from all others, by that package.
var onlyHome = map[string][]string{
	"scim":           {"github.com/elimity-com/scim"},
	"sso/saml":       {"github.com/crewjam/saml", "github.com/russellhaering/goxmldsig", "github.com/beevik/etree"},
	"sso/oidc":       {"github.com/coreos/go-oidc", "golang.org/x/oauth2", "github.com/go-jose/go-jose"},
	"internal/store": {"github.com/jackc/pgx", "modernc.org/sqlite", "github.com/pressly/goose"},
	"sync/schedule":  {"github.com/robfig/cron"},
}

// nounsMayUse are the only libraries of internal/usher.
var nounsMayUse = []string{"golang.org/x/text", "golang.org/x/net"}

// saysNothing are package names that tell a reader nothing.
var saysNothing = []string{"util", "utils", "common", "helper", "helpers", "types"}

// clockless are the packages to which the time is handed.
var clockless = []string{"internal/usher", "sync/plan"}

func TestImports(t *testing.T) {
	sources := moduleSources(t)
	for _, breach := range breaches(sources) {
		t.Error(breach)
	}
	if sources["cmd/usher/daemon/imports_test.go"] == "" {
		t.Errorf("this file is not among the %d files read, so the module's root was missed", len(sources))
	}
}

func TestImportsFindsBreaches(t *testing.T) {
	tests := []struct{ name, file, source, want string }{
		{"upwards", "sync/plan/a.go", `package plan; import "usher/internal/store"`, "sync/plan may not import internal/store"},
		{"door to door", "scim/a.go", `package scim; import "usher/sso"`, "scim may not import sso"},
		{"door to ledger, in a test", "scim/a_test.go", `package scim; import "usher/sync/ledger"`, "scim may not import sync/ledger"},
		{"connector to connector", "connectors/prosci/a.go", `package prosci; import "usher/connectors/scimout"`, "may not import connectors/scimout"},
		{"test helper in the product", "sync/ledger/a.go", `package ledger; import "usher/internal/store/storetest"`, "may not import internal/store/storetest"},
		{"store in the engine", "sync/reconcile/a.go", `package reconcile; import "usher/internal/store"`, "sync/reconcile may not import internal/store"},
		{"no row", "sync/magic/a.go", `package magic`, "sync/magic has no row"},
		{"SAML library above its home", "sso/a.go", `package sso; import "github.com/beevik/etree"`, "only sso/saml may import github.com/beevik/etree"},
		{"SAML to what uses it", "sso/saml/a.go", `package saml; import "usher/sso"`, "sso/saml may not import sso"},
		{"library away from home", "scim/a.go", `package scim; import "github.com/jackc/pgx/v5/pgxpool"`, "only internal/store may import github.com/jackc/pgx"},
		{"library of OpenID Connect above its home", "sso/a_test.go", `package sso; import "github.com/go-jose/go-jose/v4/jwt"`, "only sso/oidc may import github.com/go-jose/go-jose"},
		{"OpenID Connect knows nobody above", "sso/oidc/a.go", `package oidc; import "usher/sso"`, "sso/oidc may not import sso"},
		{"library of the nouns", "internal/usher/a.go", `package usher; import "github.com/google/uuid"`, "internal/usher may not import github.com/google/uuid"},
		{"name", "internal/web/a.go", `package util`, "util says nothing"},
		{"init", "internal/web/a.go", `package web; func init() {}`, "init()"},
		{"clock", "sync/plan/a.go", `package plan; import "time"; var now = time.Now`, "time.Now"},
		{"hidden clock", "internal/usher/a.go", `package usher; import "time"; func f(t time.Time) time.Duration { return time.Since(t) }`, "time.Since"},
		{"no Go", "internal/usher/a.go", `import usher`, "expected 'package'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := breaches(map[string]string{tt.file: tt.source})
			if len(got) != 1 || !strings.Contains(got[0], tt.want) || !strings.Contains(got[0], tt.file) {
				t.Errorf("got %q, want one breach in %s with %q", got, tt.file, tt.want)
			}
		})
	}
}

func TestImportsAllows(t *testing.T) {
	sources := map[string]string{
		"sync/plan/a.go":                `package plan; import ("usher/internal/usher"; "github.com/expr-lang/expr")`,
		"sync/plan/a_test.go":           `package plan; import "time"; var now = time.Now`,
		"internal/usher/a.go":           `package usher; import ("time"; "golang.org/x/text/secure/precis")`,
		"internal/usher/a_test.go":      `package usher; import "pgregory.net/rapid"`,
		"internal/store/storetest/a.go": `package storetest; import ("usher/internal/store"; "github.com/jackc/pgx/v5")`,
		"scim/a_test.go":                `package scim_test; import "usher/internal/store/storetest"`,
		"sso/a.go":                      `package sso; import "usher/sso/oidc"`,
		"sso/a_test.go":                 `package sso_test; import "usher/sso/oidc/oidctest"`,
		"sso/oidc/a_test.go":            `package oidc_test; import ("usher/sso/oidc/oidctest"; "github.com/coreos/go-oidc/v3/oidc")`,
		"connectors/scimout/a_test.go":  `package scimout; import "usher/connectors/connectortest"`,
		"sync/reconcile/a_test.go":      `package reconcile_test; import ("usher/internal/store"; "usher/connectors/worklist")`,
		"cmd/usher/daemon/a_test.go":    `package daemon_test; import ("usher/scim"; "github.com/jackc/pgx/v5")`,
		"cmd/usher/main.go":             `package main; import "usher/cmd/usher/daemon"; type t struct{}; func (t) init() {}`,
	}
	for _, breach := range breaches(sources) {
		t.Error(breach)
	}
}

// moduleSources reads every Go file of the module, by its path from the root.
func moduleSources(t *testing.T) map[string]string {
	t.Helper()
	root := os.DirFS(filepath.Join("..", "..", ".."))
	sources := make(map[string]string)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "node_modules" || len(name) > 1 && name[0] == '.'):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		source, err := fs.ReadFile(root, name)
		sources[name] = string(source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

// breaches returns, in order of the files, what in them is against the rules above, each
// with its place, the rule and how to mend it.
func breaches(sources map[string]string) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		files := token.NewFileSet()
		tree, err := parser.ParseFile(files, name, sources[name], parser.SkipObjectResolution)
		if err != nil {
			found = append(found, err.Error())
			continue
		}
		f := file{pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), tree: tree}
		f.report = func(at token.Pos, format string, args ...any) {
			found = append(found, fmt.Sprintf("%s: %s", files.Position(at), fmt.Sprintf(format, args...)))
		}
		f.checkPackage()
		f.checkImports()
		f.checkCode()
	}
	return found
}

// file is one Go file under inspection.
type file struct {
	pkg    string // its folder from the module's root
	test   bool
	tree   *ast.File
	report func(at token.Pos, format string, args ...any)
}

func (f file) checkPackage() {
	name := strings.TrimSuffix(f.tree.Name.Name, "_test")
	if slices.Contains(saysNothing, name) {
		f.report(f.tree.Name.Pos(), "the package name %s says nothing; name it after the one idea that it holds", name)
	}
	if _, _, ok := row(f.pkg); !ok {
		f.report(f.tree.Name.Pos(), "%s has no row in whoMayImport; give it one there, in docs/architecture.md and in .golangci.yml", f.pkg)
	}
}

func (f file) checkImports() {
	home, may, ok := row(f.pkg)
	if !ok || may == everything && f.test {
		return
	}
	for _, spec := range f.tree.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // the parser has seen to its form
		own, isOwn := strings.CutPrefix(imported, module)
		switch {
		case isOwn && !f.mayImport(own):
			f.report(spec.Pos(), "%s may not import %s (it may import: %s); declare what it needs as an interface of its own and let cmd/usher/daemon hand it over", f.pkg, own, may)
		case !isOwn:
			f.checkLibrary(spec, home, imported)
		}
	}
}

// mayImport says whether a file may import a package of this module. Tests may also use
// what is made for tests: the packages that are named so.
func (f file) mayImport(own string) bool {
	home, may, _ := row(f.pkg)
	other, _, _ := row(own)
	return other == home || may == everything || slices.Contains(strings.Split(may, ", "), own) ||
		f.test && (strings.HasSuffix(own, "test") || slices.Contains(strings.Split(testsMayImport[home], ", "), own))
}

func (f file) checkLibrary(spec *ast.ImportSpec, home, imported string) {
	for only, libraries := range onlyHome {
		for _, library := range libraries {
			if below(imported, library) && home != only {
				f.report(spec.Pos(), "only %s may import %s; ask it for what you need through an interface", only, library)
			}
		}
	}
	std := !strings.Contains(strings.Split(imported, "/")[0], ".")
	allowed := slices.ContainsFunc(nounsMayUse, func(library string) bool { return below(imported, library) })
	if home == "internal/usher" && !f.test && !std && !allowed {
		f.report(spec.Pos(), "internal/usher may not import %s: the nouns stand on the standard library, x/text and x/net; move the code to the package that needs the library", imported)
	}
}

func (f file) checkCode() {
	needsNoClock := !f.test && slices.Contains(clockless, f.pkg)
	ast.Inspect(f.tree, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				f.report(n.Pos(), "init() works behind the reader's back; construct it in cmd/usher/daemon")
			}
		case *ast.SelectorExpr:
			from, ok := n.X.(*ast.Ident)
			if needsNoClock && ok && from.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, n.Sel.Name) {
				f.report(n.Pos(), "%s knows no clock: time.%s makes its result depend on when it runs; take the time as a parameter", f.pkg, n.Sel.Name)
			}
		}
		return true
	})
}

// row returns the name in whoMayImport that rules a package, and what it may import.
func row(pkg string) (home, may string, ok bool) {
	for _, r := range whoMayImport {
		for name := range strings.SplitSeq(r.packages, ", ") {
			if folder, each := strings.CutSuffix(name, "*"); each {
				rest, inside := strings.CutPrefix(pkg, folder)
				if !inside {
					continue
				}
				first, _, _ := strings.Cut(rest, "/")
				name = folder + first
			}
			if below(pkg, name) && len(name) > len(home) {
				home, may, ok = name, r.may, true
			}
		}
	}
	return home, may, ok
}

// below says whether a package is another one or lies below it.
func below(pkg, other string) bool {
	return pkg == other || strings.HasPrefix(pkg, other+"/")
}
