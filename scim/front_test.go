package scim

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// person is the body of a User with that userName and more members.
func person(userName, more string) string {
	return `{"schemas":["` + userSchema + `"],"userName":"` + userName + `"` + more + `}`
}

// team is the body of a Group with that displayName and more members.
func team(displayName, more string) string {
	return `{"schemas":["` + groupSchema + `"],"displayName":"` + displayName + `"` + more + `}`
}

// patch is the body of a PATCH.
func patch(operations string) string {
	return `{"schemas":["` + patchSchema + `"],"Operations":[` + operations + `]}`
}

func TestRoutes(t *testing.T) {
	d := newDoor(t, newMemory())
	id := d.want(201, d.do("POST", "/Users", person("ann", ""))).id()
	for _, c := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/Users", 200, ""},
		{"GET", "/users/", 200, ""},
		{"GET", "/USERS/" + id, 200, ""},
		{"GET", "/%55sers/" + id, 200, ""},
		{"GET", "/Users/" + id + "/", 200, ""},
		{"HEAD", "/Users/" + id, 200, ""},
		{"GET", "/serviceproviderconfig", 200, ""},
		{"DELETE", "/Users", 405, "GET, HEAD, POST"},
		{"POST", "/Users/" + id, 405, "GET, HEAD, PUT, PATCH, DELETE"},
		{"OPTIONS", "/Users/" + id, 405, "GET, HEAD, PUT, PATCH, DELETE"},
		{"GET", "/Users/.search", 405, "POST"},
		{"POST", "/ServiceProviderConfig", 405, "GET, HEAD"},
		{"PUT", "/Schemas", 405, "GET, HEAD"},
		{"GET", "/Me", 501, ""},
		{"POST", "/Bulk", 501, ""},
		{"GET", "/", 501, ""},
		{"POST", "/.search", 501, ""},
		{"GET", "/v2/Users", 404, ""},
		{"GET", "//Users", 404, ""},
		{"GET", "/Users//", 404, ""},
		{"GET", "/Users/" + id + "//", 404, ""},
		{"GET", "/Users/x/y", 404, ""},
		{"GET", "/Users/x%2Fy", 404, ""},
		{"GET", "/Users/%25zz", 404, ""},
		{"GET", "/Users/%252e%252e", 404, ""},
		{"GET", "/Users/..", 404, ""},
		{"GET", "/Users/" + strings.Repeat("x", 65), 404, ""},
		{"GET", "/Users/nobody", 404, ""},
		{"PUT", "/Users/a%20b", 404, ""},
		{"GET", "/Groups/" + id, 404, ""},
		{"GET", "/Nothing", 404, ""},
	} {
		got := d.do(c.method, c.target, "")
		if got.status != c.status || got.header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, Allow %q; want %d, %q", c.method, c.target, got.status, got.header.Get("Allow"), c.status, c.allow)
		}
		if c.status >= 400 {
			checkError(t, got)
		}
	}
}

// checkError fails unless the answer is an error as RFC 7644 section 3.12 has it, with
// a detail and nothing beyond it.
func checkError(t *testing.T, got reply) {
	t.Helper()
	schemas, _ := got.body["schemas"].([]any)
	if len(schemas) != 1 || schemas[0] != errorSchema {
		t.Errorf("error without its schema: %s", got.text)
	}
	if got.body["status"] != strconv.Itoa(got.status) {
		t.Errorf("status %v in the body of a %d", got.body["status"], got.status)
	}
	if detail, _ := got.body["detail"].(string); detail == "" {
		t.Errorf("error without detail: %s", got.text)
	}
	for name := range got.body {
		if name != "schemas" && name != "status" && name != "detail" && name != "scimType" {
			t.Errorf("an error must not have the member %s", name)
		}
	}
}

func TestAuthentication(t *testing.T) {
	m := newMemory()
	d := newDoor(t, m, func(o *Options) { o.Failures = 3 })
	annID := d.want(201, d.do("POST", "/Users", person("ann", ""))).id()

	none := httptest.NewRecorder()
	d.ServeHTTP(none, httptest.NewRequest("GET", "/Users", nil))
	if none.Code != 401 || none.Header().Get("WWW-Authenticate") != `Bearer realm="usher"` {
		t.Errorf("no token: %d, %q", none.Code, none.Header().Get("WWW-Authenticate"))
	}
	checkError(t, d.want(401, d.do("GET", "/Users", "", "Authorization", "Bearer wrong")))
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		body := map[string]string{"PUT": person("ann", ""), "PATCH": patch(`{"op":"replace","path":"title","value":"x"}`)}[method]
		d.want(404, d.do(method, "/Users/"+annID, body, "Authorization", "Bearer bob"))
	}
	d.want(201, d.do("POST", "/Users", person("ann", ""), "Authorization", "Bearer bob"))
	if got := d.do("GET", "/Users", "", "Authorization", "Bearer bob"); got.body["totalResults"] != 1.0 {
		t.Errorf("bob's directory sees %v users, want its own", got.body["totalResults"])
	}

	broken := d.want(500, d.do("GET", "/Users", "", "Authorization", "Bearer broken"))
	if strings.Contains(broken.text, "fire") || len(d.errors) != 1 || d.errors[0].Error() != "the disk is on fire" {
		t.Errorf("a failure of ours: told %s, reported %v", broken.text, d.errors)
	}
}

