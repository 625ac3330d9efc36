package usher

// PeopleSearch selects people for the console; empty fields select nobody away.
type PeopleSearch struct {
	// Find are words, or parts of them: each must be in a name, an identifier, the department, a team or the manager's
	// name of whoever is found, in any case and with or without accents.
	Find  string
	State PeopleState
	// Subscription is the name of one in which they have a seat or are queued, and Seat its state; empty: any that is not
	// released. Seat alone means any subscription.
	Subscription string
	Seat         SeatState
	Team         string // by name
	Directory    string // by name: one that has a record of them
	Manager      ID     // to whom they report
	// By are the rights of whoever asks: they find and see no seat that they may not read.
	By Rights
	// After is [FoundPeople.Next] of the part before; empty: the first.
	After string
	Limit int
}

// FoundPeople is one part of what a search finds: first whom the words name, then whom they find by department, team or
// manager; each by name.
type FoundPeople struct {
	People []PersonView
	// Next begins the next part; empty: this was the last.
	Next string
	// Count is how many are found in all, or the most that were counted where More is set. It is counted for the first part
	// alone.
	Count int
	More  bool
}

// PeopleChoices are what people can be chosen by.
type PeopleChoices struct {
	Subscriptions []string
	Directories   []string
	// Teams are the first ones by name.
	Teams []string
}
