package oidc

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
)

// Preset is whose habits the defaults of a connection follow.
type Preset string

// The presets. What they say of Okta and Entra is from their documentation.
const (
	Generic Preset = ""
	Okta    Preset = "okta"
	Entra   Preset = "entra"
)

// Claims names where things stand in an ID token, or in the answer of the userinfo endpoint. "-" is nowhere.
type Claims struct {
	Address     string // [email]
	UPN         string // the user principal name [Okta: preferred_username, Entra: upn, else nowhere]
	GivenName   string // [given_name]
	FamilyName  string // [family_name]
	DisplayName string // [name]
	Groups      string // a list of texts [groups]
	// ExternalID is what the provider pushes over SCIM as externalId [Okta: sub, Entra: oid, else nowhere].
	ExternalID string
}

// nowhere stands for a claim that is not read.
const nowhere = "-"

func (p Preset) fill(c Claims) Claims {
	upn, external := nowhere, nowhere
	switch p {
	case Okta:
		upn, external = "preferred_username", "sub"
	case Entra:
		upn, external = "upn", "oid"
	}
	return Claims{
		Address: cmp.Or(c.Address, "email"), UPN: cmp.Or(c.UPN, upn),
		GivenName: cmp.Or(c.GivenName, "given_name"), FamilyName: cmp.Or(c.FamilyName, "family_name"),
		DisplayName: cmp.Or(c.DisplayName, "name"), Groups: cmp.Or(c.Groups, "groups"), ExternalID: cmp.Or(c.ExternalID, external),
	}
}

func (p Preset) subject() SubjectRule {
	if p == Entra {
		return ByTenantAndObject
	}
	return BySub
}

// tenant is the tenant that an issuer of Entra names: https://login.microsoftonline.com/<tid>/v2.0.
func (p Preset) tenant(issuer string) string {
	u, err := url.Parse(issuer)
	if p != Entra || err != nil {
		return ""
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return tenant
}

// checkIssuer refuses issuers that stand for many tenants: whoever rents one could write any address into it.
func (p Preset) checkIssuer(issuer string) error {
	switch p {
	case Generic, Okta, Entra:
	default:
		return errors.New("the preset is none of okta, entra and generic")
	}
	for _, many := range []string{"/common/", "/organizations/", "/consumers/", "{tenantid}"} {
		if strings.Contains(strings.ToLower(issuer)+"/", many) {
			return errors.New("the issuer stands for many tenants; write https://login.microsoftonline.com/<tenant id>/v2.0, and a connection for each tenant")
		}
	}
	return nil
}
