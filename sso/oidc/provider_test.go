package oidc_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/outbound"
	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

// TestProviderDownAtStart makes a connection while nobody is there, and signs in when somebody is.
func TestProviderDownAtStart(t *testing.T) {
	w := newWorld(t, nil)
	w.SetDown(true)
	for range 5 {
		_, _, err := w.Start(t.Context(), w.now(), rand.Reader, oidc.Options{})
		if !errors.Is(err, oidc.ErrUnavailable) || codeOf(t, err) != oidc.CodeUnavailable {
			t.Fatalf("got %v, want that the provider is not available", err)
		}
	}
	const wellKnown = "/.well-known/openid-configuration"
	asked := w.Fetched(wellKnown)
	if asked > 2 { // net/http tries a GET again on a connection that ended
		t.Errorf("five attempts within a second called it %d times, want once", asked)
	}
	w.SetDown(false)
	w.pass(2 * time.Second)
	w.takes("the provider is up, the back-off over")
}

// TestBackoffGrows counts calls of a provider that stays away for ten minutes, while somebody tries each second.
func TestBackoffGrows(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { calls++; w.WriteHeader(http.StatusBadGateway) }))
	defer server.Close()
	w := newWorld(t, nil)
	c := w.connect(func(s *oidc.Settings) { s.Issuer = server.URL })
	for range 600 {
		if err := c.Check(t.Context(), w.now()); !errors.Is(err, oidc.ErrUnavailable) || !strings.Contains(err.Error(), "502") {
			t.Fatalf("got %v", err)
		}
		w.pass(time.Second)
	}
	if calls < 10 || calls > 16 { // after 0, 1, 3, 7, 15, 31, 63 s, and each minute from then on
		t.Errorf("%d calls in ten minutes, want 15", calls)
	}
	before := calls
	w.pass(-48 * time.Hour) // a clock that was put back must not lock anybody out
	_ = c.Check(t.Context(), w.now())
	if calls != before+1 {
		t.Error("a clock that went back two days keeps the back-off alive")
	}
}

func TestProviderDownLaterKeepsTheLastGoodCopy(t *testing.T) {
	w := newWorld(t, nil)
	w.takes("the provider is up")
	w.EditMetadata(func(m map[string]any) { m["issuer"] = "https://thief.example" })
	w.pass(25 * time.Hour)
	w.takes("its metadata is wrong since yesterday")
}

// TestCallerThatGoesAwayIsNoFailure gives up a request whose provider is well.
func TestCallerThatGoesAwayIsNoFailure(t *testing.T) {
	w := newWorld(t, nil)
	ctx, cancel := contextThatIsOver()
	defer cancel()
	_ = w.Check(ctx, w.now())
	w.takes("somebody else, at once")
}

