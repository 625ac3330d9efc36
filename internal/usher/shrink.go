package usher

// ShrinkPlan is a renewal with fewer seats: whose seats are withheld from a day on. Nobody else loses theirs by it.
type ShrinkPlan struct {
	Number       int64
	Subscription ID
	// Seats is how many there will be. The plan waits until the configuration says so too: seats that come free before would go to
	// the queue.
	Seats     int
	DueAt     Time
	State     ShrinkState
	Reason    string
	CreatedBy string
	CreatedAt Time
	ClosedBy  string
	ClosedAt  Time
	People    []ShrinkPerson
	// Done is of how many of them it was carried out.
	Done int
}

// ShrinkState says what becomes of a ShrinkPlan.
type ShrinkState string

// The states. It leaves the first one once.
const (
	ShrinkOpen      ShrinkState = "open"
	ShrinkApplied   ShrinkState = "applied"
	ShrinkDiscarded ShrinkState = "discarded"
)
