package saml

import (
	"slices"

	"github.com/beevik/etree"

	"usher/internal/usher"
)

// What Entra ID always sends.
const (
	EntraObjectID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
	EntraTenantID = "http://schemas.microsoft.com/identity/claims/tenantid"
)

// entraGroupsLink is what Entra ID sends instead of more than 150 groups.
const entraGroupsLink = "http://schemas.microsoft.com/claims/groups.link"

const (
	claims2005 = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	claims2008 = "http://schemas.microsoft.com/ws/2008/06/identity/claims/"
)

// Attributes are the names (never the FriendlyName, which anybody may choose) of attributes. Of each list the first counts
// that the provider sent with a value. Nil lists mean the names that Okta and Entra use as they come.
type Attributes struct {
	Address, UPN, GivenName, FamilyName, DisplayName, Groups, ExternalID []string
}

func (a Attributes) orDefaults() Attributes {
	or := func(names *[]string, defaults ...string) {
		if *names == nil {
			*names = defaults
		}
	}
	or(&a.Address, claims2005+"emailaddress", "email", "mail", "urn:oid:0.9.2342.19200300.100.1.3")
	or(&a.UPN, claims2005+"name", claims2005+"upn", "upn", "login", "urn:oid:1.3.6.1.4.1.5923.1.1.1.6")
	or(&a.GivenName, claims2005+"givenname", "firstName", "givenName", "urn:oid:2.5.4.42")
	or(&a.FamilyName, claims2005+"surname", "lastName", "sn", "urn:oid:2.5.4.4")
	or(&a.DisplayName, "http://schemas.microsoft.com/identity/claims/displayname", "displayName", "urn:oid:2.16.840.1.113730.3.1.241")
	or(&a.Groups, claims2008+"groups", "groups", "memberOf")
	or(&a.ExternalID, "externalId", "userUID")
	return a
}

// readAttributes gives the values of each attribute that are plain texts and not empty.
func readAttributes(el *etree.Element) map[string][]string {
	values := make(map[string][]string)
	for _, statement := range children(el, named{nsAssertion, "AttributeStatement"}) {
		for _, a := range children(statement, named{nsAssertion, "Attribute"}) {
			name, _ := attribute(a, "Name")
			for _, v := range children(a, named{nsAssertion, "AttributeValue"}) {
				if value, leaf := text(v); leaf && value != "" {
					values[name] = append(values[name], value)
				}
			}
		}
	}
	return values
}

// read finds the subject where it is an attribute, and checks the tenant.
func (s Subject) read(values map[string][]string, who *usher.SignedIn) error {
	if s.Tenant != "" && !slices.Equal(values[s.TenantAttribute], []string{s.Tenant}) {
		return refuse(Tenant, "somebody of another tenant than %s, or of none", s.Tenant)
	}
	if s.Attribute == "" {
		return nil
	}
	found := values[s.Attribute]
	if len(found) != 1 {
		return refuse(NoSubject, "the attribute %s, by which people are known, has %d values instead of one; let the provider send it", s.Attribute, len(found))
	}
	who.Subject = found[0]
	return nil
}

func (a Attributes) read(values map[string][]string, who *usher.SignedIn) {
	for field, names := range map[*string][]string{
		&who.Address: a.Address, &who.UPN: a.UPN, &who.ExternalID: a.ExternalID,
		&who.GivenName: a.GivenName, &who.FamilyName: a.FamilyName, &who.DisplayName: a.DisplayName,
	} {
		if found := first(values, names); len(found) > 0 {
			*field = found[0]
		}
	}
	who.Groups = first(values, a.Groups)
}

// first gives the values of the first name that has any.
func first(values map[string][]string, names []string) []string {
	for _, name := range names {
		if len(values[name]) > 0 {
			return values[name]
		}
	}
	return nil
}
