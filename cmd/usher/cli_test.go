package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"usher/cmd/usher/daemon"
	"usher/internal/usher"
)

// TestExitCodes tells success, failure and wrong use apart, and says what was wrong.
func TestExitCodes(t *testing.T) {
	folder := t.TempDir()
	broken := filepath.Join(folder, "broken.yaml")
	if err := os.WriteFile(broken, []byte("listn: x\nsubscriptions: {a: {portal: p, seats: 1, rule: titel == 1}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(folder, "fresh.yaml")
	if err := os.WriteFile(fresh, []byte("data: "+filepath.Join(folder, "none")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mistakes := []string{"broken.yaml:1:1: listn: unknown key", "did you mean listen?", "broken.yaml:2:29: subscriptions.a.portal", "broken.yaml:2:48: subscriptions.a.rule: unknown name titel"}
	tests := []struct {
		name           string
		args           []string
		code           int
		stdout, stderr []string // parts
	}{
		{"nothing", nil, exitUsage, nil, []string{"Usage: usher <command>", "serve", "explain"}},
		{"help", []string{"--help"}, exitOK, []string{"Usage: usher <command>"}, nil},
		{"help of a command", []string{"seat", "grant", "--help"}, exitOK, []string{"--until"}, nil},
		{"unknown command", []string{"sit"}, exitUsage, nil, []string{"unexpected argument sit", "--help"}},
		{"version", []string{"version"}, exitOK, []string{"usher " + daemon.Version()}, nil},
		{"no store", []string{"people", "--data", filepath.Join(folder, "none")}, exitFailed, nil, []string{"usher: there is no store in", "usher serve", "--data"}},
		{"no store to check", []string{"check", "--data", filepath.Join(folder, "none")}, exitFailed, nil, []string{"no store in", "--data"}},
		{"no store yet", []string{"check", "--config", fresh}, exitOK, nil, []string{"fresh.yaml: nothing is wrong", "no store in", "yet"}},
		{"tokens in clear", []string{"serve", "--listen", "0.0.0.0:0", "--data", filepath.Join(folder, "none")}, exitUsage, nil, []string{"--listen", "in clear", "127.0.0.1"}},
		{"no address", []string{"serve", "--listen", "8080", "--data", filepath.Join(folder, "none")}, exitUsage, nil, []string{"--listen", "is not host:port", "127.0.0.1:8080"}},
		{"no such state", []string{"seats", "--state", "waiting"}, exitUsage, nil, []string{"queued", "releasing"}},
		{"broken configuration", []string{"check", "--config", broken}, exitFailed, mistakes, nil},
		{"broken configuration to serve", []string{"serve", "--config", broken}, exitFailed, nil, mistakes},
		{"no configuration", []string{"serve", "--config", filepath.Join(folder, "none.yaml")}, exitFailed, nil, []string{"none.yaml", "no such file"}},
		{"no backup", []string{"restore", filepath.Join(folder, "none")}, exitUsage, nil, []string{"none"}},
		{"nobody is there", []string{"healthcheck", "--url", "http://127.0.0.1:1/readyz"}, exitFailed, nil, []string{"refused"}},
		{"no number", []string{"requests", "approve", "twelve"}, exitUsage, nil, []string{`<request>: is not a whole number: "twelve"`}},
		{"two formats", []string{"people", "--json", "--csv"}, exitUsage, nil, []string{"can't be used together"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := run(t.Context(), process{args: tt.args, stdout: &stdout, stderr: &stderr, env: func(string) (string, bool) { return "", false }})
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			for text, parts := range map[string][]string{stdout.String(): tt.stdout, stderr.String(): tt.stderr} {
				for _, part := range parts {
					if !strings.Contains(text, part) {
						t.Errorf("%q lacks %q", text, part)
					}
				}
			}
		})
	}
}

// TestEveryCommandHelps looks for a command or flag without a word about it.
func TestEveryCommandHelps(t *testing.T) {
	commands := 0
	var visit func(n *kong.Node)
	visit = func(n *kong.Node) {
		commands++
		if n.Help == "" && !n.Hidden && n.Type != kong.ApplicationNode {
			t.Errorf("%s says nothing of itself", n.FullPath())
		}
		for _, f := range n.Flags {
			if f.Help == "" && !n.Hidden {
				t.Errorf("%s --%s says nothing of itself", n.FullPath(), f.Name)
			}
		}
		for _, p := range n.Positional {
			if p.Help == "" {
				t.Errorf("%s %s says nothing of itself", n.FullPath(), p.Name)
			}
		}
		for _, child := range n.Children {
			visit(child)
		}
	}
	visit(kong.Must(&cli{}).Model.Node)
	if commands < 30 {
		t.Errorf("only %d commands were seen", commands)
	}
}

// tenRows is a batch of ten rows, the first of which is settled.
func tenRows() (b usher.Batch) {
	for i := range 10 {
		b.Rows = append(b.Rows, usher.BatchRow{Row: i + 1, State: usher.RowOpen})
	}
	b.Rows[0].State = usher.RowConfirmed
	return b
}

func TestRowsOf(t *testing.T) {
	b := tenRows()
	for text, want := range map[string][]int{"1": {1}, "1-3,7": {1, 2, 3, 7}, " 2 , 4-4": {2, 4}, "all": {2, 3, 4, 5, 6, 7, 8, 9, 10}, "": nil} {
		if got, err := rowsOf("--rows", text, b); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"0", "11", "3-1", "1-", "-1", "a", "1,,2", "1-99999999999", "1 2"} {
		if got, err := rowsOf("--rows", text, b); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}
