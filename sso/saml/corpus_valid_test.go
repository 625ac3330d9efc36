package saml

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// entra is what Entra ID sends as it comes, by its documentation.
func entra(l *letter) {
	l.nameID = nameID("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "ann@example.com")
	l.attributes = attributeOf(EntraObjectID, oid) + attributeOf(EntraTenantID, tenantID) + attributeOf(claims2005+"name", "ann@example.com") +
		attributeOf(claims2005+"emailaddress", "ann@example.com") + attributeOf(claims2005+"givenname", "Ann")
}

func byObjectID(s *Settings) {
	s.Subject = Subject{Attribute: EntraObjectID, Tenant: tenantID, TenantAttribute: EntraTenantID}
}

// inDefaultNamespace writes the assertion without prefixes.
func inDefaultNamespace(doc string) []edit {
	old := element(doc, "saml:Assertion")
	return []edit{{old, strings.ReplaceAll(strings.Replace(old, "xmlns:saml=", "xmlns=", 1), "saml:", "")}}
}

func values(n int) []string {
	groups := make([]string, n)
	for i := range groups {
		groups[i] = fmt.Sprintf("group-%04d", i)
	}
	return groups
}

func replacing(was, is string) func(testing.TB, string) string {
	return func(t testing.TB, doc string) string { return change(t, doc, []edit{{was, is}}) }
}

func validTrials() []trial {
	response := func(l *letter) { l.signAssertion, l.signResponse = false, true }
	both := func(l *letter) { l.signResponse = true }
	method := func(m, d string) func(*letter) {
		return func(l *letter) { l.assertionSignature.method, l.assertionSignature.digest = m, d }
	}
	info := func(info string) func(*letter) { return func(l *letter) { l.assertionSignature.keyInfo = info } }
	return []trial{
		{family: "valid", name: "assertion signed"},
		{family: "valid", name: "response signed", letter: response},
		{family: "valid", name: "both signed", letter: both},
		{family: "valid", name: "RSA-SHA384", letter: method("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#sha384")},
		{family: "valid", name: "RSA-SHA512", letter: method("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", nsXEnc+"sha512")},
		{family: "valid", name: "ECDSA-SHA256", keys: []string{"idp ec"}, letter: func(l *letter) {
			l.by, l.assertionSignature.method = "idp ec", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
		}},
		{family: "valid", name: "no KeyInfo, two certificates", keys: []string{"idp next", "idp"}, letter: info("")},
		{family: "valid", name: "RSAKeyValue, two certificates", keys: []string{"idp next", "idp"}, letter: info(keyInfoRSA)},
		{family: "valid", name: "KeyInfo of somebody else, who signed nothing", letter: func(l *letter) {
			l.afterSigning = []edit{{"<ds:SignatureValue>", "<ds:SignatureValue> "}}
		}, forge: func(t testing.TB, doc string) string {
			return change(t, doc, []edit{{part(t, doc, "ds:KeyInfo"), "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>" + key(t, "mallory").base64() + "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"}})
		}},
		{family: "valid", name: "certificate ended, key pinned", keys: []string{"idp ended"}, letter: func(l *letter) { l.by = "idp ended" }},
		{family: "valid", name: "we are the last of two audiences", letter: func(l *letter) { l.conditions = restriction("https://other.example", ourID) }},
		{family: "valid", name: "we are the first of two audiences", letter: func(l *letter) { l.conditions = restriction(ourID, "https://other.example") }},
		{family: "valid", name: "two restrictions, both with us", letter: func(l *letter) { l.conditions = restriction(ourID) + restriction("https://other.example", ourID) }},
		{family: "valid", name: "OneTimeUse and ProxyRestriction", letter: func(l *letter) {
			l.conditions = restriction(ourID) + `<saml:OneTimeUse/><saml:ProxyRestriction Count="0"/>`
		}},
		{family: "valid", name: "holder-of-key beside bearer", letter: func(l *letter) {
			l.beforeSigning = []edit{{"<saml:SubjectConfirmation ", `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"/><saml:SubjectConfirmation `}}
		}},
		{family: "valid", name: "InclusiveNamespaces and xs:string", letter: func(l *letter) {
			l.assertionSignature.prefixes = "xs"
			l.attributes = `<saml:Attribute Name="email"><saml:AttributeValue xsi:type="xs:string">ann@example.com</saml:AttributeValue></saml:Attribute>`
		}},
		{family: "valid", name: "both signed, with InclusiveNamespaces", letter: func(l *letter) {
			l.signResponse, l.assertionSignature.prefixes = true, "xs"
			l.attributes = `<saml:Attribute Name="email"><saml:AttributeValue xsi:type="xs:string">ann@example.com</saml:AttributeValue></saml:Attribute>`
		}},
		{family: "valid", name: "assertion in the default namespace", letter: func(l *letter) {
			l.beforeSigning = []edit{{"<saml:Conditions", `<Conditions xmlns="` + nsAssertion + `"`}, {"</saml:Conditions>", "</Conditions>"}}
		}},
		{family: "valid", name: "Entra: object id and tenant", set: byObjectID, letter: entra},
		{family: "valid", name: "Entra: its way of writing", set: byObjectID, letter: func(l *letter) {
			entra(l)
			l.assertionSignature.bare = true
			l.beforeSigning = inDefaultNamespace(l.xml())
		}},
		{family: "valid", name: "400 groups", letter: func(l *letter) { l.attributes = attributeOf("groups", values(400)...) }},
		{family: "valid", name: "byte order mark and XML declaration", forge: func(_ testing.TB, doc string) string {
			return "\ufeff<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + strings.TrimPrefix(doc, "<?xml version=\"1.0\"?>\n")
		}},
		{family: "valid", name: "base64 in lines", value: func(doc string) string {
			var b strings.Builder
			for text := encoded(doc); text != ""; text = text[min(76, len(text)):] {
				b.WriteString(text[:min(76, len(text))] + "\r\n")
			}
			return b.String()
		}},
		{family: "valid", name: "name with marks beyond ASCII", letter: func(l *letter) { l.nameID = nameID(FormatPersistent, "Żółć-Ünal-𝒜") }},
		{family: "valid", name: "white space around values", letter: func(l *letter) { l.nameID = nameID(FormatPersistent, "\n  "+persistent+"\n") }},
		{family: "valid", name: "unsigned response without destination", forge: replacing(` Destination="`+ourACS+`"`, "")},
		{family: "valid", name: "unsolicited, allowed", set: func(s *Settings) { s.Unsolicited = true }, letter: func(l *letter) {
			l.beforeSigning = []edit{{` InResponseTo="` + pendingID + `"`, ""}, {` InResponseTo="` + pendingID + `"`, ""}}
		}},
		{family: "valid", name: "answer to a request, unsolicited allowed", set: func(s *Settings) { s.Unsolicited = true }},
		{family: "valid", name: "no end of the session", letter: func(l *letter) {
			l.beforeSigning = []edit{{` SessionNotOnOrAfter="` + at(8*time.Hour) + `"`, ""}}
		}},
		{family: "valid", name: "qualifiers are the provider's and ours", letter: func(l *letter) {
			l.nameID = `<saml:NameID Format="` + FormatPersistent + `" NameQualifier="` + idpID + `" SPNameQualifier="` + ourID + `">` + persistent + `</saml:NameID>`
		}},
	}
}

