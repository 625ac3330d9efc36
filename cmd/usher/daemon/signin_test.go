package daemon_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sso/oidc/oidctest"
)

// browser follows no redirect by itself.
type browser struct {
	*testing.T
	client http.Client
}

func newBrowser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{T: t, client: http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) send(method, to string, form url.Values, headers ...string) (*http.Response, string) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), method, to, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		b.Fatal(err)
	}
	return resp, string(text)
}

// get is a GET, and where it sends the browser.
func (b *browser) get(to string) (status int, location, text string) {
	b.Helper()
	resp, text := b.send(http.MethodGet, to, nil)
	return resp.StatusCode, resp.Header.Get("Location"), text
}

// desk is a daemon with one connection over OpenID Connect, and ann, who signs in at the provider.
type desk struct {
	*running
	provider *oidctest.Provider
	token    string
	ann      string // her record
}

func deskConfig(t *testing.T, place store.Options, issuer string) *config.Config {
	c := configAt(t, place)
	seatsFor(c, 5, `userName startsWith "ann"`)
	c.SignIn.Rate = 1_000_000
	c.SignIn.Connections = []config.Connection{{
		Name: "staff", Kind: "oidc", Directory: "default", Domains: []string{"example.com"}, Trusted: true, AllowPrivate: true, Provider: "generic",
		Issuer: issuer, ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret,
	}}
	return c
}

func newDesk(t *testing.T, place store.Options) *desk {
	provider := oidctest.New(t, time.Now)
	d := &desk{running: start(t, daemon.Options{Config: deskConfig(t, place, provider.Issuer)}), provider: provider}
	d.token, _ = d.running.token("default")
	d.ann = d.want(201, "POST", "/scim/v2/Users", d.token, person("ann@example.com", "Ann")).id()
	provider.SignIn(map[string]any{"sub": "s-ann", "email": "ann@example.com", "email_verified": true})
	return d
}

// begin is the way to the provider and back, up to the answer, which the browser has still to bring.
func (d *desk) begin(b *browser, base, next string) (answer string) {
	d.Helper()
	resp, text := b.send(http.MethodPost, base+"/signin", url.Values{"address": {"ann@example.com"}, "next": {next}})
	if resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(resp.Header.Get("Location"), d.provider.Issuer) {
		d.Fatalf("%s %q %s", resp.Status, resp.Header.Get("Location"), text)
	}
	query, err := d.provider.Authorize(resp.Header.Get("Location"))
	d.check(err)
	return base + "/sso/staff/callback?" + query.Encode()
}

func (d *desk) signIn(b *browser) {
	d.Helper()
	if status, to, text := b.get(d.begin(b, d.URL(), "/me")); status != http.StatusSeeOther || to != "/me" {
		d.Fatalf("%d %q %s", status, to, text)
	}
}

func eachDesk(t *testing.T, f func(d *desk)) {
	t.Helper()
	storetest.EachPlace(t, func(t *testing.T, place store.Options) { f(newDesk(t, place)) })
}

// TestSignIn: from the page that one wanted to see, over the provider, back to it.
func TestSignIn(t *testing.T) {
	eachDesk(t, func(d *desk) {
		b := newBrowser(d.T)
		if status, to, _ := b.get(d.URL() + "/me"); status != http.StatusSeeOther || to != "/signin?next=%2Fme" {
			t.Fatalf("%d %q", status, to)
		}
		_, _, page := b.get(d.URL() + "/signin?next=%2Fme")
		if !strings.Contains(page, `value="/me"`) {
			t.Errorf("%s", page)
		}
		if status, to, text := b.get(d.begin(b, d.URL(), "/me?from=\xff")); status != http.StatusSeeOther || to != "/" {
			t.Errorf("to a path that is no UTF-8: %d %q %s", status, to, text)
		}
		d.signIn(b)
		status, _, page := b.get(d.URL() + "/me")
		if status != http.StatusOK || !strings.Contains(page, "Signed in as Ann.") || !strings.Contains(page, "adkar") {
			t.Fatalf("%d %s", status, page)
		}
		resp, _ := b.send(http.MethodPost, d.URL()+"/signout", nil)
		if resp.StatusCode != http.StatusSeeOther {
			t.Errorf("signing out: %s", resp.Status)
		}
		if status, to, _ := b.get(d.URL() + "/me"); status != http.StatusSeeOther || to != "/signin?next=%2Fme" {
			t.Errorf("signed out, and %d %q", status, to)
		}
	})
}

