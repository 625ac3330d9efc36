package scim

import (
	"encoding/json"
	"errors"
	"testing"
)

// decoded is a JSON object.
func decoded(t testing.TB, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

// encoded is the JSON text of a value, with sorted names.
func encoded(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// quote writes a JSON string.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// document is the canonical form of a JSON body; a test that cannot have it is over.
func document(t testing.TB, k *kind, body string) map[string]any {
	t.Helper()
	doc, err := k.canonicalBody(decoded(t, body))
	if err != nil {
		t.Fatalf("body %s: %v", body, err)
	}
	return doc
}

// wantProblem checks status and keyword of an error, and that it says something.
func wantProblem(t *testing.T, err error, status int, scimType string) {
	t.Helper()
	var p *problem
	if !errors.As(err, &p) {
		t.Fatalf("error is %v, want a problem %d %s", err, status, scimType)
	}
	if p.status != status || p.scimType != scimType || p.detail == "" {
		t.Fatalf("problem is %d %q %q, want %d %q", p.status, p.scimType, p.detail, status, scimType)
	}
}
