package usher

// SignedIn is what an identity provider has said of somebody who signs in: verified, and not
// yet linked to a person. It entitles nobody to anything.
type SignedIn struct {
	// Connection is the connection that it came over, by its name in the configuration.
	Connection string
	// Subject is what the connection knows the person by, for ever: never empty, as written, and
	// unique within the connection. Which claim it is, is a setting of the connection: sub, tid
	// and oid, a persistent NameID, or an attribute. Never an address.
	Subject string
	// ExternalID is what the provider pushes over SCIM as externalId, when it told; else empty.
	ExternalID string
	// Address is the e-mail address and UPN the user principal name, as written; either may be
	// empty. They help to find somebody once, and never again.
	Address string
	UPN     string
	// AddressVerified says that the provider vouches for Address.
	AddressVerified bool
	GivenName       string
	FamilyName      string
	DisplayName     string
	// Groups are those that the provider named, as written. They decide roles only where the
	// configuration says so.
	Groups []string
	// GroupsUnknown says that the provider kept the groups back, as Entra does where somebody is in
	// too many. That is not the same as being in none.
	GroupsUnknown bool
	// At is when the person showed who they are; zero where it was not told.
	At Time
	// Context is how they did it: the acr and amr of OpenID Connect, the AuthnContextClassRef
	// of SAML.
	Context []string
	// Until is when the provider's own session ends; zero where it was not told.
	Until Time
	// Session is what the provider calls the session, for signing out.
	Session ProviderSession
}

// ProviderSession names a session at an identity provider as its messages do.
type ProviderSession struct {
	// NameID, with its format and qualifiers, and Index are SAML's (saml-core 2.2.2, 2.7.2).
	NameID          string
	NameIDFormat    string
	NameQualifier   string
	SPNameQualifier string
	Index           string
	// SID is OpenID Connect's sid, and IDToken the hint for its logout.
	SID     string
	IDToken string
}
