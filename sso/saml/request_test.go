package saml

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"usher/internal/store/storetest"
)

// started makes a request and gives its XML and its query.
func started(t *testing.T, c *Connection, ask Ask) (Request, string, url.Values) {
	t.Helper()
	r, err := c.Start(ask, now, rand.Reader)
	must(t, err)
	if r.URL == "" {
		doc, err := base64.StdEncoding.DecodeString(r.Form.SAMLRequest)
		must(t, err)
		return r, string(doc), nil
	}
	u, err := url.Parse(r.URL)
	must(t, err)
	packed, err := base64.StdEncoding.DecodeString(u.Query().Get("SAMLRequest"))
	must(t, err)
	doc, err := inflate(packed)
	must(t, err)
	return r, string(doc), u.Query()
}

func TestStartByRedirect(t *testing.T) {
	s := settings(t)
	s.SignRequests = true
	r, doc, query := started(t, connect(t, s), Ask{Relay: "Token_1-x", Again: true})
	for _, want := range []string{`ID="` + r.ID + `"`, `Destination="https://idp.example/sso?app=7"`, `AssertionConsumerServiceURL="` + ourACS + `"`, `ForceAuthn="true"`, ">" + ourID + "<", FormatPersistent} {
		if !strings.Contains(doc, want) {
			t.Errorf("%s is not in %s", want, doc)
		}
	}
	if !strings.HasPrefix(r.URL, "https://idp.example/sso?app=7&SAMLRequest=") || query.Get("RelayState") != "Token_1-x" {
		t.Errorf("got %s", r.URL)
	}
	signedText, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "https://idp.example/sso?app=7&"), "&Signature=")
	sum := sha256.Sum256([]byte(signedText))
	value, err := base64.StdEncoding.DecodeString(query.Get("Signature"))
	must(t, err)
	if err := rsa.VerifyPKCS1v15(&s.Keys[0].Private.PublicKey, crypto.SHA256, sum[:], value); err != nil {
		t.Errorf("the signature is not ours: %v", err)
	}
}

func TestStartUnsigned(t *testing.T) {
	_, doc, query := started(t, connect(t, settings(t)), Ask{})
	if query.Has("Signature") || query.Has("RelayState") || strings.Contains(doc, "ForceAuthn") {
		t.Errorf("got %v %s", query, doc)
	}
}

// TestStartByPost has xmlsec1 verify what we sign.
func TestStartByPost(t *testing.T) {
	doc := string(metadataOf(t, "idp"))
	doc = change(t, doc, []edit{
		{`<SingleSignOnService Binding="` + bindingRedirect, `<SingleSignOnService Binding="urn:x`},
		{"<IDPSSODescriptor", `<IDPSSODescriptor WantAuthnRequestsSigned="true"`},
	})
	idp, err := ParseMetadata([]byte(doc), idpID, now)
	must(t, err)
	c, err := New(settings(t), idp)
	must(t, err)
	r, sent, _ := started(t, c, Ask{Relay: "token"})
	if r.URL != "" || r.Form.Action != "https://idp.example/post" || r.Form.RelayState != "token" {
		t.Errorf("got %+v", r)
	}
	verify := []string{"--verify", "--pubkey-cert-pem", key(t, "ours").certFile, "--id-attr:ID", nsProtocol + ":AuthnRequest"}
	xmlsec(t, sent, verify...) // ends the test if it fails
	validate(t, sent, "saml-schema-protocol-2.0.xsd")
}

func TestRelayStateIsAToken(t *testing.T) {
	c := connect(t, settings(t))
	for _, relay := range []string{"x&SAMLRequest=evil", "https://evil.example/", "//evil.example", "/path", "a b", "x=y", "a%26b", "é", "\x00", strings.Repeat("a", 81)} {
		if _, err := c.Start(Ask{Relay: relay}, now, rand.Reader); codeOf(t, err) != RelayState || IsRelay(relay) {
			t.Errorf("%q: %v", relay, err)
		}
	}
	for _, relay := range []string{"a", strings.Repeat("a", 80), "A-Z_09"} {
		if _, err := c.Start(Ask{Relay: relay}, now, rand.Reader); err != nil || !IsRelay(relay) {
			t.Errorf("%q: %v", relay, err)
		}
	}
}

func TestNoRequestWithoutRandomness(t *testing.T) {
	broken := errors.New("no more")
	if _, err := connect(t, settings(t)).Start(Ask{}, now, iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	one, err := connect(t, settings(t)).Start(Ask{}, now, bytes.NewReader(bytes.Repeat([]byte{1}, 20)))
	if err != nil || one.ID != "_"+strings.Repeat("01", 20) {
		t.Errorf("got %s, %v", one.ID, err)
	}
}

// schemas are where SimpleSAMLphp's Debian package keeps those of OASIS.
const schemas = "/usr/share/simplesamlphp/schemas"

// invalid is what xmllint has against a document by a schema; empty if it has nothing.
func invalid(t *testing.T, doc, schema string) string {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		storetest.Need(t, "xmllint (Debian: libxml2-utils)")
	}
	if _, err := os.Stat(schemas); err != nil {
		storetest.Need(t, "the schemas of OASIS (Debian: simplesamlphp)")
	}
	file := filepath.Join(t.TempDir(), "doc.xml")
	must(t, os.WriteFile(file, []byte(doc), 0o600))
	out, err := exec.Command("xmllint", "--nonet", "--noout", "--schema", filepath.Join(schemas, schema), file).CombinedOutput()
	if err != nil {
		return string(out)
	}
	return ""
}

func validate(t *testing.T, doc, schema string) {
	t.Helper()
	if errs := invalid(t, doc, schema); errs != "" {
		t.Errorf("%s\n%s", errs, doc)
	}
}

func TestDescriptor(t *testing.T) {
	s := settings(t)
	s.SignRequests = true
	doc := string(connect(t, s).Descriptor())
	validate(t, doc, "saml-schema-metadata-2.0.xsd")
	for _, want := range []string{
		`entityID="` + ourID + `"`, ourACS, ourSLO, `AuthnRequestsSigned="true"`, nsXEnc11 + "aes256-gcm",
		key(t, "ours").base64(), key(t, "ours before").base64(),
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("%s is not in it", want)
		}
	}
	if n := strings.Count(doc, "<md:KeyDescriptor"); n != 4 {
		t.Errorf("%d keys; both of ours are for both uses while one follows the other", n)
	}
	if strings.Contains(doc, "Artifact") || strings.Contains(doc, "validUntil") || strings.Contains(doc, "rsa-1_5") {
		t.Errorf("it offers what we do not do: %s", doc)
	}
	s.SLO, s.Subject, s.Keys = "", Subject{Attribute: EntraObjectID}, s.Keys[:1]
	validate(t, string(Descriptor(s)), "saml-schema-metadata-2.0.xsd")
}

func TestSchemaFindsMistakes(t *testing.T) {
	bad := strings.ReplaceAll(string(Descriptor(settings(t))), "SPSSODescriptor", "SPSODescriptor")
	if errs := invalid(t, bad, "saml-schema-metadata-2.0.xsd"); !strings.Contains(errs, "SPSODescriptor") {
		t.Errorf("the schema takes anything: %q", errs)
	}
}
