package oidc_test

import (
	"testing"
	"time"

	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

// module is one of the OpenID Foundation's certification of relying parties: the plans "Basic RP" (code) and "Config
// RP". The suite itself is a Java server; these are its conditions.
type module struct {
	name  string
	setUp func(*world)
	set   func(*oidc.Settings)
	want  string
}

func spoilsToken(work func(*forge)) func(*world) {
	return func(w *world) {
		w.Misbehave(oidctest.Edits{TokenResponse: func(tokens map[string]any) { tokens["id_token"] = w.respoiled(tokens, work) }})
	}
}

func modules() []module {
	asIs := func(*world) {}
	withUserInfo := func(s *oidc.Settings) { s.UserInfo = true }
	return []module{
		{name: "oidcc-client-test", setUp: asIs},
		{name: "oidcc-client-test-invalid-iss", setUp: spoilsToken(claim("iss", "https://thief.example")), want: oidc.CodeTokenIssuer},
		{name: "oidcc-client-test-missing-sub", setUp: spoilsToken(claim("sub", nil)), want: oidc.CodeSubject},
		{name: "oidcc-client-test-invalid-aud", setUp: spoilsToken(claim("aud", "other")), want: oidc.CodeAudience},
		{name: "oidcc-client-test-missing-iat", setUp: spoilsToken(claim("iat", nil)), want: oidc.CodeIssuedAt},
		{name: "oidcc-client-test-kid-absent-single-jwks", setUp: spoilsToken(head("kid", nil))},
		{name: "oidcc-client-test-kid-absent-multiple-jwks", setUp: func(w *world) { // either outcome passes; usher tries both keys
			w.Rotate(oidctest.NewKey("RS256", "key-1"), oidctest.NewKey("RS256", "key-0"))
			spoilsToken(head("kid", nil))(w)
		}},
		{name: "oidcc-client-test-idtoken-sig-rs256", setUp: func(w *world) { w.Rotate(oidctest.NewKey("RS256", "key-1")) }},
		{name: "oidcc-client-test-idtoken-sig-none", setUp: spoilsToken(func(f *forge) { f.key = oidctest.Key{Algorithm: "none"} }), want: oidc.CodeAlgorithm},
		{name: "oidcc-client-test-invalid-sig-rs256", setUp: spoilsToken(flipped), want: oidc.CodeSignature},
		{name: "oidcc-client-test-userinfo-invalid-sub", set: withUserInfo, want: oidc.CodeUserInfo, setUp: func(w *world) {
			w.Misbehave(oidctest.Edits{UserInfo: func(info map[string]any) { info["sub"] = "boss" }})
		}},
		{name: "oidcc-client-test-nonce-invalid", setUp: spoilsToken(claim("nonce", "another")), want: oidc.CodeNonce},
		{name: "oidcc-client-test-scope-userinfo-claims", set: withUserInfo, setUp: func(w *world) {
			w.Misbehave(oidctest.Edits{IDToken: func(_, claims map[string]any) { delete(claims, "email"); delete(claims, "email_verified") }})
		}},
		{name: "oidcc-client-test-client-secret-basic", setUp: asIs, set: func(s *oidc.Settings) { s.Auth = oidc.SecretBasic }},

		{name: "oidcc-client-test-discovery-openid-config", setUp: func(w *world) {
			w.EditMetadata(func(m map[string]any) { m["token_endpoint"] = m["token_endpoint"].(string) + "?from=discovery" })
		}},
		{name: "oidcc-client-test-discovery-jwks-uri-keys", setUp: func(w *world) {
			w.Publish(oidctest.NewKey("RS256", "key-2"), oidctest.NewKey("ES256", "ec").JWK(), map[string]any{"kty": "OKP", "crv": "Ed448", "x": "AA"}, oidctest.NewKey("RS256", "key-2").JWK())
		}},
		{name: "oidcc-client-test-discovery-issuer-mismatch", want: oidc.CodeMetadata, setUp: func(w *world) {
			w.EditMetadata(func(m map[string]any) { m["issuer"] = m["issuer"].(string) + "/" })
		}},
		{name: "oidcc-client-test-signing-key-rotation", setUp: func(w *world) {
			w.takes("before the rotation")
			w.Rotate(oidctest.NewKey("RS256", "key-2"))
			w.pass(11 * time.Second)
		}},
	}
}

// TestCertificationModules goes through all modules of both plans.
func TestCertificationModules(t *testing.T) {
	list := modules()
	for _, m := range list {
		t.Run(m.name, func(t *testing.T) {
			w := newWorld(t, m.set)
			m.setUp(w)
			s, err := w.tries()
			if got := codeOf(t, err); got != m.want {
				t.Fatalf("got %q (%v), want %q", got, err, m.want)
			}
			if err == nil && (s.Subject != "ann-1" || s.Address != "ann@example.com" || !s.AddressVerified) {
				t.Errorf("signed in: %+v", s)
			}
		})
	}
	if len(list) != 18 {
		t.Errorf("%d modules, want 18", len(list))
	}
}
