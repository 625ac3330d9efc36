package saml

import (
	"strings"
	"testing"
)

// evil makes of an element what an attacker wants it to say: somebody else, and no signature.
func evil(t testing.TB, el string) string {
	t.Helper()
	el = unsigned(t, el)
	el = strings.ReplaceAll(el, `ID="_assertion1"`, `ID="_evil1"`)
	el = strings.ReplaceAll(el, `ID="_response1"`, `ID="_evil2"`)
	return change(t, el, []edit{{persistent, "mallory"}})
}

// unsigned takes the first signature out.
func unsigned(t testing.TB, el string) string {
	t.Helper()
	return change(t, el, []edit{{part(t, el, "ds:Signature"), ""}})
}

// into puts text before the end tag of an element.
func into(t testing.TB, doc, tag, more string) string {
	t.Helper()
	return change(t, doc, []edit{{"</" + tag + ">", more + "</" + tag + ">"}})
}

// bare takes the XML declaration off.
func bare(doc string) string {
	return strings.TrimSpace(strings.TrimPrefix(doc, `<?xml version="1.0"?>`))
}

func wrappingTrials() []trial {
	responseSigned := func(l *letter) { l.signAssertion, l.signResponse = false, true }
	wrap := func(name string, want Code, change func(*letter), forge func(t testing.TB, doc, sig, original string) string) trial {
		return trial{family: "1-8 wrapping", name: name, want: want, letter: change, forge: func(t testing.TB, doc string) string {
			doc = bare(doc)
			original := part(t, doc, "saml:Assertion")
			return forge(t, doc, part(t, doc, "ds:Signature"), original)
		}}
	}
	return []trial{
		wrap("XSW1: original response inside its signature", BadSignature, responseSigned, func(t testing.TB, doc, sig, _ string) string {
			return change(t, evil(t, doc), []edit{{"<samlp:Status>", into(t, sig, "ds:Signature", unsigned(t, doc)) + "<samlp:Status>"}})
		}),
		wrap("XSW2: original response before its signature", Shape, responseSigned, func(t testing.TB, doc, sig, _ string) string {
			return change(t, evil(t, doc), []edit{{"<samlp:Status>", unsigned(t, doc) + sig + "<samlp:Status>"}})
		}),
		wrap("XSW3: forged assertion before the original", Shape, nil, func(t testing.TB, doc, _, original string) string {
			return change(t, doc, []edit{{original, evil(t, original) + original}})
		}),
		wrap("XSW4: original inside the forged assertion", Shape, nil, func(t testing.TB, doc, _, original string) string {
			return change(t, doc, []edit{{original, into(t, evil(t, original), "saml:Assertion", original)}})
		}),
		wrap("XSW5: forged assertion with the signature, original at the end", BadSignature, nil, func(t testing.TB, doc, sig, original string) string {
			forged := change(t, evil(t, original), []edit{{"<saml:Subject>", sig + "<saml:Subject>"}})
			return change(t, doc, []edit{{original, forged + unsigned(t, original)}})
		}),
		wrap("XSW6: original inside the signature of the forged assertion", BadSignature, nil, func(t testing.TB, doc, sig, original string) string {
			forged := change(t, evil(t, original), []edit{{"<saml:Subject>", into(t, sig, "ds:Signature", unsigned(t, original)) + "<saml:Subject>"}})
			return change(t, doc, []edit{{original, forged}})
		}),
		wrap("XSW7: forged assertion in Extensions", Shape, nil, func(t testing.TB, doc, _, original string) string {
			return change(t, doc, []edit{{original, "<samlp:Extensions>" + evil(t, original) + "</samlp:Extensions>" + original}})
		}),
		wrap("XSW8: original in an Object of the signature", BadSignature, nil, func(t testing.TB, doc, sig, original string) string {
			object := into(t, sig, "ds:Signature", "<ds:Object>"+unsigned(t, original)+"</ds:Object>")
			return change(t, doc, []edit{{original, change(t, evil(t, original), []edit{{"<saml:Subject>", object + "<saml:Subject>"}})}})
		}),
		wrap("XSW9: original response in an Object of its signature", BadSignature, responseSigned, func(t testing.TB, doc, sig, _ string) string {
			object := into(t, sig, "ds:Signature", "<ds:Object>"+unsigned(t, doc)+"</ds:Object>")
			return change(t, evil(t, doc), []edit{{"<samlp:Status>", object + "<samlp:Status>"}})
		}),
		wrap("forged assertion after the original (CVE-2022-41912)", Shape, nil, func(t testing.TB, doc, _, original string) string {
			return change(t, doc, []edit{{original, original + evil(t, original)}})
		}),
		wrap("original in the Advice of the forged assertion", Shape, nil, func(t testing.TB, doc, _, original string) string {
			return change(t, doc, []edit{{original, change(t, evil(t, original), []edit{{"<saml:AuthnStatement", "<saml:Advice>" + original + "</saml:Advice><saml:AuthnStatement"}})}})
		}),
		wrap("forged assertion in the status (CVE-2024-45409)", Shape, nil, func(t testing.TB, doc, _, original string) string {
			return change(t, doc, []edit{{"</samlp:Status>", "<samlp:StatusDetail>" + original + "</samlp:StatusDetail></samlp:Status>"}, {original, evil(t, original)}})
		}),
		wrap("digest of the forgery hidden in the status (CVE-2024-45409)", Signature, nil, func(t testing.TB, doc, _, _ string) string {
			digest := `<ds:DigestValue xmlns:ds="` + nsDSig + `">AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</ds:DigestValue>`
			return change(t, doc, []edit{{"</samlp:Status>", "<samlp:StatusDetail>" + digest + "</samlp:StatusDetail></samlp:Status>"}, {persistent, "mallory"}})
		}),
		wrap("whole signed response inside another", Shape, responseSigned, func(t testing.TB, doc, _, _ string) string {
			return change(t, evil(t, doc), []edit{{"</samlp:Response>", doc + "</samlp:Response>"}})
		}),
		wrap("an assertion of a foreign namespace besides", Shape, nil, func(t testing.TB, doc, _, original string) string {
			return change(t, doc, []edit{{original, `<x:Assertion xmlns:x="urn:x">` + "</x:Assertion>" + original}})
		}),
		wrap("signature in a foreign namespace besides", Shape, nil, func(t testing.TB, doc, _, _ string) string {
			return change(t, doc, []edit{{"<samlp:Status>", `<x:Signature xmlns:x="urn:x"/><samlp:Status>`}})
		}),
		wrap("the one assertion in Extensions", Shape, nil, func(t testing.TB, doc, _, original string) string {
			return change(t, doc, []edit{{original, "<samlp:Extensions>" + original + "</samlp:Extensions>"}})
		}),
		wrap("signature of the assertion moved to the response", BadSignature, nil, func(t testing.TB, doc, sig, _ string) string {
			return change(t, unsigned(t, doc), []edit{{"<samlp:Status>", sig + "<samlp:Status>"}, {persistent, "mallory"}})
		}),
		wrap("signature of the assertion moved into its subject", BadSignature, nil, func(t testing.TB, doc, sig, _ string) string {
			return change(t, unsigned(t, doc), []edit{{"<saml:Subject>", "<saml:Subject>" + sig}})
		}),
		{family: "9 unsigned", name: "neither is signed", want: Unsigned, letter: func(l *letter) { l.signAssertion = false }},
		{family: "10 stripped signature", name: "taken out", want: Unsigned, forge: unsigned},
		{family: "10 stripped signature", name: "empty element", want: BadSignature, forge: func(t testing.TB, doc string) string {
			return change(t, doc, []edit{{part(t, doc, "ds:Signature"), `<ds:Signature xmlns:ds="` + nsDSig + `"/>`}})
		}},
		{family: "10 stripped signature", name: "empty value", want: BadSignature, forge: func(t testing.TB, doc string) string {
			return change(t, doc, []edit{{part(t, doc, "ds:SignatureValue"), "<ds:SignatureValue/>"}})
		}},
		{family: "10 stripped signature", name: "no SignedInfo", want: BadSignature, forge: func(t testing.TB, doc string) string {
			return change(t, doc, []edit{{part(t, doc, "ds:SignedInfo"), ""}})
		}},
		{family: "10 stripped signature", name: "of the response, its assertion forged", want: Signature, letter: responseSigned, forge: replacing(persistent, "mallory")},
		{family: "10 stripped signature", name: "of the response, with its assertion unsigned", want: Unsigned, letter: responseSigned, forge: unsigned},
		{family: "12 doubled IDs", name: "response and assertion", want: BadID, forge: replacing(`ID="_response1"`, `ID="_assertion1"`)},
		{family: "12 doubled IDs", name: "another element with the assertion's", want: BadID, forge: replacing("<samlp:Status>", `<samlp:Status ID="_assertion1">`)},
		{family: "12 doubled IDs", name: "an ID with a prefix", want: BadID, forge: replacing("<samlp:Status>", `<samlp:Status samlp:ID="_assertion1">`)},
		{family: "12 doubled IDs", name: "xml:id", want: BadID, forge: replacing("<samlp:Status>", `<samlp:Status xml:id="_assertion1">`)},
		{family: "12 doubled IDs", name: "an ID that is no name", want: BadID, letter: func(l *letter) {
			l.afterSigning = []edit{{`ID="_response1"`, `ID="1 response"`}}
		}},
		{family: "12 doubled IDs", name: "response without ID", want: BadID, forge: replacing(` ID="_response1"`, "")},
		{family: "13 two assertions", name: "the same twice", want: Shape, forge: func(t testing.TB, doc string) string {
			original := part(t, doc, "saml:Assertion")
			return change(t, doc, []edit{{original, original + strings.Replace(original, `ID="_assertion1"`, `ID="_assertion2"`, 1)}})
		}},
		{family: "13 two assertions", name: "none", want: Shape, forge: func(t testing.TB, doc string) string {
			return change(t, doc, []edit{{part(t, doc, "saml:Assertion"), ""}})
		}},
	}
}
