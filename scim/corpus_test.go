package scim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"usher/internal/usher"
	"usher/scim/scimtest"
)

// TestCorpus plays the wire cases of Okta, Entra and the RFCs.
func TestCorpus(t *testing.T) {
	d := newDoor(t, newMemory())
	s := httptest.NewServer(d)
	defer s.Close()
	scimtest.Run(t, s.URL, "ann", map[string]string{
		"rfc-b01": "/Bulk is not supported, and discovery says so",
		"okta-25": "/Entitlements is not supported",
	})
}

// TestLocked tries 500 spellings of each path without a token.
func TestLocked(t *testing.T) {
	d := newDoor(t, newMemory())
	s := httptest.NewServer(d)
	defer s.Close()
	scimtest.Locked(t, s.URL, "/Users", "/Users/1", "/Users/.search", "/Groups", "/Groups/1",
		"/Schemas", "/ResourceTypes/User", "/ServiceProviderConfig", "/Me", "/Bulk", "/")
}

// door is a handler under test. The token "ann" opens the directory "a", "bob" the
// directory "b".
type door struct {
	http.Handler
	t      *testing.T
	errors []error
}

func newDoor(t *testing.T, m *memory, with ...func(*Options)) *door {
	t.Helper()
	d := &door{t: t}
	o := Options{
		Reader: m, Writer: m, BaseURL: "https://usher.example/scim/v2/", Burst: 1 << 30,
		Authenticate: authenticate,
		OnError:      func(_ *http.Request, err error) { d.errors = append(d.errors, err) },
	}
	for _, f := range with {
		f(&o)
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	d.Handler = h
	return d
}

func authenticate(r *http.Request) (usher.Principal, error) {
	switch r.Header.Get("Authorization") {
	case "Bearer ann":
		return usher.Principal{Kind: usher.PrincipalDirectory, Directory: "a", Token: "1"}, nil
	case "Bearer bob":
		return usher.Principal{Kind: usher.PrincipalDirectory, Directory: "b", Token: "2"}, nil
	case "Bearer broken":
		return usher.Principal{}, errors.New("the disk is on fire")
	}
	return usher.Principal{}, usher.ErrNotFound
}

// reply is a response that was read.
type reply struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// do sends a request as ann; headers come as name, value.
func (d *door) do(method, target, body string, headers ...string) reply {
	d.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	r.Header.Set("Authorization", "Bearer ann")
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	got := reply{status: w.Code, header: w.Header(), text: w.Body.String()}
	if got.text == "" {
		return got
	}
	if err := json.Unmarshal([]byte(got.text), &got.body); err != nil {
		d.t.Fatalf("%s %s: not JSON: %q", method, target, got.text)
	}
	if got.header.Get("Content-Type") != "application/scim+json" {
		d.t.Errorf("%s %s: Content-Type %q", method, target, got.header.Get("Content-Type"))
	}
	return got
}

// want fails unless the answer has that status.
func (d *door) want(status int, got reply) reply {
	d.t.Helper()
	if got.status != status {
		d.t.Fatalf("answered %d, want %d: %s", got.status, status, got.text)
	}
	return got
}

// id is the id in an answer.
func (r reply) id() string {
	id, _ := r.body["id"].(string)
	return id
}
