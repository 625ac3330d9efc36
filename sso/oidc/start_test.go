package oidc_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

func TestStart(t *testing.T) {
	w := newWorld(t, func(s *oidc.Settings) { s.Scopes = []string{"openid", "email", "groups"} })
	w.EditMetadata(func(m map[string]any) { m["authorization_endpoint"] = w.Issuer + "/authorize?p=b2c_1_signin" })
	at, p := w.start(oidc.Options{Prompt: oidc.PromptLogin, MaxAge: 90 * time.Second, LoginHint: "ann&state=x@example.com"})
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	challenge := sha256.Sum256([]byte(p.Verifier))
	want := url.Values{
		"p": {"b2c_1_signin"}, "response_type": {"code"}, "client_id": {oidctest.ClientID}, "redirect_uri": {redirectURL}, "scope": {"openid email groups"},
		"state": {p.State}, "nonce": {p.Nonce}, "code_challenge": {oidctest.Base64(challenge[:])}, "code_challenge_method": {"S256"},
		"prompt": {"login"}, "max_age": {"90"}, "login_hint": {"ann&state=x@example.com"},
	}
	if got := u.Query().Encode(); got != want.Encode() {
		t.Errorf("got %s\nwant %s", got, want.Encode())
	}
	if strings.Contains(at, oidctest.Secret) || strings.Contains(at, p.Verifier) {
		t.Error("a secret goes through the browser")
	}
	plain, _ := w.start(oidc.Options{})
	for _, name := range []string{"prompt=", "max_age=", "login_hint="} {
		if strings.Contains(plain, name) {
			t.Errorf("%s is sent though nobody asked for it", name)
		}
	}
}

// TestSecretsAreRandom wants three different secrets of 256 bits in each sign-in, of which none comes again.
func TestSecretsAreRandom(t *testing.T) {
	w := newWorld(t, nil)
	seen := map[string]bool{}
	for range 100 {
		_, p := w.start(oidc.Options{})
		for _, secret := range []string{p.State, p.Nonce, p.Verifier} {
			if len(secret) != 43 || seen[secret] {
				t.Fatalf("%q is short, or was there before", secret)
			}
			seen[secret] = true
		}
	}
	for name, random := range map[string]interface{ Read([]byte) (int, error) }{
		"ends early": bytes.NewReader(make([]byte, 90)), "fails": iotest.ErrReader(errors.New("none left")),
	} {
		if _, _, err := w.Start(t.Context(), w.now(), random, oidc.Options{}); err == nil {
			t.Errorf("randomness that %s begins a sign-in", name)
		}
	}
	if _, _, err := w.Start(t.Context(), w.now(), rand.Reader, oidc.Options{Prompt: "none"}); err == nil {
		t.Error("prompt=none begins a sign-in")
	}
}

