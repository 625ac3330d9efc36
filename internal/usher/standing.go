package usher

// Standing is what notifications are made from: all that may be amiss or wait for somebody, read in one snapshot.
type Standing struct {
	At        Time
	Plans     []PlanView // that wait for review
	Runs      []PlanView // that were applied within the last day
	Revisions []int64    // that wait to be confirmed
	Holds     []HoldView // that are open
	Conflicts []int64    // the numbers of those that are open
	Requests  []RequestStanding
	Pools     []PoolStanding
	Feeds     []FeedStanding // files that are late
	Portals   []PortalStanding
	Visits    []VisitStanding
	Expiring  []Expiring // all that end by themselves; those far ahead among them
	Channels  []ChannelStanding
}

// RequestStanding is an open request for a seat.
type RequestStanding struct {
	Number       int64
	Subscription string
	// Answerers are the people who are asked to answer; there are none where nobody asked who they are.
	Answerers []ID
}

// PoolStanding is how a subscription stands.
type PoolStanding struct {
	Name                    string
	Purchased, Free, Queued int
	// Open says that its term has begun and is not over.
	Open bool
	// EndsAt is the end of its term, and Left in how many days it is, by the warning that is due: 90, 30 or 7; 0: none
	// is, -1: it is over.
	EndsAt Time
	Left   int
}

// FeedStanding is since when a directory's file is late, as RFC 3339.
type FeedStanding struct{ Directory, Since string }

// PortalStanding is a portal that fails, whether it is told anything or only read.
type PortalStanding struct {
	Name          string
	LastSuccessAt Time
}

// VisitStanding is a visit that nobody called done.
type VisitStanding struct {
	Portal string
	Number int64
	Urgent bool
	Files  int
}

// Expiring is something that ends by itself.
type Expiring struct {
	What   string // "the token of directory okta"
	Path   string
	EndsAt Time
}

// ChannelStanding is a target of notifications to which messages could not be sent.
type ChannelStanding struct {
	Target string
	Since  Time // when the oldest of them was made
	Waits  int
}
