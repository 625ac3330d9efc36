package oidc_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

// forge is an ID token that is about to be signed by the provider, and what may be done to it.
type forge struct {
	*world
	header, claims map[string]any
	key            oidctest.Key
	raw            string // what is sent instead, if set
}

func (f *forge) signed() string { return f.key.Sign(f.header, f.claims) }

// unix is a NumericDate some time from now.
func (f *forge) unix(d time.Duration) int64 { return f.at.Add(d).Unix() }

func claim(name string, value any) func(*forge) {
	return func(f *forge) {
		if f.claims[name] = value; value == nil {
			delete(f.claims, name)
		}
	}
}

func claimAt(name string, d time.Duration) func(*forge) {
	return func(f *forge) { f.claims[name] = f.unix(d) }
}

func head(name string, value any) func(*forge) { return func(f *forge) { f.header[name] = value } }

func both(first, second func(*forge)) func(*forge) {
	return func(f *forge) { first(f); second(f) }
}

// signedBy signs with a key that the provider publishes, or not.
func signedBy(algorithm, id string, published bool) func(*forge) {
	return func(f *forge) {
		f.key = oidctest.NewKey(algorithm, id)
		if published {
			f.Rotate(f.key)
		}
	}
}

// spliced makes one claim stand in the token as text, which a map could not hold.
func spliced(name, member string) func(*forge) {
	return func(f *forge) {
		delete(f.claims, name)
		text, _ := json.Marshal(f.claims)
		header, _ := json.Marshal(map[string]any{"alg": f.key.Algorithm, "kid": f.key.ID})
		f.raw = f.key.SignRaw(header, append(bytes.TrimSuffix(text, []byte("}")), ","+member+"}"...))
	}
}

// symmetric signs with HMAC, as if what everybody or the client knows were the key.
func symmetric(secret func(*forge) []byte) func(*forge) {
	return func(f *forge) {
		f.key = oidctest.Key{ID: f.key.ID, Algorithm: "HS256", Secret: secret(f)}
	}
}

func publicPEM(f *forge) []byte {
	der, _ := x509.MarshalPKIXPublicKey(f.key.Private.Public())
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// inJSON is the flattened JSON form (RFC 7515 7.2.2), which only looks like a token of one signature.
func inJSON(f *forge) {
	parts := strings.Split(f.signed(), ".")
	f.raw = fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2])
}

func flipped(f *forge) {
	raw := []byte(f.signed())
	if raw[len(raw)-5]++; raw[len(raw)-5] > 'z' || raw[len(raw)-5] == '[' || raw[len(raw)-5] == ':' {
		raw[len(raw)-5] = 'A'
	}
	f.raw = string(raw)
}

func swappedPayload(f *forge) {
	good := strings.Split(f.signed(), ".")
	f.claims["sub"] = "boss"
	text, _ := json.Marshal(f.claims)
	f.raw = good[0] + "." + oidctest.Base64(text) + "." + good[2]
}

// theirOwnKey signs with a key that the token brings along.
func theirOwnKey(f *forge) {
	f.key = oidctest.NewKey("RS256", "thief")
	f.header["jwk"], f.header["kid"] = f.key.JWK(), "key-1"
}

func encKey(f *forge) {
	f.key = oidctest.NewKey("RS256", "for-encryption")
	jwk := f.key.JWK()
	jwk["use"] = "enc"
	f.Publish(f.key, jwk, oidctest.NewKey("RS256", "key-1").JWK())
}

// otherAlgorithmOfKey signs PS256 with a key that is published for RS256 alone (RFC 8725 3.1).
func otherAlgorithmOfKey(f *forge) {
	f.key.Algorithm = "PS256"
	f.header["alg"] = "PS256"
}

func secondKeyNoKid(f *forge) {
	f.Rotate(f.key, oidctest.NewKey("RS256", "key-0"))
	f.header["kid"] = nil
}

func entra(s *oidc.Settings) { s.Subject, s.Tenant = oidc.ByTenantAndObject, "tenant-1" }

var inTenant = both(claim("tid", "tenant-1"), claim("oid", "object-1"))

// tokenCase is an ID token and what has to become of it. The token without the spoiling is its twin that passes.
type tokenCase struct {
	name    string
	spoil   func(*forge)
	want    string // the code of the refusal; empty if it is taken
	options oidc.Options
	set     func(*oidc.Settings)
	twin    func(*forge) // what the twin has beyond the usual
}