// TestInitiate: a request to start comes from anywhere, and leads to a page of ours or nowhere (Core 4).
func TestInitiate(t *testing.T) {
	w := newWorld(t, nil)
	const own = "https://usher.example"
	for _, tt := range []struct{ name, target, want, code string }{
		{"none", "", "", ""},
		{"a path", "/seats", "/seats", ""},
		{"a path with a query", "/seats?of=me&x=%2F", "/seats?of=me&x=%2F", ""},
		{"our own URL", own + "/seats", "/seats", ""},
		{"our own URL, capitals", "https://USHER.example/seats", "/seats", ""},
		{"a fragment is left out", own + "/seats#x", "/seats", ""},
		{"another host", "https://thief.example/", "", oidc.CodeTarget},
		{"another scheme", "http://usher.example/seats", "", oidc.CodeTarget},
		{"another port", own + ":8443/seats", "", oidc.CodeTarget},
		{"a host like ours", own + ".thief.example/", "", oidc.CodeTarget},
		{"our host as a user", "https://usher.example@thief.example/", "", oidc.CodeTarget},
		{"a user at our host", "https://x@usher.example/", "", oidc.CodeTarget},
		{"no scheme", "//thief.example/", "", oidc.CodeTarget},
		{"three slashes", "///thief.example/", "", oidc.CodeTarget},
		{"slashes in the path", own + "//thief.example/", "", oidc.CodeTarget},
		{"an escaped slash", "/%2fthief.example/", "", oidc.CodeTarget},
		{"a backslash", `/\thief.example/`, "", oidc.CodeTarget},
		{"two backslashes", `\\thief.example/`, "", oidc.CodeTarget},
		{"an escaped backslash", "/%5cthief.example/", "", oidc.CodeTarget},
		{"a backslash in the query", `/seats?to=\thief.example`, "", oidc.CodeTarget},
		{"a tab that browsers pass over", "/\t/thief.example/", "", oidc.CodeTarget},
		{"a line break", "/x\r\nLocation: https://thief.example", "", oidc.CodeTarget},
		{"a space before", " https://thief.example/", "", oidc.CodeTarget},
		{"a script", "javascript:alert(1)", "", oidc.CodeTarget},
		{"a document", "data:text/html,x", "", oidc.CodeTarget},
		{"a relative path", "seats", "", oidc.CodeTarget},
		{"a relative path, escaped", "%2fthief.example", "", oidc.CodeTarget},
		{"no path", own, "", oidc.CodeTarget},
		{"no URL", "https://usher.example/%zz", "", oidc.CodeTarget},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := w.JudgeInitiate(url.Values{"iss": {w.Issuer}, "target_link_uri": {tt.target}, "login_hint": {"ann"}})
			if got.Target != tt.want || codeOf(t, err) != tt.code || err == nil && got.LoginHint != "ann" {
				t.Errorf("got %+v, %v; want %q", got, err, tt.want)
			}
		})
	}
	for name, q := range map[string]url.Values{
		"iss absent": {}, "iss another": {"iss": {"https://thief.example"}}, "iss with a slash": {"iss": {w.Issuer + "/"}}, "iss twice": {"iss": {w.Issuer, "https://thief.example"}},
		"target twice": {"iss": {w.Issuer}, "target_link_uri": {"/a", "https://thief.example"}}, "a long hint": {"iss": {w.Issuer}, "login_hint": {strings.Repeat("x", 9<<10)}},
	} {
		if _, err := w.JudgeInitiate(q); codeOf(t, err) != oidc.CodeInitiate {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTileOfAnAuthorizationServer: Okta's tile names the organisation, and tokens one of its servers.
func TestTileOfAnAuthorizationServer(t *testing.T) {
	w := newWorld(t, nil)
	for _, tt := range []struct {
		preset    oidc.Preset
		iss, want string
	}{
		{oidc.Okta, "https://acme.okta.com", ""}, {oidc.Okta, "https://acme.okta.com/oauth2/default", ""}, {oidc.Okta, "https://thief.okta.com", oidc.CodeInitiate},
		{oidc.Okta, "http://acme.okta.com", oidc.CodeInitiate}, {oidc.Generic, "https://acme.okta.com", oidc.CodeInitiate},
	} {
		c := w.connect(func(s *oidc.Settings) { s.Preset, s.Issuer = tt.preset, "https://acme.okta.com/oauth2/default" })
		if _, err := c.JudgeInitiate(url.Values{"iss": {tt.iss}}); codeOf(t, err) != tt.want {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

// TestTileOfOkta goes the whole way: the tile asks, an ordinary sign-in begins, and the iss of the tile was no answer
// (panva/openid-client issue 510).
func TestTileOfOkta(t *testing.T) {
	w := newWorld(t, nil)
	tile := url.Values{"iss": {w.Issuer}}
	asked, err := w.JudgeInitiate(tile)
	if err != nil {
		t.Fatal(err)
	}
	p, answer := w.begun(oidc.Options{LoginHint: asked.LoginHint})
	if _, err := w.Finish(t.Context(), w.now(), p, tile); codeOf(t, err) != oidc.CodeState {
		t.Errorf("the tile's request passes for an answer: %v", err)
	}
	if _, err := w.Finish(t.Context(), w.now(), p, answer); err != nil {
		t.Error(err)
	}
}

func TestLogoutURL(t *testing.T) {
	const back = "https://usher.example/signed-out"
	for _, tt := range []struct {
		name, hint, back string
		want             url.Values
	}{
		{"all", "a.b.c", back, url.Values{"client_id": {oidctest.ClientID}, "id_token_hint": {"a.b.c"}, "post_logout_redirect_uri": {back}, "state": {"s&x"}}},
		{"no hint", "", back, url.Values{"client_id": {oidctest.ClientID}, "post_logout_redirect_uri": {back}, "state": {"s&x"}}},
		{"no way back", "a.b.c", "", url.Values{"client_id": {oidctest.ClientID}, "id_token_hint": {"a.b.c"}}},
		{"a hint longer than a URL may be", strings.Repeat("x", 9000), back, url.Values{"client_id": {oidctest.ClientID}, "post_logout_redirect_uri": {back}, "state": {"s&x"}}},
	} {
		w := newWorld(t, func(s *oidc.Settings) { s.PostLogoutURL = tt.back })
		at, err := w.LogoutURL(t.Context(), w.now(), tt.hint, "s&x")
		if err != nil || at != w.Issuer+"/end?"+tt.want.Encode() {
			t.Errorf("%s: %s, %v", tt.name, at, err)
		}
	}
	w := newWorld(t, nil)
	w.EditMetadata(func(m map[string]any) { delete(m, "end_session_endpoint") })
	if _, err := w.LogoutURL(t.Context(), w.now(), "", ""); codeOf(t, err) != oidc.CodeNoLogout || errors.Is(err, oidc.ErrUnavailable) {
		t.Errorf("a provider without logout: %v", err)
	}
}
