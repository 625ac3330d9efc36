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