// TestLogoutTokenWhileProviderIsDown is a 503 and no 400: the provider sends it again.
func TestLogoutTokenWhileProviderIsDown(t *testing.T) {
	w := newWorld(t, nil)
	raw := w.workedLogout(func(*forge) {})
	w.SetDown(true)
	if _, err := w.JudgeLogout(t.Context(), w.now(), raw); !errors.Is(err, oidc.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	w.SetDown(false)
	w.pass(2 * time.Second)
	if _, err := w.JudgeLogout(t.Context(), w.now(), raw); err != nil {
		t.Error(err)
	}
}

func TestMetadataIsReadAgain(t *testing.T) {
	moved := func(w *world) {
		w.EditMetadata(func(m map[string]any) { m["token_endpoint"] = w.Issuer + "/token?moved" })
	}
	const wellKnown = "/.well-known/openid-configuration"
	t.Run("daily", func(t *testing.T) {
		w := newWorld(t, nil)
		w.takes("first")
		moved(w)
		w.pass(23 * time.Hour)
		w.takes("within the day")
		if n := w.Fetched(wellKnown); n != 1 {
			t.Errorf("metadata was read %d times in a day", n)
		}
		w.pass(2 * time.Hour)
		w.takes("after a day")
		if n := w.Fetched(wellKnown); n != 2 {
			t.Errorf("metadata was read %d times in two days", n)
		}
	})
	t.Run("after a 4xx of the token endpoint", func(t *testing.T) {
		w := newWorld(t, nil)
		w.takes("first")
		w.Misbehave(oidctest.Edits{TokenStatus: http.StatusNotFound})
		w.pass(11 * time.Second)
		if _, err := w.signIn(); codeOf(t, err) != oidc.CodeExchange {
			t.Fatalf("got %v", err)
		}
		w.Misbehave(oidctest.Edits{})
		w.takes("the next")
		if n := w.Fetched(wellKnown); n != 2 {
			t.Errorf("metadata was read %d times, want again after the 404", n)
		}
	})
	t.Run("after a 4xx of the keys", func(t *testing.T) {
		w := newWorld(t, nil)
		w.takes("first")
		w.Misbehave(oidctest.Edits{KeysStatus: http.StatusNotFound})
		w.pass(2 * time.Hour)
		w.takes("with the keys of before")
		w.takes("and again")
		if n := w.Fetched(wellKnown); n != 2 {
			t.Errorf("metadata was read %d times, want again after the 404", n)
		}
	})
}

// TestKeyRotation changes keys as providers announce it, and without a word.
func TestKeyRotation(t *testing.T) {
	first, second, third := oidctest.NewKey("RS256", "key-1"), oidctest.NewKey("RS256", "key-2"), oidctest.NewKey("ES256", "key-3")
	t.Run("announced", func(t *testing.T) {
		w := newWorld(t, nil)
		for _, step := range []struct {
			signing, other oidctest.Key
			after          time.Duration
		}{
			{first, second, 0}, {second, first, 2 * time.Second}, {second, third, time.Hour}, {third, second, 0}, {first, third, 11 * time.Second},
		} {
			w.Rotate(step.signing, step.other)
			w.pass(step.after)
			w.takes("signed by " + step.signing.ID)
		}
	})
	t.Run("hard", func(t *testing.T) {
		w := newWorld(t, nil)
		w.takes("the first key")
		w.Rotate(second)
		w.pass(3 * time.Second) // within the cooldown: one clean refusal
		if _, err := w.signIn(); codeOf(t, err) != oidc.CodeKey {
			t.Errorf("within the cooldown: %v", err)
		}
		w.pass(8 * time.Second)
		w.takes("the second key, after the cooldown")
		w.pass(11 * time.Second)
		if _, err := w.JudgeLogout(t.Context(), w.now(), first.Sign(nil, w.LogoutClaims("j"))); codeOf(t, err) != oidc.CodeKey {
			t.Errorf("the key that was withdrawn still signs: %v", err)
		}
	})
	t.Run("hard, under the same kid", func(t *testing.T) {
		w := newWorld(t, nil)
		w.takes("the first key")
		same := second
		same.ID = first.ID
		w.Rotate(same)
		w.pass(11 * time.Second)
		w.takes("another key that is called the same")
	})
	t.Run("withdrawn, and nobody asks for another", func(t *testing.T) {
		w := newWorld(t, nil)
		w.takes("the first key")
		w.Rotate(second)
		w.pass(61 * time.Minute)
		if _, err := w.JudgeLogout(t.Context(), w.now(), first.Sign(nil, w.LogoutClaims("j"))); codeOf(t, err) != oidc.CodeKey {
			t.Errorf("a key signs an hour after it was withdrawn: %v", err)
		}
	})
}

// TestUnknownKidsCostOneFetch floods the public back channel, from many sides at once.
func TestUnknownKidsCostOneFetch(t *testing.T) {
	w := newWorld(t, nil)
	w.takes("the provider's keys are here")
	w.pass(11 * time.Second)
	before := w.Fetched("/keys")
	thief := oidctest.NewKey("RS256", "thief")
	flood := func() {
		var all sync.WaitGroup
		for i := range 50 {
			forged := thief.Sign(map[string]any{"kid": fmt.Sprintf("forged-%d", i)}, w.LogoutClaims("j"))
			all.Go(func() {
				if _, err := w.JudgeLogout(t.Context(), w.now(), forged); codeOf(t, err) != oidc.CodeKey {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
	}
	flood()
	if n := w.Fetched("/keys") - before; n != 1 {
		t.Errorf("50 tokens with unknown keys cost %d requests, want 1", n)
	}
	w.pass(9 * time.Second)
	flood()
	if n := w.Fetched("/keys") - before; n != 1 {
		t.Errorf("100 within the cooldown cost %d requests, want 1", n)
	}
	w.pass(2 * time.Second)
	flood()
	if n := w.Fetched("/keys") - before; n != 2 {
		t.Errorf("150 in two cooldowns cost %d requests, want 2", n)
	}
	w.takes("a sign-in all the while")
}

func TestMetadataThatCannotBeUsed(t *testing.T) {
	for name, edit := range map[string]func(m map[string]any){
		"another issuer":              func(m map[string]any) { m["issuer"] = "https://thief.example" },
		"issuer absent":               func(m map[string]any) { delete(m, "issuer") },
		"issuer of all tenants":       func(m map[string]any) { m["issuer"] = "https://login.microsoftonline.com/{tenantid}/v2.0" },
		"authorization endpoint none": func(m map[string]any) { delete(m, "authorization_endpoint") },
		"token endpoint a file":       func(m map[string]any) { m["token_endpoint"] = "file:///etc/passwd" },
		"keys in the text":            func(m map[string]any) { m["jwks_uri"] = "data:application/json,{}" },
		"authorization a script":      func(m map[string]any) { m["authorization_endpoint"] = "javascript:alert(1)" },
		"logout a script":             func(m map[string]any) { m["end_session_endpoint"] = "javascript:alert(1)" },
		"userinfo with a password":    func(m map[string]any) { m["userinfo_endpoint"] = "https://a:b@idp.example" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.EditMetadata(edit)
			if err := w.Check(t.Context(), w.now()); codeOf(t, err) != oidc.CodeMetadata || !errors.Is(err, oidc.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestAnswersThatAreNoMetadata has a server that is anything but a provider.
func TestAnswersThatAreNoMetadata(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"a page": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>canary</html>") },
		"404":    func(w http.ResponseWriter, r *http.Request) { http.Error(w, "canary", http.StatusNotFound) },
		"5 MiB":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 5<<20)) },
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
		},
		"another host": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://thief.example/", http.StatusFound)
		},
		"round trips": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handle)
			defer server.Close()
			w := newWorld(t, nil)
			c := w.connect(func(s *oidc.Settings) { s.Issuer = server.URL })
			err := c.Check(t.Context(), w.now())
			if !errors.Is(err, oidc.ErrUnavailable) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestPrivateAddressesAreRefused leaves out the permission that the other tests have.
func TestPrivateAddressesAreRefused(t *testing.T) {
	w := newWorld(t, nil)
	for _, issuer := range []string{"https://127.0.0.1:1", "https://169.254.169.254", "https://[::1]:1", "https://10.0.0.1"} {
		c := w.connect(func(s *oidc.Settings) { s.Issuer, s.Outbound = issuer, outbound.Options{} })
		if err := c.Check(t.Context(), w.now()); !errors.Is(err, outbound.ErrForbiddenAddress) {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}

func TestOddKeysAreSkipped(t *testing.T) {
	w := newWorld(t, nil)
	good := oidctest.NewKey("RS256", "key-1")
	w.Publish(good, map[string]any{"kty": "oct", "k": "c2VjcmV0", "kid": "key-1"}, map[string]any{"kty": "PQC", "kid": "new"}, "no object", nil,
		map[string]any{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "key-1"}, map[string]any{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, good.JWK())
	w.takes("one good key among odd ones")
	for name, keys := range map[string][]any{"none": nil, "short RSA": {map[string]any{"kty": "RSA", "n": "AQAB", "e": "AQAB"}}, "symmetric": {map[string]any{"kty": "oct", "k": "c2VjcmV0"}}} {
		w := newWorld(t, nil)
		w.Publish(good, keys...)
		if _, err := w.signIn(); codeOf(t, err) != oidc.CodeMetadata {
			t.Errorf("%s: %v", name, err)
		}
	}
}