// TestLeaverAtTheDesk: the next request of somebody whom SCIM deactivates is refused, at every process.
func TestLeaverAtTheDesk(t *testing.T) {
	eachDesk(t, func(d *desk) {
		other := d.running
		if d.Config().Store.Reveal() != "sqlite" { // SQLite has one process
			c := *d.Config()
			c.Data = t.TempDir()
			key := must(os.ReadFile(filepath.Join(d.Config().Data, daemon.KeyFile)))
			d.check(os.WriteFile(filepath.Join(c.Data, daemon.KeyFile), key, 0o600))
			other = start(d.T, daemon.Options{Config: &c})
		}
		b := newBrowser(d.T)
		d.signIn(b)
		here, there := d.URL(), other.URL()
		cookies := b.client.Jar.Cookies(must(url.Parse(here)))
		b.client.Jar.SetCookies(must(url.Parse(there)), cookies)
		for _, at := range []string{here, there} {
			if status, _, _ := b.get(at + "/me"); status != http.StatusOK {
				t.Fatalf("%d before", status)
			}
		}
		d.want(200, "PATCH", "/scim/v2/Users/"+d.ann, d.token,
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`)
		for _, at := range []string{here, there} {
			if status, to, _ := b.get(at + "/me"); status != http.StatusSeeOther || to != "/signin?next=%2Fme" {
				t.Errorf("a leaver gets %d %q", status, to)
			}
		}
		status, _, text := b.get(d.begin(b, here, "/me"))
		if status != http.StatusForbidden || !strings.Contains(text, string(usher.RefusedInactive)) {
			t.Errorf("a leaver signs in again: %d %s", status, text)
		}
	})
}

// TestTheDeskWithoutAConnection: whoever came over a connection that an admin takes away is signed out.
func TestTheDeskWithoutAConnection(t *testing.T) {
	eachDesk(t, func(d *desk) {
		b := newBrowser(d.T)
		d.signIn(b)
		token := b.client.Jar.Cookies(must(url.Parse(d.URL())))
		d.stop()
		c := *d.Config()
		c.SignIn.Connections = nil
		after := start(d.T, daemon.Options{Config: &c})
		b.client.Jar.SetCookies(must(url.Parse(after.URL())), token)
		if status, to, _ := b.get(after.URL() + "/me"); status != http.StatusSeeOther || to != "/signin?next=%2Fme" {
			d.Errorf("still signed in: %d %q", status, to)
		}
	})
}

// TestAnswersAtTheDesk tries answers that must not sign anybody in.
func TestAnswersAtTheDesk(t *testing.T) {
	eachDesk(t, func(d *desk) {
		for _, c := range []struct {
			name   string
			answer func(b *browser) (*browser, string)
			code   string
		}{
			{"an answer that was used", func(b *browser) (*browser, string) {
				answer := d.begin(b, d.URL(), "/me")
				b.get(answer)
				return b, answer
			}, "not_begun"},
			{"an answer brought by another browser", func(b *browser) (*browser, string) {
				return newBrowser(d.T), d.begin(b, d.URL(), "/me")
			}, "used_or_foreign"},
			{"an answer brought by another browser that has begun one too", func(b *browser) (*browser, string) {
				mine := newBrowser(d.T)
				d.begin(mine, d.URL(), "/me")
				return mine, d.begin(b, d.URL(), "/me")
			}, "used_or_foreign"},
			{"no state", func(b *browser) (*browser, string) { return b, d.URL() + "/sso/staff/callback?code=x" }, "not_begun"},
			{"a made-up state", func(b *browser) (*browser, string) { return b, d.URL() + "/sso/staff/callback?code=x&state=y" }, "not_begun"},
			{"a state with a NUL, which no database keeps", func(b *browser) (*browser, string) { return b, d.URL() + "/sso/staff/callback?code=x&state=%00" }, "not_begun"},
			{"a state that is no UTF-8", func(b *browser) (*browser, string) { return b, d.URL() + "/sso/staff/callback?code=x&state=%ff" }, "not_begun"},
			{"no ticket", func(b *browser) (*browser, string) { return b, d.URL() + "/sso/finish" }, "not_begun"},
			{"a made-up ticket", func(b *browser) (*browser, string) { return b, d.URL() + "/sso/finish?ticket=x" }, "not_begun"},
			{"nobody we know", func(b *browser) (*browser, string) {
				d.provider.SignIn(map[string]any{"sub": "s-eve", "email": "eve@example.com", "email_verified": true})
				return b, d.begin(b, d.URL(), "/me")
			}, "not_provisioned"},
		} {
			t.Run(c.name, func(t *testing.T) {
				b, answer := c.answer(newBrowser(t))
				b.send(http.MethodPost, d.URL()+"/signout", nil)
				status, _, text := b.get(answer)
				if status != http.StatusForbidden || !strings.Contains(text, "<strong>"+c.code+"</strong>") {
					t.Errorf("%d %s", status, text)
				}
				if status, _, _ := b.get(d.URL() + "/me"); status != http.StatusSeeOther {
					t.Errorf("signed in: %d", status)
				}
				if noted, err := d.Store().Look().SignInAttempts(t.Context(), "", "", 1); err != nil || len(noted) == 0 || noted[0].Code != c.code || noted[0].Problem == "" {
					t.Errorf("noted: %+v, %v", noted, err)
				}
			})
		}
	})
}

// TestTheDeskItself: methods, other sites, redirects, headers, cookies.
func TestTheDeskItself(t *testing.T) {
	d := newDesk(t, store.Options{Folder: t.TempDir()})
	t.Run("open redirects", func(t *testing.T) {
		for _, next := range []string{"https://evil.test/", "//evil.test", "/\\evil.test", "\\/evil.test", "/\t/evil.test", "javascript:alert(1)", "evil.test", "/%0d%0aX: y",
			"///evil.test", "/..//evil.test", "http:/evil.test", "/@evil.test", "https:evil.test", "/signin?next=https://evil.test", "/sso/finish", " /me", "/" + strings.Repeat("a", 3000)} {
			b := newBrowser(t)
			_, to, _ := b.get(d.begin(b, d.URL(), next))
			u, err := url.Parse(to)
			if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") || strings.HasPrefix(to, "/s") {
				t.Errorf("next %q leads to %q", next, to)
			}
		}
	})
	t.Run("other sites", func(t *testing.T) {
		b := newBrowser(t)
		d.signIn(b)
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.test"}, {"Origin", "null"}} {
			for _, path := range []string{"/signout", "/signin"} {
				if resp, _ := b.send(http.MethodPost, d.URL()+path, nil, headers...); resp.StatusCode != http.StatusForbidden {
					t.Errorf("%s with %v: %s", path, headers, resp.Status)
				}
			}
		}
		if status, _, _ := b.get(d.URL() + "/me"); status != http.StatusOK {
			t.Errorf("another site signed ann out: %d", status)
		}
	})
	t.Run("methods", func(t *testing.T) {
		b := newBrowser(t)
		for path, methods := range map[string][]string{
			"/signin": {"PUT", "DELETE"}, "/signin/staff": {"POST", "HEAD"}, "/signout": {"GET"}, "/sso/finish": {"POST", "HEAD"}, "/sso/staff/callback": {"POST", "HEAD"},
			"/sso/staff/initiate": {"HEAD"}, "/sso/staff/backchannel": {"GET"}, "/me": {"POST"},
		} {
			for _, method := range methods {
				if resp, _ := b.send(method, d.URL()+path, nil); resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") == "" {
					t.Errorf("%s %s: %s", method, path, resp.Status)
				}
			}
		}
		for _, path := range []string{"/signin", "/signin/usher.css"} {
			if resp, _ := b.send(http.MethodHead, d.URL()+path, nil); resp.StatusCode != http.StatusOK {
				t.Errorf("HEAD %s: %s", path, resp.Status)
			}
		}
		for _, path := range []string{"/sso/", "/sso/nobody/callback", "/sso/staff/acs", "/sso/staff/metadata", "/signin/nobody", "/signin/", "/sso/staff/callback/", "/sso/staff//callback", "/sso//finish"} {
			if status, _, _ := b.get(d.URL() + path); status != http.StatusNotFound {
				t.Errorf("%s: %d", path, status)
			}
		}
	})
	t.Run("headers and cookies", func(t *testing.T) {
		b := newBrowser(t)
		resp, _ := b.send(http.MethodPost, d.URL()+"/signin", url.Values{"address": {"ann@example.com"}})
		for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Error(policy)
		}
		page, _ := b.send(http.MethodGet, d.URL()+"/signin", nil)
		if got := page.Header.Get("Referrer-Policy"); got != "same-origin" {
			t.Errorf("the form's origin is hidden from ourselves: %q", got)
		}
		for _, c := range resp.Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
				t.Errorf("%+v", c)
			}
		}
	})
	t.Run("known and unknown domains", func(t *testing.T) {
		var answers []string
		for _, address := range []string{"ann@example.com", "ann@nowhere.test", "no address", ""} {
			resp, text := newBrowser(t).send(http.MethodPost, d.URL()+"/signin", url.Values{"address": {address}})
			to, err := url.Parse(resp.Header.Get("Location"))
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, fmt.Sprint(resp.StatusCode, to.Host, to.Path, text == ""))
		}
		if len(slices.Compact(answers)) != 1 {
			t.Errorf("%q", answers)
		}
	})
	t.Run("a new token for each session", func(t *testing.T) {
		b := newBrowser(t)
		d.signIn(b)
		at := must(url.Parse(d.URL()))
		first := b.client.Jar.Cookies(at)
		d.signIn(b)
		second := b.client.Jar.Cookies(at)
		old := newBrowser(t)
		old.client.Jar.SetCookies(at, first)
		if status, _, _ := old.get(d.URL() + "/me"); status != http.StatusSeeOther {
			t.Errorf("the token before still holds: %d", status)
		}
		old.client.Jar.SetCookies(at, second)
		if status, _, _ := old.get(d.URL() + "/me"); status != http.StatusOK {
			t.Errorf("the new token does not hold: %d", status)
		}
	})
	t.Run("the provider signs out", func(t *testing.T) {
		b := newBrowser(t)
		d.signIn(b)
		claims := d.provider.LogoutClaims("j-1")
		claims["sub"] = "s-ann"
		delete(claims, "sid")
		form := url.Values{"logout_token": {d.provider.Sign(nil, claims)}}
		if resp, _ := newBrowser(t).send(http.MethodPost, d.URL()+"/sso/staff/backchannel", form, "Sec-Fetch-Site", "cross-site"); resp.StatusCode != http.StatusOK {
			t.Fatalf("%s", resp.Status)
		}
		if status, _, _ := b.get(d.URL() + "/me"); status != http.StatusSeeOther {
			t.Errorf("still signed in: %d", status)
		}
		d.signIn(b)
		if resp, _ := newBrowser(t).send(http.MethodPost, d.URL()+"/sso/staff/backchannel", form); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("a token twice: %s", resp.Status)
		}
		if noted, err := d.Store().Look().SignInAttempts(t.Context(), "staff", "", 1); err != nil || len(noted) == 0 || noted[0].Code != "used_or_foreign" {
			t.Errorf("noted: %+v, %v", noted, err)
		}
		if status, _, _ := b.get(d.URL() + "/me"); status != http.StatusOK {
			t.Errorf("a token that was used signs out: %d", status)
		}
	})
	t.Run("provider down", func(t *testing.T) {
		down := newDesk(t, store.Options{Folder: t.TempDir()})
		down.provider.SetDown(true)
		resp, text := newBrowser(t).send(http.MethodPost, down.URL()+"/signin", url.Values{"address": {"ann@example.com"}})
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s %s", resp.Status, text)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
