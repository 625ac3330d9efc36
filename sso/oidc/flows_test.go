package oidc_test

import (
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

// TestPeerOIDCProvider signs in, out and around at npm oidc-provider.
func TestPeerOIDCProvider(t *testing.T) {
	p := newPeer(t)
	basic := p.connect("basic", nil)
	if _, _, err := basic.Start(t.Context(), usher.TimeOf(time.Now()), rand.Reader, oidc.Options{}); !errors.Is(err, oidc.ErrUnavailable) {
		t.Fatalf("before the provider is up: %v", err)
	}
	p.run()
	soon := func() usher.Time { return usher.TimeOf(time.Now().Add(2 * time.Second)) } // when the back-off is over
	if err := basic.Check(t.Context(), soon()); err != nil {
		t.Fatalf("down at the start, up later: %v", err)
	}
	p.signsIn(basic)
	p.refuses(basic)
	p.rotates()
	p.signsOut(basic)
}

func (p *peer) signsIn(basic *oidc.Connection) {
	for name, c := range map[string]*oidc.Connection{"client_secret_basic": basic, "client_secret_post": p.connect("post", nil), "private_key_jwt, ES256": p.connect("key", nil)} {
		for _, who := range []string{"ann", "bob"} {
			p.Run(name+" "+who, func(t *testing.T) {
				s, err := p.signIn(c, p.browser(), oidc.Options{LoginHint: who})
				if err != nil {
					t.Fatal(err)
				}
				if s.Subject != who || s.Address != who+"@example.com" || !s.AddressVerified || s.DisplayName != who || s.Session.SID == "" || s.Session.IDToken == "" {
					t.Errorf("signed in: %+v", s)
				}
			})
		}
	}
	p.Run("again in the same browser, without a question", func(t *testing.T) {
		browser := p.browser()
		first, err := p.signIn(basic, browser, oidc.Options{LoginHint: "bob"})
		if err != nil {
			t.Fatal(err)
		}
		second, err := p.signIn(basic, browser, oidc.Options{})
		if err != nil || second.Subject != "bob" || second.Session.SID != first.Session.SID {
			t.Errorf("%+v, %v", second, err)
		}
	})
	p.Run("max_age and prompt=login", func(t *testing.T) {
		browser := p.browser()
		if _, err := p.signIn(basic, browser, oidc.Options{}); err != nil {
			t.Fatal(err)
		}
		s, err := p.signIn(basic, browser, oidc.Options{Prompt: oidc.PromptLogin, MaxAge: time.Minute})
		if age := usher.TimeOf(time.Now()).Sub(s.At); err != nil || s.At == 0 || age > time.Minute {
			t.Errorf("signed in %s ago: %v", age, err)
		}
	})
}

func (p *peer) refuses(c *oidc.Connection) {
	now := func() usher.Time { return usher.TimeOf(time.Now()) }
	for _, tt := range []struct {
		name  string
		spoil func(*oidc.Pending, url.Values)
		want  string
	}{
		{"another browser's answer", func(pending *oidc.Pending, _ url.Values) { *pending, _ = p.begin(c, p.browser(), oidc.Options{}) }, oidc.CodeState},
		{"another browser's answer under our state (code injection)", func(pending *oidc.Pending, answer url.Values) {
			*pending, _ = p.begin(c, p.browser(), oidc.Options{LoginHint: "bob"})
			answer.Set("state", pending.State)
		}, oidc.CodeCode},
		{"the iss of another", func(_ *oidc.Pending, answer url.Values) { answer.Set("iss", "https://thief.example") }, oidc.CodeIssuer},
		{"iss taken away", func(_ *oidc.Pending, answer url.Values) { answer.Del("iss") }, oidc.CodeIssuer},
		{"another nonce", func(pending *oidc.Pending, _ url.Values) { pending.Nonce = "another" }, oidc.CodeNonce},
		{"another verifier", func(pending *oidc.Pending, _ url.Values) { pending.Verifier = strings.Repeat("v", 43) }, oidc.CodeCode},
	} {
		p.Run(tt.name, func(t *testing.T) {
			pending, answer := p.begin(c, p.browser(), oidc.Options{})
			tt.spoil(&pending, answer)
			if _, err := c.Finish(t.Context(), now(), pending, answer); codeOf(t, err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	p.Run("a callback played twice", func(t *testing.T) {
		pending, answer := p.begin(c, p.browser(), oidc.Options{})
		if _, err := c.Finish(t.Context(), now(), pending, answer); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Finish(t.Context(), now(), pending, answer); codeOf(t, err) != oidc.CodeCode {
			t.Errorf("got %v", err)
		}
	})
	p.Run("an issuer with a slash behind", func(t *testing.T) {
		wrong := p.connect("basic", func(s *oidc.Settings) { s.Issuer += "/" })
		if err := wrong.Check(t.Context(), now()); codeOf(t, err) != oidc.CodeMetadata {
			t.Errorf("got %v", err)
		}
	})
	for client, set := range map[string]func(*oidc.Settings){
		"basic": func(s *oidc.Settings) { s.ClientSecret = "old" },
		"key":   func(s *oidc.Settings) { s.Keys = keyPEM(p.T, oidctest.NewKey("ES256", "thief").Private, nil) },
	} {
		p.Run("wrong secret or key: "+client, func(t *testing.T) {
			if _, err := p.signIn(p.connect(client, set), p.browser(), oidc.Options{}); codeOf(t, err) != oidc.CodeClient {
				t.Errorf("got %v", err)
			}
		})
	}
}

// rotates changes the provider's keys, announced and hard. The clock of the connection goes on by itself, as hours would.
func (p *peer) rotates() {
	c := p.connect("basic", nil)
	at := time.Now()
	signsIn := func(t *testing.T) error {
		pending, answer := p.begin(c, p.browser(), oidc.Options{})
		_, err := c.Finish(t.Context(), usher.TimeOf(at), pending, answer)
		return err
	}
	p.Run("rotation, announced", func(t *testing.T) {
		for _, stage := range [][2]string{{"a", ""}, {"a", "b"}, {"b", "a"}, {"b", ""}} {
			p.rotate(stage[0], stage[1])
			at = at.Add(11 * time.Second)
			if err := signsIn(t); err != nil {
				t.Fatalf("signed by %s, beside %s: %v", stage[0], stage[1], err)
			}
		}
	})
	p.Run("rotation, hard", func(t *testing.T) {
		p.rotate("c", "")
		if err := signsIn(t); err != nil && codeOf(t, err) != oidc.CodeKey {
			t.Errorf("within the cooldown: %v", err)
		}
		at = at.Add(11 * time.Second)
		if err := signsIn(t); err != nil {
			t.Errorf("after the cooldown: %v", err)
		}
	})
}

func (p *peer) signsOut(c *oidc.Connection) {
	// The connection fetched its keys at a time of two seconds ahead (soon), and the rotation needs others: after that cooldown.
	now := func() usher.Time { return usher.TimeOf(time.Now().Add(15 * time.Second)) }
	p.Run("RP-initiated and back-channel logout", func(t *testing.T) {
		browser := p.browser()
		pending, answer := p.begin(c, browser, oidc.Options{LoginHint: "bob"})
		s, err := c.Finish(t.Context(), now(), pending, answer)
		if err != nil {
			t.Fatal(err)
		}
		at, err := c.LogoutURL(t.Context(), now(), s.Session.IDToken, "state-of-logout")
		if err != nil {
			t.Fatal(err)
		}
		if back := p.signOut(browser, at); back.Get("state") != "state-of-logout" {
			t.Errorf("the browser comes back with %v", back)
		}
		raw := p.logoutToken()
		out, err := c.JudgeLogout(t.Context(), now(), raw)
		if err != nil || out.Subject != "bob" || out.SID != s.Session.SID || out.JTI == "" || out.Until <= now() {
			t.Errorf("%+v, %v; signed in as %s in %s", out, err, s.Subject, s.Session.SID)
		}
		if _, err := p.connect("post", nil).JudgeLogout(t.Context(), now(), raw); codeOf(t, err) != oidc.CodeAudience {
			t.Errorf("the logout token passes at another client: %v", err)
		}
		if again, err := c.JudgeLogout(t.Context(), now(), raw); err != nil || again.JTI != out.JTI {
			t.Errorf("played again it has to have the id by which the caller knows it: %+v, %v", again, err)
		}
	})
}
