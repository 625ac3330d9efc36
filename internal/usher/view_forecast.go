package usher

import "time"

// PoolOutlook is a subscription with what it was and what dates make of it.
type PoolOutlook struct {
	PoolView

	ID ID `json:"-"`
	// Live is false where usher only looks at the portal: nobody is seated there.
	Live bool `json:"live"`
	// StartsAt is when the term begins; zero: it always was.
	StartsAt time.Time `json:"startsAt,omitzero"`
	// EndsInDays says that the term ends within 90, 30 or 7 days; 0: it does not, or is over. TermNote says it in words.
	EndsInDays int    `json:"endsInDays,omitempty"`
	TermNote   string `json:"termNote,omitempty"`
	// Past are the last days, oldest first; the last of them is now.
	Past []PoolDay `json:"past"`
	// Ahead are the coming days as far as dates tell; the first of them is now.
	Ahead []PoolDay `json:"ahead"`
	// EmptyIn is in how many days no seat is free; 0: none is now, -1: some still are at the end of Ahead.
	EmptyIn int `json:"emptyIn"`
}

// PoolDay is a subscription at an instant.
type PoolDay struct {
	At        time.Time `json:"at"`
	Purchased int       `json:"purchased"`
	Occupied  int       `json:"occupied"`
	Queued    int       `json:"queued"`
	Releasing int       `json:"releasing"`
}

// Outlooks are those of all subscriptions, and what has changed of late.
type Outlooks struct {
	// AsOf is when all of it was true: with very many people it is not counted for each look.
	AsOf    time.Time       `json:"asOf"`
	Pools   []PoolOutlook   `json:"pools"`
	Changes []ChangeCounted `json:"changes"`
}

// ChangeCounted is how often a kind of event was recorded within a day.
type ChangeCounted struct {
	Kind EventKind `json:"kind"`
	// Subscription is its id; empty where the event is about none.
	Subscription ID  `json:"subscription,omitempty"`
	Count        int `json:"count"`
}

// Waiting is how much of one kind waits for somebody to decide or do it.
type Waiting struct {
	Kind  WaitingKind `json:"kind"`
	Count int         `json:"count"`
	// Oldest is since when the first of them waits.
	Oldest time.Time `json:"oldest,omitzero"`
}

// WaitingKind is what waits for a human.
type WaitingKind string

// What waits for a human.
const (
	WaitingPlans     WaitingKind = "plans"     // of rosters, to be confirmed or discarded
	WaitingRevisions WaitingKind = "revisions" // of the configuration, to be confirmed or discarded
	WaitingHolds     WaitingKind = "holds"     // to be allowed or discarded
	WaitingConflicts WaitingKind = "conflicts" // to be answered
	WaitingVisits    WaitingKind = "visits"    // files and lists to be carried to a portal, and confirmed
	WaitingRequests  WaitingKind = "requests"  // of people for seats
)

// FirstSteps are the steps from a first start to the first person who sits, each true once it is done.
type FirstSteps struct {
	Token, Heard, Portal, Subscription, Live, Seated bool
}

// Assumption is what somebody assumes of a subscription, in a form.
type Assumption struct {
	// Purchased is how many seats there would be; nil: as many as now.
	Purchased *int
	// PurchasedFrom is the first day of that; zero: now.
	PurchasedFrom time.Time
	// Hires is how many people without a name would start on HiredOn, beside those of Hired.
	Hires   int
	Hired   []string // addresses, or names of people whom nobody knows yet
	HiredOn time.Time
	// Leavers are addresses of people whose last day would be the one before LeaveOn.
	Leavers []string
	LeaveOn time.Time
	// Days is how far it looks.
	Days int
}

// Assumed is what would come of an assumption.
type Assumed struct {
	AsOf time.Time `json:"asOf"`
	Pool PoolOutlook
	// Ahead are the days as they would be, Otherwise those without what is assumed.
	Ahead, Otherwise []PoolDay
	EmptyIn          int
	// Seated and Released are by day, Queued are those who are queued at the end, in order: the first of each, of whom there
	// are so many in all.
	Seated, Released, Queued                []AssumedPerson
	SeatedInAll, ReleasedInAll, QueuedInAll int
	// Over is how many more seats are taken at the end than were bought. Nobody loses theirs by it; First are those who
	// would be asked first (see ShrinkPlan).
	Over  int
	First []ShrinkPerson
	// Unknown are the texts that mean nobody who is known.
	Unknown []string
}

// AssumedPerson is what would become of somebody.
type AssumedPerson struct {
	// Person is empty for whom nobody knows yet.
	Person        ID
	Name, Address string
	At            time.Time
	Place         int // in the queue at the end, from 1
	// Otherwise says that it is not so without what is assumed.
	Otherwise bool
}

// ShrinkPerson is somebody whose seat could be given up, and why they come where they do.
type ShrinkPerson struct {
	Person        ID
	Name, Address string
	// LastActive is when the portal last saw them; zero: never, as far as it says.
	LastActive time.Time
	SeatedAt   time.Time
	Pinned     bool // a human said that they sit whatever the rule says
}
