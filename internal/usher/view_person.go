package usher

import "time"

// PersonDetail is what the console shows of one person, as far as whoever asks may see it.
type PersonDetail struct {
	PersonView

	// Standing is the state in words: "guest of Ann until ...".
	Standing string
	// Line are the managers above them, the nearest first. Referred says whom a directory calls the manager where nobody by
	// that is known.
	Line     []PersonName
	Referred string
	// Reports is how many report to them directly, FirstReports the first of those by name.
	Reports      int
	FirstReports []PersonName
	Teams        []string
	Groups       []string
	// Ends says that no directory names them, so that an admin can say when they are over: guests and newcomers.
	Ends        bool
	EndsAt      time.Time
	Unconfirmed bool

	Why         []SeatDetail // of every subscription that they may read, by name
	Told        []ToldPortal
	Identifiers []KnownAs
	Records     []SaidRecord // whose word counts most comes first
	Attributes  []AttributeRow
	Conflicts   []OpenConflict
	// SignIns is nil for who may not see it.
	SignIns *SignInsView
}

// SeatDetail is what somebody has of one subscription, and why.
type SeatDetail struct {
	Subscription ID
	Name, Portal string
	// State is empty where they have no seat and no place in the queue.
	State SeatState
	Since time.Time
	// Because is the rule, record or decision that says so, Waiting what a queued person waits for.
	Because, Waiting string
	// Place and Queue are the place and how many are queued, Ahead the next before them.
	Place, Queue int
	Ahead        []AheadView
	// LeavingAt is when a release began to settle, DueAt when it goes out.
	LeavingAt, DueAt time.Time
	Parked           bool
	// Hold is the number of the hold that stops it.
	Hold        int64
	HeldBecause string
	// Before tells of the last seat that is over.
	Before string
	// Decision is what a human said of it; nil for nothing.
	Decision        *DecisionView
	Purchased, Used int
}

// Has says that they have a seat or a place in the queue that is not ending.
func (s SeatDetail) Has() bool { return s.State != "" && s.State != Releasing && s.LeavingAt.IsZero() }

// AheadView is somebody who comes before somebody else in a queue, and why.
type AheadView struct {
	Person    ID
	Name, Why string
}

// DecisionView is a decision about somebody's seat.
type DecisionView struct {
	Kind   DecisionKind
	By     string
	Reason string
	At     time.Time
	Until  time.Time // zero: until it is taken back
}

// ToldPortal is what a portal should hold of somebody, was told, and was seen to hold.
type ToldPortal struct {
	ID         ID
	Name, Kind string
	Live       bool
	// Wanted is what it should hold, in words, and Standing how far that has come.
	Wanted, Standing string
	Calls            []PortalCall // newest first
	Seen             string       // in words; empty: never seen, or gone
	SeenAt           time.Time
	Attempts         int
	LastError        string
	Notes            []string
	// MayResend says that there may be an invitation to be sent again.
	MayResend bool
	// Subscriptions are those that are sold there.
	Subscriptions []ID
}

// PortalCall is one call to a portal, or one row of a file that was handed to it.
type PortalCall struct {
	At           time.Time
	What, Result string
}

// KnownAs is an address, number or id that finds somebody.
type KnownAs struct {
	Kind  IdentifierKind
	Shown string
	// From are the directories whose records bear it; empty: an admin said it, or none bears it any longer.
	From      []string
	Since     time.Time
	RetiredAt time.Time
}

// SaidRecord is the head of what one directory says of somebody.
type SaidRecord struct {
	ID        ID
	Directory string
	// Says is what it says of their being here: "active", "inactive", "deleted", "over", "to come" or "absent".
	Says string
	AsOf time.Time
	// StandIn says where its word counts for another one's, or another one's for its own.
	StandIn string
}

// OpenConflict is an open question about somebody.
type OpenConflict struct {
	Number   int64
	Kind     ConflictKind
	Detail   string
	OpenedAt time.Time
}

// SignInsView is how somebody signs in at usher.
type SignInsView struct {
	Links []LinkView
	// Last is when they were last seen here; zero: never, or long ago.
	Last time.Time
	// Open is in how many browsers they are signed in.
	Open int
}

// LinkView is that somebody signs in as a subject of a connection.
type LinkView struct {
	Connection, Subject string
	How                 string
	At, SeenAt          time.Time
}

// PersonEvents is one part of what happened about somebody, newest first.
type PersonEvents struct {
	Events []PersonEvent
	// Next begins the next part; empty: there are no earlier ones.
	Next string
}

// PersonEvent is an event with what it changed, field by field.
type PersonEvent struct {
	EventView

	Fields []ChangedField
	Erased bool
}
