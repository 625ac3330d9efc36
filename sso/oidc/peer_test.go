package oidc_test

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"usher/internal/outbound"
	"usher/internal/usher"
	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

// peer is npm oidc-provider, a certified provider that somebody else wrote, with an usher beside it that only notes what
// is brought to it.
type peer struct {
	*testing.T
	issuer  string
	port    string
	front   *httptest.Server // where the redirect URLs lead
	logouts chan string      // logout tokens that came
	clients []map[string]any
	keys    []byte // of the client that shows a key
}

func newPeer(t *testing.T) *peer {
	t.Helper()
	p := &peer{T: t, logouts: make(chan string, 10), keys: keyPEM(t, oidctest.NewKey("ES256", "client").Private, nil)}
	p.front = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/backchannel" {
			p.logouts <- r.PostFormValue("logout_token")
		}
	}))
	t.Cleanup(p.front.Close)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, p.port, _ = net.SplitHostPort(free.Addr().String())
	p.issuer = "http://127.0.0.1:" + p.port
	_ = free.Close()
	for _, c := range []struct {
		name string
		auth oidc.AuthMethod
		alg  string
	}{{"basic", oidc.SecretBasic, "RS256"}, {"post", oidc.SecretPost, "RS256"}, {"key", oidc.PrivateKeyJWT, "ES256"}} {
		p.clients = append(p.clients, map[string]any{
			"client_id": c.name, "token_endpoint_auth_method": c.auth, "id_token_signed_response_alg": c.alg,
			"redirect_uris": []string{p.front.URL + "/callback/" + c.name}, "post_logout_redirect_uris": []string{p.front.URL + "/signed-out"},
			"backchannel_logout_uri": p.front.URL + "/backchannel", "backchannel_logout_session_required": true,
		})
	}
	p.clients[0]["client_secret"], p.clients[1]["client_secret"] = peerSecret, peerSecret
	text, err := p.connect("key", nil).PublicKeys()
	if err != nil {
		t.Fatal(err)
	}
	p.clients[2]["jwks"] = json.RawMessage(text)
	return p
}

const peerSecret = "s3cret/with:signs+%"

func (p *peer) connect(client string, set func(*oidc.Settings)) *oidc.Connection {
	p.Helper()
	s := oidc.Settings{
		Name: client, Issuer: p.issuer, ClientID: client, RedirectURL: p.front.URL + "/callback/" + client,
		PostLogoutURL: p.front.URL + "/signed-out", UserInfo: true, Outbound: outbound.Options{AllowPrivate: true},
	}
	if s.ClientSecret = peerSecret; client == "key" {
		s.ClientSecret, s.Keys = "", p.keys
	}
	if client == "post" {
		s.Auth = oidc.SecretPost // the provider offers basic too, and this client may not use it
	}
	if set != nil {
		set(&s)
	}
	c, err := oidc.New(s)
	if err != nil {
		p.Fatal(err)
	}
	return c
}

// run starts the provider, and waits until it listens.
func (p *peer) run() {
	p.Helper()
	dir := filepath.Join("..", "..", "testdata", "peers", "oidc-provider")
	node, err := exec.LookPath("node")
	if err != nil {
		missing(p.T, "node is not installed")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "oidc-provider")); err != nil {
		missing(p.T, "the packages of testdata/peers/oidc-provider are not installed: run `npm ci` there, or make deps")
	}
	clients, err := json.Marshal(p.clients)
	if err != nil {
		p.Fatal(err)
	}
	cmd := exec.Command(node, "--no-warnings", "server.mjs")
	cmd.Dir, cmd.Stderr = dir, notes{p.T}
	cmd.Env = append(os.Environ(), "PEER_PORT="+p.port, "PEER_CLIENTS="+string(clients))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		p.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		p.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() {
		_ = stdin.Close() // on which the provider ends
		if err := cmd.Wait(); err != nil {
			p.Errorf("oidc-provider: %v", err)
		}
	})
	late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || strings.TrimSpace(line) != p.issuer {
		p.Fatalf("oidc-provider says %q, %v", line, err)
	}
}

// notes are what the provider writes besides; they are shown if the test fails.
type notes struct{ *testing.T }

func (n notes) Write(text []byte) (int, error) {
	n.Logf("the provider: %s", text)
	return len(text), nil
}

// missing skips the test, but not in CI.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("in CI nothing may be missing: %s", what)
	}
	t.Skip(what)
}

// browser keeps cookies, and stops where it comes back to usher.
func (p *peer) browser() *http.Client {
	p.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), p.front.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

// follow goes where usher sends the browser until it comes back, and returns with what.
func (p *peer) follow(browser *http.Client, at string) url.Values {
	p.Helper()
	resp, err := browser.Get(at)
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	back, err := resp.Location()
	if err != nil {
		p.Fatalf("the browser stands at %s: %s %s", resp.Request.URL, resp.Status, body)
	}
	return back.Query()
}

// signIn is a whole sign-in. The provider is played for real; time is the machine's.
func (p *peer) signIn(c *oidc.Connection, browser *http.Client, o oidc.Options) (usher.SignedIn, error) {
	p.Helper()
	pending, answer := p.begin(c, browser, o)
	return c.Finish(p.Context(), usher.TimeOf(time.Now()), pending, answer)
}

func (p *peer) begin(c *oidc.Connection, browser *http.Client, o oidc.Options) (oidc.Pending, url.Values) {
	p.Helper()
	at, pending, err := c.Start(p.Context(), usher.TimeOf(time.Now()), rand.Reader, o)
	if err != nil {
		p.Fatal(err)
	}
	return pending, p.follow(browser, at)
}

// rotate makes a key of the provider sign, and publishes others beside it.
func (p *peer) rotate(sign, publish string) {
	p.Helper()
	resp, err := http.Get(fmt.Sprintf("%s/peer/keys?sign=%s&publish=%s", p.issuer, sign, publish))
	if err != nil || resp.StatusCode != http.StatusOK {
		p.Fatalf("rotate: %v %v", resp, err)
	}
	resp.Body.Close()
}

// signOut sends the browser to the provider's logout and confirms there.
func (p *peer) signOut(browser *http.Client, at string) url.Values {
	p.Helper()
	resp, err := browser.Get(at)
	if err != nil {
		p.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	form := regexp.MustCompile(`action="([^"]+)"[\s\S]*name="xsrf" value="([^"]+)"`).FindSubmatch(page)
	if form == nil {
		p.Fatalf("the provider shows no form: %s %s", resp.Status, page)
	}
	resp, err = browser.PostForm(string(form[1]), url.Values{"xsrf": {string(form[2])}, "logout": {"yes"}})
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil || !strings.HasPrefix(back.String(), p.front.URL+"/signed-out?") {
		p.Fatalf("after the logout the browser stands at %v (%s)", back, resp.Status)
	}
	return back.Query()
}

// logoutToken is the next that came over the back channel.
func (p *peer) logoutToken() string {
	p.Helper()
	select {
	case raw := <-p.logouts:
		return raw
	case <-time.After(30 * time.Second):
		p.Fatal("no logout token came")
	}
	return ""
}
