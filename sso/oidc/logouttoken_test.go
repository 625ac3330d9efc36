package oidc_test

import (
	"maps"
	"testing"
	"time"

	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

// logoutCase is a logout token and what has to become of it; the good token is its twin.
type logoutCase struct {
	name  string
	spoil func(*forge)
	want  string // the code of the refusal
	set   func(*oidc.Settings)
}

func logoutTokenCases() []logoutCase {
	event := func(name string, value any) func(*forge) { return claim("events", map[string]any{name: value}) }
	const backchannel = "http://schemas.openid.net/event/backchannel-logout"
	return []logoutCase{
		{name: "good", spoil: func(*forge) {}},
		{name: "sub alone", spoil: claim("sid", nil)},
		{name: "sid alone", spoil: claim("sub", nil)},
		{name: "typ logout+jwt", spoil: head("typ", "logout+jwt")},
		{name: "another event beside", spoil: claim("events", map[string]any{backchannel: map[string]any{}, "urn:example": 1})},
		{name: "expired 30 s ago, within the leeway", spoil: both(claimAt("iat", -40*time.Second), claimAt("exp", -30*time.Second))},
		{name: "tid+oid, sid alone told", spoil: func(*forge) {}, set: entra},

		{name: "nonce", spoil: claim("nonce", "n"), want: oidc.CodeNonce},
		{name: "nonce null", spoil: spliced("nonce", `"nonce":null`), want: oidc.CodeNonce},
		{name: "events absent", spoil: claim("events", nil), want: oidc.CodeEvents},
		{name: "events of another kind", spoil: event("http://schemas.openid.net/event/other", map[string]any{}), want: oidc.CodeEvents},
		{name: "the event no object", spoil: event(backchannel, "yes"), want: oidc.CodeEvents},
		{name: "neither sub nor sid", spoil: both(claim("sub", nil), claim("sid", nil)), want: oidc.CodeNobody},
		{name: "tid+oid, neither told", spoil: claim("sid", nil), set: entra, want: oidc.CodeNobody},
		{name: "tid of another tenant", spoil: claim("tid", "tenant-2"), set: entra, want: oidc.CodeTenant},
		{name: "jti absent", spoil: claim("jti", nil), want: oidc.CodeJTI},
		{name: "aud another", spoil: claim("aud", "other"), want: oidc.CodeAudience},
		{name: "iss another", spoil: claim("iss", "https://thief.example"), want: oidc.CodeTokenIssuer},
		{name: "iat absent", spoil: claim("iat", nil), want: oidc.CodeIssuedAt},
		{name: "issued 61 s from now", spoil: claimAt("iat", 61*time.Second), want: oidc.CodeIssuedAt},
		{name: "exp absent", spoil: claim("exp", nil), want: oidc.CodeExpired},
		{name: "expired", spoil: both(claimAt("iat", -10*time.Minute), claimAt("exp", -time.Minute)), want: oidc.CodeExpired},
		{name: "issued two hours ago, good for a year", spoil: both(claimAt("iat", -2*time.Hour), claimAt("exp", 365*24*time.Hour)), want: oidc.CodeExpired},
		{name: "alg none", spoil: func(f *forge) { f.key = oidctest.Key{Algorithm: "none"} }, want: oidc.CodeAlgorithm},
		{name: "HS256 with the client's secret", spoil: symmetric(func(*forge) []byte { return []byte(oidctest.Secret) }), want: oidc.CodeAlgorithm},
		{name: "unknown kid", spoil: signedBy("RS256", "thief", false), want: oidc.CodeKey},
		{name: "signature changed", spoil: flipped, want: oidc.CodeSignature},
		{name: "typ at+jwt", spoil: head("typ", "at+jwt"), want: oidc.CodeType},
		{name: "two sub", spoil: spliced("sub", `"sub":"ann-1","sub":"boss"`), want: oidc.CodeMalformed},
		{name: "an ID token", spoil: func(f *forge) { f.claims = maps.Clone(f.IDClaims("n")) }, want: oidc.CodeEvents},
	}
}

// workedLogout is the good logout token after work was done on it.
func (w *world) workedLogout(work func(*forge)) string {
	f := &forge{world: w, header: map[string]any{}, claims: w.LogoutClaims("jti-1"), key: oidctest.NewKey("RS256", "key-1")}
	work(f)
	if f.raw == "" {
		f.raw = f.signed()
	}
	return f.raw
}

func TestLogoutTokens(t *testing.T) {
	cases := logoutTokenCases()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.set)
			if _, err := w.JudgeLogout(t.Context(), w.now(), w.workedLogout(func(*forge) {})); err != nil {
				t.Fatalf("the twin is refused, so the case shows nothing: %v", err)
			}
			w.pass(11 * time.Second) // so that an unknown key may be asked for
			got, err := w.JudgeLogout(t.Context(), w.now(), w.workedLogout(tt.spoil))
			if code := codeOf(t, err); code != tt.want {
				t.Fatalf("got %q (%v), want %q", code, err, tt.want)
			}
			if err == nil && (got.JTI != "jti-1" || got.Connection != "idp" || got.Until <= w.now() || got.Until.Sub(w.now()) > 62*time.Minute) {
				t.Errorf("%+v", got)
			}
		})
	}
	if len(cases) < 12 {
		t.Errorf("%d cases, want 12", len(cases))
	}
}

func TestLogoutTokenNamesWhoIsMeant(t *testing.T) {
	w := newWorld(t, nil)
	got, err := w.JudgeLogout(t.Context(), w.now(), w.workedLogout(func(*forge) {}))
	want := oidc.Logout{Connection: "idp", Subject: "ann-1", SID: "session-1", JTI: "jti-1", Until: w.now().Add(3 * time.Minute)}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	e := w.connect(entra) // whose sub is not the subject that sessions are kept by
	if got, err := e.JudgeLogout(t.Context(), w.now(), w.workedLogout(inTenant)); err != nil || got.Subject != "tenant-1/object-1" {
		t.Errorf("by tid and oid: %+v, %v", got, err)
	}
	if got, err := e.JudgeLogout(t.Context(), w.now(), w.workedLogout(func(*forge) {})); err != nil || got.Subject != "" || got.SID != "session-1" {
		t.Errorf("by sub, which is not the subject here: %+v, %v", got, err)
	}
}

// TestLogoutTokenIsNoIDToken plays a good logout token as the ID token of a sign-in, and the other way about.
func TestLogoutTokenIsNoIDToken(t *testing.T) {
	w := newWorld(t, nil)
	w.takes("a sign-in with an ID token")
	p, answer := w.begun(oidc.Options{})
	logout := w.Sign(nil, w.LogoutClaims("jti-1"))
	w.Misbehave(oidctest.Edits{TokenResponse: func(tokens map[string]any) { tokens["id_token"] = logout }})
	if _, err := w.Finish(t.Context(), w.now(), p, answer); codeOf(t, err) != oidc.CodeType {
		t.Errorf("a logout token signs in: %v", err)
	}
	if _, err := w.JudgeLogout(t.Context(), w.now(), w.Sign(nil, w.IDClaims(p.Nonce))); codeOf(t, err) != oidc.CodeEvents {
		t.Errorf("an ID token signs out: %v", err)
	}
	if _, err := w.JudgeLogout(t.Context(), w.now(), logout); err != nil {
		t.Errorf("the logout token itself: %v", err)
	}
}
