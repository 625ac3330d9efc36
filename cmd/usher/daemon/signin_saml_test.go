package daemon_test

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
)

// samlProvider is an identity provider that signs what it is asked to.
type samlProvider struct {
	*testing.T
	pair    tls.Certificate
	subject string // NameID, persistent
	address string
	at      string        // its sign-in page
	since   time.Duration // since they showed who they are
	n       int
}

const samlProviderID = "https://idp.test/metadata"

func newSAMLProvider(t *testing.T) *samlProvider {
	private := must(rsa.GenerateKey(rand.Reader, 2048))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	cert := must(x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private))
	return &samlProvider{T: t, pair: tls.Certificate{Certificate: [][]byte{cert}, PrivateKey: private}, subject: "p-ann", address: "ann@example.com", at: "https://idp.test/sso"}
}

func (p *samlProvider) metadata() string {
	return fmt.Sprintf(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="%s"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="%s"/></IDPSSODescriptor></EntityDescriptor>`,
		samlProviderID, base64.StdEncoding.EncodeToString(p.pair.Certificate[0]), p.at)
}

// requestID is the id of the request that a browser carries.
func requestID(t *testing.T, to string) string {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(requestText(t, to)); err != nil {
		t.Fatal(err)
	}
	return doc.Root().SelectAttrValue("ID", "")
}

// requestText is the request that a browser carries.
func requestText(t *testing.T, to string) string {
	t.Helper()
	packed := must(base64.StdEncoding.DecodeString(must(url.Parse(to)).Query().Get("SAMLRequest")))
	return string(must(io.ReadAll(flate.NewReader(bytes.NewReader(packed)))))
}

// answer is a signed response to a request over the connection staff.
func (p *samlProvider) answer(base, request string) string {
	return p.answerOver(base+"/sso/staff", request)
}

// answerOver is a signed response to a request, as a form value. Without a request nobody asked for it.
func (p *samlProvider) answerOver(below, request string) string {
	p.n++
	stamp := func(d time.Duration) string { return time.Now().UTC().Add(d).Format("2006-01-02T15:04:05Z") }
	to, asked := "", ""
	if request != "" {
		to, asked = fmt.Sprintf(` InResponseTo="%s"`, request), fmt.Sprintf(` InResponseTo="%s"`, request)
	}
	id := fmt.Sprintf("_a%d", p.n)
	text := fmt.Sprintf(`<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="%s" Version="2.0" IssueInstant="%s"><saml:Issuer>%s</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">%s</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData%s NotOnOrAfter="%s" Recipient="%s/acs"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="%s" NotOnOrAfter="%s"><saml:AudienceRestriction><saml:Audience>%s/metadata</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="%s" SessionIndex="s1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>%s</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>`,
		id, stamp(0), samlProviderID, p.subject, asked, stamp(4*time.Minute), below, stamp(-time.Minute), stamp(4*time.Minute), below, stamp(-p.since), p.address)
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		p.Fatal(err)
	}
	signing := dsig.NewDefaultSigningContext(dsig.TLSCertKeyStore(p.pair))
	signing.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	signed := must(signing.SignEnveloped(doc.Root()))
	// The signature stands behind the issuer (saml-core 2.3.3).
	signature := signed.RemoveChildAt(len(signed.Child) - 1)
	signed.InsertChildAt(1, signature)
	whole := etree.NewDocument()
	if err := whole.ReadFromString(fmt.Sprintf(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r%d" Version="2.0" IssueInstant="%s" Destination="%s/acs"%s><saml:Issuer>%s</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:Response>`,
		p.n, stamp(0), below, to, samlProviderID)); err != nil {
		p.Fatal(err)
	}
	whole.Root().AddChild(signed)
	return base64.StdEncoding.EncodeToString(must(whole.WriteToBytes()))
}

// metadataSite publishes metadata, and can be slow.
type metadataSite struct {
	*httptest.Server
	asked atomic.Int32
	slow  chan struct{} // nil: quick
}

func newMetadataSite(t *testing.T, text string) *metadataSite {
	s := &metadataSite{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.asked.Add(1) > 1 && s.slow != nil {
			select {
			case <-s.slow:
			case <-r.Context().Done():
			}
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(s.Close)
	return s
}

// leadsTo is where the sign-in page sends a browser.
func leadsTo(t *testing.T, base string) string {
	_, to, text := newBrowser(t).get(base + "/signin/staff")
	if to == "" {
		t.Errorf("nowhere: %s", text)
	}
	return to
}

// TestSignInAtANewProvider: with another address in the configuration, the metadata of the one before is of no account.
func TestSignInAtANewProvider(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		provider := newSAMLProvider(t)
		before := newMetadataSite(t, provider.metadata())
		after := newMetadataSite(t, strings.ReplaceAll(newSAMLProvider(t).metadata(), "idp.test", "new.test"))
		d := samlDesk(t, place, provider, func(c *config.Connection) { c.Metadata, c.AllowPrivate = before.URL, true })
		if to := leadsTo(t, d.URL()); !strings.HasPrefix(to, "https://idp.test/sso?") {
			t.Fatal(to)
		}
		d.stop()
		c := *d.Config()
		c.SignIn.Connections = slices.Clone(c.SignIn.Connections)
		c.SignIn.Connections[0].Metadata = after.URL
		if to := leadsTo(t, start(t, daemon.Options{Config: &c}).URL()); !strings.HasPrefix(to, "https://new.test/sso?") {
			t.Errorf("leads to %q", to)
		}
	})
}

