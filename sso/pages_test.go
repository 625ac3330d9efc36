package sso

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"usher/sso/saml"
)

// TestPostedRequestMayBeRedirected: a provider that takes a posted request may send it on to another host of its own, which
// browsers hold against form-action.
func TestPostedRequestMayBeRedirected(t *testing.T) {
	d := &Desk{cookies: cookies{random: rand.Reader}}
	for action, want := range map[string]string{
		"https://idp.test/sso":      "form-action https://idp.test https:",
		"http://idp.test:8080/sso":  "form-action http://idp.test:8080 https: http:",
		"https://[2001:db8::1]/sso": "form-action https://[2001:db8::1] https:",
	} {
		w := httptest.NewRecorder()
		d.postPage(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/signin", nil), saml.Form{Action: action})
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasSuffix(policy, want) {
			t.Errorf("%s: %s", action, policy)
		}
	}
}

// TestOneConnectionAsksForNoAddress: an address chooses among connections, so where there is one it would only seem to mean something.
func TestOneConnectionAsksForNoAddress(t *testing.T) {
	for _, names := range [][]string{{"okta"}, {"okta", "entra"}} {
		d := &Desk{}
		shown := signInPage{Next: "/me"}
		for _, name := range names {
			shown.Connections = append(shown.Connections, choice{name, "at " + name})
		}
		w := httptest.NewRecorder()
		d.page(w, http.StatusOK, "signin", shown)
		page := w.Body.String()
		if asks := strings.Contains(page, `name="address"`); asks != (len(names) > 1) {
			t.Errorf("%v: asks for an address: %v", names, asks)
		}
		for _, name := range names {
			if !strings.Contains(page, "at "+name) {
				t.Errorf("%v: %s", names, page)
			}
		}
	}
}

// TestStyleIsAskedFor: an upgrade shows no page with the style sheet of before, and a sheet that is the same is not sent again.
func TestStyleIsAskedFor(t *testing.T) {
	ask := func(tag string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, stylePath, nil)
		r.Header.Set("If-None-Match", tag)
		serveStyle(w, r)
		return w
	}
	first := ask(`"another"`)
	if first.Code != http.StatusOK || first.Body.String() != string(style) || first.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("%d %v", first.Code, first.Header())
	}
	if again := ask(first.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("the same sheet: %d", again.Code)
	}
}
