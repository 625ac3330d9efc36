package oidc_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

// neverPanics wants no refusal to be a panic that was caught.
func neverPanics(t *testing.T, err error) {
	t.Helper()
	if codeOf(t, err) == oidc.CodePanic {
		t.Fatal("a panic was caught")
	}
}

// members reads an object as a stranger would: every name and its last value, and how often each name is there in any
// letters.
func members(t *testing.T, text []byte) (map[string]any, map[string]int) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	values, times := map[string]any{}, map[string]int{}
	if _, err := dec.Token(); err != nil {
		t.Fatalf("a token that is no object was taken: %v", err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		values[name.(string)] = value
		times[strings.ToLower(name.(string))]++
	}
	return values, times
}

// fuzzed is a connection that knows its provider and calls nobody, at an hour that never changes, so that a corpus
// means the same in every process.
func fuzzed(f *testing.F) (*world, *oidc.Connection, oidctest.Key) {
	f.Helper()
	w := newWorld(f, nil)
	w.at = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	key := oidctest.Key{ID: "key-1", Algorithm: "EdDSA", Private: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
	c := w.connect(func(s *oidc.Settings) { s.Issuer = fuzzedIssuer })
	c.Know(w.now(), key.JWK())
	return w, c, key
}

const fuzzedIssuer = "https://idp.example"

// seed adds a case of the tables: its header and payload to be signed, and the token itself.
func (w *world) seed(f *testing.F, key oidctest.Key, claims map[string]any, spoil func(*forge)) {
	claims["iss"] = fuzzedIssuer
	made := &forge{world: w, header: map[string]any{"alg": "EdDSA"}, claims: claims, key: key}
	spoil(made)
	if made.raw == "" {
		if made.key.ID == key.ID && made.key.Private != nil {
			made.key.Algorithm = key.Algorithm // the header may say otherwise
		}
		made.raw = made.signed()
	}
	parts := strings.Split(made.raw+"..", ".")
	f.Add(decoded(parts[0]), decoded(parts[1]), made.raw)
}

// FuzzIDToken signs whatever comes with the provider's key, and plays raw texts as they are. What is taken has to say,
// to a reader who shares no code with ours, the right things once.
func FuzzIDToken(f *testing.F) {
	w, c, key := fuzzed(f)
	p := oidc.Pending{Connection: "idp", State: "s", Nonce: "n", Verifier: "v", StartedAt: w.now()}
	for _, tt := range idTokenCases() {
		w.seed(f, key, w.IDClaims("n"), tt.spoil)
	}
	f.Fuzz(func(t *testing.T, header, payload []byte, raw string) {
		subject, err := c.Subject(t.Context(), w.now(), key.SignRaw(header, payload), p)
		neverPanics(t, err)
		if err == nil {
			said, times := members(t, payload)
			if said["sub"] != subject || subject == "" || said["iss"] != fuzzedIssuer || said["nonce"] != "n" || times["sub"] != 1 || said["exp"] == nil || said["iat"] == nil {
				t.Errorf("taken for %q: %s", subject, payload)
			}
		}
		if _, err = c.Subject(t.Context(), w.now(), raw, p); err == nil && !isSigned(key, raw) {
			t.Errorf("taken though the provider never signed it: %s", raw)
		}
		neverPanics(t, err)
	})
}

// FuzzLogoutToken does the same with logout tokens.
func FuzzLogoutToken(f *testing.F) {
	w, c, key := fuzzed(f)
	for _, tt := range logoutTokenCases() {
		w.seed(f, key, w.LogoutClaims("jti-1"), tt.spoil)
	}
	f.Fuzz(func(t *testing.T, header, payload []byte, raw string) {
		made, err := c.JudgeLogout(t.Context(), w.now(), key.SignRaw(header, payload))
		neverPanics(t, err)
		if err == nil {
			said, _ := members(t, payload)
			_, nonce := said["nonce"]
			if said["jti"] != made.JTI || made.JTI == "" || said["iss"] != fuzzedIssuer || nonce || made.Subject == "" && made.SID == "" || said["events"] == nil {
				t.Errorf("taken as %+v: %s", made, payload)
			}
		}
		if _, err = c.JudgeLogout(t.Context(), w.now(), raw); err == nil && !isSigned(key, raw) {
			t.Errorf("taken though the provider never signed it: %s", raw)
		}
		neverPanics(t, err)
	})
}

// FuzzAnswer plays queries of the callback.
func FuzzAnswer(f *testing.F) {
	w, c, _ := fuzzed(f)
	p := oidc.Pending{Connection: "idp", State: "s", Nonce: "n", Verifier: "v", StartedAt: w.now()}
	for _, seed := range []string{
		"code=c&state=s&iss=https%3A%2F%2Fidp.example", "code=c&state=s", "code=c&state=s&iss=", "state=s&error=access_denied&iss=https%3A%2F%2Fidp.example",
		"state=s&error=server_error&error_description=AADSTS50105%3A+ann&iss=https%3A%2F%2Fidp.example", "code=c&code=d&state=s&iss=https%3A%2F%2Fidp.example",
		"code=c&state=s&state=t&iss=https%3A%2F%2Fidp.example", "iss=https%3A%2F%2Fidp.example", "code=c;state=s", "%zz", "", "code=c&state=%73&iss=https://idp.example",
		"code=c&error=x&state=s&iss=https%3A%2F%2Fidp.example", "code=c&state=s&iss=https%3A%2F%2Fidp.example&iss=https%3A%2F%2Fthief.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		q, _ := url.ParseQuery(query) // what net/http gives a handler, broken or not
		code, err := c.Code(q, p)
		neverPanics(t, err)
		if err == nil && (code == "" || len(q["code"]) != 1 || len(q["state"]) != 1 || q["state"][0] != "s" || len(q["iss"]) != 1 || q["iss"][0] != fuzzedIssuer || q.Has("error")) {
			t.Errorf("taken: %s", query)
		}
	})
}

// FuzzTarget plays links of a request to start. One that is taken leads, for net/url, to our own host.
func FuzzTarget(f *testing.F) {
	_, c, _ := fuzzed(f)
	for _, seed := range []string{"", "/seats?x=1", "https://usher.example/a", "//thief.example", `/\thief.example`, "/%2f%2fthief.example", "https://usher.example@thief.example", "/a/../..//b", "/\t/x", "/%0d%0aX: y", "javascript:x"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://usher.example/sso/idp/callback")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target string) {
		got, err := c.JudgeInitiate(url.Values{"iss": {fuzzedIssuer}, "target_link_uri": {target}})
		neverPanics(t, err)
		if err != nil || got.Target == "" {
			return
		}
		u, err := base.Parse(got.Target)
		if err != nil || u.Host != "usher.example" || u.Scheme != "https" || u.User != nil || got.Target[0] != '/' || strings.HasPrefix(got.Target, "//") || strings.ContainsAny(got.Target, "\\\r\n\t ") {
			t.Errorf("%q leads to %q (%v)", target, got.Target, err)
		}
	})
}

// TestPanicIsARefusal has a caller's own reader panic, as a library might.
func TestPanicIsARefusal(t *testing.T) {
	w := newWorld(t, nil)
	_, _, err := w.Start(t.Context(), w.now(), panicking{}, oidc.Options{})
	if codeOf(t, err) != oidc.CodePanic || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("canary") }
