package usher

import "time"

// Session is somebody who is signed in at usher in one browser.
type Session struct {
	ID     ID
	Person ID
	// Hash is what is kept of the token that the browser shows.
	Hash string
	// Connection is what the person signed in over, as which Subject; both are empty for a login
	// link.
	Connection string
	Subject    string
	// Provider is what the identity provider calls the session.
	Provider ProviderSession
	// Groups are those that the provider named at the time. They can give roles while the
	// session lasts.
	Groups []string
	// GroupsUnknown says that the provider kept the groups back ([SignedIn.GroupsUnknown]): nobody
	// knows then what they would give.
	GroupsUnknown bool
	// Owner says that the session has an owner's rights, whoever it is: a login link gave them.
	Owner bool
	// AuthenticatedAt is when the person last showed who they are, and Context how. It is zero where the provider did not
	// tell: it may have answered from a session of its own, which can be old.
	AuthenticatedAt Time
	Context         []string
	StartedAt       Time
	// SeenAt is when the session was last used, to about a minute.
	SeenAt Time
	// ExpiresAt is when it ends, however much it is used.
	ExpiresAt Time
	// RevokedAt is when it was ended before its time, and Revoked why.
	RevokedAt Time
	Revoked   string
}

// Live says whether the session holds at a time, if it may rest for as long as idle.
func (s Session) Live(now Time, idle time.Duration) bool {
	return s.RevokedAt == 0 && now < s.ExpiresAt && now < s.SeenAt.Add(idle)
}

// ProviderLogout is what an identity provider has signed out over a connection: the sessions that all
// of the names mean that it gives. Without any it means none.
type ProviderLogout struct {
	Connection string
	Subject    string // [SignedIn.Subject]
	NameID     string // [ProviderSession.NameID]
	Session    string // [ProviderSession.Index] or [ProviderSession.SID]
}

// ProviderMessage is what an identity provider has signed out with. It does so once.
type ProviderMessage struct {
	ID string
	// Until is when no such message can come any longer.
	Until Time
}

// Link is that a person signs in as a subject of a connection. It is made once and never moves
// to somebody else by itself.
type Link struct {
	Connection string
	Subject    string
	Person     ID
	How        LinkedBy
	At         Time
	// SeenAt is when it was last used.
	SeenAt Time
}

// LinkedBy is why a subject was linked to a person.
type LinkedBy string

// Why somebody was linked.
const (
	LinkedByExternalID LinkedBy = "external id" // the directory of the connection pushes it
	LinkedByAddress    LinkedBy = "address"     // once, inside a verified domain
	LinkedByAdmin      LinkedBy = "admin"
	LinkedByFirst      LinkedBy = "first sign-in" // it made the person
)

// LinkRule is how a connection finds people (see docs/signin.md).
type LinkRule struct {
	// Directory is whose people sign in over the connection; empty: those of all directories.
	Directory ID
	// Domains are those of addresses for which the connection may speak, folded.
	Domains []string
	// Trusted says that the connection is one company's own, so that its UPNs are. For which of its addresses it
	// vouches stands in [SignedIn.AddressVerified]: never for a guest's.
	Trusted bool
	// RoleAddresses are those to which the configuration gives roles, folded. Whoever signs in first with one that
	// the connection vouches for has its roles for good.
	RoleAddresses []string
	// Newcomers says that somebody whom no rule finds becomes a person, see [Person.Newcomer].
	Newcomers bool
	// Join is the hash of the join link with which somebody comes; empty for none. With a live one they become a person in any
	// case.
	Join string
}

// SignInRefusedError says why somebody may not sign in.
type SignInRefusedError struct {
	// Code is short and stable, for the log of sign-ins and for docs/signin.md.
	Code RefusalCode
	// Person is whom it concerns; empty while that is not known.
	Person ID
	// Problem is what an admin reads: what is wrong and how to mend it. The person who signs in is
	// told the code only.
	Problem string
}

// Error implements error.
func (e *SignInRefusedError) Error() string { return string(e.Code) + ": " + e.Problem }

// RefusalCode is why a sign-in was refused.
type RefusalCode string

// Why a verified person is refused.
const (
	RefusedUnknown    RefusalCode = "not_provisioned"  // no person is found
	RefusedInactive   RefusalCode = "not_active"       // the person has left, or has not come yet
	RefusedLinked     RefusalCode = "linked_otherwise" // the person signs in as another subject
	RefusedExternalID RefusalCode = "external_id"      // what the directory pushed is another than what the connection says
	RefusedAmbiguous  RefusalCode = "ambiguous"        // address and UPN are two people's
	RefusedDomain     RefusalCode = "foreign_domain"   // the connection may not speak for the address
	RefusedUnverified RefusalCode = "unverified"       // the provider does not vouch for the address
)

// Flow is a sign-in under way: begun in a browser, and answered by an identity provider.
type Flow struct {
	// ID is what the provider sends back: the id of an AuthnRequest, or the state of OpenID
	// Connect. Of an unsolicited answer it is made up.
	ID         string
	Connection string
	// Browser is the hash of what the browser shows that began it; empty for an unsolicited one.
	Browser string
	// Kept is what the door needs again; never shown to anybody.
	Kept []byte
	// ReturnTo is the path that the person wanted to see.
	ReturnTo string
	// Again says that the person was to show anew who they are, although they may be signed in at the provider.
	Again     bool
	StartedAt Time
	ExpiresAt Time
	// Ticket is the hash of the text for which the answer is handed out once, and Answer what the
	// provider said.
	Ticket string
	Answer *SignedIn
}

// Attempt is a sign-in that was refused, as an admin may look it up.
type Attempt struct {
	// ID is what the person is shown and can tell an admin.
	ID         string
	At         Time
	Connection string
	Code       string
	// Person is who it was; empty where that is not known.
	Person ID
	// Problem says what was wrong and how to mend it, without what the message said of a person.
	Problem string
}
