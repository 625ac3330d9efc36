package oidc_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"usher/internal/outbound"
	"usher/internal/usher"
	"usher/sso/oidc"
)

// dexConfig is a Dex that keeps everything in memory and knows one person, whose password is "password".
const dexConfig = `
issuer: %[1]s
storage: {type: memory}
web: {http: %[2]s}
logger: {level: error}
oauth2: {skipApprovalScreen: true, passwordConnector: local}
enablePasswordDB: true
staticClients:
  - {id: usher, name: usher, secret: s3cret, redirectURIs: ["%[3]s"]}
staticPasswords:
  - email: ann@example.com
    hash: "$2a$10$2b2cU8CPhOTaGrs1HRQuAueS7JTT5ZHsHSzYiFPm1leZck7Mc8T4W"
    username: ann
    name: Ann Example
    emailVerified: true
    preferredUsername: ann
    groups: [team-a, team-b]
    userID: 08a8684b-db88-4b73-90a9-3cd1661f5466
`

// startDex starts Dex, which make deps builds, and returns its issuer.
func startDex(t *testing.T) string {
	t.Helper()
	program, err := filepath.Abs(filepath.Join("..", "..", ".cache", "bin", "dex"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		missing(t, ".cache/bin/dex is not built: run make deps")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	issuer, config := "http://"+address+"/dex", filepath.Join(t.TempDir(), "dex.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, dexConfig, issuer, address, redirectURL), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "serve", config)
	cmd.Stderr = notes{t}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // by then the test's context has ended, and Dex with it
	return issuer
}

// TestPeerDex signs in at Dex, a provider in Go, with a password typed into its form.
func TestPeerDex(t *testing.T) {
	c, err := oidc.New(oidc.Settings{
		Name: "dex", Issuer: startDex(t), ClientID: "usher", ClientSecret: "s3cret", RedirectURL: redirectURL,
		Scopes: []string{"profile", "email", "groups"}, Outbound: outbound.Options{AllowPrivate: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	now := func() usher.Time { return usher.TimeOf(time.Now()) }
	for awaited := time.Now().Add(time.Minute); ; { // the back-off bounds how often it is asked
		err := c.Check(t.Context(), now())
		if err == nil {
			break
		}
		if time.Now().After(awaited) {
			t.Fatalf("Dex does not come up: %v", err)
		}
		<-time.After(100 * time.Millisecond)
	}
	at, pending, err := c.Start(t.Context(), now(), rand.Reader, oidc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	answer := typePassword(t, at)
	s, err := c.Finish(t.Context(), now(), pending, answer)
	if err != nil {
		t.Fatal(err)
	}
	if s.Subject == "" || s.Address != "ann@example.com" || !s.AddressVerified || s.DisplayName == "" || !slices.Equal(s.Groups, []string{"team-a", "team-b"}) {
		t.Errorf("signed in: %+v", s)
	}
	_, err = c.Finish(t.Context(), now(), pending, answer)
	if code := codeOf(t, err); code != oidc.CodeCode && code != oidc.CodeExchange { // Dex calls a used code an invalid request
		t.Errorf("the callback played again: %v", err)
	}
}

// typePassword goes to Dex's form, fills it, and returns with what comes back to usher.
func typePassword(t *testing.T, at string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), redirectURL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := browser.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	form := regexp.MustCompile(`<form method="post" action="([^"]+)"`).FindSubmatch(page)
	if form == nil {
		t.Fatalf("Dex shows no form at %s: %s", resp.Request.URL, page)
	}
	to, err := resp.Request.URL.Parse(strings.ReplaceAll(string(form[1]), "&amp;", "&"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err = browser.PostForm(to.String(), url.Values{"login": {"ann@example.com"}, "password": {"password"}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		t.Fatalf("after the password the browser stands at %s: %s", resp.Request.URL, resp.Status)
	}
	return back.Query()
}