// TestSignInWhileMetadataIsSlow: nobody waits for the daily look at metadata but who caused it.
func TestSignInWhileMetadataIsSlow(t *testing.T) {
	var late atomic.Int64
	provider := newSAMLProvider(t)
	site := newMetadataSite(t, provider.metadata())
	site.slow = make(chan struct{})
	c := configAt(t, store.Options{Folder: t.TempDir()})
	c.SignIn.Connections = []config.Connection{{Name: "staff", Kind: "saml", Metadata: site.URL, AllowPrivate: true}}
	d := start(t, daemon.Options{Config: c, Clock: func() time.Time { return time.Now().Add(time.Duration(late.Load())) }})
	leadsTo(t, d.URL())
	late.Store(int64(25 * time.Hour))
	first := make(chan string, 1)
	go func() { first <- leadsTo(t, d.URL()) }()
	for begun := time.Now(); site.asked.Load() < 2; time.Sleep(time.Millisecond) {
		if time.Since(begun) > 5*time.Second {
			t.Fatal("the site is not asked again")
		}
	}
	second := make(chan string, 1)
	go func() { second <- leadsTo(t, d.URL()) }()
	select {
	case <-second:
	case <-time.After(5 * time.Second):
		t.Error("somebody else waits for the provider's metadata")
	}
	close(site.slow)
	<-first
}

// samlDesk is a daemon with one connection over SAML.
func samlDesk(t *testing.T, place store.Options, provider *samlProvider, change func(*config.Connection)) *running {
	c := configAt(t, place)
	seatsFor(c, 5, `userName startsWith "ann"`)
	file := filepath.Join(t.TempDir(), "idp.xml")
	if err := os.WriteFile(file, []byte(provider.metadata()), 0o600); err != nil {
		t.Fatal(err)
	}
	c.SignIn.Rate = 1_000_000
	connection := config.Connection{Name: "staff", Kind: "saml", Directory: "default", Domains: []string{"example.com"}, Trusted: true, Metadata: file}
	if change != nil {
		change(&connection)
	}
	c.SignIn.Connections = []config.Connection{connection}
	return start(t, daemon.Options{Config: c})
}

// TestSignInOverSAML: the provider's POST comes without our cookie, and the browser fetches what came of it.
func TestSignInOverSAML(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		provider := newSAMLProvider(t)
		d := samlDesk(t, place, provider, nil)
		here := d.URL()
		token, _ := d.token("default")
		d.want(201, "POST", "/scim/v2/Users", token, person("ann@example.com", "Ann"))
		begin := func(b *browser) string {
			resp, text := b.send(http.MethodPost, here+"/signin", url.Values{"address": {"ann@example.com"}, "next": {"/me"}})
			if to := resp.Header.Get("Location"); strings.HasPrefix(to, "https://idp.test/sso?") {
				return requestID(t, to)
			}
			t.Fatalf("%s %s", resp.Status, text)
			return ""
		}
		// The answer is posted by a page of another site: a browser sends no Lax cookie with it.
		post := func(answer string) (status int, to, text string) {
			resp, text := newBrowser(t).send(http.MethodPost, here+"/sso/staff/acs", url.Values{"SAMLResponse": {answer}}, "Sec-Fetch-Site", "cross-site", "Origin", "https://idp.test")
			return resp.StatusCode, resp.Header.Get("Location"), text
		}
		refused := func(what, code string, status int, text string) {
			t.Helper()
			if status != http.StatusForbidden || !strings.Contains(text, "<strong>"+code+"</strong>") {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}

		b := newBrowser(t)
		answer := provider.answer(d.URL(), begin(b))
		status, ticket, text := post(answer)
		if status != http.StatusSeeOther || !strings.HasPrefix(ticket, "/sso/finish?ticket=") {
			t.Fatalf("%d %q %s", status, ticket, text)
		}
		status, _, text = newBrowser(t).get(here + ticket)
		refused("a ticket in another browser", "used_or_foreign", status, text)
		status, _, text = b.get(here + ticket)
		refused("a ticket that another browser has spoilt", "not_begun", status, text)
		status, _, text = post(answer)
		refused("an answer twice", "used_or_foreign", status, text)

		_, ticket, _ = post(provider.answer(d.URL(), begin(b)))
		if status, to, text := b.get(here + ticket); status != http.StatusSeeOther || to != "/me" {
			t.Fatalf("%d %q %s", status, to, text)
		}
		if status, _, page := b.get(here + "/me"); status != http.StatusOK || !strings.Contains(page, "Signed in as Ann.") {
			t.Errorf("%d %s", status, page)
		}
		status, _, text = post(provider.answer(d.URL(), "_nobody"))
		refused("an answer to no request of ours", "not_begun", status, text)
		status, _, text = post(provider.answer(d.URL(), ""))
		refused("an answer that nobody asked for", "unsolicited", status, text)
		status, _, text = post(newSAMLProvider(t).answer(d.URL(), begin(b)))
		refused("another provider's answer", "signature", status, text)
		status, _, text = post("%")
		refused("garbage", "not-base64", status, text)
	})
}

