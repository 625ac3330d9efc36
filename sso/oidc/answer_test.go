package oidc_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

func contextThatIsOver() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx, cancel
}

// TestAnswers plays the query of the callback, after its twin that passes.
func TestAnswers(t *testing.T) {
	set := func(name string, values ...string) func(url.Values) {
		return func(q url.Values) { q[name] = values }
	}
	fails := func(word, text string) func(url.Values) {
		return func(q url.Values) { q.Del("code"); q.Set("error", word); q.Set("error_description", text) }
	}
	for _, tt := range []struct {
		name  string
		spoil func(url.Values)
		want  string
		says  string // what the text has to say, and with ! what it must not
	}{
		{name: "good", spoil: func(url.Values) {}},
		{name: "more than is known", spoil: set("session_state", "x")},
		{name: "state absent", spoil: func(q url.Values) { q.Del("state") }, want: oidc.CodeState, says: "only starts"},
		{name: "state empty", spoil: set("state", ""), want: oidc.CodeState},
		{name: "state of another browser", spoil: set("state", "another"), want: oidc.CodeState},
		{name: "state twice", spoil: func(q url.Values) { q.Add("state", q.Get("state")) }, want: oidc.CodeAnswer},
		{name: "code absent", spoil: func(q url.Values) { q.Del("code") }, want: oidc.CodeAnswer},
		{name: "code twice", spoil: func(q url.Values) { q.Add("code", "injected") }, want: oidc.CodeAnswer},
		{name: "code of 9 KiB", spoil: set("code", strings.Repeat("x", 9<<10)), want: oidc.CodeAnswer},
		{name: "code of somebody else", spoil: set("code", "injected"), want: oidc.CodeCode},
		{name: "code and error", spoil: set("error", "access_denied"), want: oidc.CodeAnswer},
		{name: "iss another (mix-up)", spoil: set("iss", "https://thief.example"), want: oidc.CodeIssuer},
		{name: "iss empty", spoil: set("iss", ""), want: oidc.CodeIssuer},
		{name: "iss absent, though advertised", spoil: func(q url.Values) { q.Del("iss") }, want: oidc.CodeIssuer},
		{name: "iss twice", spoil: func(q url.Values) { q.Add("iss", "https://thief.example") }, want: oidc.CodeAnswer},
		{name: "denied", spoil: fails("access_denied", "AADSTS50105: canary@example.com is not assigned"), want: oidc.CodeDenied, says: "AADSTS50105"},
		{name: "denied, nothing of the person is told", spoil: fails("access_denied", "AADSTS50105: canary@example.com is not assigned"), want: oidc.CodeDenied, says: "!canary"},
		{name: "login required", spoil: fails("login_required", ""), want: oidc.CodeProvider, says: "login_required"},
		{name: "error of a stranger", spoil: fails("<script>canary</script>", "canary"), want: oidc.CodeProvider, says: "!canary"},
		{name: "busy", spoil: fails("temporarily_unavailable", ""), want: oidc.CodeUnavailable},
		{name: "error with another's iss", spoil: func(q url.Values) { fails("access_denied", "")(q); q.Set("iss", "https://thief.example") }, want: oidc.CodeIssuer},
		{name: "error with another's state", spoil: func(q url.Values) { fails("access_denied", "")(q); q.Set("state", "another") }, want: oidc.CodeState},
		{name: "tokens in the query", spoil: func(q url.Values) { q.Del("code"); q.Set("id_token", "a.b.c") }, want: oidc.CodeAnswer},
		{name: "a start, taken for an answer (Okta's tile)", spoil: func(q url.Values) { q.Del("code"); q.Del("state") }, want: oidc.CodeState},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.takes("the twin")
			w.Misbehave(oidctest.Edits{Answer: tt.spoil})
			_, err := w.signIn()
			if got := codeOf(t, err); got != tt.want {
				t.Fatalf("got %q (%v), want %q", got, err, tt.want)
			}
			if word, not := strings.CutPrefix(tt.says, "!"); err != nil && strings.Contains(err.Error(), word) == not {
				t.Errorf("%v: want %q in it: %v", err, word, !not)
			}
			if tt.want == oidc.CodeUnavailable && !errors.Is(err, oidc.ErrUnavailable) {
				t.Error("this is no 503")
			}
		})
	}
}

