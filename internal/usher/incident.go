package usher

// Incident is something that is amiss, or waits for somebody, from when it was first seen until it is over. Its words name
// counts, subscriptions, portals, directories and numbers, and nobody.
type Incident struct {
	ID   ID
	Kind IncidentKind
	// Subject is what it is about, the same for the same thing: the number of a plan, the name of a portal. Of a kind
	// and subject one incident is open at most.
	Subject string
	// Audience is the one person who is told; empty: the channels are.
	Audience ID
	// Level grows as it gets worse: whoever was told of a lower one is told again.
	Level int64
	// Title is one line, Detail what follows from it, Path the page of the console where somebody goes on.
	Title, Detail, Path string
	OpenedAt            Time
	BackAt              Time // when it last began: OpenedAt, or later where it has come back
	SeenAt              Time // when it was last seen, to about five minutes
	ResolvedAt          Time // zero while it is open
	Times               int  // how often it began
}

// Open says whether it is not over.
func (i Incident) Open() bool { return i.ResolvedAt == 0 }

// IncidentKind is what an incident is about.
type IncidentKind string

// The kinds.
const (
	IncidentPlan     IncidentKind = "plan"     // a plan waits for review
	IncidentRevision IncidentKind = "revision" // a changed configuration waits to be confirmed
	IncidentHold     IncidentKind = "hold"     // a guard stopped changes
	IncidentConflict IncidentKind = "conflict" // conflicts wait for an answer
	IncidentRequest  IncidentKind = "request"  // people asked for seats
	IncidentSeats    IncidentKind = "seats"    // few are free, or none and somebody is queued
	IncidentTerm     IncidentKind = "term"     // a term ends
	IncidentFeed     IncidentKind = "feed"     // a file is late
	IncidentPortal   IncidentKind = "portal"   // a portal fails
	IncidentVisit    IncidentKind = "visit"    // something is to be carried to a portal
	IncidentRun      IncidentKind = "run"      // a plan was applied; told once, and over by itself
	IncidentExpiry   IncidentKind = "expiry"   // a token or a certificate ends soon
	IncidentChannel  IncidentKind = "channel"  // a channel of notifications takes nothing
)

// IncidentKinds are all kinds.
func IncidentKinds() []IncidentKind {
	return []IncidentKind{IncidentPlan, IncidentRevision, IncidentHold, IncidentConflict, IncidentRequest, IncidentSeats, IncidentTerm,
		IncidentFeed, IncidentPortal, IncidentVisit, IncidentRun, IncidentExpiry, IncidentChannel}
}

// IncidentTold is what a target of notifications was last told of an incident. It believes it to be open where At is
// later than OverAt.
type IncidentTold struct {
	Incident ID
	Target   string
	Level    int64
	At       Time // zero: it was never told that it began
	OverAt   Time // when it was told, or left untold for good, that it is over
}

// Notification is a message to a target, kept before it is sent, so that it is the same when it is sent again.
type Notification struct {
	ID     ID
	Target string
	// Slot is the time of the schedule for which a digest was made; empty for any other message. A target gets one for a slot.
	Slot      string
	Body      []byte // JSON of package notify
	MadeAt    Time
	Attempts  int
	NextTryAt Time
	SentAt    Time // zero: not yet
	LastError string
}

// IncidentView is an incident in a list.
type IncidentView struct {
	Kind       IncidentKind `json:"kind"`
	Subject    string       `json:"subject"`
	Title      string       `json:"title"`
	Detail     string       `json:"detail,omitempty"`
	Path       string       `json:"path,omitempty"` // of the console's page
	OpenedAt   Time         `json:"-"`
	ResolvedAt Time         `json:"-"` // zero while it is open
	Times      int          `json:"times"`
}