func idTokenCases() []tokenCase {
	good := func(*forge) {}
	list := func(values ...any) []any { return values }
	return []tokenCase{
		{name: "good", spoil: good},
		{name: "aud a list of one", spoil: claim("aud", list(oidctest.ClientID))},
		{name: "azp this client", spoil: claim("azp", oidctest.ClientID)},
		{name: "two aud, azp this client", spoil: both(claim("aud", list("other", oidctest.ClientID)), claim("azp", oidctest.ClientID))},
		{name: "expired 30 s ago, within the leeway", spoil: both(claimAt("iat", -40*time.Second), claimAt("exp", -30*time.Second))},
		{name: "issued 30 s from now, within the leeway", spoil: claimAt("iat", 30*time.Second)},
		{name: "nbf 30 s from now, within the leeway", spoil: claimAt("nbf", 30*time.Second)},
		{name: "exp with a fraction", spoil: func(f *forge) { f.claims["exp"] = float64(f.unix(0)) + 60.5 }},
		{name: "ES256, not advertised", spoil: signedBy("ES256", "ec", true)},
		{name: "PS256, not advertised", spoil: signedBy("PS256", "pss", true)},
		{name: "EdDSA, not advertised", spoil: both(signedBy("EdDSA", "ed", true), claim("at_hash", nil))},
		{name: "kid absent, one key", spoil: head("kid", nil)},
		{name: "kid absent, two keys", spoil: secondKeyNoKid},
		{name: "typ JWT", spoil: head("typ", "JWT")},
		{name: "at_hash absent", spoil: claim("at_hash", nil)},
		{name: "jku of a thief, which is not read", spoil: head("jku", "https://thief.example/keys")},
		{name: "max_age, auth_time within", spoil: claimAt("auth_time", -100*time.Second), options: oidc.Options{MaxAge: 2 * time.Minute}},
		{name: "tid and oid", spoil: inTenant, set: entra, twin: inTenant},

		{name: "alg none", spoil: func(f *forge) { f.key = oidctest.Key{Algorithm: "none"} }, want: oidc.CodeAlgorithm},
		{name: "alg nOnE", spoil: func(f *forge) { f.key = oidctest.Key{Algorithm: "nOnE"} }, want: oidc.CodeAlgorithm},
		{name: "alg absent", spoil: head("alg", nil), want: oidc.CodeAlgorithm},
		{name: "HS256 with the client's secret", spoil: symmetric(func(*forge) []byte { return []byte(oidctest.Secret) }), want: oidc.CodeAlgorithm},
		{name: "HS256 with the public key as PEM", spoil: symmetric(publicPEM), want: oidc.CodeAlgorithm},
		{name: "ES256 where the connection allows RS256 alone", spoil: signedBy("ES256", "ec", true), want: oidc.CodeAlgorithm, set: func(s *oidc.Settings) { s.Algorithms = []string{"RS256"} }},
		{name: "PS256 by a key for RS256", spoil: otherAlgorithmOfKey, want: oidc.CodeKey},
		{name: "signature changed", spoil: flipped, want: oidc.CodeSignature},
		{name: "payload swapped", spoil: swappedPayload, want: oidc.CodeSignature},
		{name: "signature absent", spoil: func(f *forge) { f.raw = f.signed()[:strings.LastIndex(f.signed(), ".")+1] }, want: oidc.CodeSignature},
		{name: "another's key under the provider's kid", spoil: both(signedBy("RS256", "thief", false), head("kid", "key-1")), want: oidc.CodeSignature},
		{name: "another's key in the header (jwk)", spoil: theirOwnKey, want: oidc.CodeSignature},
		{name: "unknown kid", spoil: signedBy("RS256", "thief", false), want: oidc.CodeKey},
		{name: "kid a path", spoil: both(signedBy("RS256", "thief", false), head("kid", "../../dev/null")), want: oidc.CodeKey},
		{name: "key for encryption", spoil: encKey, want: oidc.CodeKey},
		{name: "JSON form", spoil: inJSON, want: oidc.CodeMalformed},
		{name: "encrypted", spoil: func(f *forge) { f.raw = "a.b.c.d.e" }, want: oidc.CodeMalformed},
		{name: "line break inside", spoil: func(f *forge) { f.raw = strings.Replace(f.signed(), ".", ".\n", 1) }, want: oidc.CodeMalformed},
		{name: "bits left over behind the signature", spoil: func(f *forge) { f.raw = f.signed(); f.raw = f.raw[:len(f.raw)-1] + string(f.raw[len(f.raw)-1]+1) }, want: oidc.CodeMalformed},
		{name: "crit", spoil: both(head("crit", list("b64")), head("b64", true)), want: oidc.CodeMalformed},
		{name: "longer than 64 KiB", spoil: claim("long", strings.Repeat("x", 64<<10)), want: oidc.CodeMalformed},
		{name: "null", spoil: func(f *forge) { f.raw = f.key.SignRaw([]byte(`{"alg":"RS256","kid":"key-1"}`), []byte("null")) }, want: oidc.CodeMalformed},
		{name: "access token (typ at+jwt)", spoil: head("typ", "at+jwt"), want: oidc.CodeType},
		{name: "logout token", spoil: both(claim("events", map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}), claim("nonce", nil)), want: oidc.CodeType},
		{name: "logout token with the nonce", spoil: claim("events", map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}), want: oidc.CodeType},

		{name: "iss another", spoil: claim("iss", "https://thief.example"), want: oidc.CodeTokenIssuer},
		{name: "iss with a slash behind", spoil: func(f *forge) { f.claims["iss"] = f.Issuer + "/" }, want: oidc.CodeTokenIssuer},
		{name: "iss absent", spoil: claim("iss", nil), want: oidc.CodeTokenIssuer},
		{name: "aud another", spoil: claim("aud", "other"), want: oidc.CodeAudience},
		{name: "aud absent", spoil: claim("aud", nil), want: oidc.CodeAudience},
		{name: "aud in other letters", spoil: claim("aud", strings.ToUpper(oidctest.ClientID)), want: oidc.CodeAudience},
		{name: "two aud, azp absent", spoil: claim("aud", list(oidctest.ClientID, "other")), want: oidc.CodeAzp},
		{name: "azp another", spoil: claim("azp", "other"), want: oidc.CodeAzp},
		{name: "exp absent", spoil: claim("exp", nil), want: oidc.CodeExpired},
		{name: "exp a text", spoil: func(f *forge) { f.claims["exp"] = fmt.Sprint(f.unix(time.Hour)) }, want: oidc.CodeExpired},
		{name: "exp beyond all dates", spoil: claim("exp", 1e300), want: oidc.CodeExpired},
		{name: "expired 60 s ago", spoil: both(claimAt("iat", -time.Minute), claimAt("exp", -time.Minute)), want: oidc.CodeExpired},
		{name: "iat absent", spoil: claim("iat", nil), want: oidc.CodeIssuedAt},
		{name: "issued 61 s from now", spoil: claimAt("iat", 61*time.Second), want: oidc.CodeIssuedAt},
		{name: "issued before the sign-in began", spoil: claimAt("iat", -61*time.Second), want: oidc.CodeIssuedAt},
		{name: "nbf 61 s from now", spoil: claimAt("nbf", 61*time.Second), want: oidc.CodeNotYet},
		{name: "nonce absent", spoil: claim("nonce", nil), want: oidc.CodeNonce},
		{name: "nonce of another sign-in", spoil: claim("nonce", "another"), want: oidc.CodeNonce},
		{name: "sub absent", spoil: claim("sub", nil), want: oidc.CodeSubject},
		{name: "sub empty", spoil: claim("sub", ""), want: oidc.CodeSubject},
		{name: "sub a number", spoil: claim("sub", 1), want: oidc.CodeSubject},
		{name: "sub of 256 bytes", spoil: claim("sub", strings.Repeat("x", 256)), want: oidc.CodeSubject},
		{name: "two sub", spoil: spliced("sub", `"sub":"ann-1","sub":"boss"`), want: oidc.CodeMalformed},
		{name: "SUB behind sub", spoil: spliced("sub", `"sub":"ann-1","SUB":"boss"`), want: oidc.CodeSecond},
		{name: "SUB alone", spoil: spliced("sub", `"SUB":"boss"`), want: oidc.CodeSubject},
		{name: "sub no UTF-8", spoil: spliced("sub", "\"sub\":\"ann\xff\""), want: oidc.CodeMalformed},
		{name: "at_hash of another access token", spoil: claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), want: oidc.CodeAccessToken},
		{name: "max_age, auth_time absent", spoil: claim("auth_time", nil), options: oidc.Options{MaxAge: time.Minute}, want: oidc.CodeAuthTime},
		{name: "max_age, auth_time before", spoil: claimAt("auth_time", -3*time.Minute), options: oidc.Options{MaxAge: time.Minute}, want: oidc.CodeAuthTime},
		{name: "auth_time tomorrow", spoil: claimAt("auth_time", 24*time.Hour), want: oidc.CodeAuthTime},
		{name: "auth_time no time, which is none", spoil: claim("auth_time", "yesterday")},
		{name: "expires before it is issued", spoil: both(claimAt("iat", 30*time.Second), claimAt("exp", 20*time.Second)), want: oidc.CodeExpired},
		{name: "header no base64url", spoil: func(f *forge) { f.raw = "A" + f.signed() }, want: oidc.CodeMalformed},
		{name: "prompt=login, signed in before", spoil: claimAt("auth_time", -2*time.Minute), options: oidc.Options{Prompt: oidc.PromptLogin}, want: oidc.CodeAuthTime},
		{name: "tid another", spoil: both(inTenant, claim("tid", "tenant-2")), set: entra, twin: inTenant, want: oidc.CodeTenant},
		{name: "tid absent", spoil: both(inTenant, claim("tid", nil)), set: entra, twin: inTenant, want: oidc.CodeTenant},
		{name: "oid absent", spoil: both(inTenant, claim("oid", nil)), set: entra, twin: inTenant, want: oidc.CodeSubject},
	}
}

