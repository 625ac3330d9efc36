package saml

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzForgery changes a message that the provider has signed, at one place and then at another. It may be let in again only
// if it says the very same: of the same person, in answer to the same request, under the same replay key.
func FuzzForgery(f *testing.F) {
	l := newLetter()
	l.attributes = attributeOf("email", "ann@example.com") + attributeOf("groups", "HR")
	doc := bare(l.write(f))
	c := connect(f, settings(f))
	honest, err := c.Judge([]byte(encoded(doc)), now)
	must(f, err)
	seed := func(old, insert string, cut int) {
		at := strings.Index(doc, old)
		f.Add(uint16(at), uint8(cut), insert, uint16(0), uint8(0), "")
	}
	seed(persistent, "mallory", len(persistent))
	seed(persistent, "<!---->", 0)
	seed("<saml:Subject>", "<saml:Subject xmlns:saml='urn:x'>", len("<saml:Subject>"))
	seed("<saml:Assertion", "<saml:Assertion ID='_x'></saml:Assertion>", 0)
	seed("ID=\"_assertion1\"", "ID=\"_x\" ", 0)
	seed("<samlp:Status>", "<samlp:Extensions/>", 0)
	seed(` Destination="`, " ", 1)
	seed("<ds:KeyInfo>", "", 200)
	f.Fuzz(func(t *testing.T, at1 uint16, cut1 uint8, insert1 string, at2 uint16, cut2 uint8, insert2 string) {
		forged := spliced(spliced(doc, at1, cut1, insert1), at2, cut2, insert2)
		j, err := c.Judge([]byte(encoded(forged)), now)
		if err != nil {
			if codeOf(t, err) == Broken {
				t.Fatal(err)
			}
			return
		}
		if diff := cmp.Diff(honest, j); diff != "" {
			t.Errorf("let in, and it says something else: %s\n%s", diff, forged)
		}
	})
}

// spliced puts text at a place, instead of what stood there.
func spliced(doc string, at uint16, cut uint8, insert string) string {
	start := min(int(at), len(doc))
	return doc[:start] + insert + doc[min(start+int(cut), len(doc)):]
}
