// Package scimtest tests a running SCIM server over HTTP: with the wire cases of
// testdata/scim-corpus, and with many spellings of paths that must stay locked. It
// needs no empty server and knows nothing of what is behind it.
package scimtest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpusPath is where the cases stand below the module's root.
const corpusPath = "testdata/scim-corpus/corpus.json"

// testCase is one conversation.
type testCase struct {
	ID    string
	Level string
	Title string
	Steps []step
}

// step is one request and what is right about its answer.
type step struct {
	Method  string            `json:"m"`
	Path    string            `json:"p"`
	Headers map[string]string `json:"h"`
	Body    json.RawMessage   `json:"b"`
	Raw     string            `json:"raw"`
	Status  []int             `json:"st"`
	Checks  []check           `json:"chk"`
	Save    map[string]string `json:"save"`
}

// Run sends every case to the server at baseURL, such as "http://127.0.0.1:8080/scim/v2",
// each as a subtest named by its id. skip says which cases are left out, and why; one
// that the corpus does not know fails, so that the list cannot outlive its reasons.
func Run(t *testing.T, baseURL, token string, skip map[string]string) {
	t.Helper()
	cases := load(t)
	for id := range skip {
		if !slices.ContainsFunc(cases, func(c testCase) bool { return c.ID == id }) {
			t.Errorf("skip names %s, which is no case of the corpus", id)
		}
	}
	for _, c := range cases {
		if why, ok := skip[c.ID]; ok {
			t.Logf("%s is left out: %s", c.ID, why)
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			s := session{baseURL: strings.TrimRight(baseURL, "/"), token: token, vars: map[string]string{"u": word()}}
			for i, step := range c.Steps {
				if err := s.play(step); err != nil {
					t.Fatalf("%s (%s), step %d, %s %s: %v", c.Title, c.Level, i+1, step.Method, step.Path, err)
				}
			}
		})
	}
}

// load reads the corpus from the module that the test runs in.
func load(t *testing.T) []testCase {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(root) == root {
			t.Fatal("no go.mod above the working directory")
		}
		root = filepath.Dir(root)
	}
	text, err := os.ReadFile(filepath.Join(root, corpusPath))
	if err != nil {
		t.Fatal(err)
	}
	var cases []testCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("the corpus is empty")
	}
	return cases
}

// word is a random lower-case word.
func word() string { return strings.ToLower(rand.Text())[:10] }

// session is one case being played.
type session struct {
	baseURL, token string
	vars           map[string]string
}

func (s *session) play(step step) error {
	req, err := s.request(step)
	if err != nil {
		return err
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if !slices.Contains(step.Status, res.StatusCode) {
		return fmt.Errorf("answered %d, want one of %v: %s", res.StatusCode, step.Status, text)
	}
	return s.examine(step, answer{status: res.StatusCode, header: res.Header, text: string(text)})
}

func (s *session) request(step step) (*http.Request, error) {
	target := encode(s.fill(step.Path), step.Headers["X-Raw-Path"] != "", step.Headers["X-Raw-Query"] != "")
	req, err := http.NewRequest(step.Method, s.baseURL+target, bytes.NewReader(s.body(step)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Accept", "application/scim+json")
	req.Header.Set("Content-Type", "application/scim+json")
	for name, value := range step.Headers {
		switch {
		case strings.HasPrefix(name, "X-Raw-"):
		case value == "":
			req.Header.Del(name)
		default:
			req.Header.Set(name, s.fill(value))
		}
	}
	return req, nil
}

func (s *session) body(step step) []byte {
	text := step.Raw
	if text == "" {
		text = string(step.Body)
	}
	return []byte(strings.ReplaceAll(s.fill(text), "@big", strings.Repeat("x", 6<<20)))
}

// fill puts in the values that earlier steps saved.
func (s *session) fill(text string) string {
	for name, value := range s.vars {
		text = strings.ReplaceAll(text, "{{"+name+"}}", value)
	}
	return text
}

// examine checks an answer and saves from it.
func (s *session) examine(step step, a answer) error {
	if a.text != "" {
		if err := json.Unmarshal([]byte(a.text), &a.body); err != nil {
			return fmt.Errorf("the answer is not JSON: %w", err)
		}
	}
	if step.Method != http.MethodPatch || a.status != http.StatusNoContent {
		for _, c := range step.Checks {
			if err := c.holds(a, s.fill); err != nil {
				return fmt.Errorf("%w in %s", err, a.text)
			}
		}
	}
	for name, path := range step.Save {
		value, ok := a.at(strings.Split(path, "."))
		if !ok {
			return fmt.Errorf("nothing at %s to save in %s", path, a.text)
		}
		s.vars[name] = fmt.Sprint(value)
	}
	return nil
}
