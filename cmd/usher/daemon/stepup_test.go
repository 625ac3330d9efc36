package daemon_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/internal/config"
	"usher/internal/store"
)

// TestAgain: whoever is asked to show anew who they are has to have done so since, over either kind of connection. A provider
// may answer from its own session instead, and whoever sits at somebody's desk then would pass.
func TestAgain(t *testing.T) {
	provider := newSAMLProvider(t)
	overSAML := samlDesk(t, store.Options{Folder: t.TempDir()}, provider, func(c *config.Connection) { c.AllowPrivate = true })
	token, _ := overSAML.token("default")
	overSAML.want(201, "POST", "/scim/v2/Users", token, person("ann@example.com", "Ann"))
	overOIDC := newDesk(t, store.Options{Folder: t.TempDir()})

	saml := func(query string, ago time.Duration) (*running, int, string) {
		provider.since = ago
		b := newBrowser(t)
		_, to, _ := b.get(overSAML.URL() + "/signin/staff?" + query)
		if forced := strings.Contains(requestText(t, to), `ForceAuthn="true"`); forced != (query == "again") {
			t.Errorf("%q: ForceAuthn %v", query, forced)
		}
		resp, text := b.send(http.MethodPost, overSAML.URL()+"/sso/staff/acs", url.Values{"SAMLResponse": {provider.answer(overSAML.URL(), requestID(t, to))}})
		if resp.StatusCode != http.StatusSeeOther {
			return overSAML, resp.StatusCode, text
		}
		status, _, text := b.get(overSAML.URL() + resp.Header.Get("Location"))
		return overSAML, status, text
	}
	oidc := func(query string, ago time.Duration) (*running, int, string) {
		overOIDC.provider.SignIn(map[string]any{"sub": "s-ann", "email": "ann@example.com", "email_verified": true, "auth_time": time.Now().Add(-ago).Unix()})
		b := newBrowser(t)
		_, to, _ := b.get(overOIDC.URL() + "/signin/staff?" + query)
		if asked := must(url.Parse(to)).Query(); (asked.Get("prompt") == "login" && asked.Get("max_age") == "60") != (query == "again") {
			t.Errorf("%q: asked for %q", query, asked)
		}
		answer, err := overOIDC.provider.Authorize(to)
		if err != nil {
			t.Fatal(err)
		}
		status, _, text := b.get(overOIDC.URL() + "/sso/staff/callback?" + answer.Encode())
		return overOIDC.running, status, text
	}
	for _, c := range []struct {
		name  string
		try   func(query string, ago time.Duration) (*running, int, string)
		query string
		ago   time.Duration
		code  string // empty: signed in
	}{
		{"SAML, just now", saml, "again", 0, ""},
		{"SAML, within what clocks may differ", saml, "again", 45 * time.Second, ""},
		{"SAML, before", saml, "again", 90 * time.Second, "not_again"},
		{"SAML, this morning", saml, "again", 3 * time.Hour, "not_again"},
		{"SAML, this morning, and nobody asked for more", saml, "", 3 * time.Hour, ""},
		{"OpenID Connect, just now", oidc, "again", 0, ""},
		{"OpenID Connect, within what clocks may differ", oidc, "again", 45 * time.Second, ""},
		{"OpenID Connect, before", oidc, "again", 3 * time.Minute, "oidc-token-auth_time"},
		{"OpenID Connect, this morning", oidc, "again", 3 * time.Hour, "oidc-token-auth_time"},
		{"OpenID Connect, this morning, and nobody asked for more", oidc, "", 3 * time.Hour, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, status, text := c.try(c.query, c.ago)
			if c.code == "" {
				if status != http.StatusSeeOther {
					t.Errorf("%d %s", status, text)
				}
				return
			}
			if status != http.StatusForbidden || !strings.Contains(text, "<strong>"+c.code+"</strong>") {
				t.Errorf("%d %s", status, text)
			}
			if noted, err := at.Store().Look().SignInAttempts(t.Context(), "", "", 1); err != nil || len(noted) != 1 || noted[0].Code != c.code || noted[0].Problem == "" {
				t.Errorf("noted: %+v, %v", noted, err)
			}
		})
	}
}
