package usher

// Revision is one numbered state of the subscriptions, rules, teams and guards. All
// processes compute with the active one; a changed configuration proposes the next.
type Revision struct {
	Number int64
	// Content is canonical JSON of the configuration's part.
	Content     []byte
	Fingerprint string // SHA-256 of Content, in hex
	State       RevisionState
	// Plan is JSON of a RevisionPlan: what activating it would do, by name.
	Plan       []byte
	ProposedAt Time
	ProposedBy string
	DecidedAt  Time
	DecidedBy  string
}

// RevisionState is where a revision is in its life.
type RevisionState string

// The states.
const (
	RevisionProposed   RevisionState = "proposed"
	RevisionActive     RevisionState = "active"
	RevisionPast       RevisionState = "past"
	RevisionDiscarded  RevisionState = "discarded"
	RevisionSuperseded RevisionState = "superseded"
)

// RevisionPlan says what a revision would change.
type RevisionPlan struct {
	Changes []PlannedSeat `json:"changes"`
	// Notes are about the subscriptions themselves: "adkar: 30 -> 35 seats".
	Notes []string `json:"notes,omitempty"`
}

// PlannedSeat is one person's seat that a plan would change.
type PlannedSeat struct {
	Subscription string     `json:"subscription"`
	Person       ID         `json:"person"` // empty for somebody whom a plan of people only makes
	Name         string     `json:"name"`
	Address      string     `json:"address"`
	Kind         PlanChange `json:"kind"`
	Why          string     `json:"why"`
}

// PlanChange is what happens to a seat in a plan.
type PlanChange string

// The changes.
const (
	PlanSeat    PlanChange = "seat"
	PlanQueue   PlanChange = "queue"
	PlanDequeue PlanChange = "dequeue"
	PlanRelease PlanChange = "release"
	PlanKeep    PlanChange = "keep"
)