// TestFailures counts refused credentials only, and by client.
func TestFailures(t *testing.T) {
	now := time.Unix(1, 0)
	d := newDoor(t, newMemory(), func(o *Options) {
		o.Failures = 3
		o.Now = func() time.Time { return now }
		o.ClientIP = func(r *http.Request) string { return r.Header.Get("From") }
	})
	guess := func(from string) reply {
		return d.do("GET", "/Users", "", "Authorization", "Bearer wrong", "From", from)
	}
	for range 3 {
		d.want(401, guess("x"))
	}
	got := d.want(429, guess("x"))
	checkError(t, got)
	if got.header.Get("Retry-After") != "20" {
		t.Errorf("Retry-After %q, want 20 whole seconds", got.header.Get("Retry-After"))
	}
	d.want(401, guess("y"))
	d.want(200, d.do("GET", "/Users", "", "From", "x"))
	for range 5 {
		d.want(401, d.do("GET", "/Users", "", "Authorization", "", "From", "x"))
	}
	now = now.Add(20 * time.Second)
	d.want(401, guess("x"))
	d.want(429, guess("x"))
}

func TestPrincipalWithoutDirectory(t *testing.T) {
	d := newDoor(t, newMemory(), func(o *Options) {
		o.Authenticate = func(*http.Request) (usher.Principal, error) {
			return usher.Principal{Kind: usher.PrincipalOperator, Name: "root"}, nil
		}
	})
	d.want(401, d.do("GET", "/Users", ""))
}

func TestRate(t *testing.T) {
	now := time.Unix(1, 0)
	d := newDoor(t, newMemory(), func(o *Options) {
		o.Rate, o.Burst = 2, 5
		o.Now = func() time.Time { return now }
	})
	for range 5 {
		d.want(200, d.do("GET", "/Users", ""))
	}
	got := d.want(429, d.do("GET", "/Users", ""))
	if got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q, want 1", got.header.Get("Retry-After"))
	}
	d.want(200, d.do("GET", "/Users", "", "Authorization", "Bearer bob"))
	now = now.Add(time.Second)
	d.want(200, d.do("GET", "/Users", ""))
	d.want(200, d.do("GET", "/Users", ""))
	d.want(429, d.do("GET", "/Users", ""))
}

func TestDeadline(t *testing.T) {
	m := newMemory()
	d := newDoor(t, m, func(o *Options) { o.Deadline = time.Millisecond; o.Reader = slow{m} })
	got := d.want(503, d.do("GET", "/Users", ""))
	if got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q, want 1", got.header.Get("Retry-After"))
	}
	checkError(t, got)
}

// slow answers only when the deadline is over.
type slow struct{ *memory }

func (s slow) Records(ctx context.Context, _ usher.Query) (usher.Page[usher.Record], error) {
	<-ctx.Done()
	return usher.Page[usher.Record]{}, ctx.Err()
}

func TestOptions(t *testing.T) {
	good := Options{Reader: newMemory(), Writer: newMemory(), Authenticate: authenticate, BaseURL: "https://x/scim/v2"}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Options){
		"reader":       func(o *Options) { o.Reader = nil },
		"writer":       func(o *Options) { o.Writer = nil },
		"authenticate": func(o *Options) { o.Authenticate = nil },
		"no base":      func(o *Options) { o.BaseURL = "" },
		"path as base": func(o *Options) { o.BaseURL = "/scim/v2" },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err      error
		status   int
		scimType string
		reported bool
	}{
		{usher.ErrNotFound, 404, "", false},
		{usher.ErrConflict, 409, "uniqueness", false},
		{usher.ErrStale, 412, "", false},
		{usher.ErrInvalid, 400, "invalidValue", false},
		{&usher.InvalidError{Attribute: "members.value", Problem: "is unknown"}, 400, "invalidValue", false},
		{usher.ErrBusy, 503, "", false},
		{context.Canceled, 503, "", false},
		{badRequest(noTarget, "x"), 400, "noTarget", false},
		{errors.New("pq: relation secret does not exist"), 500, "", true},
	} {
		m := newMemory()
		m.fail = &wrapped{c.err}
		d := newDoor(t, m)
		got := d.do("GET", "/Users/1", "")
		scimType, _ := got.body["scimType"].(string)
		if got.status != c.status || scimType != c.scimType || len(d.errors) > 0 != c.reported {
			t.Errorf("%v: %d %q, reported %v", c.err, got.status, scimType, d.errors)
		}
		checkError(t, got)
		if strings.Contains(got.text, "secret") {
			t.Errorf("%v leaks: %s", c.err, got.text)
		}
	}
}

// wrapped is an error as the store and ledger return them: with what it concerns.
type wrapped struct{ error }

func (w *wrapped) Error() string { return "record 1 of a secret table: " + w.error.Error() }
func (w *wrapped) Unwrap() error { return w.error }
