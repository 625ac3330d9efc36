package oidc_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/internal/outbound"
	"usher/internal/usher"
	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

const redirectURL = "https://usher.example/sso/idp/callback"

// world is a provider and a connection to it, with one clock for both.
type world struct {
	testing.TB
	*oidctest.Provider
	*oidc.Connection
	at time.Time
}

// newWorld starts a provider and connects to it; set may change the settings.
func newWorld(t testing.TB, set func(*oidc.Settings)) *world {
	t.Helper()
	w := &world{TB: t, at: time.Now().Truncate(time.Second)} // plain go-oidc, which is tried beside, knows no other clock
	w.Provider = oidctest.New(t, func() time.Time { return w.at })
	w.Connection = w.connect(set)
	return w
}

func (w *world) connect(set func(*oidc.Settings)) *oidc.Connection {
	w.Helper()
	s := oidc.Settings{
		Name: "idp", Issuer: w.Issuer, ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret,
		RedirectURL: redirectURL, Outbound: outbound.Options{AllowPrivate: true},
	}
	if set != nil {
		set(&s)
	}
	c, err := oidc.New(s)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *world) now() usher.Time { return usher.TimeOf(w.at) }

// pass moves the clock of both.
func (w *world) pass(d time.Duration) { w.at = w.at.Add(d) }

// start begins a sign-in that has to begin.
func (w *world) start(o oidc.Options) (string, oidc.Pending) {
	w.Helper()
	at, p, err := w.Start(w.Context(), w.now(), rand.Reader, o)
	if err != nil {
		w.Fatal(err)
	}
	return at, p
}

// begun is a sign-in with the provider's answer to it.
func (w *world) begun(o oidc.Options) (oidc.Pending, url.Values) {
	w.Helper()
	at, p := w.start(o)
	answer, err := w.Authorize(at)
	if err != nil {
		w.Fatal(err)
	}
	return p, answer
}

// signIn is a whole sign-in.
func (w *world) signIn() (usher.SignedIn, error) {
	w.Helper()
	p, answer := w.begun(oidc.Options{})
	return w.Finish(w.Context(), w.now(), p, answer)
}

// takes wants a sign-in to succeed.
func (w *world) takes(why string) usher.SignedIn {
	w.Helper()
	s, err := w.signIn()
	if err != nil {
		w.Fatalf("%s: %v", why, err)
	}
	return s
}

// codeOf is the code of a refusal; empty without one.
func codeOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	refusal, ok := errors.AsType[*oidc.Refusal](err)
	if !ok {
		t.Fatalf("an error that is no refusal: %v", err)
	}
	return refusal.Code()
}

// tries is a sign-in that may end before it begins.
func (w *world) tries() (usher.SignedIn, error) {
	w.Helper()
	at, p, err := w.Start(w.Context(), w.now(), rand.Reader, oidc.Options{})
	if err != nil {
		return usher.SignedIn{}, err
	}
	answer, err := w.Authorize(at)
	if err != nil {
		w.Fatal(err)
	}
	return w.Finish(w.Context(), w.now(), p, answer)
}

// respoiled works upon the ID token that the provider has made: its claims are taken as they are.
func (w *world) respoiled(tokens map[string]any, work func(*forge)) string {
	raw := tokens["id_token"].(string)
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err != nil {
		w.Fatal(err)
	}
	f := &forge{world: w, header: map[string]any{}, claims: map[string]any{}, key: oidctest.NewKey("RS256", "key-1")}
	if err := json.Unmarshal(text, &f.claims); err != nil {
		w.Fatal(err)
	}
	work(f)
	if f.raw == "" {
		f.raw = f.signed()
	}
	return f.raw
}

// httpFront passes requests on to the provider, after a look at each.
func httpFront(t testing.TB, w *world, look func(*http.Request)) string {
	t.Helper()
	target, err := url.Parse(w.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		look(r)
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// decoded is base64url decoded, or nothing.
func decoded(text string) []byte {
	data, _ := base64.RawURLEncoding.DecodeString(text)
	return data
}

// isSigned says whether a key of EdDSA signed a token, by the standard library.
func isSigned(key oidctest.Key, raw string) bool {
	at := strings.LastIndex(raw, ".")
	return at >= 0 && ed25519.Verify(key.Private.Public().(ed25519.PublicKey), []byte(raw[:at]), decoded(raw[at+1:]))
}
