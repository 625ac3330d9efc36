package saml

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// letter is a response of the test's provider, before it is written. Tests change what they are about.
type letter struct {
	responseID, assertionID                     string
	inResponseTo, answers                       string // of the response, and of the confirmation
	issuer, assertionIssuer                     string
	destination, recipient                      string
	conditions                                  string // what stands in Conditions
	nameID                                      string // the whole element
	attributes                                  string
	responseIssued, issued                      time.Duration // from now
	notBefore, notOnOrAfter, confirmed          time.Duration
	authenticated, sessionUntil                 time.Duration
	signAssertion, signResponse                 bool
	assertionSignature, responseSignature       template
	by                                          string // who signs
	encryption                                  *encryption
	beforeSigning, beforeResponse, afterSigning []edit
}

type encryption struct{ content, transport, digest, session, to string }

// edit replaces one text by another, once; a text that is not there is a mistake of the test.
type edit struct{ old, new string }

func restriction(audiences ...string) string {
	return "<saml:AudienceRestriction><saml:Audience>" + strings.Join(audiences, "</saml:Audience><saml:Audience>") + "</saml:Audience></saml:AudienceRestriction>"
}

func nameID(format, value string) string {
	return `<saml:NameID Format="` + format + `">` + value + `</saml:NameID>`
}

func attributeOf(name string, values ...string) string {
	return `<saml:Attribute Name="` + name + `"><saml:AttributeValue>` + strings.Join(values, "</saml:AttributeValue><saml:AttributeValue>") + `</saml:AttributeValue></saml:Attribute>`
}

// newLetter is a letter in which all is right, with a signed assertion.
func newLetter() letter {
	return letter{
		responseID: "_response1", assertionID: "_assertion1", inResponseTo: pendingID, answers: pendingID,
		issuer: idpID, assertionIssuer: idpID, destination: ourACS, recipient: ourACS, conditions: restriction(ourID),
		nameID: nameID(FormatPersistent, persistent), attributes: attributeOf("email", "ann@example.com"),
		notBefore: -time.Minute, notOnOrAfter: 4 * time.Minute, confirmed: 4 * time.Minute, sessionUntil: 8 * time.Hour,
		signAssertion: true, by: "idp",
		assertionSignature: signatureOf("_assertion1"), responseSignature: signatureOf("_response1"),
	}
}

func at(d time.Duration) string { return now.Std().Add(d).Format("2006-01-02T15:04:05.000Z") }

func (l letter) xml() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<samlp:Response xmlns:samlp="%s" xmlns:saml="%s" ID="%s" Version="2.0" IssueInstant="%s" Destination="%s" InResponseTo="%s"><saml:Issuer>%s</saml:Issuer>`,
		nsProtocol, nsAssertion, l.responseID, at(l.responseIssued), l.destination, l.inResponseTo, l.issuer)
	if l.signResponse {
		b.WriteString(l.responseSignature.String())
	}
	b.WriteString(`<samlp:Status><samlp:StatusCode Value="` + statusSuccess + `"/></samlp:Status>`)
	fmt.Fprintf(&b, `<saml:Assertion xmlns:saml="%s" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="%s" Version="2.0" IssueInstant="%s"><saml:Issuer>%s</saml:Issuer>`,
		nsAssertion, l.assertionID, at(l.issued), l.assertionIssuer)
	if l.signAssertion {
		b.WriteString(l.assertionSignature.String())
	}
	fmt.Fprintf(&b, `<saml:Subject>%s<saml:SubjectConfirmation Method="%s"><saml:SubjectConfirmationData InResponseTo="%s" NotOnOrAfter="%s" Recipient="%s"/></saml:SubjectConfirmation></saml:Subject>`,
		l.nameID, methodBearer, l.answers, at(l.confirmed), l.recipient)
	fmt.Fprintf(&b, `<saml:Conditions NotBefore="%s" NotOnOrAfter="%s">%s</saml:Conditions>`, at(l.notBefore), at(l.notOnOrAfter), l.conditions)
	fmt.Fprintf(&b, `<saml:AuthnStatement AuthnInstant="%s" SessionIndex="_session1" SessionNotOnOrAfter="%s"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
		at(l.authenticated), at(l.sessionUntil))
	b.WriteString(`<saml:AttributeStatement>` + l.attributes + `</saml:AttributeStatement></saml:Assertion></samlp:Response>`)
	return b.String()
}

// write signs and encrypts the letter.
func (l letter) write(t testing.TB) string {
	t.Helper()
	doc := change(t, l.xml(), l.beforeSigning)
	if l.signAssertion {
		doc = sign(t, doc, l.assertionID, key(t, l.by))
	}
	doc = change(t, doc, l.beforeResponse)
	if e := l.encryption; e != nil {
		doc = encrypt(t, doc, e.content, e.transport, e.digest, e.session, key(t, e.to))
	}
	if l.signResponse {
		doc = sign(t, doc, l.responseID, key(t, l.by))
	}
	return change(t, doc, l.afterSigning)
}

func change(t testing.TB, doc string, edits []edit) string {
	t.Helper()
	for _, e := range edits {
		if !strings.Contains(doc, e.old) {
			t.Fatalf("%q is not in %s", e.old, doc)
		}
		doc = strings.Replace(doc, e.old, e.new, 1)
	}
	return doc
}

// part cuts out the first element of a name, from its start tag to its end tag.
func part(t testing.TB, doc, tag string) string {
	t.Helper()
	el := element(doc, tag)
	if el == "" {
		t.Fatalf("no %s in %s", tag, doc)
	}
	return el
}

// element is the first element of a name; empty where there is none.
func element(doc, tag string) string {
	for start := 0; ; start++ {
		next := strings.Index(doc[start:], "<"+tag)
		if next < 0 {
			return ""
		}
		start += next
		rest := doc[start+1+len(tag):]
		end := strings.Index(rest, "</"+tag+">")
		if end >= 0 && strings.ContainsAny(rest[:1], " >/") {
			return doc[start : start+1+len(tag)+end+len("</"+tag+">")]
		}
	}
}
