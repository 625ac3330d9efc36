package saml

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"strings"
	"testing"
)

func before(was, is string) func(*letter) {
	return func(l *letter) { l.beforeSigning = []edit{{was, is}} }
}

// cut takes a whole element out before signing.
func cut(tag string) func(*letter) {
	return func(l *letter) { l.beforeSigning = []edit{{element(l.xml(), tag), ""}} }
}

func profileTrials() []trial {
	conditions := func(c string) func(*letter) { return func(l *letter) { l.conditions = c } }
	return []trial{
		{family: "19 audience", name: "another service", want: Audience, letter: conditions(restriction("https://other.example"))},
		{family: "19 audience", name: "none", want: Audience, letter: conditions("")},
		{family: "19 audience", name: "two restrictions, one without us", want: Audience, letter: conditions(restriction(ourID) + restriction("https://other.example"))},
		{family: "19 audience", name: "two restrictions, the other way round", want: Audience, letter: conditions(restriction("https://other.example") + restriction(ourID))},
		{family: "19 audience", name: "ours with more behind it", want: Audience, letter: conditions(restriction(ourID + ".evil.example"))},
		{family: "19 audience", name: "ours in capitals", want: Audience, letter: conditions(restriction(strings.ToUpper(ourID)))},
		{family: "19 audience", name: "restriction without an audience", want: Audience, letter: conditions("<saml:AudienceRestriction/>")},
		{family: "19 audience", name: "no Conditions", want: Shape, letter: cut("saml:Conditions")},
		{family: "19 audience", name: "Conditions twice", want: Shape, letter: before("<saml:AuthnStatement", "<saml:Conditions>"+restriction(ourID)+"</saml:Conditions><saml:AuthnStatement")},
		{family: "19 audience", name: "condition that nobody knows", want: Condition, letter: conditions(restriction(ourID) + `<saml:Condition xsi:type="x:OnlyOnMondays"/>`)},
		{family: "20 recipient and destination", name: "recipient elsewhere", want: Recipient, letter: func(l *letter) { l.recipient = "https://other.example/acs" }},
		{family: "20 recipient and destination", name: "recipient with more behind it", want: Recipient, letter: func(l *letter) { l.recipient = ourACS + "/extra" }},
		{family: "20 recipient and destination", name: "no recipient", want: Recipient, letter: before(` Recipient="`+ourACS+`"`, "")},
		{family: "20 recipient and destination", name: "destination elsewhere", want: Destination, letter: func(l *letter) { l.destination = "https://other.example/acs" }},
		{family: "20 recipient and destination", name: "empty destination", want: Destination, letter: func(l *letter) { l.destination = "" }},
		{family: "20 recipient and destination", name: "signed response without destination", want: Destination, letter: func(l *letter) {
			l.signAssertion, l.signResponse = false, true
			l.beforeSigning = []edit{{` Destination="` + ourACS + `"`, ""}}
		}},
		{family: "bearer", name: "holder-of-key alone", want: Confirmation, letter: before(methodBearer, "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")},
		{family: "bearer", name: "sender-vouches alone", want: Confirmation, letter: before(methodBearer, "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches")},
		{family: "bearer", name: "no confirmation", want: Confirmation, letter: cut("saml:SubjectConfirmation")},
		{family: "bearer", name: "no confirmation data", want: Confirmation, letter: func(l *letter) {
			doc := l.xml()
			start := strings.Index(doc, "<saml:SubjectConfirmationData")
			l.beforeSigning = []edit{{doc[start : start+strings.Index(doc[start:], "/>")+2], ""}}
		}},
		{family: "bearer", name: "confirmation without an end", want: Confirmation, letter: func(l *letter) {
			l.beforeSigning = []edit{{` NotOnOrAfter="` + at(l.confirmed) + `" Recipient`, " Recipient"}}
		}},
		{family: "bearer", name: "no subject", want: Shape, letter: cut("saml:Subject")},
		{family: "bearer", name: "two subjects", want: Shape, letter: before("<saml:Subject>", "<saml:Subject><saml:NameID>mallory</saml:NameID></saml:Subject><saml:Subject>")},
		{family: "statements", name: "no AuthnStatement", want: Statement, letter: cut("saml:AuthnStatement")},
		{family: "statements", name: "no AuthnInstant", want: Statement, letter: before(` AuthnInstant="`+at(0)+`"`, "")},
		{family: "statements", name: "the provider says no", want: Status, forge: replacing(statusSuccess, "urn:oasis:names:tc:SAML:2.0:status:Responder")},
		{family: "statements", name: "no status", want: Shape, forge: func(t testing.TB, doc string) string {
			return change(t, doc, []edit{{part(t, doc, "samlp:Status"), ""}})
		}},
		{family: "statements", name: "response of version 1.1", want: Version, forge: replacing(`Version="2.0"`, `Version="1.1"`)},
		{family: "statements", name: "assertion of version 1.1", want: Version, letter: before(`ID="_assertion1" Version="2.0"`, `ID="_assertion1" Version="1.1"`)},
		{family: "statements", name: "response without a time", want: Shape, forge: replacing(` IssueInstant="`+at(0)+`"`, "")},
	}
}

