package usher

// EventFilter selects events; empty fields select nothing away.
type EventFilter struct {
	Kind  EventKind
	Actor string // as events show it
	// Person, Subscription and Portal are ids.
	Person, Subscription, Portal ID
	// From is the first instant and Until the one after the last.
	From, Until Time
}

// EventLine is an event for people: with names, and what changed field by field.
type EventLine struct {
	EventView

	// Name is the person's, and About what it is about where it is about nobody.
	Name, About string
	Fields      []ChangedField
	// Erased says that what was before and after is gone.
	Erased bool
}

// ChainView is how far the chain over the events has come.
type ChainView struct {
	// Number is that of the last event that was sealed, at SealedAt; zero: none was yet.
	Number   int64
	SealedAt Time
	// Unsealed is how many events wait for their seal.
	Unsealed int
	// Kept is the number of the end that is kept outside the database; zero: none is.
	Kept int64
}
