package saml

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"usher/internal/store/storetest"
)

// signed keeps what xmlsec1 has made of a document, since many tests begin with the same one.
var signed sync.Map

// xmlsec runs xmlsec1 over a document. What signs and encrypts in these tests is never the library under test.
func xmlsec(t testing.TB, doc string, arguments ...string) string {
	t.Helper()
	memo := strings.Join(arguments, " ") + doc
	if out, there := signed.Load(memo); there {
		return out.(string)
	}
	if _, err := exec.LookPath("xmlsec1"); err != nil {
		storetest.Need(t, "xmlsec1")
	}
	file := filepath.Join(t.TempDir(), "in.xml")
	must(t, os.WriteFile(file, []byte(doc), 0o600))
	cmd := exec.Command("xmlsec1", append(arguments, file)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("xmlsec1 %v: %v\n%s\n%s", arguments, err, errs.String(), doc)
	}
	signed.Store(memo, out.String())
	return out.String()
}

var idAttributes = []string{
	"--id-attr:ID", nsAssertion + ":Assertion", "--id-attr:ID", nsProtocol + ":Response",
	"--id-attr:ID", nsProtocol + ":LogoutRequest", "--id-attr:ID", nsProtocol + ":LogoutResponse",
}

// sign fills in the signature template that stands in the element of the id.
func sign(t testing.TB, doc, id string, s signer) string {
	t.Helper()
	arguments := append([]string{"--sign", "--privkey-pem", s.keyFile + "," + s.certFile}, idAttributes...)
	return xmlsec(t, doc, append(arguments, "--node-xpath", fmt.Sprintf("//*[local-name()='Signature' and ../@ID='%s']", id))...)
}

// template is an empty signature.
type template struct {
	uri, c14n, method, digest, transforms, keyInfo string
	references                                     int
	prefixes                                       string
	bare                                           bool // in the default namespace, as Entra ID writes it
}

const (
	keyInfoX509 = `<ds:KeyInfo><ds:X509Data/></ds:KeyInfo>`
	keyInfoRSA  = `<ds:KeyInfo><ds:KeyValue/></ds:KeyInfo>`
)

func signatureOf(id string) template {
	return template{
		uri: "#" + id, c14n: algExcC14N, method: algRSASHA256, digest: nsXEnc + "sha256", keyInfo: keyInfoX509, references: 1,
		transforms: `<ds:Transform Algorithm="` + algEnveloped + `"/><ds:Transform Algorithm="` + algExcC14N + `"/>`,
	}
}

func (s template) String() string {
	transforms := s.transforms
	if s.prefixes != "" {
		transforms = strings.Replace(transforms, `"`+algExcC14N+`"/>`, `"`+algExcC14N+`"><ec:InclusiveNamespaces xmlns:ec="`+algExcC14N+`" PrefixList="`+s.prefixes+`"/></ds:Transform>`, 1)
	}
	reference := `<ds:Reference URI="` + s.uri + `"><ds:Transforms>` + transforms + `</ds:Transforms><ds:DigestMethod Algorithm="` + s.digest + `"/><ds:DigestValue></ds:DigestValue></ds:Reference>`
	whole := `<ds:Signature xmlns:ds="` + nsDSig + `"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + s.c14n + `"/><ds:SignatureMethod Algorithm="` + s.method + `"/>` +
		strings.Repeat(reference, s.references) + `</ds:SignedInfo><ds:SignatureValue></ds:SignatureValue>` + s.keyInfo + `</ds:Signature>`
	if s.bare {
		whole = strings.ReplaceAll(strings.Replace(whole, "xmlns:ds=", "xmlns=", 1), "ds:", "")
	}
	return whole
}

// encrypt puts the assertion of a document into an EncryptedAssertion.
func encrypt(t testing.TB, doc, content, transport, digest, session string, to signer) string {
	t.Helper()
	doc = strings.Replace(doc, "<saml:Assertion ", "<saml:EncryptedAssertion><saml:Assertion ", 1)
	doc = strings.Replace(doc, "</saml:Assertion>", "</saml:Assertion></saml:EncryptedAssertion>", 1)
	method := `<xenc:EncryptionMethod Algorithm="` + transport + `"/>`
	if digest != "" {
		method = `<xenc:EncryptionMethod Algorithm="` + transport + `"><ds:DigestMethod Algorithm="` + digest + `"/></xenc:EncryptionMethod>`
	}
	form := `<xenc:EncryptedData xmlns:xenc="` + nsXEnc + `" Type="` + nsXEnc + `Element"><xenc:EncryptionMethod Algorithm="` + content + `"/>` +
		`<ds:KeyInfo xmlns:ds="` + nsDSig + `"><xenc:EncryptedKey>` + method + `<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>` +
		`<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>`
	memo := content + transport + digest + session + to.certFile + doc
	if out, there := signed.Load(memo); there {
		return out.(string)
	}
	file := filepath.Join(t.TempDir(), "template.xml")
	must(t, os.WriteFile(file, []byte(form), 0o600))
	data := filepath.Join(t.TempDir(), "data.xml")
	must(t, os.WriteFile(data, []byte(doc), 0o600))
	if _, err := exec.LookPath("xmlsec1"); err != nil {
		storetest.Need(t, "xmlsec1")
	}
	cmd := exec.Command("xmlsec1", "--encrypt", "--pubkey-cert-pem", to.certFile, "--session-key", session, "--xml-data", data,
		"--node-xpath", "//*[local-name()='Assertion']", file)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("xmlsec1 --encrypt: %v\n%s", err, errs.String())
	}
	signed.Store(memo, out.String())
	return out.String()
}
