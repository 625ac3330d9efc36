package usher

// Portal is the other side, reached by a connector.
type Portal struct {
	ID   ID
	Name string
	// Kind names the connector.
	Kind string
	// Live says that an admin has seen the plan by name; until then usher only looks.
	Live   bool
	LiveAt Time
	// Hard: a released seat is given on only when the portal confirmed the release.
	Hard bool
	// Teams says whether teams are kept at the portal.
	Teams     bool
	RetiredAt Time

	// What the owner of the portal's lease knows of its health.
	PausedUntil   Time
	Failures      int
	LastSuccessAt Time
	LastError     string
	ObservedAt    Time // end of the last full reading
}

// Account is what a portal should hold for one person or team, what it was told, and
// what it was last seen to hold. Desired moves Generation; a call carries what is
// desired at that moment, never a payload that was queued.
type Account struct {
	ID      ID
	Portal  ID
	Kind    AccountKind
	Subject ID // person or team; empty for an account that only the portal knows
	// Desired is what should be there; nil when usher wants nothing of it.
	Desired    *Desired
	Generation int64 // of Desired
	Sent       int64 // generation last sent
	Confirmed  int64 // generation that the portal was seen to hold
	RemoteID   string
	// Seen is what the portal was last seen to hold; nil when never seen or gone.
	Seen      *Seen
	SeenAt    Time
	Attempts  int
	NextTryAt Time
	// UnknownSince is when a call ended without a known outcome; until the account was
	// read back nothing else is sent.
	UnknownSince Time
	LastError    string
	// Refused says that the portal refused the generation Sent for a reason that only a
	// person or a change can mend.
	Refused bool
}

// AccountKind is what an account stands for.
type AccountKind string

// The kinds of accounts.
const (
	AccountPerson AccountKind = "person"
	AccountTeam   AccountKind = "team"
)

// Desired is what a portal should hold for a person or team.
type Desired struct {
	Active bool `json:"active"`
	// Of a person:
	Key           string   `json:"key,omitempty"` // our stable id for the portal's externalId
	UserName      string   `json:"userName,omitempty"`
	Address       string   `json:"address,omitempty"`
	DisplayName   string   `json:"displayName,omitempty"`
	GivenName     string   `json:"givenName,omitempty"`
	FamilyName    string   `json:"familyName,omitempty"`
	Title         string   `json:"title,omitempty"`
	Department    string   `json:"department,omitempty"`
	Manager       ID       `json:"manager,omitempty"`       // person
	Subscriptions []string `json:"subscriptions,omitempty"` // names, sorted
	Teams         []string `json:"teams,omitempty"`         // names, sorted
	// Of a team: DisplayName, and
	Members []ID `json:"members,omitempty"` // persons with an account here, sorted
}

// Seen is what a portal was seen to hold. Fields that the portal does not show are
// left empty and compare as equal.
type Seen struct {
	RemoteID      string   `json:"remoteId"`
	Key           string   `json:"key,omitempty"` // externalId there
	Active        bool     `json:"active"`
	UserName      string   `json:"userName,omitempty"`
	Address       string   `json:"address,omitempty"`
	DisplayName   string   `json:"displayName,omitempty"`
	GivenName     string   `json:"givenName,omitempty"`
	FamilyName    string   `json:"familyName,omitempty"`
	Title         string   `json:"title,omitempty"`
	Department    string   `json:"department,omitempty"`
	Manager       string   `json:"manager,omitempty"` // remote id
	Subscriptions []string `json:"subscriptions"`     // nil when not shown
	Members       []string `json:"members"`           // remote ids; nil when not shown
	Version       string   `json:"version,omitempty"` // ETag there
}

// AccountChange is one account that a connector is asked to bring in line.
type AccountChange struct {
	Account ID
	Kind    AccountKind
	// Generation is that of Desired.
	Generation int64
	Desired    Desired
	RemoteID   string // empty when the portal is not known to hold it
	Seen       *Seen
	// ManagerRemoteID is the manager's account there; empty when there is none (yet).
	ManagerRemoteID string
	// MemberRemoteIDs are a team's members there.
	MemberRemoteIDs []string
	// ReadBack says that the last outcome is unknown: look before writing.
	ReadBack bool
}

// Outcome is what became of one AccountChange.
type Outcome struct {
	Result OutcomeResult
	// Reason says why, in words for an admin; for Done and Awaiting it may be empty.
	Reason   string
	RemoteID string
	// Seen is the state that the portal showed; nil when it showed none.
	Seen *Seen
	// RetryAfter in seconds, when the portal named one.
	RetryAfter int
	// NoSeats says that the portal refused because its pool is used up.
	NoSeats bool
	// Wrote says that a change was sent, as against found in line already.
	Wrote bool
}

// OutcomeResult is the class of an Outcome.
type OutcomeResult string

// The classes of outcomes.
const (
	Done     OutcomeResult = "done"     // the portal holds what is desired
	Awaiting OutcomeResult = "awaiting" // handed over; somebody must confirm it
	Refused  OutcomeResult = "refused"  // will not work until something changes
	Retry    OutcomeResult = "retry"    // did not work and changed nothing; try again
	Unknown  OutcomeResult = "unknown"  // may or may not have worked; read back first
)

// Batch is one upload file or worklist that was handed to a portal.
type Batch struct {
	ID        ID
	Portal    ID
	Number    int64
	Name      string // file name
	SHA256    string
	Content   []byte
	Rows      []BatchRow
	CreatedAt Time
	WrittenAt Time // when the file was in its place; zero: write it (again)
	ClosedAt  Time // when every row is settled
}

// BatchRow is one row of a batch.
type BatchRow struct {
	Row        int // from 1
	Account    ID
	Generation int64
	Action     string
	Text       string   // what the row asks for, in words
	Told       *Desired // what was desired when the row was written
	State      BatchRowState
	Note       string
	SettledAt  Time
	SettledBy  string
}

// BatchRowState is what became of a row.
type BatchRowState string

// The states of a row.
const (
	RowOpen      BatchRowState = "open"
	RowConfirmed BatchRowState = "confirmed"
	RowRefused   BatchRowState = "refused"
	// RowSuperseded: a newer batch asks for the account's present state instead.
	RowSuperseded BatchRowState = "superseded"
)

// Team is a set of people derived from department or from a pushed group.
type Team struct {
	ID   ID
	Name string
	// Source is "department" or "group"; Key is the folded department or the group's id.
	Source    string
	Key       string
	RetiredAt Time
}

// Known says whether the portal may hold the account: it was told of it or shows it.
func (a Account) Known() bool { return a.Sent > 0 || a.RemoteID != "" || a.Seen != nil }