// TestTileOverSAML: an answer that nobody asked for signs in where the connection allows it, once, at any replica.
func TestTileOverSAML(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		provider := newSAMLProvider(t)
		tile := func(c *config.Connection) { c.IdPInitiated = true }
		d := samlDesk(t, place, provider, tile)
		here := d.URL()
		there := here
		if place.URL != "" {
			c := *d.Config()
			c.Data, c.PublicURL = t.TempDir(), d.URL() // both replicas are called the same
			for _, name := range []string{daemon.KeyFile, daemon.SAMLKeyFile} {
				d.check(os.WriteFile(filepath.Join(c.Data, name), must(os.ReadFile(filepath.Join(d.Config().Data, name))), 0o600))
			}
			there = "http://" + start(t, daemon.Options{Config: &c}).Addr()
		}
		token, _ := d.token("default")
		d.want(201, "POST", "/scim/v2/Users", token, person("ann@example.com", "Ann"))
		b := newBrowser(t)
		answer := url.Values{"SAMLResponse": {provider.answer(d.URL(), "")}, "RelayState": {"/me?from=tile"}}
		resp, text := b.send(http.MethodPost, here+"/sso/staff/acs", answer)
		if resp.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s %s", resp.Status, text)
		}
		if status, to, text := b.get(there + resp.Header.Get("Location")); status != http.StatusSeeOther || to != "/me?from=tile" {
			t.Errorf("%d %q %s", status, to, text)
		}
		if resp, text := b.send(http.MethodPost, there+"/sso/staff/acs", answer); resp.StatusCode != http.StatusForbidden || !strings.Contains(text, "used_or_foreign") {
			t.Errorf("replayed at another replica: %s %s", resp.Status, text)
		}
		evil := url.Values{"SAMLResponse": {provider.answer(d.URL(), "")}, "RelayState": {"https://evil.test/"}}
		resp, _ = b.send(http.MethodPost, here+"/sso/staff/acs", evil)
		if _, to, _ := b.get(here + resp.Header.Get("Location")); to != "/" {
			t.Errorf("a RelayState leads to %q", to)
		}
	})
}

// TestReplicasWithKeysOfTheirOwn: a process with another key for SAML than the one before it says so; one that has it as the
// previous key, or the same, does not.
func TestReplicasWithKeysOfTheirOwn(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		provider := newSAMLProvider(t)
		file := filepath.Join(t.TempDir(), "idp.xml")
		if err := os.WriteFile(file, []byte(provider.metadata()), 0o600); err != nil {
			t.Fatal(err)
		}
		c := configAt(t, place)
		c.SignIn.Connections = []config.Connection{{Name: "staff", Kind: "saml", Metadata: file, AllowPrivate: true}}
		own := filepath.Join(c.Data, daemon.SAMLKeyFile)
		warns := func() bool {
			t.Helper()
			again := *c
			r := start(t, daemon.Options{Config: &again})
			r.stop()
			return strings.Contains(r.log.String(), "another key for SAML")
		}
		for range 2 { // it is made by the first
			if warns() {
				t.Error("the same key is said to be another")
			}
		}
		first := filepath.Join(t.TempDir(), "first.pem")
		if err := os.Rename(own, first); err != nil {
			t.Fatal(err)
		}
		if !warns() {
			t.Error("nobody says that the key is another")
		}
		second := filepath.Join(t.TempDir(), "second.pem")
		if err := os.Rename(own, second); err != nil {
			t.Fatal(err)
		}
		c.SignIn.SAMLKey = config.SAMLKey{CertFile: first, KeyFile: first, PreviousCertFile: second, PreviousKeyFile: second}
		if warns() {
			t.Error("a change of keys is taken for a mistake")
		}
	})
}
