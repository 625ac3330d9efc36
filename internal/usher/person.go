package usher

// Person is the human that records and sign-ins are linked to: the merge of what the
// directories say, never edited by one of them directly.
type Person struct {
	ID     ID
	Active bool
	// Inactive is why the person is not active; empty while they are.
	Inactive Inactive
	// InactiveOn is the civil date that goes with it, as 2006-01-02: the last day, the first
	// one, or that on which the person was first missing; empty for none.
	InactiveOn string
	// NextAt is when dates may change that, though no directory says anything; zero: never.
	NextAt Time
	// OnLeave says that the person is on leave, or was when they became inactive: a portal
	// hears nothing of their coming back while they go.
	OnLeave bool
	// Attributes are the merged ones.
	Attributes Attributes
	// Address is the main address, as written.
	Address string
	// Manager is the person whom the reference in Attributes.Manager was found to mean;
	// empty while it is unknown.
	Manager ID
	// ManagerDirectory is the directory whose reference Attributes.Manager is.
	ManagerDirectory ID
	// Sponsor answers for a guest who is in no directory.
	Sponsor string
	// Newcomer is set for whom a first sign-in made, until a directory names them.
	Newcomer Newcomer
	// EndsAt is when a guest or newcomer stops being served; zero for none.
	EndsAt Time
	// MergedInto is who this person is as well, since an admin said so: nothing is theirs any longer but an account that a portal
	// holds besides, until it is closed there. Empty for everybody else.
	MergedInto ID
	// Revision counts changes; plans are checked against it.
	Revision  int64
	CreatedAt Time
	ChangedAt Time
	// LeftAt is when the person last became inactive.
	LeftAt Time
}

// Name is what people call the person.
func (p Person) Name() string {
	if n := p.Attributes.FullName(); n != "" {
		return n
	}
	return p.Address
}

// Unconfirmed says that neither a directory nor an admin has said that the person belongs here: no rule entitles them.
func (p Person) Unconfirmed() bool { return p.Newcomer == NewcomerUnconfirmed }

// Newcomer is what is known of somebody whom a first sign-in made.
type Newcomer string

// What is known of a newcomer.
const (
	NewcomerUnconfirmed Newcomer = "unconfirmed" // nobody but their identity provider knows them
	NewcomerConfirmed   Newcomer = "confirmed"   // an admin said that they belong here
)

// Inactive is why somebody is not active.
type Inactive string

// Why somebody is not active.
const (
	InactiveLeft   Inactive = "left"   // who decides says so
	InactiveEnded  Inactive = "ended"  // the last day is over
	InactiveAbsent Inactive = "absent" // missing from rosters that name everybody
	InactiveFuture Inactive = "future" // the first day is still to come
)

// State is "active", "unconfirmed" for a newcomer of whom nobody has said that they belong here, or [Person.WhyInactive].
func (p Person) State() string {
	switch {
	case !p.Active:
		return p.WhyInactive()
	case p.Unconfirmed():
		return "unconfirmed"
	}
	return "active"
}

// WhyInactive says in words why the person is not active: "left: end date 2026-03-31";
// empty while they are.
func (p Person) WhyInactive() string {
	switch {
	case p.Active:
		return ""
	case p.MergedInto != "":
		return "merged into another person"
	case p.Inactive == InactiveEnded:
		return "left: end date " + p.InactiveOn
	case p.Inactive == InactiveAbsent:
		return "not in the roster since " + p.InactiveOn
	case p.Inactive == InactiveFuture:
		return "starts " + p.InactiveOn
	}
	return "left"
}

// Identifier is a normalised address, number or external id that finds one person.
type Identifier struct {
	Space IdentifierSpace
	// Key is folded; within its space it belongs to one person only. In the spaces of
	// external ids and employee numbers it starts with the directory or namespace.
	Key    string
	Kind   IdentifierKind
	Person ID
	// Shown is the identifier as it was written.
	Shown string
	Since Time
	// RetiredAt is when the person stopped using it; it still finds them until it
	// lapses, and is never given to somebody else by a feed.
	RetiredAt Time
}

// IdentifierSpace is a set of keys that must not collide.
type IdentifierSpace string

// The spaces. E-mail addresses, UPNs and aliases share one, because a recipient
// cannot tell them apart.
const (
	SpaceExternal IdentifierSpace = "external"
	SpaceEmployee IdentifierSpace = "employee"
	SpaceAddress  IdentifierSpace = "address"
)

// IdentifierKind says what an identifier is to the person.
type IdentifierKind string

// The kinds, in the order in which they are trusted to find a person.
const (
	KindExternal IdentifierKind = "external id"
	KindEmployee IdentifierKind = "employee number"
	KindUPN      IdentifierKind = "UPN"
	KindEmail    IdentifierKind = "e-mail"
	KindAlias    IdentifierKind = "alias"
)

// Conflict is a question that only a person can answer.
type Conflict struct {
	ID       ID
	Number   int64
	Kind     ConflictKind
	Record   ID
	Person   ID   // whom it concerns, if that is known
	Others   []ID // the candidates
	Detail   string
	OpenedAt Time
	ClosedAt Time
	ClosedBy string
	Decision string
}

// ConflictKind is the sort of a conflict.
type ConflictKind string

// The kinds of conflicts.
const (
	ConflictAmbiguous ConflictKind = "ambiguous"       // identifiers point at several people
	ConflictTaken     ConflictKind = "address taken"   // another record of the directory is linked to that person
	ConflictRecycled  ConflictKind = "recycled"        // a leaver's address returned with another external id or number
	ConflictLeft      ConflictKind = "left elsewhere"  // a directory that does not own the lifecycle says "left"
	ConflictCycle     ConflictKind = "manager cycle"   // the managers' line comes back to its start
	ConflictAddress   ConflictKind = "address refused" // an address that cannot be used as an identifier
)