// TestIDTokens plays each token through a whole sign-in, and before it its twin.
func TestIDTokens(t *testing.T) {
	cases := idTokenCases()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			twin := func(*forge) {}
			if tt.twin != nil {
				twin = tt.twin
			}
			if _, err := tt.play(t, twin); err != nil {
				t.Fatalf("the twin is refused, so the case shows nothing: %v", err)
			}
			s, err := tt.play(t, tt.spoil)
			if got := codeOf(t, err); got != tt.want {
				t.Fatalf("got %q (%v), want %q", got, err, tt.want)
			}
			if err == nil && s.Subject != "ann-1" && s.Subject != "tenant-1/object-1" {
				t.Errorf("it was %q who signed in", s.Subject)
			}
		})
	}
	if len(cases) < 45 {
		t.Errorf("%d cases, want 45", len(cases))
	}
}

// play lets the provider answer one sign-in with a token that was worked upon.
func (tt tokenCase) play(t testing.TB, work func(*forge)) (s usher.SignedIn, err error) {
	t.Helper()
	w := newWorld(t, tt.set)
	p, answer := w.begun(tt.options)
	raw := w.worked(p.Nonce, work)
	w.Misbehave(oidctest.Edits{TokenResponse: func(tokens map[string]any) { tokens["id_token"] = raw }})
	return w.Finish(t.Context(), w.now(), p, answer)
}

