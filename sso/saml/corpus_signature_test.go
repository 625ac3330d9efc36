package saml

import (
	"strings"
	"testing"
)

func signatureTrials() []trial {
	sig := func(change func(*template)) func(*letter) { return func(l *letter) { change(&l.assertionSignature) } }
	transforms := func(algorithms ...string) func(*letter) {
		return sig(func(s *template) {
			s.transforms = ""
			for _, a := range algorithms {
				s.transforms += `<ds:Transform Algorithm="` + a + `"/>`
			}
		})
	}
	const (
		sha1   = nsDSig + "sha1"
		incl10 = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
		dsig   = "16 references"
		keys   = "18 keys and algorithms"
	)
	return []trial{
		{family: dsig, name: "two references to the assertion (CVE-2026-33487)", want: BadSignature, letter: sig(func(s *template) { s.references = 2 })},
		{family: dsig, name: "second reference added afterwards", want: BadSignature, forge: func(t testing.TB, doc string) string {
			reference := part(t, doc, "ds:Reference")
			return change(t, doc, []edit{{reference, reference + strings.Replace(reference, "#_assertion1", "#_response1", 1)}})
		}},
		{family: dsig, name: "reference to another element", want: BadSignature, letter: func(l *letter) {
			l.assertionSignature.uri = "#_response1"
		}},
		{family: dsig, name: "empty URI", want: BadSignature, letter: sig(func(s *template) { s.uri = "" })},
		{family: dsig, name: "no URI", want: BadSignature, forge: replacing(` URI="#_assertion1"`, "")},
		{family: dsig, name: "XPointer", want: BadSignature, letter: sig(func(s *template) { s.uri = "#xpointer(id('_assertion1'))" })},
		{family: dsig, name: "second SignedInfo", want: BadSignature, forge: func(t testing.TB, doc string) string {
			info := part(t, doc, "ds:SignedInfo")
			return change(t, doc, []edit{{info, info + info}})
		}},
		{family: dsig, name: "second signature on the assertion", want: BadSignature, forge: func(t testing.TB, doc string) string {
			whole := part(t, doc, "ds:Signature")
			return change(t, doc, []edit{{whole, whole + whole}})
		}},
		{family: dsig, name: "Object in the signature", want: BadSignature, forge: func(t testing.TB, doc string) string {
			return into(t, doc, "ds:Signature", "<ds:Object/>")
		}},
		{family: "transforms", name: "no enveloped signature", want: BadSignature, forge: func(t testing.TB, doc string) string {
			return change(t, doc, []edit{{`<ds:Transform Algorithm="` + algEnveloped + `"/>`, ""}})
		}},
		{family: "transforms", name: "inclusive canonicalisation", want: Algorithm, letter: transforms(algEnveloped, incl10)},
		{family: "transforms", name: "inclusive canonicalisation of SignedInfo", want: Algorithm, letter: sig(func(s *template) { s.c14n = incl10 })},
		{family: "transforms", name: "three", want: BadSignature, letter: transforms(algEnveloped, algExcC14N, algExcC14N)},
		{family: "transforms", name: "XSLT", want: Algorithm, forge: replacing(`<ds:Transform Algorithm="`+algExcC14N, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116`)},
		{family: "transforms", name: "XPath that selects nothing", want: BadSignature, forge: replacing(`<ds:Transform Algorithm="`+algExcC14N+`"/>`,
			`<ds:Transform Algorithm="`+algExcC14N+`"><ds:XPath>self::text()</ds:XPath></ds:Transform>`)},
		{family: "transforms", name: "void canonicalisation by a relative namespace (CVE-2025-66568)", want: Shape, forge: replacing("<saml:Subject>", `<saml:Subject xmlns:x="relative">`)},
		{family: keys, name: "attacker's key, with its certificate in KeyInfo", want: Signature, letter: func(l *letter) { l.by = "mallory" }},
		{family: keys, name: "attacker's key, with RSAKeyValue", want: Signature, letter: func(l *letter) { l.by, l.assertionSignature.keyInfo = "mallory", keyInfoRSA }},
		{family: keys, name: "attacker's key under the provider's certificate", want: Signature, letter: func(l *letter) { l.by = "mallory" }, forge: func(t testing.TB, doc string) string {
			return change(t, doc, []edit{{part(t, doc, "ds:X509Certificate"), "<ds:X509Certificate>" + key(t, "idp").base64() + "</ds:X509Certificate>"}})
		}},
		{family: keys, name: "changed after signing", want: Signature, forge: replacing(persistent, "mallory")},
		{family: keys, name: "HMAC with the certificate as its secret", want: Algorithm, letter: func(l *letter) { l.signAssertion = false }, forge: func(t testing.TB, doc string) string {
			s := signatureOf("_assertion1")
			s.method, s.keyInfo = nsDSig+"hmac-sha1", ""
			doc = change(t, doc, []edit{{"<saml:Subject>", s.String() + "<saml:Subject>"}})
			return xmlsec(t, doc, append([]string{"--sign", "--hmackey", key(t, "idp").certFile}, idAttributes...)...)
		}},
		{family: keys, name: "RSA-SHA1", want: Algorithm, letter: sig(func(s *template) { s.method = nsDSig + "rsa-sha1" })},
		{family: keys, name: "digest SHA-1", want: Algorithm, letter: sig(func(s *template) { s.digest = sha1 })},
		{family: keys, name: "digest cut short", want: Signature, forge: func(t testing.TB, doc string) string {
			return change(t, doc, []edit{{part(t, doc, "ds:DigestValue"), "<ds:DigestValue>AAAA</ds:DigestValue>"}})
		}},
		{family: keys, name: "element in the DigestValue", want: BadSignature, forge: replacing("</ds:DigestValue>", "<x/></ds:DigestValue>")},
		{family: keys, name: "HMACOutputLength", want: BadSignature, forge: replacing(`<ds:SignatureMethod Algorithm="`+algRSASHA256+`"/>`,
			`<ds:SignatureMethod Algorithm="`+algRSASHA256+`"><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>`)},
		{family: keys, name: "weak key, left out of the metadata", want: Signature, keys: []string{"idp", "idp weak"}, letter: func(l *letter) { l.by = "idp weak" }},
		{family: keys, name: "ECDSA from another key", want: Signature, keys: []string{"idp ec"}, letter: func(l *letter) {
			l.by, l.assertionSignature.method = "mallory ec", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
		}},
		{family: keys, name: "response signed by the provider, assertion by somebody else", want: Signature, letter: func(l *letter) { l.by = "mallory" }, forge: func(t testing.TB, doc string) string {
			s := signatureOf("_response1")
			return sign(t, change(t, doc, []edit{{"<samlp:Status>", s.String() + "<samlp:Status>"}}), "_response1", key(t, "idp"))
		}},
		{family: keys, name: "assertion signed by the provider, response by somebody else", want: Signature, forge: func(t testing.TB, doc string) string {
			s := signatureOf("_response1")
			return sign(t, change(t, doc, []edit{{"<samlp:Status>", s.String() + "<samlp:Status>"}}), "_response1", key(t, "mallory"))
		}},
		{family: "24 provider", name: "other provider's key", want: Signature, letter: func(l *letter) { l.by = "other idp" }},
		{family: "24 provider", name: "certificate rotated out", want: Signature, keys: []string{"idp next"}},
		{
			family: "24 provider", name: "certificate ended, and the connection wants a current one", want: Ended, keys: []string{"idp ended"},
			set: func(s *Settings) { s.RefuseEnded = true }, letter: func(l *letter) { l.by = "idp ended" },
		},
		{family: "24 provider", name: "assertion of another issuer", want: Issuer, letter: func(l *letter) { l.assertionIssuer = "https://other.example" }},
		{family: "24 provider", name: "response of another issuer", want: Issuer, letter: func(l *letter) { l.issuer = "https://other.example" }},
		{family: "24 provider", name: "assertion without issuer", want: Shape, letter: func(l *letter) {
			l.beforeSigning = []edit{{"<saml:Issuer>" + idpID + "</saml:Issuer><ds:", "<ds:"}}
		}},
		{family: "24 provider", name: "issuer of another format", want: Issuer, letter: func(l *letter) {
			l.beforeSigning = []edit{{"<saml:Issuer>" + idpID + "</saml:Issuer><ds:", `<saml:Issuer Format="` + FormatPersistent + `">` + idpID + "</saml:Issuer><ds:"}}
		}},
	}
}