func requestTrials() []trial {
	unsolicited := func(l *letter) {
		l.beforeSigning = []edit{{` InResponseTo="` + pendingID + `"`, ""}, {` InResponseTo="` + pendingID + `"`, ""}}
	}
	allowed := func(s *Settings) { s.Unsolicited = true }
	same := func(_ testing.TB, doc string) string { return doc }
	const family, replay = "22 InResponseTo", "23 replay"
	return []trial{
		{family: family, name: "unsolicited, not allowed (CVE-2026-9098)", want: Unsolicited, letter: unsolicited},
		{family: family, name: "unknown request", want: notPending, letter: func(l *letter) { l.inResponseTo, l.answers = "_unknown", "_unknown" }},
		{family: family, name: "unknown request, unsolicited allowed", want: notPending, set: allowed, letter: func(l *letter) { l.inResponseTo, l.answers = "_unknown", "_unknown" }},
		{family: family, name: "unsolicited assertion dressed as an answer", want: InResponseTo, set: allowed, letter: func(l *letter) {
			l.beforeSigning = []edit{{` InResponseTo="` + pendingID + `" NotOnOrAfter`, " NotOnOrAfter"}}
		}},
		{family: family, name: "answer undressed, unsolicited allowed", want: InResponseTo, set: allowed, forge: replacing(` InResponseTo="`+pendingID+`"`, "")},
		{family: family, name: "somebody else's answer under our request", want: InResponseTo, letter: func(l *letter) { l.answers = "_request2" }},
		{family: replay, name: "the same again", want: replayed, before: same},
		{family: replay, name: "the same again, unsolicited", want: replayed, set: allowed, letter: unsolicited, before: same},
		{family: replay, name: "the same assertion in another response", want: replayed, set: allowed, letter: unsolicited, before: same, forge: replacing(`ID="_response1"`, `ID="_response2"`)},
		{family: replay, name: "the same assertion, encrypted now", want: replayed, set: allowed, letter: unsolicited, before: same, forge: func(t testing.TB, doc string) string {
			return encrypt(t, bare(doc), nsXEnc11+"aes256-gcm", oaep, "", "aes-256", key(t, "ours"))
		}},
		{family: replay, name: "another assertion", set: allowed, letter: unsolicited, before: func(t testing.TB, _ string) string {
			l := newLetter()
			unsolicited(&l)
			l.assertionID, l.assertionSignature = "_assertion2", signatureOf("_assertion2")
			return l.write(t)
		}},
	}
}

