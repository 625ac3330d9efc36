package usher

import "time"

// The views are what lists show of the nouns, with names in place of ids. They are made by
// package ledger, and have the names of the API.

// Mark is a place in a list that is ordered by time and id; the zero value is before the first.
type Mark struct {
	At Time
	ID ID
}

// Listed is one part of a list. Next is where the next part begins; nil: this was the last.
type Listed[T any] struct {
	Items []T
	Next  *Mark
}

// PeopleQuery selects people; empty fields select nobody away.
type PeopleQuery struct {
	// Find is part of a name or an address, in any case.
	Find       string
	Department string
	State      PeopleState
	After      Mark
	// Limit is how many come at the most.
	Limit int
}

// PeopleState says which people are wanted.
type PeopleState string

// The states.
const (
	PeopleActive      PeopleState = "active"      // the default
	PeopleUnconfirmed PeopleState = "unconfirmed" // newcomers of whom nobody has said that they belong here
	PeopleLeft        PeopleState = "left"        // whoever is not active
	PeopleAll         PeopleState = "all"
)

// PersonView is a person in a list.
type PersonView struct {
	ID      ID     `json:"id"`
	Name    string `json:"name"`
	Address string `json:"address"`
	Active  bool   `json:"active"`
	// State is [Person.State].
	State      string `json:"state"`
	Department string `json:"department,omitempty"`
	Title      string `json:"title,omitempty"`
	// Manager is nil where none is known.
	Manager *PersonName `json:"manager,omitempty"`
	// Seats are those that are not released.
	Seats []SeatView `json:"seats"`
	// MergedInto is who the person is as well, since an admin said so; lists leave them out.
	MergedInto ID `json:"mergedInto,omitempty"`
}

// PersonName names a person.
type PersonName struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// PoolView is a subscription in a list.
type PoolView struct {
	Name      string `json:"name"`
	Portal    string `json:"portal"`
	Purchased int    `json:"purchased"`
	Used      int    `json:"used"`
	// Free is negative where more are used than were purchased.
	Free int `json:"free"`
	// KeptBack are the free ones that are kept for people who lost theirs.
	KeptBack int `json:"keptBack"`
	Queued   int `json:"queued"`
	// Leaving are the seats whose release has begun or is settling.
	Leaving int       `json:"leaving"`
	EndsAt  time.Time `json:"endsAt,omitzero"`
	Retired bool      `json:"retired"` // the configuration names it no longer
}

// SeatedView is somebody's seat in a list of seats.
type SeatedView struct {
	Subscription string    `json:"subscription"`
	Person       ID        `json:"person"`
	Name         string    `json:"name"`
	Address      string    `json:"address"`
	State        SeatState `json:"state"`
	Held         bool      `json:"held"`    // a hold stops the release or the invitation
	Leaving      bool      `json:"leaving"` // to be released, and nothing was sent yet
	// Place is the place in the queue, from 1; zero when not queued.
	Place  int       `json:"place,omitempty"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason,omitempty"`
}
