package saml

import (
	"strings"
	"testing"
)

func markupTrials() []trial {
	doctype := func(declaration string) func(testing.TB, string) string {
		return func(_ testing.TB, doc string) string { return declaration + bare(doc) }
	}
	trials := []trial{
		{family: "11 comments", name: "at the start of the NameID", want: Markup, forge: replacing(persistent, "<!--x-->"+persistent)},
		{family: "11 comments", name: "in the NameID", want: Markup, forge: replacing(persistent, persistent[:3]+"<!--x-->"+persistent[3:])},
		{family: "11 comments", name: "at the end of the NameID", want: Markup, forge: replacing(persistent, persistent+"<!--x-->")},
		{family: "11 comments", name: "in the issuer", want: Markup, forge: replacing(idpID, idpID+"<!-- -->.evil.example")},
		{family: "11 comments", name: "in an attribute's value", want: Markup, forge: replacing("ann@example.com", "ann@example.com<!-- -->.evil.example")},
		{family: "11 comments", name: "in the DigestValue", want: Markup, forge: replacing("<ds:DigestValue>", "<ds:DigestValue><!--AAAA-->")},
		{family: "11 comments", name: "outside of the root", want: Markup, forge: func(_ testing.TB, doc string) string { return doc + "<!-- -->" }},
		{family: "15 declarations", name: "DOCTYPE", want: Markup, forge: doctype("<!DOCTYPE Response>")},
		{family: "15 declarations", name: "external entity", want: Markup, forge: doctype(`<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>`)},
		{family: "15 declarations", name: "external DTD", want: Markup, forge: doctype(`<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">`)},
		{family: "15 declarations", name: "entities that multiply", want: Markup, forge: doctype(
			`<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`)},
		{family: "15 declarations", name: "DOCTYPE that one parser skips (CVE-2025-25291)", want: Markup, forge: doctype(`<!DOCTYPE r [<!NOTATION x SYSTEM "x]><!--'"><!--">]>`)},
		{family: "15 declarations", name: "entity for the signature (CVE-2025-23369)", want: Markup, forge: func(t testing.TB, doc string) string {
			return `<!DOCTYPE r [<!ENTITY id "_assertion1">]>` + change(t, bare(doc), []edit{{`ID="_assertion1"`, `ID="&id;"`}})
		}},
		{family: "15 declarations", name: "entity without declaration", want: NotXML, forge: replacing(persistent, "&ann;")},
		{family: "15 declarations", name: "CDATA in the NameID", want: Markup, forge: replacing(persistent, "<![CDATA["+persistent+"]]>")},
		{family: "15 declarations", name: "processing instruction in the NameID", want: Markup, forge: replacing(persistent, persistent+"<?x?>.evil")},
		{family: "15 declarations", name: "second XML declaration", want: Markup, forge: replacing("<samlp:Status>", `<?xml version="1.0"?><samlp:Status>`)},
		{family: "17 parsers", name: "prefix bound anew around the assertion (CVE-2025-25292)", want: Shape, forge: replacing("<saml:Assertion xmlns:saml=\""+nsAssertion, "<saml:Assertion xmlns:saml=\"urn:evil")},
		{family: "17 parsers", name: "prefix of the signature bound anew", want: Shape, forge: replacing(`<ds:Signature xmlns:ds="`+nsDSig, `<ds:Signature xmlns:ds="urn:evil`)},
		{family: "17 parsers", name: "prefix of the subject bound anew", want: Signature, forge: replacing("<saml:Subject>", `<saml:Subject xmlns:saml="urn:evil">`)},
		{family: "17 parsers", name: "attribute twice", want: Shape, forge: replacing(`ID="_assertion1"`, `ID="_assertion1" ID="_evil1"`)},
		{family: "17 parsers", name: "attribute twice, by prefix", want: BadSignature, forge: replacing(`<ds:DigestMethod `, `<ds:DigestMethod xmlns:x="`+nsDSig+`" x:Algorithm="`+nsDSig+`sha1" `)},
		{family: "17 parsers", name: "name with two colons (CVE-2020-29511)", want: NotXML, forge: replacing("<samlp:Status>", "<x::y/><samlp:Status>")},
		{family: "17 parsers", name: "attribute without a name before the colon (CVE-2020-29509)", want: NotXML, forge: replacing("<samlp:Status>", `<samlp:Status :x="y">`)},
		{family: "17 parsers", name: "prefix undeclared", want: Shape, forge: replacing("<samlp:Status>", `<samlp:Status xmlns:x="">`)},
		{family: "17 parsers", name: "prefix that nobody declared", want: Signature, forge: replacing("<saml:Subject>", `<evil:Subject/><saml:Subject>`)},
		{family: "17 parsers", name: "xml prefix bound anew", want: Signature, forge: replacing("<saml:Subject>", `<saml:Subject xmlns:xml="urn:evil">`)},
		{family: "17 parsers", name: "text outside of the root", want: NotXML, forge: func(_ testing.TB, doc string) string { return doc + "x" }},
		{family: "17 parsers", name: "two roots", want: NotXML, forge: func(t testing.TB, doc string) string { return evil(t, bare(doc)) + bare(doc) }},
		{family: "17 parsers", name: "root of another namespace", want: WrongMessage, forge: replacing(`xmlns:samlp="`+nsProtocol, `xmlns:samlp="urn:evil`)},
		{family: "17 parsers", name: "SAML 1.1 response", want: WrongMessage, forge: replacing(`xmlns:samlp="`+nsProtocol, `xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol`)},
		{family: "17 parsers", name: "logout response of the same provider", want: WrongMessage, forge: func(_ testing.TB, doc string) string {
			return strings.ReplaceAll(doc, "samlp:Response", "samlp:LogoutResponse")
		}},
		{family: "17 parsers", name: "UTF-16", want: NotXML, forge: func(_ testing.TB, doc string) string {
			var b strings.Builder
			for _, c := range []byte(doc) {
				b.Write([]byte{c, 0})
			}
			return "\xff\xfe" + b.String()
		}},
		{family: "17 parsers", name: "another encoding declared", want: NotXML, forge: func(_ testing.TB, doc string) string {
			return `<?xml version="1.0" encoding="UTF-7"?>` + bare(doc)
		}},
		{family: "17 parsers", name: "NUL in the NameID", want: NotXML, forge: replacing(persistent, persistent+"\x00.evil")},
		{family: "17 parsers", name: "element in the NameID", want: Signature, forge: replacing(persistent, persistent+"<x/>")},
		{family: "17 parsers", name: "cut off", want: NotXML, forge: func(_ testing.TB, doc string) string { return doc[:len(doc)-30] }},
	}
	return trials
}
