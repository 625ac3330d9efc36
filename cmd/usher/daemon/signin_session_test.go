package daemon_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"usher/cmd/usher/daemon"
	"usher/internal/store"
)

// TestSessionCookies: what a browser shows has to be one cookie, whole and of a session that is still there.
func TestSessionCookies(t *testing.T) {
	d := newDesk(t, store.Options{Folder: t.TempDir()})
	b := newBrowser(t)
	d.signIn(b)
	good := ""
	for _, c := range b.client.Jar.Cookies(must(url.Parse(d.URL()))) {
		if c.Name == "usher" {
			good = c.Value
		}
	}
	for _, c := range []struct {
		name, cookies string
		want          int
	}{
		{"the session's own", "usher=" + good, http.StatusOK},
		{"beside others", "a=b; usher=" + good + "; c=d", http.StatusOK},
		{"none", "", http.StatusSeeOther},
		{"empty", "usher=", http.StatusSeeOther},
		{"two alike, one of which another host has set", "usher=" + good + "; usher=" + strings.Repeat("a", 43), http.StatusSeeOther},
		{"the same twice", "usher=" + good + "; usher=" + good, http.StatusSeeOther},
		{"one letter changed", "usher=" + swapped(good), http.StatusSeeOther},
		{"cut off", "usher=" + good[:42], http.StatusSeeOther},
		{"too long", "usher=" + good + "a", http.StatusSeeOther},
		{"in quotes", `usher="` + good + `"; usher=x`, http.StatusSeeOther},
		{"under the name of https", "__Host-usher=" + good, http.StatusSeeOther},
		{"under a name in other letters", "USHER=" + good, http.StatusSeeOther},
		{"the cookie of the browser for that of the session", "usher-browser=" + good, http.StatusSeeOther},
		{"chosen by an attacker (fixation)", "usher=" + strings.Repeat("A", 43), http.StatusSeeOther},
		{"a megabyte of them", "usher=" + good + strings.Repeat("; a=b", 1<<20/5), http.StatusRequestHeaderFieldsTooLarge},
	} {
		resp, text := newBrowser(t).send(http.MethodGet, d.URL()+"/me", nil, "Cookie", c.cookies)
		if resp.StatusCode != c.want {
			t.Errorf("%s: %s %.200s", c.name, resp.Status, text)
		}
	}
	if resp, _ := newBrowser(t).send(http.MethodGet, d.URL()+"/me", nil, "Authorization", "Bearer "+good); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("the cookie's value as a bearer token: %s", resp.Status)
	}
}

// swapped changes the letter in the middle.
func swapped(text string) string {
	other := "a"
	if text[20] == 'a' {
		other = "b"
	}
	return text[:20] + other + text[21:]
}

// TestFixedSession: whoever puts a cookie into somebody's browser does not get the session that begins in it.
func TestFixedSession(t *testing.T) {
	d := newDesk(t, store.Options{Folder: t.TempDir()})
	b, at := newBrowser(t), must(url.Parse(d.URL()))
	fixed := strings.Repeat("A", 43)
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: "usher", Value: fixed, Path: "/"}, {Name: "usher-browser", Value: fixed, Path: "/"}})
	d.signIn(b)
	if resp, _ := newBrowser(t).send(http.MethodGet, d.URL()+"/me", nil, "Cookie", "usher="+fixed); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("the attacker is signed in: %s", resp.Status)
	}
}

// TestWhatARequestSaysOfItself: neither Host nor what a proxy could have added changes where usher is, nor, from
// somebody who is no proxy of ours, whom limits count.
func TestWhatARequestSaysOfItself(t *testing.T) {
	d := newDesk(t, store.Options{Folder: t.TempDir()})
	for _, headers := range [][]string{
		{"X-Forwarded-Host", "evil.test"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Port", "8443"}, {"X-Forwarded-Prefix", "/evil"},
		{"X-Original-URL", "/evil"}, {"X-Rewrite-URL", "/evil"}, {"Forwarded", "for=1.2.3.4;host=evil.test;proto=https"}, {"X-Host", "evil.test"},
		{"X-HTTP-Method-Override", "GET"},
	} {
		resp, text := newBrowser(t).send(http.MethodPost, d.URL()+"/signin", url.Values{"address": {"ann@example.com"}}, headers...)
		to := must(url.Parse(resp.Header.Get("Location")))
		if back := to.Query().Get("redirect_uri"); back != d.URL()+"/sso/staff/callback" {
			t.Errorf("%v: %s, back to %q %s", headers, resp.Status, back, text)
		}
	}
	req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL()+"/signin/staff", nil))
	req.Host = "evil.test"
	b := newBrowser(t)
	resp, err := b.client.Do(req)
	d.check(err)
	d.check(resp.Body.Close())
	if back := must(url.Parse(resp.Header.Get("Location"))).Query().Get("redirect_uri"); back != d.URL()+"/sso/staff/callback" {
		t.Errorf("with another Host: %s, back to %q", resp.Status, back)
	}
}

// TestLimitOfTheDesk: only a proxy that is declared says who asks.
func TestLimitOfTheDesk(t *testing.T) {
	for _, c := range []struct {
		name    string
		proxies []netip.Prefix
		forged  string // %d counts
		limited bool
	}{
		{"a forged X-Forwarded-For", nil, "198.51.100.%d", true},
		{"a forged chain through a proxy of ours", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, "198.51.100.%d, 203.0.113.9", true},
		{"many clients behind a proxy of ours", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, "198.51.100.%d", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := configAt(t, store.Options{Folder: t.TempDir()})
			o.TrustedProxies, o.SignIn.Rate = c.proxies, 10
			r := start(t, daemon.Options{Config: o})
			limited := false
			for i := range 30 {
				resp, _ := newBrowser(t).send(http.MethodGet, r.URL()+"/signin", nil, "X-Forwarded-For", fmt.Sprintf(c.forged, i))
				limited = limited || resp.StatusCode == http.StatusTooManyRequests
			}
			if limited != c.limited {
				t.Errorf("limited: %v", limited)
			}
		})
	}
}
