package daemon_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"usher/internal/api"
	"usher/internal/store"
	"usher/internal/usher"
)

// TestAPIDocumentExamples sends what docs/api.md shows, one after the other: each works.
func TestAPIDocumentExamples(t *testing.T) {
	w := newAPIWorld(t, store.Options{Folder: t.TempDir()})
	scim, _ := w.token("default")
	w.want(201, "POST", "/scim/v2/Users", scim, person("ann@example.com", "Ann"))
	plan, held := w.heldPlan()
	token, _ := w.program("dashboard", time.Hour, usher.Scopes()...)
	ann := fmt.Sprint(items(w.asks(200, "GET", "/api/v1/people?who=ann@example.com", token, ""))[0]["id"])
	next := fmt.Sprint(w.asks(200, "GET", "/api/v1/events", token, "")["next"])
	known := strings.NewReplacer("$TOKEN", token, "$USHER", w.URL(), "$PERSON", ann, "$PLAN", fmt.Sprint(plan), "$NEXT", next)
	lines := regexp.MustCompile(`(?m)^curl .*$`).FindAllString(apiDocument(t), -1)
	if len(lines) < 10 || held != 19 {
		t.Fatalf("%d examples, and the plan holds %d", len(lines), held)
	}
	for _, line := range lines {
		if status := send(t, known.Replace(line)); status != 200 {
			t.Errorf("%s\nanswers %d", line, status)
		}
	}
}

func apiDocument(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var word = regexp.MustCompile(`"([^"]*)"|'([^']*)'|(\S+)`)

// send sends what a line for curl says.
func send(t *testing.T, line string) int {
	t.Helper()
	method, target, body, headers := "GET", "", "", http.Header{}
	before := ""
	for _, m := range word.FindAllStringSubmatch(strings.TrimPrefix(line, "curl "), -1) {
		text := m[1] + m[2] + m[3]
		switch before {
		case "-X":
			method = text
		case "-d":
			body = text
		case "-H":
			name, value, _ := strings.Cut(text, ": ")
			headers.Set(name, value)
		default:
			target = text
		}
		if before = text; !strings.HasPrefix(text, "-") || m[3] == "" {
			before = ""
		}
	}
	if _, err := url.Parse(target); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = headers
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// TestAPIDocumentHasTheScopes: the table of scopes names each, with a route that it opens.
func TestAPIDocumentHasTheScopes(t *testing.T) {
	rows := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+:[a-z]+)` \\| (.*) \\|$").FindAllStringSubmatch(apiDocument(t), -1) {
		rows[m[1]] = m[2]
	}
	for _, s := range usher.Scopes() {
		if rows[string(s)] == "" {
			t.Errorf("docs/api.md has no row for %s", s)
		}
		delete(rows, string(s))
		for _, r := range api.Routes() {
			rest := strings.TrimPrefix(r.Path, api.Root)
			if r.Scope == s && !strings.Contains(apiDocument(t), rest) && !strings.Contains(apiDocument(t), "`"+rest[strings.LastIndex(rest, "/")+1:]+"`") {
				t.Errorf("docs/api.md says nothing of %s %s", r.Method, r.Path)
			}
		}
	}
	for s := range rows {
		t.Errorf("docs/api.md has the scope %s, which is none", s)
	}
}