func subjectTrials() []trial {
	format := func(f string) func(*letter) { return func(l *letter) { l.nameID = nameID(f, "ann@example.com") } }
	attributes := func(a string) func(*letter) {
		return func(l *letter) { entra(l); l.attributes = a }
	}
	const family = "subject"
	return []trial{
		{family: family, name: "NameID is an address", want: SubjectFormat, letter: format("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")},
		{family: family, name: "NameID is transient", want: SubjectFormat, letter: format("urn:oasis:names:tc:SAML:2.0:nameid-format:transient")},
		{family: family, name: "NameID without a format", want: SubjectFormat, letter: func(l *letter) { l.nameID = "<saml:NameID>ann</saml:NameID>" }},
		{family: family, name: "NameID empty", want: NoSubject, letter: func(l *letter) { l.nameID = nameID(FormatPersistent, " ") }},
		{family: family, name: "no NameID", want: NoSubject, letter: func(l *letter) { l.nameID = "" }},
		{family: family, name: "two NameIDs", want: NoSubject, letter: func(l *letter) { l.nameID += l.nameID }},
		{family: family, name: "element in a signed NameID", want: NoSubject, letter: func(l *letter) { l.nameID = nameID(FormatPersistent, persistent+"<saml:x/>") }},
		{family: family, name: "NameID made for another service", want: SubjectFormat, letter: func(l *letter) {
			l.nameID = `<saml:NameID Format="` + FormatPersistent + `" SPNameQualifier="https://other.example">` + persistent + `</saml:NameID>`
		}},
		{family: family, name: "object id missing", want: NoSubject, set: byObjectID, letter: attributes(attributeOf(EntraTenantID, tenantID))},
		{family: family, name: "object id twice", want: NoSubject, set: byObjectID, letter: attributes(attributeOf(EntraTenantID, tenantID) + attributeOf(EntraObjectID, oid, "other"))},
		{family: family, name: "object id by FriendlyName", want: NoSubject, set: byObjectID, letter: attributes(attributeOf(EntraTenantID, tenantID) +
			`<saml:Attribute Name="x" FriendlyName="` + EntraObjectID + `"><saml:AttributeValue>` + oid + `</saml:AttributeValue></saml:Attribute>`)},
		{family: family, name: "another tenant", want: Tenant, set: byObjectID, letter: attributes(attributeOf(EntraTenantID, oid) + attributeOf(EntraObjectID, oid))},
		{family: family, name: "no tenant", want: Tenant, set: byObjectID, letter: attributes(attributeOf(EntraObjectID, oid))},
		{family: family, name: "two tenants", want: Tenant, set: byObjectID, letter: attributes(attributeOf(EntraTenantID, tenantID, oid) + attributeOf(EntraObjectID, oid))},
	}
}

func sizeTrials() []trial {
	const family = "size"
	long := func(tag string, n int) func(testing.TB, string) string {
		return replacing("<samlp:Status>", strings.Repeat(tag, n)+"<samlp:Status>")
	}
	packed := func(doc string) string {
		var b bytes.Buffer
		w, _ := flate.NewWriter(&b, flate.BestCompression)
		w.Write([]byte(doc))
		w.Close()
		return base64.StdEncoding.EncodeToString(b.Bytes())
	}
	return []trial{
		{family: family, name: "more than 1,000 elements (goxmldsig 202)", want: TooLarge, letter: func(l *letter) { l.attributes = attributeOf("groups", values(1200)...) }},
		{family: family, name: "nested 100 deep (GHSA-qhrp-hfff-vphr)", want: TooLarge, forge: replacing("<samlp:Status>", strings.Repeat("<samlp:Extensions>", 100)+strings.Repeat("</samlp:Extensions>", 100)+"<samlp:Status>")},
		{family: family, name: "1 MB", want: TooLarge, forge: long(strings.Repeat(" ", 1000), 1000)},
		{family: family, name: "1,000 attributes on one element", want: TooLarge, forge: func(t testing.TB, doc string) string {
			var b strings.Builder
			for _, group := range values(1000) {
				b.WriteString(" " + group + `="x"`)
			}
			return change(t, doc, []edit{{"<samlp:Status>", "<samlp:Status" + b.String() + ">"}})
		}},
		{family: family, name: "DEFLATE over POST", want: NotXML, value: packed},
		{family: family, name: "DEFLATE bomb over POST (CVE-2023-28119)", want: NotXML, value: func(string) string { return packed(strings.Repeat("a", 20<<20)) }},
		{family: family, name: "not base64", want: NotBase64, value: func(string) string { return "<samlp:Response/>" }},
		{family: family, name: "empty", want: NotXML, value: func(string) string { return "" }},
		{family: family, name: "a web page", want: NotXML, value: func(string) string { return encoded("<html><body>Sign in<br></body></html>") }},
	}
}
