package saml

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"usher/internal/usher"
)

// The formats of a NameID that can name somebody for ever (saml-core 8.3).
const (
	FormatPersistent  = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	FormatUnspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
)

// Subject says what people are known by, for ever: an attribute, or the NameID.
type Subject struct {
	// Attribute is the name of an attribute with one value, [EntraObjectID] for one.
	Attribute string
	// NameIDFormat is, where Attribute is empty, the format that the NameID must have: [FormatPersistent], or
	// [FormatUnspecified] where the admin knows that the provider fills in something that stays. Addresses change hands.
	NameIDFormat string
	// Tenant, where it is not empty, is what the attribute TenantAttribute must say: one connection, one tenant.
	Tenant, TenantAttribute string
}

func (s Subject) check() error {
	switch {
	case s.Attribute != "" && s.NameIDFormat != "":
		return fmt.Errorf("people are known either by an attribute or by the NameID; name one")
	case s.Attribute == "" && s.NameIDFormat != FormatPersistent && s.NameIDFormat != FormatUnspecified:
		return fmt.Errorf("people cannot be known by a NameID of the format %q; name an attribute, or use the format persistent", s.NameIDFormat)
	case (s.Tenant == "") != (s.TenantAttribute == ""):
		return fmt.Errorf("the tenant needs the name of its attribute, and the other way round")
	}
	return nil
}

// claims reads who it is out of an assertion that is right in all else.
func (c *Connection) claims(el *etree.Element, values map[string][]string, now usher.Time) (usher.SignedIn, error) {
	who := usher.SignedIn{Connection: c.settings.Name}
	if err := c.readNameID(el, &who); err != nil {
		return usher.SignedIn{}, err
	}
	if err := c.settings.Subject.read(values, &who); err != nil {
		return usher.SignedIn{}, err
	}
	c.settings.Attributes.read(values, &who)
	who.AddressVerified = c.settings.AddressTrusted && who.Address != "" && !guest(who)
	return who, c.readStatements(el, &who, now)
}

// guest says whether somebody bears the user principal name that Entra makes for guests: their address is another company's
// to give.
func guest(who usher.SignedIn) bool {
	return strings.Contains(strings.ToUpper(who.UPN+" "+who.Session.NameID), "#EXT#")
}

// readNameID keeps the NameID for signing out, and as the subject where people are known by it.
func (c *Connection) readNameID(el *etree.Element, who *usher.SignedIn) error {
	subject, err := only(el, named{nsAssertion, "Subject"})
	if err != nil {
		return err
	}
	byNameID := c.settings.Subject.Attribute == ""
	found := children(subject, named{nsAssertion, "NameID"})
	if len(found) == 0 && !byNameID {
		return nil
	}
	id, err := only(subject, named{nsAssertion, "NameID"})
	if err != nil {
		return refuse(NoSubject, "its subject has no NameID, or more than one")
	}
	who.Session = session(id)
	if who.Session.NameID == "" {
		return refuse(NoSubject, "the NameID is empty")
	}
	if !byNameID {
		return nil
	}
	who.Subject = who.Session.NameID
	return c.checkNameID(who.Session)
}

func session(id *etree.Element) usher.ProviderSession {
	var s usher.ProviderSession
	if value, leaf := text(id); leaf {
		s.NameID = value
	}
	s.NameIDFormat, _ = attribute(id, "Format")
	s.NameQualifier, _ = attribute(id, "NameQualifier")
	s.SPNameQualifier, _ = attribute(id, "SPNameQualifier")
	return s
}

// checkNameID wants the format that was agreed, and an identifier that was made for us: persistent ones are unique only
// together with their qualifiers (saml-core 8.3.7).
func (c *Connection) checkNameID(s usher.ProviderSession) error {
	format := s.NameIDFormat
	if format == "" {
		format = FormatUnspecified // saml-core 2.2.2
	}
	if format != c.settings.Subject.NameIDFormat {
		return refuse(SubjectFormat, "the NameID has the format %s and not %s; correct it at the provider", quoted(format), c.settings.Subject.NameIDFormat)
	}
	foreign := s.NameQualifier != "" && s.NameQualifier != c.idp.EntityID || s.SPNameQualifier != "" && s.SPNameQualifier != c.settings.EntityID
	if format == FormatPersistent && foreign {
		return refuse(SubjectFormat, "the NameID was made for another service or by another provider, by its qualifiers")
	}
	return nil
}
