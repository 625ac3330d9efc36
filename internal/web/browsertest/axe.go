package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Violation is something on a page by which it is hard to use for somebody, as axe-core found it.
type Violation struct {
	ID, Help string
	Nodes    []struct {
		HTML           string
		FailureSummary string
	}
}

// String says what is wrong and where.
func (v Violation) String() string {
	text := v.ID + ": " + v.Help
	for _, n := range v.Nodes {
		text += fmt.Sprintf("\n\t%.300s\n\t\t%s", n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n\t\t"))
	}
	return text
}

// rules are those of WCAG 2.0 to 2.2 at A and AA, and what axe-core counts among best practices.
const rules = `{runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]}`

// Axe has axe-core (deque.com) look at the page.
func (c *Browser) Axe() (found []Violation) {
	c.Helper()
	var loaded bool
	c.run(axe(c.T)+"; return true", &loaded)
	c.ask("POST", "/execute/async", map[string]any{"args": []any{},
		"script": "const done = arguments[0]; axe.run(" + rules + ").then(r => done(r.violations), e => done([{id: 'axe', help: String(e), nodes: []}]))"}, &found)
	return found
}

// axe is the program. It comes from npm, at the version of the lock file.
func axe(t *testing.T) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../../testdata/peers/axe/node_modules/axe-core/axe.min.js"))
	switch {
	case err == nil:
		return string(text)
	case os.Getenv("CI") != "":
		t.Fatal("in CI nothing may be missing: axe-core")
	}
	t.Skip("needs axe-core in testdata/peers/axe: make deps")
	return ""
}