func TestIssIsNotWantedWhereNotAdvertised(t *testing.T) {
	w := newWorld(t, nil)
	w.EditMetadata(func(m map[string]any) { delete(m, "authorization_response_iss_parameter_supported") })
	w.Misbehave(oidctest.Edits{Answer: func(q url.Values) { q.Del("iss") }})
	w.takes("a provider that knows nothing of RFC 9207")
	w.Misbehave(oidctest.Edits{Answer: func(q url.Values) { q.Set("iss", "https://thief.example") }})
	if _, err := w.signIn(); codeOf(t, err) != oidc.CodeIssuer {
		t.Errorf("a wrong iss is still wrong: %v", err)
	}
}

// TestPending gives Finish sign-ins that it must not finish.
func TestPending(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*world, *oidc.Pending)
		want  string
	}{
		{"good", func(*world, *oidc.Pending) {}, ""},
		{"29 minutes at the provider", func(w *world, _ *oidc.Pending) { w.pass(29 * time.Minute) }, ""},
		{"31 minutes at the provider", func(w *world, _ *oidc.Pending) { w.pass(31 * time.Minute) }, oidc.CodePending},
		{"begun tomorrow", func(w *world, _ *oidc.Pending) { w.pass(-24 * time.Hour) }, oidc.CodePending},
		{"of another connection (mix-up)", func(_ *world, p *oidc.Pending) { p.Connection = "other" }, oidc.CodePending},
		{"none", func(_ *world, p *oidc.Pending) { *p = oidc.Pending{} }, oidc.CodePending},
		{"without secrets", func(w *world, p *oidc.Pending) { *p = oidc.Pending{Connection: "idp", StartedAt: w.now()} }, oidc.CodePending},
		{"another verifier (code injection)", func(_ *world, p *oidc.Pending) { p.Verifier = strings.Repeat("v", 43) }, oidc.CodeCode},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			p, answer := w.begun(oidc.Options{})
			tt.spoil(w, &p)
			if _, err := w.Finish(t.Context(), w.now(), p, answer); codeOf(t, err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestPendingIsPlainData keeps one as a store would.
func TestPendingIsPlainData(t *testing.T) {
	w := newWorld(t, nil)
	p, answer := w.begun(oidc.Options{Prompt: oidc.PromptLogin, MaxAge: time.Minute, LoginHint: "canary@example.com"})
	text, err := json.Marshal(p)
	var back oidc.Pending
	if err != nil || json.Unmarshal(text, &back) != nil || back != p {
		t.Fatalf("%+v came back as %+v (%v)", p, back, err)
	}
	if strings.Contains(string(text), "canary") {
		t.Error("the hint is kept")
	}
	if _, err := w.Finish(t.Context(), w.now(), back, answer); err != nil {
		t.Error(err)
	}
}

// TestCallbackReplay plays an answer twice. The caller takes the pending sign-in out of its store; if it did not, the
// provider takes the code once.
func TestCallbackReplay(t *testing.T) {
	w := newWorld(t, nil)
	p, answer := w.begun(oidc.Options{})
	if _, err := w.Finish(t.Context(), w.now(), p, answer); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(t.Context(), w.now(), p, answer); codeOf(t, err) != oidc.CodeCode {
		t.Errorf("got %v", err)
	}
}

func TestTokenEndpoint(t *testing.T) {
	response := func(edit func(map[string]any)) oidctest.Edits { return oidctest.Edits{TokenResponse: edit} }
	for _, tt := range []struct {
		name string
		edit oidctest.Edits
		want string
		set  func(*oidc.Settings)
	}{
		{name: "good"},
		{name: "token_type in other letters", edit: response(func(r map[string]any) { r["token_type"] = "bearer" })},
		{name: "wrong secret", want: oidc.CodeClient, set: func(s *oidc.Settings) { s.ClientSecret = "old" }},
		{name: "400", edit: oidctest.Edits{TokenStatus: 400}, want: oidc.CodeExchange},
		{name: "401 without a word", edit: oidctest.Edits{TokenStatus: 401}, want: oidc.CodeClient},
		{name: "429", edit: oidctest.Edits{TokenStatus: 429}, want: oidc.CodeUnavailable},
		{name: "500", edit: oidctest.Edits{TokenStatus: 500}, want: oidc.CodeUnavailable},
		{name: "200 and nothing", edit: oidctest.Edits{TokenStatus: 200}, want: oidc.CodeExchange},
		{name: "error in a 200", edit: response(func(r map[string]any) { clear(r); r["error"] = "invalid_grant" }), want: oidc.CodeCode},
		{name: "no ID token", edit: response(func(r map[string]any) { delete(r, "id_token") }), want: oidc.CodeExchange},
		{name: "ID token no text", edit: response(func(r map[string]any) { r["id_token"] = 7 }), want: oidc.CodeExchange},
		{name: "no access token", edit: response(func(r map[string]any) { delete(r, "access_token") }), want: oidc.CodeExchange},
		{name: "MAC token", edit: response(func(r map[string]any) { r["token_type"] = "mac" }), want: oidc.CodeExchange},
		{name: "2 MiB", edit: response(func(r map[string]any) { r["pad"] = strings.Repeat("x", 2<<20) }), want: oidc.CodeExchange},
		{name: "access token swapped", edit: response(func(r map[string]any) { r["access_token"] = "another" }), want: oidc.CodeAccessToken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.set)
			w.Misbehave(tt.edit)
			_, err := w.signIn()
			if got := codeOf(t, err); got != tt.want {
				t.Fatalf("got %q (%v), want %q", got, err, tt.want)
			}
			if err != nil && errors.Is(err, oidc.ErrUnavailable) != (tt.want == oidc.CodeUnavailable) {
				t.Errorf("%v is a 503: %v", err, tt.want != oidc.CodeUnavailable)
			}
		})
	}
	t.Run("breaks off within the answer", func(t *testing.T) {
		w := newWorld(t, nil)
		cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		}))
		defer cut.Close()
		w.EditMetadata(func(m map[string]any) { m["token_endpoint"] = cut.URL })
		if _, err := w.signIn(); !errors.Is(err, oidc.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("breaks off", func(t *testing.T) {
		w := newWorld(t, nil)
		p, answer := w.begun(oidc.Options{})
		w.SetDown(true)
		_, err := w.Finish(t.Context(), w.now(), p, answer)
		if !errors.Is(err, oidc.ErrUnavailable) || strings.Contains(err.Error(), answer.Get("code")) {
			t.Errorf("got %v", err)
		}
	})
}

// TestAuthMethods lets discovery and the settings say how the client shows who it is.
func TestAuthMethods(t *testing.T) {
	for _, tt := range []struct {
		offered any
		set     oidc.AuthMethod
		basic   bool
		want    string
	}{
		{nil, "", true, ""},
		{[]string{"client_secret_post"}, "", false, ""},
		{[]string{"client_secret_post", "client_secret_basic"}, "", true, ""},
		{[]string{"client_secret_post"}, oidc.SecretBasic, true, ""},
		{nil, oidc.SecretPost, false, ""},
		{[]string{"private_key_jwt"}, "", false, oidc.CodeClient},
	} {
		w := newWorld(t, func(s *oidc.Settings) { s.Auth = tt.set })
		seen := make(chan bool, 1)
		front := httpFront(t, w, func(r *http.Request) { _, _, basic := r.BasicAuth(); seen <- basic })
		w.EditMetadata(func(m map[string]any) {
			m["token_endpoint"] = front + "/token"
			if tt.offered != nil {
				m["token_endpoint_auth_methods_supported"] = tt.offered
			}
		})
		_, err := w.signIn()
		if codeOf(t, err) != tt.want || err == nil && <-seen != tt.basic {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
