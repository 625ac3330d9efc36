package usher

import "time"

// SeatsQuery selects seats of a subscription that occupy; empty fields select none away.
type SeatsQuery struct {
	Subscription string
	State        SeatState
	// Leaving selects those whose release settles or has begun.
	Leaving bool
	// Find is the beginning of a name, or an address.
	Find  string
	After ID // of the person
	Limit int
}

// QueuedView is somebody in a queue.
type QueuedView struct {
	Person  ID
	Name    string
	Address string
	Place   int
	Since   time.Time
	Reason  string
	// Priority is what counts; Rank is what a human gave, nil for nothing.
	Priority int64
	Rank     *Rank
	Held     bool // a hold stops the invitation
	KeptBack bool // a seat is kept back for them
}

// QueuePart is one part of a queue. After is where the next part begins; empty: this was the last.
type QueuePart struct {
	Pool  PoolOutlook
	Items []QueuedView
	Next  string
}
