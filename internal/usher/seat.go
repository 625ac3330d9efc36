package usher

import "time"

// Subscription is one pool of purchased seats at a portal, with its term and rule.
type Subscription struct {
	ID     ID
	Name   string
	Portal ID
	// Code is what the portal calls it, such as P410; empty where it has but one.
	Code string
	// Purchased is how many seats the company bought.
	Purchased int
	// Used is how many are occupied now; the allocator alone writes it.
	Used int
	// Cap is max(Purchased, Used when Purchased was lowered): the last defence.
	Cap      int
	StartsAt Time // zero: always
	EndsAt   Time // zero: open; its end releases nobody, but seats nobody new
	Rule     string
	Priority string
	// Strangers is how many seats the portal shows that people have who have none here: they
	// are not free, and not ours to release.
	Strangers int
	// Reserved is how many of the others are kept back for people who lost theirs.
	Reserved int
	// Settle is how long a release waits before anything is sent, in which whoever comes
	// back was never gone.
	Settle time.Duration
	// Grace is how long it waits at least where nobody said that the person left: they are
	// missing from rosters.
	Grace time.Duration
	// OnLeave is what becomes of the seat of somebody who is on leave.
	OnLeave OnLeave
	// Requestable says that people may ask for a seat.
	Requestable bool
	// ArmedAt is when the invitation guard starts to count: after the first load was
	// confirmed. Zero: not yet.
	ArmedAt Time
	// RetiredAt is set when the configuration no longer names the subscription.
	RetiredAt Time
}

// OnLeave is what a subscription does for somebody who is employed and away for longer.
type OnLeave string

// What a subscription can do. The seat stays theirs either way.
const (
	LeaveKeep OnLeave = "keep" // as if they were there
	LeavePark OnLeave = "park" // the portal is to hold no active account for it until they are back
)

// Parks says that a seat of p is parked: theirs, and without an active account at the portal.
func (s Subscription) Parks(p Person) bool { return p.OnLeave && s.OnLeave == LeavePark }

// Vacant is how many seats nobody occupies, here or at the portal; negative when over.
func (s Subscription) Vacant() int { return s.Purchased - s.Used - s.Strangers }

// Free is how many seats can be given now to whoever is next, beside those that are kept
// back; negative when over.
func (s Subscription) Free() int { return min(s.Vacant(), max(0, s.Vacant()-s.Reserved)) }

// Open says whether seats may be given at now.
func (s Subscription) Open(now Time) bool {
	return s.RetiredAt == 0 && now >= s.StartsAt && (s.EndsAt == 0 || now < s.EndsAt)
}

// Seat is one person's place in one subscription. At most one seat of a person and
// subscription is not released.
type Seat struct {
	ID           ID
	Subscription ID
	Person       ID
	State        SeatState
	// Reason is why the seat is in its state, in words.
	Reason      string
	Priority    int64 // higher is served first
	RequestedAt Time
	// SeatedAt is when the seat first occupied; zero while queued.
	SeatedAt Time
	// LeavingAt is when the wish to release arose; zero: none. Until DueAt nothing was
	// sent and the person can come back as if never gone.
	LeavingAt Time
	DueAt     Time
	// LeavingBy is the directory whose signal it was, for the guard's count; empty where a
	// human took the seat back.
	LeavingBy  ID
	ReleasedAt Time
	// ReservedUntil is until when a seat is kept back for the person, whom a roster made lose
	// theirs: an undo gives it back. A released seat has it, then the queued one of whoever
	// is wanted again; zero where nothing is kept.
	ReservedUntil Time
	// Hold is the hold that stops the release or invitation; empty for none.
	Hold ID
	// Approved says that a person allowed the release or invitation by name; guards
	// neither count nor stop it.
	Approved bool
	// KeptRevision is the person's revision at which an admin discarded the release;
	// until the directories say something new of the person it is not tried again.
	KeptRevision int64
	ChangedAt    Time
}