// clockTrials go to each limit and a second beyond.
func clockTrials() []trial {
	const skew, age, second = time.Minute, 5 * time.Minute, time.Second
	var trials []trial
	for _, limit := range []struct {
		name      string
		within    time.Duration
		direction time.Duration // by which it goes beyond
		code      Code
		set       func(*letter, time.Duration)
	}{
		{"response issued in the future", skew, second, Early, func(l *letter, d time.Duration) { l.responseIssued = d }},
		{"response issued long ago", -age - skew + second, -second, Stale, func(l *letter, d time.Duration) { l.responseIssued = d }},
		{"assertion issued in the future", skew, second, Early, func(l *letter, d time.Duration) { l.issued = d }},
		{"assertion issued long ago", -age - skew + second, -second, Stale, func(l *letter, d time.Duration) { l.issued = d }},
		{"Conditions NotBefore", skew, second, Early, func(l *letter, d time.Duration) { l.notBefore = d }},
		{"Conditions NotOnOrAfter", -skew + second, -second, Stale, func(l *letter, d time.Duration) { l.notOnOrAfter = d }},
		{"confirmation NotOnOrAfter (CVE-2026-1190)", -skew + second, -second, Stale, func(l *letter, d time.Duration) { l.confirmed = d }},
		{"AuthnInstant", skew, second, Statement, func(l *letter, d time.Duration) { l.authenticated = d }},
		{"SessionNotOnOrAfter", -skew + second, -second, SessionOver, func(l *letter, d time.Duration) { l.sessionUntil = d }},
	} {
		trials = append(trials,
			trial{family: "21 time limits", name: limit.name + ", within", letter: func(l *letter) { limit.set(l, limit.within) }},
			trial{family: "21 time limits", name: limit.name + ", beyond", want: limit.code, letter: func(l *letter) { limit.set(l, limit.within+limit.direction) }})
	}
	return append(trials, trial{family: "21 time limits", name: "a time that is none", want: Shape, letter: func(l *letter) {
		l.beforeSigning = []edit{{`NotBefore="` + at(-time.Minute), `NotBefore="yesterday`}}
	}})
}
