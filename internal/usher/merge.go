package usher

// PeopleChange is what becomes of two people who are made one, or of one who is made two. The preview and the deed give the same.
type PeopleChange struct {
	Before PeoplePair `json:"before"`
	After  PeoplePair `json:"after"`
	// Notes say in words what a human should know: which of two seats goes, which decision stands.
	Notes []string `json:"notes"`
}

// PeoplePair are two people at one time: who stays, and the one who is merged or split off.
type PeoplePair struct {
	Kept  PersonImage `json:"kept"`
	Other PersonImage `json:"other"`
}

// PersonImage is all that usher has of one person, by name.
type PersonImage struct {
	ID      ID     `json:"id,omitempty"` // empty for somebody whom only a preview makes
	Name    string `json:"name"`
	Address string `json:"address"`
	State   string `json:"state"` // as [Person.State]; empty for nobody yet
	// Records are what directories say, and Identifiers by what the person is found.
	Records     []RecordImage  `json:"records"`
	Identifiers []string       `json:"identifiers"`
	Seats       []SeatView     `json:"seats"`
	Accounts    []AccountImage `json:"accounts"`
	Decisions   []string       `json:"decisions"` // "adkar: pin by ann"
	Requests    []string       `json:"requests"`  // subscriptions that they ask for
	SignIns     []string       `json:"signIns"`   // connections over which they sign in
	Roles       []string       `json:"roles"`
	// Reports is how many people report to them.
	Reports int `json:"reports"`
}

// RecordImage names a record.
type RecordImage struct {
	ID             ID     `json:"id"`
	Directory      string `json:"directory"`
	Name           string `json:"name"`
	UserName       string `json:"userName"`
	ExternalID     string `json:"externalId,omitempty"`
	EmployeeNumber string `json:"employeeNumber,omitempty"`
	// Says is "active", "not active" or "deleted".
	Says string `json:"says"`
}

// AccountImage names an account at a portal.
type AccountImage struct {
	Portal string `json:"portal"`
	// KnownAs is what the portal calls it; empty while nobody knows.
	KnownAs string `json:"knownAs,omitempty"`
	// State says what is to become of it: "stays open", "is closed" or "is not usher's".
	State string `json:"state"`
}
