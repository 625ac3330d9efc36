package saml

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestMetadata(t *testing.T) {
	good := string(metadataOf(t, "idp"))
	entity := func(id string) string { return strings.Replace(good, idpID, id, 1) }
	group := func(attributes string, entities ...string) string {
		return `<EntitiesDescriptor xmlns="` + nsMetadata + `"` + attributes + `>` + strings.Join(entities, "") + `</EntitiesDescriptor>`
	}
	edited := func(was, is string) string { return change(t, good, []edit{{was, is}}) }
	yesterday, tomorrow := now.Std().Add(-24*time.Hour).Format(time.RFC3339), now.Std().Add(24*time.Hour).Format(time.RFC3339)
	role := part(t, good, "IDPSSODescriptor")
	certificate := part(t, good, "ds:X509Certificate")
	for _, c := range []struct{ name, doc, want string }{
		{"good", good, ""},
		{"valid until tomorrow", edited("entityID", `validUntil="`+tomorrow+`" entityID`), ""},
		{"the wanted one of many", group("", entity("https://other.example"), good), ""},
		{"the wanted one, two groups deep", group("", group("", entity("https://other.example")), group("", good)), ""},
		{"a service's role beside", edited("<IDPSSODescriptor", `<SPSSODescriptor protocolSupportEnumeration="`+nsProtocol+`"/><IDPSSODescriptor`), ""},
		{"garbage beside a good certificate", edited("<KeyDescriptor", "<KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor><KeyDescriptor"), ""},
		{"comment", edited("<IDPSSODescriptor", "<!-- made by hand --><IDPSSODescriptor"), ""},
		{"byte order mark", "\ufeff" + good, ""},
		{"expired", edited("entityID", `validUntil="`+yesterday+`" entityID`), "it was valid until"},
		{"role expired", edited("<IDPSSODescriptor", `<IDPSSODescriptor validUntil="`+yesterday+`"`), "it was valid until"},
		{"group expired", group(` validUntil="`+yesterday+`"`, good), "it was valid until"},
		{"inner group expired", group("", group(` validUntil="`+yesterday+`"`, good)), "it was valid until"},
		{"validity that is no time", edited("entityID", `validUntil="soon" entityID`), "cannot be read"},
		{"two roles of a provider", edited(role, role+role), "2 roles"},
		{"a service's metadata", strings.ReplaceAll(good, "IDPSSODescriptor", "SPSSODescriptor"), "0 roles"},
		{"SAML 1.1 alone", edited(nsProtocol, "urn:oasis:names:tc:SAML:1.1:protocol"), "0 roles"},
		{"changed entity id", entity("https://other.example"), "another provider"},
		{"the wanted one twice", group("", good, good), "2 entities that fit"},
		{"the wanted one missing", group("", entity("https://a.example"), entity("https://b.example")), "none of its 2 entities"},
		{"certificate garbage", edited(certificate, "<ds:X509Certificate>AAAA</ds:X509Certificate>"), "cannot be read"},
		{"certificate not base64", edited(certificate, "<ds:X509Certificate>?</ds:X509Certificate>"), "not base64"},
		{"no certificate", edited(part(t, good, "KeyDescriptor"), ""), "no signing certificate"},
		{"certificate for encryption alone", edited(`use="signing"`, `use="encryption"`), "no signing certificate"},
		{"weak key", edited(certificate, "<ds:X509Certificate>"+key(t, "idp weak").base64()+"</ds:X509Certificate>"), "1024 bits"},
		{"no address for requests", edited(bindingRedirect+`" Location="https://idp.example/sso`, "urn:x\" Location=\"https://idp.example/sso") + " ", ""},
		{"address that is a script", edited("https://idp.example/post", "javascript:alert(1)"), "cannot be read"},
		{"relative address", edited("https://idp.example/post", "/post"), "cannot be read"},
		{"5 MiB", good + strings.Repeat(" ", 5<<20), "more than 2048 KiB"},
		{"HTML", "<!DOCTYPE html><html><body>Sign in</body></html>", "web page"},
		{"DOCTYPE", `<!DOCTYPE x [<!ENTITY a "b">]>` + good, "DOCTYPE"},
		{"JSON", `{"issuer":"x"}`, "not-xml"},
		{"empty", "", "not-xml"},
		{"cut off", good[:len(good)/2], "not-xml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			idp, err := ParseMetadata([]byte(c.doc), idpID, now)
			switch {
			case c.want == "" && (err != nil || idp.EntityID != idpID || len(idp.certificates) != 1):
				t.Errorf("got %+v, %v", idp, err)
			case c.want != "" && (err == nil || idp != nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestMetadataOfAnUnknownProvider(t *testing.T) {
	good := string(metadataOf(t, "idp"))
	idp, err := ParseMetadata([]byte(good), "", now)
	if err != nil || idp.EntityID != idpID {
		t.Errorf("got %+v, %v", idp, err)
	}
	two := `<EntitiesDescriptor xmlns="` + nsMetadata + `">` + good + strings.Replace(good, idpID, "https://other.example", 1) + `</EntitiesDescriptor>`
	if _, err := ParseMetadata([]byte(two), "", now); err == nil || !strings.Contains(err.Error(), "say which") {
		t.Errorf("of two providers one was taken: %v", err)
	}
}

func TestWarnings(t *testing.T) {
	doc := strings.Replace(string(metadataOf(t, "idp", "idp ended", "idp weak")), "https://idp.example/post", "http://idp.example/post", 1)
	idp, err := ParseMetadata([]byte(doc), idpID, now)
	must(t, err)
	codes := func(at time.Duration) string {
		var found []string
		for _, w := range idp.Warnings(now.Add(at)) {
			found = append(found, w.Code)
		}
		return fmt.Sprint(found)
	}
	const day = 24 * time.Hour
	for at, want := range map[time.Duration]string{
		0:                     "[weak-key ended plain-http]",
		334 * day:             "[weak-key ended plain-http]",
		335 * day:             "[weak-key ends-soon ended plain-http]",
		365*day - time.Second: "[weak-key ends-soon ended plain-http]",
		365 * day:             "[weak-key ended ended plain-http]",
	} {
		if got := codes(at); got != want {
			t.Errorf("after %s: %s, want %s", at, got, want)
		}
	}
}

// TestRollOverOfWhatIsEncrypted sees that a new key is asked for although its signature lies within.
func TestRollOverOfWhatIsEncrypted(t *testing.T) {
	l := newLetter()
	l.by, l.encryption = "idp next", &encryption{nsXEnc + "aes256-cbc", oaep, "", "aes-256", "ours"}
	value := []byte(encoded(l.write(t)))
	_, err := connect(t, settings(t)).Judge(value, now)
	if r, ok := errors.AsType[*Refusal](err); !ok || !r.MetadataMayMend() {
		t.Errorf("with the metadata known: %v", err)
	}
	if _, err := connect(t, settings(t), "idp next").Judge(value, now); err != nil {
		t.Errorf("with the metadata published: %v", err)
	}
}

// TestRollOver plays the stages of a provider that changes its key, for each way to say with which it signed. Nobody is
// refused at any of them, if the metadata is fetched anew when a signature fails.
func TestRollOver(t *testing.T) {
	for _, stage := range []struct {
		name, signs string
		published   []string // now
		known       []string // when the metadata was last fetched
		refresh     bool     // is needed
	}{
		{"old", "idp", []string{"idp"}, []string{"idp"}, false},
		{"announce", "idp", []string{"idp", "idp next"}, []string{"idp"}, false},
		{"new, after the announcement was read", "idp next", []string{"idp next"}, []string{"idp", "idp next"}, false},
		{"new, and the announcement was missed", "idp next", []string{"idp next"}, []string{"idp"}, true},
	} {
		for name, info := range map[string]string{"KeyInfo": keyInfoX509, "none": "", "RSAKeyValue": keyInfoRSA} {
			t.Run(stage.name+"/"+name, func(t *testing.T) {
				l := newLetter()
				l.by, l.assertionSignature.keyInfo = stage.signs, info
				value := []byte(encoded(l.write(t)))
				_, err := connect(t, settings(t), stage.known...).Judge(value, now)
				if refused, ok := errors.AsType[*Refusal](err); stage.refresh != (ok && refused.MetadataMayMend()) || !stage.refresh && err != nil {
					t.Errorf("with the metadata known: %v", err)
				}
				if _, err := connect(t, settings(t), stage.published...).Judge(value, now); err != nil {
					t.Errorf("with the metadata published: %v", err)
				}
			})
		}
	}
}
