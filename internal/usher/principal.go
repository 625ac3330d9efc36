package usher

// Principal is who acts: decided by the daemon from a token or a socket before any
// handler runs, and written into every event.
type Principal struct {
	// Kind says what sort of caller it is.
	Kind PrincipalKind
	// Name is what events show: a directory's, an operator's or a token's name.
	Name string
	// Directory is set for a directory's token: the only directory it may see.
	Directory ID
	// Token is the public id of the token used, for events; never its secret.
	Token string
	// Scopes are what a token of the API opens; empty for other kinds.
	Scopes []Scope
	// Reason is why, as the operator said it.
	Reason string
	// Person is who is signed in, and Rights what they may do; both are empty for other kinds.
	Person ID
	Rights Rights
}

// PrincipalKind is the sort of a Principal.
type PrincipalKind string

// The kinds of principals.
const (
	PrincipalDirectory PrincipalKind = "directory" // a SCIM client or a roster feed
	PrincipalOperator  PrincipalKind = "operator"  // a person at the command line
	PrincipalPerson    PrincipalKind = "person"    // somebody who is signed in
	PrincipalToken     PrincipalKind = "token"     // a program with a token of the API
	PrincipalSystem    PrincipalKind = "system"    // usher itself: clocks, reconcile
	PrincipalPortal    PrincipalKind = "portal"    // what a portal showed
)

// System is the principal of usher's own work; name says which part.
func System(name string) Principal { return Principal{Kind: PrincipalSystem, Name: name} }
