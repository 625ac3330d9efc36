package saml

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/usher"
)

func TestClaims(t *testing.T) {
	password := []string{"urn:oasis:names:tc:SAML:2.0:ac:classes:Password"}
	session := usher.ProviderSession{NameID: persistent, NameIDFormat: FormatPersistent, Index: "_session1"}
	for _, c := range []struct {
		name   string
		set    func(*Settings)
		letter func(*letter)
		want   usher.SignedIn
	}{
		{"Entra as it comes", byObjectID, entra, usher.SignedIn{
			Subject: oid, Address: "ann@example.com", UPN: "ann@example.com", AddressVerified: true, GivenName: "Ann",
			Session: usher.ProviderSession{NameID: "ann@example.com", NameIDFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", Index: "_session1"},
		}},
		{"a guest of Entra, whose address nobody there vouches for", byObjectID, func(l *letter) {
			entra(l)
			l.attributes = strings.Replace(l.attributes, attributeOf(claims2005+"name", "ann@example.com"), attributeOf(claims2005+"name", "ann_partner.example#EXT#@tenant.onmicrosoft.com"), 1)
		}, usher.SignedIn{
			Subject: oid, Address: "ann@example.com", UPN: "ann_partner.example#EXT#@tenant.onmicrosoft.com", GivenName: "Ann",
			Session: usher.ProviderSession{NameID: "ann@example.com", NameIDFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", Index: "_session1"},
		}},
		{"Okta as its guides have it", func(s *Settings) { s.Subject = Subject{Attribute: "userId"} }, func(l *letter) {
			l.nameID = nameID(FormatUnspecified, "ann.lee")
			l.attributes = attributeOf("userId", "00u1") + attributeOf("email", "ann@example.com") + attributeOf("login", "ann.lee@example.com") +
				attributeOf("firstName", "Ann") + attributeOf("lastName", "Lee") + attributeOf("displayName", "Ann Lee") +
				attributeOf("groups", "Everyone", "HR") + attributeOf("externalId", "00u1")
		}, usher.SignedIn{
			Subject: "00u1", ExternalID: "00u1", Address: "ann@example.com", UPN: "ann.lee@example.com", AddressVerified: true,
			GivenName: "Ann", FamilyName: "Lee", DisplayName: "Ann Lee", Groups: []string{"Everyone", "HR"},
			Session: usher.ProviderSession{NameID: "ann.lee", NameIDFormat: FormatUnspecified, Index: "_session1"},
		}},
		{"persistent NameID, address not trusted", func(s *Settings) { s.AddressTrusted = false }, nil, usher.SignedIn{
			Subject: persistent, Address: "ann@example.com", Session: session,
		}},
		{"no address, so none is verified", nil, func(l *letter) { l.attributes = attributeOf("email", "") }, usher.SignedIn{Subject: persistent, Session: session}},
		{"names of our own", func(s *Settings) { s.Attributes.Address = []string{"x"} }, func(l *letter) {
			l.attributes = attributeOf("email", "other@example.com") + attributeOf("x", "ann@example.com")
		}, usher.SignedIn{Subject: persistent, Address: "ann@example.com", AddressVerified: true, Session: session}},
		{"FriendlyName counts for nothing", nil, func(l *letter) {
			l.attributes = `<saml:Attribute Name="x" FriendlyName="email"><saml:AttributeValue>boss@example.com</saml:AttributeValue></saml:Attribute>`
		}, usher.SignedIn{Subject: persistent, Session: session}},
		{"value that is an element", nil, func(l *letter) { l.attributes = attributeOf("email", "<saml:NameID>ann</saml:NameID>") }, usher.SignedIn{Subject: persistent, Session: session}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, l := settings(t), newLetter()
			if c.set != nil {
				c.set(&s)
			}
			if c.letter != nil {
				c.letter(&l)
			}
			j, err := connect(t, s).Judge([]byte(encoded(l.write(t))), now)
			must(t, err)
			c.want.Connection, c.want.At, c.want.Until, c.want.Context = "work", now, now.Add(8*time.Hour), password
			if diff := cmp.Diff(c.want, j.SignedIn); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestStrictestStatementCounts has two sessions in one assertion.
func TestStrictestStatementCounts(t *testing.T) {
	l := newLetter()
	l.beforeSigning = []edit{{"<saml:AttributeStatement>", `<saml:AuthnStatement AuthnInstant="` + at(-time.Hour) + `" SessionNotOnOrAfter="` + at(time.Hour) +
		`"><saml:AuthnContext><saml:AuthnContextClassRef>urn:x:mfa</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>`}}
	j, err := connect(t, settings(t)).Judge([]byte(encoded(l.write(t))), now)
	must(t, err)
	if who := j.SignedIn; who.At != now.Add(-time.Hour) || who.Until != now.Add(time.Hour) || len(who.Context) != 2 || who.Session.Index != "_session1" {
		t.Errorf("got %+v", who)
	}
}

func TestGroupsLeftOut(t *testing.T) {
	for attributes, want := range map[string]bool{
		attributeOf(entraGroupsLink, "https://graph.windows.net/x"):                               true,
		attributeOf(entraGroupsLink, "https://graph.windows.net/x") + attributeOf("groups", "HR"): false,
		attributeOf("groups", "HR"): false,
		"":                          false,
	} {
		l := newLetter()
		l.attributes = attributes
		if j, err := connect(t, settings(t)).Judge([]byte(encoded(l.write(t))), now); err != nil || j.GroupsLeftOut != want {
			t.Errorf("%s: %v, %v", attributes, j.GroupsLeftOut, err)
		}
	}
}
