// Package oidctest is an OpenID Connect provider for tests, in the test's own process. It behaves, until it is told how
// not to; it signs with the standard library alone, so that what judges its tokens shares no code with it.
package oidctest

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// The client that every provider of this package knows.
const (
	ClientID = "usher-client"
	Secret   = "s3cret/with:signs+%"
)

// Provider is a provider with one client, at which one person is signed in.
type Provider struct {
	Issuer string
	now    func() time.Time

	mu       sync.Mutex
	person   map[string]any
	signing  Key
	shown    []any // the keys that are published
	codes    map[string]request
	fetched  map[string]int
	down     bool
	metadata map[string]any
	edit     Edits
}

// Edits are how a provider misbehaves. Each may be nil; it changes what is about to be sent.
type Edits struct {
	Answer        func(url.Values)                    // of the authorization endpoint
	IDToken       func(header, claims map[string]any) // before it is signed
	TokenResponse func(map[string]any)
	UserInfo      func(map[string]any)
	TokenStatus   int // instead of a token response
	KeysStatus    int
}

// request is an authentication request for which a code was given.
type request struct{ query url.Values }

// New starts a provider on loopback that ends with the test. now is its clock.
func New(t testing.TB, now func() time.Time) *Provider {
	t.Helper()
	p := &Provider{now: now, codes: map[string]request{}, fetched: map[string]int{}}
	mux := http.NewServeMux()
	for path, handle := range map[string]http.HandlerFunc{
		"GET /.well-known/openid-configuration": p.serveMetadata, "GET /keys": p.serveKeys, "GET /authorize": p.serveAuthorize,
		"POST /token": p.serveToken, "GET /userinfo": p.serveUserInfo,
		"GET /end": serveEnd,
	} {
		mux.HandleFunc(path, handle)
	}
	server := httptest.NewServer(p.counted(mux))
	t.Cleanup(server.Close)
	p.Issuer = server.URL
	p.SignIn(map[string]any{"sub": "ann-1", "email": "ann@example.com", "email_verified": true, "name": "Ann"})
	p.Rotate(NewKey("RS256", "key-1"))
	p.metadata = map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token", "jwks_uri": p.Issuer + "/keys",
		"userinfo_endpoint": p.Issuer + "/userinfo", "end_session_endpoint": p.Issuer + "/end", "response_types_supported": []string{"code"},
		"authorization_response_iss_parameter_supported": true, "id_token_signing_alg_values_supported": []string{"RS256"},
	}
	return p
}

// SignIn makes somebody the person who is signed in, by the claims of their ID token.
func (p *Provider) SignIn(person map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person = maps.Clone(person)
}

// Rotate makes the first key sign, and publishes it with the others.
func (p *Provider) Rotate(signing Key, others ...Key) {
	keys := []any{signing.JWK()}
	for _, k := range others {
		keys = append(keys, k.JWK())
	}
	p.Publish(signing, keys...)
}

// Publish makes a key sign, and publishes these JWKs, whatever they are.
func (p *Provider) Publish(signing Key, keys ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signing, p.shown = signing, keys
}

// Misbehave sets what the provider does wrong; Edits{} nothing.
func (p *Provider) Misbehave(e Edits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.edit = e
}

// EditMetadata changes what the provider publishes of itself.
func (p *Provider) EditMetadata(edit func(map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	edit(p.metadata)
}

// SetDown breaks off every connection, as if nobody were there.
func (p *Provider) SetDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// Fetched is how often a path was asked for.
func (p *Provider) Fetched(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetched[path]
}

// Sign signs with the key that signs now.
func (p *Provider) Sign(header, claims map[string]any) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.signing.Sign(header, claims)
}

// IDClaims are the claims of a good ID token for the person and a nonce.
func (p *Provider) IDClaims(nonce string) map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.idClaims(nonce)
}

func (p *Provider) idClaims(nonce string) map[string]any {
	now := p.now().Unix()
	claims := map[string]any{"iss": p.Issuer, "aud": ClientID, "iat": now, "exp": now + 300, "nonce": nonce, "auth_time": now - 5, "sid": "session-1"}
	maps.Copy(claims, p.person)
	return claims
}

// LogoutClaims are the claims of a good logout token about the person.
func (p *Provider) LogoutClaims(jti string) map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now().Unix()
	return map[string]any{
		"iss": p.Issuer, "aud": ClientID, "iat": now, "exp": now + 120, "jti": jti, "sub": p.person["sub"], "sid": "session-1",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
}