// worked is the good token for a nonce after work was done on it.
func (w *world) worked(nonce string, work func(*forge)) string {
	f := &forge{world: w, header: map[string]any{}, claims: maps.Clone(w.IDClaims(nonce)), key: oidctest.NewKey("RS256", "key-1")}
	f.claims["at_hash"] = accessHash
	work(f)
	if f.raw == "" {
		f.raw = f.signed()
	}
	return f.raw
}

// accessHash is the at_hash of the provider's access token: the left half of its SHA-256.
const accessHash = "oFYf1knNtrqnhAVfBRuteQ"

// BenchmarkIDToken is what one ID token costs, from text to person, without the calls to the provider.
func BenchmarkIDToken(b *testing.B) {
	w := newWorld(b, nil)
	c := w.connect(func(s *oidc.Settings) { s.Issuer = w.Issuer })
	key := oidctest.NewKey("RS256", "key-1")
	c.Know(w.now(), key.JWK())
	p := oidc.Pending{Connection: "idp", State: "s", Nonce: "n", Verifier: "v", StartedAt: w.now()}
	raw := key.Sign(nil, w.IDClaims("n"))
	b.Run("usher", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.Subject(b.Context(), w.now(), raw, p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-oidc alone", func(b *testing.B) {
		plain := w.plain()
		for b.Loop() {
			if _, err := plain.Verify(b.Context(), raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}
