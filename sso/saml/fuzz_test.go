package saml

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
)

// frozen are messages that were signed once, with keys that no longer exist: a fuzz target has no xmlsec1, and needs none,
// because whatever a fuzzer makes of them is to be refused.
func frozen() []string {
	l := newLetter()
	plain := l.xml()
	l.signResponse = true
	return []string{
		plain, l.xml(), strings.Replace(plain, "<saml:Assertion ", "<saml:EncryptedAssertion><saml:Assertion ", 1),
		"<samlp:Response xmlns:samlp=\"" + nsProtocol + "\" ID=\"_a\"/>", "<a><!-- --></a>", "\ufeff<?xml version=\"1.0\"?><a/>", "",
	}
}

// FuzzResponse lets nobody in whom the provider has not signed for, and never panics. What passes the gate is seen alike
// by the two ways in which XML is read in Go.
func FuzzResponse(f *testing.F) {
	for _, doc := range frozen() {
		f.Add(doc)
	}
	c := connect(f, settings(f))
	f.Fuzz(func(t *testing.T, doc string) {
		if j, err := c.Judge([]byte(encoded(doc)), now); err == nil {
			t.Fatalf("let in %+v", j)
		} else if r, ok := errors.AsType[*Refusal](err); !ok || r.Code == Broken {
			t.Fatalf("got %v", err)
		}
		root, err := gate([]byte(doc), response)
		if err != nil {
			return
		}
		sameToBoth(t, root)
	})
}

// sameToBoth compares the tree with what encoding/xml makes of it, through the types of crewjam/saml.
func sameToBoth(t *testing.T, root *etree.Element) {
	t.Helper()
	var seen saml.Response
	if err := unmarshal(root, &seen); err != nil {
		return // a shape that we let pass and that comes to nothing later
	}
	if id, _ := attribute(root, "ID"); id != seen.ID {
		t.Errorf("the response is %q to one and %q to the other", id, seen.ID)
	}
	ours := ""
	if found := children(root, assertion); len(found) == 1 {
		ours, _ = attribute(found[0], "ID")
	}
	if seen.Assertion != nil && seen.Assertion.ID != ours {
		t.Errorf("the assertion is %q to one and %q to the other", ours, seen.Assertion.ID)
	}
}

func unmarshal(el *etree.Element, into any) error {
	doc := etree.NewDocument()
	doc.SetRoot(el.Copy())
	data, err := doc.WriteToBytes()
	if err != nil {
		return err
	}
	return xml.Unmarshal(data, into)
}

// FuzzForm is the form value as it comes.
func FuzzForm(f *testing.F) {
	f.Add("PGEvPg==")
	f.Add("not base64")
	f.Add(base64.StdEncoding.EncodeToString(deflate([]byte("<a/>"))))
	c := connect(f, settings(f))
	f.Fuzz(func(t *testing.T, value string) {
		if _, err := c.Judge([]byte(value), now); err == nil {
			t.Fatal("let in")
		} else if codeOf(t, err) == Broken {
			t.Fatal(err)
		}
	})
}

// FuzzMetadata finds no metadata that is taken and cannot be used.
func FuzzMetadata(f *testing.F) {
	f.Add(metadataOf(f, "idp"))
	f.Add([]byte(`<EntitiesDescriptor xmlns="` + nsMetadata + `"><EntityDescriptor entityID="x"/></EntitiesDescriptor>`))
	f.Add([]byte("<html></html>"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, doc []byte) {
		idp, err := ParseMetadata(doc, "", now)
		if err != nil {
			if strings.Contains(err.Error(), "a library failed") {
				t.Fatal(err)
			}
			return
		}
		c, err := New(settings(t), idp)
		must(t, err)
		if r, err := c.Start(Ask{Relay: "token"}, now, zeros{}); err != nil || (r.URL == "") == (r.Form.Action == "") {
			t.Errorf("%+v, %v", r, err)
		}
		if idp.EntityID == "" || len(idp.certificates) == 0 {
			t.Errorf("taken: %+v", idp)
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// FuzzRelayState finds no token that means something in an address, a page or a header.
func FuzzRelayState(f *testing.F) {
	for _, relay := range []string{"token", "x&SAMLRequest=y", "https://evil.example", "//evil.example", "a\r\nSet-Cookie: x", "<script>", strings.Repeat("a", 81)} {
		f.Add(relay)
	}
	c := connect(f, settings(f))
	f.Fuzz(func(t *testing.T, relay string) {
		r, err := c.Start(Ask{Relay: relay}, now, zeros{})
		if relay != "" && IsRelay(relay) != (err == nil) {
			t.Fatalf("%v", err)
		}
		if err != nil || relay == "" {
			return
		}
		if len(relay) > 80 || strings.ContainsAny(relay, "&=?#/\\:%<>\"' \r\n\x00") || strings.Count(r.URL, "SAMLRequest=") != 1 || !strings.Contains(r.URL, "&RelayState="+relay) {
			t.Errorf("%q became %s", relay, r.URL)
		}
	})
}

// FuzzLogout is the raw query of the logout address.
func FuzzLogout(f *testing.F) {
	f.Add("SAMLRequest=x&RelayState=y&SigAlg=z&Signature=w")
	f.Add("SAMLRequest=&SAMLResponse=")
	f.Add("%zz=&&&")
	c := connect(f, settings(f))
	f.Fuzz(func(t *testing.T, query string) {
		if l, err := c.JudgeLogout(query, now); err == nil {
			t.Fatalf("taken: %+v", l)
		} else if codeOf(t, err) == Broken {
			t.Fatal(err)
		}
	})
}
