package saml

import (
	"strings"
	"testing"
)

const oaep = nsXEnc + "rsa-oaep-mgf1p"

func encrypted(content, session, to string) func(*letter) {
	return func(l *letter) { l.encryption = &encryption{content, oaep, "", session, to} }
}

func encryptionTrials() []trial {
	gcm := encrypted(nsXEnc11+"aes256-gcm", "aes-256", "ours")
	with := func(changes ...func(*letter)) func(*letter) {
		return func(l *letter) {
			for _, change := range changes {
				change(l)
			}
		}
	}
	// fresh encrypts what an attacker has made: our certificate is public.
	fresh := func(t testing.TB, doc string) string {
		t.Helper()
		return encrypt(t, bare(doc), nsXEnc11+"aes256-gcm", oaep, "", "aes-256", key(t, "ours"))
	}
	const family = "14 encryption"
	return []trial{
		{family: family, name: "AES-128-CBC", letter: encrypted(nsXEnc+"aes128-cbc", "aes-128", "ours")},
		{family: family, name: "AES-192-CBC", letter: encrypted(nsXEnc+"aes192-cbc", "aes-192", "ours")},
		{family: family, name: "AES-256-CBC", letter: encrypted(nsXEnc+"aes256-cbc", "aes-256", "ours")},
		{family: family, name: "AES-128-GCM", letter: encrypted(nsXEnc11+"aes128-gcm", "aes-128", "ours")},
		{family: family, name: "AES-256-GCM", letter: gcm},
		{family: family, name: "with our previous key", letter: encrypted(nsXEnc+"aes256-cbc", "aes-256", "ours before")},
		{family: family, name: "response signed, assertion not", letter: with(gcm, func(l *letter) { l.signAssertion, l.signResponse = false, true })},
		{family: family, name: "both signed", letter: with(gcm, func(l *letter) { l.signResponse = true })},
		{family: family, name: "encrypted key beside the data", letter: gcm, forge: func(t testing.TB, doc string) string {
			info := part(t, doc, "ds:KeyInfo")
			wrapped := strings.Replace(part(t, info, "xenc:EncryptedKey"), "<xenc:EncryptedKey", `<xenc:EncryptedKey xmlns:xenc="`+nsXEnc+`"`, 1)
			doc = change(t, doc, []edit{{info, ""}})
			return change(t, doc, []edit{{"</saml:EncryptedAssertion>", wrapped + "</saml:EncryptedAssertion>"}})
		}},
		{family: family, name: "unsigned assertion, encrypted by somebody", want: Decryption, letter: func(l *letter) { l.signAssertion = false }, forge: fresh},
		{family: family, name: "forged assertion, encrypted by somebody", want: Decryption, forge: func(t testing.TB, doc string) string {
			return fresh(t, change(t, doc, []edit{{persistent, "mallory"}}))
		}},
		{family: family, name: "encrypted and unsigned first, signed second (CVE-2026-2092)", want: Shape, forge: func(t testing.TB, doc string) string {
			doc = bare(doc)
			original := part(t, doc, "saml:Assertion")
			forged := fresh(t, change(t, doc, []edit{{original, evil(t, original)}}))
			return change(t, doc, []edit{{original, part(t, forged, "saml:EncryptedAssertion") + original}})
		}},
		{family: family, name: "signed first, encrypted and unsigned second", want: Shape, forge: func(t testing.TB, doc string) string {
			doc = bare(doc)
			original := part(t, doc, "saml:Assertion")
			forged := fresh(t, change(t, doc, []edit{{original, evil(t, original)}}))
			return change(t, doc, []edit{{original, original + part(t, forged, "saml:EncryptedAssertion")}})
		}},
		{family: family, name: "wrapped: original and forgery encrypted as one", want: Decryption, forge: func(t testing.TB, doc string) string {
			doc = bare(doc)
			original := part(t, doc, "saml:Assertion")
			forged := strings.TrimSuffix(evil(t, original), "</saml:Assertion>") + strings.ReplaceAll(original, "saml:Assertion", "saml:Inner") + "</saml:Assertion>"
			return fresh(t, change(t, doc, []edit{{original, forged}}))
		}},
		{family: family, name: "comment within what is encrypted", want: Decryption, forge: func(t testing.TB, doc string) string {
			return fresh(t, change(t, doc, []edit{{persistent, persistent + "<!---->x"}}))
		}},
		{family: family, name: "for another service's key", want: Decryption, letter: encrypted(nsXEnc11+"aes256-gcm", "aes-256", "mallory")},
		{family: family, name: "RSA 1.5", want: Algorithm, letter: func(l *letter) {
			l.encryption = &encryption{nsXEnc11 + "aes256-gcm", nsXEnc + "rsa-1_5", "", "aes-256", "ours"}
		}},
		{family: family, name: "Triple DES", want: Algorithm, letter: func(l *letter) {
			l.encryption = &encryption{nsXEnc + "tripledes-cbc", oaep, "", "des-192", "ours"}
		}},
		{family: family, name: "ciphertext shorter than a nonce", want: Decryption, letter: gcm, forge: cipherText("AAAA")},
		{family: family, name: "ciphertext empty", want: Decryption, letter: gcm, forge: cipherText("")},
		{family: family, name: "CBC ciphertext of a broken length", want: Decryption, letter: encrypted(nsXEnc+"aes256-cbc", "aes-256", "ours"), forge: cipherText("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")},
		{family: family, name: "CBC ciphertext changed", want: Decryption, letter: encrypted(nsXEnc+"aes256-cbc", "aes-256", "ours"), forge: cipherText(strings.Repeat("AAAA", 64))},
		{family: family, name: "no encrypted key", want: Shape, letter: gcm, forge: func(t testing.TB, doc string) string {
			return change(t, doc, []edit{{part(t, doc, "ds:KeyInfo"), ""}})
		}},
		{family: family, name: "no EncryptedData", want: Shape, letter: gcm, forge: func(t testing.TB, doc string) string {
			return change(t, doc, []edit{{part(t, doc, "xenc:EncryptedData"), ""}})
		}},
		{family: family, name: "EncryptedID", want: Shape, letter: func(l *letter) { l.nameID = "<saml:EncryptedID/>" }},
		{family: family, name: "EncryptedAttribute", want: Shape, letter: func(l *letter) { l.attributes = "<saml:EncryptedAttribute/>" }},
	}
}

// cipherText replaces the last cipher value, which is the assertion's.
func cipherText(text string) func(testing.TB, string) string {
	return func(t testing.TB, doc string) string {
		t.Helper()
		start, end := strings.LastIndex(doc, "<xenc:CipherValue>"), strings.LastIndex(doc, "</xenc:CipherValue>")
		if start < 0 || end < start {
			t.Fatalf("no cipher value in %s", doc)
		}
		return doc[:start] + "<xenc:CipherValue>" + text + doc[end:]
	}
}