// SeatState is where a seat is in its life.
type SeatState string

// The states. Invited, active and releasing occupy.
const (
	Queued    SeatState = "queued"
	Invited   SeatState = "invited"   // given; the portal has not confirmed yet
	Active    SeatState = "active"    // the portal confirmed it
	Releasing SeatState = "releasing" // the portal was or will be told; not confirmed yet
	Released  SeatState = "released"
)

// Occupies says whether a seat in this state counts against what was purchased.
func (s SeatState) Occupies() bool { return s == Invited || s == Active || s == Releasing }

// Reserved says that at now a seat is kept back for the person of s.
func (s Seat) Reserved(now Time) bool { return s.ReservedUntil > now }

// Live says whether the seat is not over yet.
func (s SeatState) Live() bool { return s != Released }

// SeatView is a seat as others may see it.
type SeatView struct {
	Subscription string    `json:"subscription"`
	Portal       string    `json:"portal,omitempty"`
	State        SeatState `json:"state"`
	Reason       string    `json:"reason,omitempty"`
	// Place is the place in the queue, from 1; zero when not queued.
	Place int `json:"place,omitempty"`
}

// Decision is what a human said about one person's seat in one subscription. It
// outlives feeds: no SCIM call, roster or sign-in undoes it.
type Decision struct {
	Subscription ID
	Person       ID
	Kind         DecisionKind
	By           string
	Reason       string
	Until        Time // zero: until taken back
	CreatedAt    Time
	// Rank is the place in the queue that a human gave beside it, or without any decision; nil for none.
	Rank *Rank
}

// Rank is the priority that a human gave somebody in a queue. It counts instead of the rule's until it is taken back.
type Rank struct {
	Priority  int64
	By        string
	Reason    string
	CreatedAt Time
}

// DecisionKind is what a Decision says.
type DecisionKind string

// The decisions.
const (
	Pin      DecisionKind = "pin"       // entitled whatever the rule says
	Withhold DecisionKind = "withhold"  // not entitled whatever the rule says
	GiveBack DecisionKind = "give back" // the person's own wish: as withheld, until they are pinned again
)

// QueueMove says where in a queue somebody is moved: one of its fields is set.
type QueueMove struct {
	Front, Back bool
	Before      int // the place of whoever they are put before, from 1
}

// In says whether the decision counts at now.
func (d Decision) In(now Time) bool { return d.Kind != "" && (d.Until == 0 || now < d.Until) }

// Out says that the decision keeps the person out at now.
func (d Decision) Out(now Time) bool { return d.In(now) && d.Kind != Pin }

// Hold is a class of changes stopped by a guard until an admin allows or discards them.
type Hold struct {
	ID     ID
	Number int64
	Class  HoldClass
	// Subscription or Directory is the scope whose guard tripped.
	Subscription ID
	Directory    ID
	Why          string
	OpenedAt     Time
	ClosedAt     Time
	ClosedBy     string
	// Decision is "allowed" or "discarded" once closed.
	Decision string
}

// HoldClass is the class of changes that a hold stops.
type HoldClass string

// The classes.
const (
	HoldReleases    HoldClass = "releases"
	HoldInvitations HoldClass = "invitations"
)

// Guards are the limits within which changes go by themselves.
type Guards struct {
	Releases    Limit
	Invitations Limit
	Addresses   Limit // main addresses that one roster changes
	Managers    Limit // managers that one roster changes
	// Rows is by how much, in percent, a complete roster may be longer or shorter than the
	// last one; 0 switches this guard off.
	Rows int
	// ArmedFrom is the size from which a guard counts.
	ArmedFrom int
}

// Limit is max(Min, Percent of the population).
type Limit struct{ Min, Percent int }

// Of is how many changes may go by themselves in a population of n.
func (l Limit) Of(n int) int { return max(l.Min, n*l.Percent/100) }
