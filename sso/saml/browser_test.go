package saml

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// browser goes along redirects and fills in the sign-in form, as far as the provider's own pages reach.
type browser struct {
	t      *testing.T
	client *http.Client
}

func newBrowser(t *testing.T, idp *simpleSAML) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	stay := func(req *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(req.URL.String(), idp.url) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &browser{t, &http.Client{Jar: jar, CheckRedirect: stay, Timeout: time.Minute}}
}

// page is where the browser came to: a page, or the address outside that it is sent to.
type page struct {
	body, location string
	at             *url.URL
}

func (b *browser) came(resp *http.Response, err error) page {
	b.t.Helper()
	must(b.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(b.t, err)
	return page{string(body), resp.Header.Get("Location"), resp.Request.URL}
}

func (b *browser) get(address string) page {
	b.t.Helper()
	return b.came(b.client.Get(address))
}

// signIn is the whole way from an address to the form that goes to our ACS.
func (b *browser) signIn(address, name string) page {
	b.t.Helper()
	p := b.get(address)
	if state, asks := field(p.body, "AuthState"); asks {
		form := url.Values{"username": {name}, "password": {"secret"}, "AuthState": {state}}
		p = b.came(b.client.PostForm((&url.URL{Scheme: p.at.Scheme, Host: p.at.Host, Path: p.at.Path}).String(), form))
	}
	return p
}

var inputs = regexp.MustCompile(`<input[^>]*>`)

// field finds the value of a hidden field.
func field(body, name string) (string, bool) {
	for _, input := range inputs.FindAllString(body, -1) {
		if strings.Contains(input, `name="`+name+`"`) {
			if _, behind, there := strings.Cut(input, `value="`); there {
				value, _, _ := strings.Cut(behind, `"`)
				return html.UnescapeString(value), true
			}
		}
	}
	return "", false
}

// judge judges what the form holds.
func (b *browser) judge(c *Connection, p page) (Judged, error) {
	b.t.Helper()
	value, there := field(p.body, "SAMLResponse")
	if !there {
		b.t.Fatalf("no SAMLResponse at %s (%s): %s", p.at, p.location, p.body)
	}
	return c.Judge([]byte(value), usher.TimeOf(time.Now()))
}
