package saml

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/usher"
)

// now is when all tests of judgement play.
var now = usher.TimeOf(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))

const (
	ourID      = "https://usher.example/saml"
	ourACS     = "https://usher.example/sso/work/acs"
	ourSLO     = "https://usher.example/sso/work/slo"
	idpID      = "https://idp.example/metadata"
	pendingID  = "_request1"
	oid        = "5f0c7a52-9d1e-4b7c-8a40-2f5d1b0c3e11"
	tenantID   = "0d9a3c54-6c1b-4a7e-9f10-7b2c4d5e6f70"
	persistent = "Ab3-9f8e7d6c5b4a"
)

// signer is a key with its certificate, in files for xmlsec1 too.
type signer struct {
	private           crypto.Signer
	cert              *x509.Certificate
	keyFile, certFile string
}

func (s signer) base64() string { return base64.StdEncoding.EncodeToString(s.cert.Raw) }

func (s signer) ours(t testing.TB) Key {
	t.Helper()
	key, ok := s.private.(*rsa.PrivateKey)
	if !ok {
		t.Fatal("not an RSA key")
	}
	return Key{key, s.cert}
}

// keyring makes each key of the tests once.
var keyring struct {
	sync.Mutex
	dir  string
	keys map[string]signer
}

func TestMain(m *testing.M) {
	code := m.Run()
	if keyring.dir != "" {
		os.RemoveAll(keyring.dir)
	}
	os.Exit(code)
}

// key gives the key of a name. The name says what is special of it: ec, weak, ended.
func key(t testing.TB, name string) signer {
	t.Helper()
	keyring.Lock()
	defer keyring.Unlock()
	if s, there := keyring.keys[name]; there {
		return s
	}
	if keyring.keys == nil {
		keyring.keys = make(map[string]signer)
		dir, err := os.MkdirTemp("", "usher-saml")
		must(t, err)
		keyring.dir = dir
	}
	s := makeKey(t, name)
	keyring.keys[name] = s
	return s
}

func makeKey(t testing.TB, name string) signer {
	t.Helper()
	var private crypto.Signer
	var err error
	switch {
	case strings.Contains(name, "ec"):
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case strings.Contains(name, "weak"):
		private, err = rsa.GenerateKey(rand.Reader, 1024)
	default:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	must(t, err)
	end := now.Std().Add(365 * 24 * time.Hour)
	if strings.Contains(name, "ended") {
		end = now.Std().Add(-24 * time.Hour)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(name))), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Std().Add(-365 * 24 * time.Hour), NotAfter: end,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	must(t, err)
	cert, err := x509.ParseCertificate(raw)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	s := signer{private, cert, filepath.Join(keyring.dir, name+".key"), filepath.Join(keyring.dir, name+".crt")}
	must(t, os.WriteFile(s.keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	must(t, os.WriteFile(s.certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600))
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// metadataOf is the metadata of the test's provider with these signing keys.
func metadataOf(t testing.TB, names ...string) []byte {
	t.Helper()
	var keys strings.Builder
	for _, name := range names {
		fmt.Fprintf(&keys, `<KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`, key(t, name).base64())
	}
	return []byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="` + idpID + `">` +
		`<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` + keys.String() +
		`<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/slo" ResponseLocation="https://idp.example/slo/done"/>` +
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso?app=7"/>` +
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/post"/>` +
		`</IDPSSODescriptor></EntityDescriptor>`)
}

// settings are those of most tests.
func settings(t testing.TB) Settings {
	t.Helper()
	return Settings{
		Name: "work", EntityID: ourID, ACS: ourACS, SLO: ourSLO, Keys: []Key{key(t, "ours").ours(t), key(t, "ours before").ours(t)},
		Subject: Subject{NameIDFormat: FormatPersistent}, AddressTrusted: true,
	}
}

// connect makes a connection with the given keys of the provider, or with its usual one.
func connect(t testing.TB, s Settings, names ...string) *Connection {
	t.Helper()
	if len(names) == 0 {
		names = []string{"idp"}
	}
	idp, err := ParseMetadata(metadataOf(t, names...), idpID, now)
	must(t, err)
	c, err := New(s, idp)
	must(t, err)
	return c
}
