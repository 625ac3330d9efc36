package daemon_test

import (
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/usher"
	"usher/internal/web/browsertest"
	"usher/sso/oidc/oidctest"
	"usher/sync/ledger"
)

// twoSites is usher at https://localhost, and providers at http://127.0.0.1, which is another site to a browser.
type twoSites struct {
	*running
	oidc *oidctest.Provider
	saml *samlProvider
	site *httptest.Server // of the SAML provider, and of whoever else
}

func newTwoSites(t *testing.T) *twoSites {
	o := &twoSites{oidc: oidctest.New(t, time.Now), saml: newSAMLProvider(t)}
	o.site = httptest.NewServer(http.HandlerFunc(o.serve))
	t.Cleanup(o.site.Close)
	o.saml.at = o.site.URL + "/sso"
	c := deskConfig(t, store.Options{Folder: t.TempDir()}, o.oidc.Issuer)
	folder := t.TempDir()
	c.TLS = config.TLS{CertFile: filepath.Join(folder, "cert.pem"), KeyFile: filepath.Join(folder, "key.pem")}
	writeCertificate(t, c.TLS, 1)
	c.Listen = freeAddress(t)
	c.PublicURL = "https://localhost" + c.Listen[strings.LastIndexByte(c.Listen, ':'):]
	metadata := filepath.Join(folder, "idp.xml")
	if err := os.WriteFile(metadata, []byte(o.saml.metadata()), 0o600); err != nil {
		t.Fatal(err)
	}
	tile := config.Connection{Name: "tile", Kind: "saml", Directory: "default", Domains: []string{"example.com"}, Trusted: true, Metadata: metadata,
		AllowPrivate: true, IdPInitiated: true}
	c.SignIn.Connections = append(c.SignIn.Connections, tile)
	o.running = start(t, daemon.Options{Config: c})
	p, err := o.Ledger().AddGuest(t.Context(), ann(), ledger.Guest{Address: "ann@example.com", GivenName: "Ann", Sponsor: "Bo", EndsAt: usher.TimeOf(time.Now().Add(time.Hour))})
	o.check(err)
	o.check(o.Ledger().LinkSubject(t.Context(), ann(), p.ID, "staff", "ann-1"))
	o.check(o.Ledger().LinkSubject(t.Context(), ann(), p.ID, "tile", o.saml.subject))
	return o
}

// freeAddress is one that nobody listens on, for who has to know its own before it starts.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// serve is the other site: the SAML provider's sign-in and its tile, and what an attacker would put there.
func (o *twoSites) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	acs := o.URL() + "/sso/tile/acs"
	switch r.URL.Path {
	case "/sso":
		posted(w, acs, url.Values{"SAMLResponse": {o.saml.answerOver(o.URL()+"/sso/tile", requestID(o.T, r.URL.String()))}, "RelayState": {r.URL.Query().Get("RelayState")}})
	case "/tile":
		posted(w, acs, url.Values{"SAMLResponse": {o.saml.answerOver(o.URL()+"/sso/tile", "")}, "RelayState": {"/me?from=tile"}})
	case "/attack":
		posted(w, o.URL()+"/signout", url.Values{})
	case "/link":
		fmt.Fprintf(w, `<title>link</title><a href="%s/me">go</a>`, o.URL())
	case "/frame":
		fmt.Fprintf(w, `<title>frame</title><iframe src="%s/me"></iframe>`, o.URL())
	}
}

// posted is a page that posts a form at once.
func posted(w io.Writer, to string, form url.Values) {
	fmt.Fprintf(w, `<title>post</title><form method="post" action="%s">`, to)
	for name := range form {
		fmt.Fprintf(w, `<input type="hidden" name="%s" value="%s">`, name, html.EscapeString(form.Get(name)))
	}
	fmt.Fprint(w, `</form><script>document.forms[0].submit()</script>`)
}

// signedIn wants the browser to show Ann her seats, with the cookie as it was designed.
func (o *twoSites) signedIn(c *browsertest.Browser) {
	c.Helper()
	if text := c.Text(); !strings.Contains(text, "Signed in as Ann.") {
		c.Fatalf("at %s: %s", c.At(), text)
	}
	found := false
	for _, k := range c.Cookies() {
		found = found || k.Name == "__Host-usher"
		if !strings.HasPrefix(k.Name, "__Host-") || !k.HTTPOnly || !k.Secure || k.SameSite != "Lax" || k.Path != "/" || k.Domain != "localhost" {
			c.Errorf("cookie %s: %+v", k.Name, k)
		}
	}
	if !found {
		c.Error("there is no session cookie")
	}
	if shown := c.Run("return document.cookie"); shown != "" {
		c.Errorf("scripts see %q", shown)
	}
}

// TestChromium signs in and out in a real browser, where provider and usher are two sites.
func TestChromium(t *testing.T) {
	c := browsertest.New(t)
	o := newTwoSites(t)
	here := o.URL()

	t.Run("OpenID Connect", func(t *testing.T) {
		c.T = t
		c.Open(here + "/me")
		c.Enter("#address", "ann@example.com")
		c.Click("form button")
		c.WaitFor("/me")
		o.signedIn(c)
	})
	t.Run("other sites", func(t *testing.T) {
		c.T = t
		c.Open(o.site.URL + "/attack")
		c.WaitFor("/signout")
		if text := c.Text(); !strings.Contains(text, "Another site sent this") {
			t.Errorf("a form of another site: %s", text)
		}
		c.Open(o.site.URL + "/frame")
		if framed := c.Run(`try { return frames[0].document.body.innerText } catch (e) { return e.name }`); strings.Contains(framed, "Ann") {
			t.Errorf("another site frames our page: %s", framed)
		}
		c.Open(o.site.URL + "/link")
		c.Click("a")
		c.WaitFor("/me")
		o.signedIn(c)
	})
	t.Run("sign-out", func(t *testing.T) {
		c.T = t
		c.Click(`form[action="/signout"] button`)
		c.WaitFor("/signin")
		c.Back()
		if text := c.Text(); strings.Contains(text, "Signed in as") {
			t.Errorf("the button back shows the page again: %s", text)
		}
		c.Open(here + "/me")
		c.WaitFor("/signin?next=%2Fme")
	})
	t.Run("SAML", func(t *testing.T) {
		c.T = t
		c.Open(here + "/signin/tile?next=/me")
		c.WaitFor("/me")
		o.signedIn(c)
	})
	t.Run("tile over SAML", func(t *testing.T) {
		c.T = t
		before := c.Cookies()
		c.Open(o.site.URL + "/tile")
		c.WaitFor("/me?from=tile")
		o.signedIn(c)
		if fmt.Sprint(before) == fmt.Sprint(c.Cookies()) {
			t.Error("the sign-in goes on under the old token")
		}
	})
	t.Run("tile over OpenID Connect", func(t *testing.T) {
		c.T = t
		c.Open(here + "/me")
		c.Click(`form[action="/signout"] button`)
		c.WaitFor("/signin")
		c.Open(here + "/sso/staff/initiate?iss=" + url.QueryEscape(o.oidc.Issuer))
		c.WaitFor("/me")
		o.signedIn(c)
	})
}
