package roster

// attribute is one thing that a row can say of a person.
type attribute int

const (
	externalID attribute = iota
	employeeNumber
	email
	upn
	userName
	displayName
	givenName
	familyName
	title
	department
	division
	organization
	costCenter
	country
	employeeType
	manager
	alias
	status
	starts
	ends
	zone
	attributes // their number
)

// Attributes are the names that Mapping.Columns knows, beside x.NAME for an attribute of one's own. They are
// those of the SCIM core User and its enterprise extension (RFC 7643 sections 4.1 and 4.3) where these have one.
func Attributes() []string {
	return []string{
		"externalId", "employeeNumber", "email", "upn", "userName", "displayName", "givenName", "familyName",
		"title", "department", "division", "organization", "costCenter", "country", "employeeType", "manager",
		"alias", "status", "starts", "ends", "zone",
	}
}

// String is the name that a mapping knows the attribute by.
func (a attribute) String() string { return Attributes()[a] }

// identities are the attributes that tell people apart, and that a manager can be called by. The first that
// is mapped is the key where the mapping names none.
func identities() []attribute {
	return []attribute{externalID, employeeNumber, email, upn, userName}
}

// isAddress says that the attribute holds an e-mail address or a name in the form of one.
func (a attribute) isAddress() bool { return a == email || a == upn || a == alias }
