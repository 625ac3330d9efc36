package usher

import "time"

// Portal is the other side, reached by a connector.
type Portal struct {
	ID   ID
	Name string
	// Kind names the connector.
	Kind string
	// Live says that an admin has seen the plan by name; until then usher only looks.
	Live   bool
	LiveAt Time
	// Hard: a released seat is given on only when the portal confirmed the release.
	Hard bool
	// Teams says whether teams are kept at the portal.
	Teams bool
	// Profile is how the portal works, as configured.
	Profile   Profile
	RetiredAt Time

	// What the owner of the portal's lease knows of its health.
	PausedUntil   Time
	Failures      int
	LastSuccessAt Time
	LastError     string
	ObservedAt    Time // end of the last full reading
}

// Profile is what is configured of how a portal works. It is data: the ledger and the
// connectors obey it, and neither knows a portal by name.
type Profile struct {
	// Whole says that the portal takes files or a person's work: nothing is confirmed by
	// being told, only by an export or by somebody who says so.
	Whole bool `json:"whole,omitempty"`
	// Admins are the addresses of those who administer the portal. The last of them who
	// is there is never released.
	Admins []string `json:"admins,omitempty"`
	// AdminSeats says that an admin occupies a seat: being declared gives nobody an account,
	// only protects it. Otherwise an admin has an account without a seat.
	AdminSeats bool `json:"adminSeats,omitempty"`
	// Columns are those of the portal's own that are filled from attributes.
	Columns []Column `json:"columns,omitempty"`
	// Waiting is how long an invited person may take to come before it is a finding; 0: for ever.
	Waiting time.Duration `json:"waiting,omitempty"`
	// Reissue is how long after it was carried to the portal a row may stay without a sign in
	// an export, before it is asked for again; 0: until somebody says what became of it.
	Reissue time.Duration `json:"reissue,omitempty"`
}

// Column is one of a portal's own columns and where its value comes from.
type Column struct {
	Name string `json:"name"` // as the portal's template has it
	// From is the attribute of a person, by the names that rules use.
	From string `json:"from"`
	// Values maps the attribute to the portal's word; empty: the attribute as it is. With a
	// table, a value that is not in it cannot be written until somebody adds it.
	Values map[string]string `json:"values,omitempty"`
}

// Correction is what an admin decided that a portal's column says of one person, whatever
// the directories say. It outlives feeds, and is to be mended at its source.
type Correction struct {
	Portal    ID
	Person    ID
	Column    string // [Column.Name], or one of "first name", "last name"
	Value     string
	By        string // its owner
	Reason    string
	CreatedAt Time
}

// Template is a file that an admin downloaded from a portal, to be filled.
type Template struct {
	ID     ID
	Portal ID
	// Key says what it is for, as its connector reads it: a newer template of the same key
	// takes its place.
	Key       string
	Name      string // of the file as it came
	SHA256    string
	Content   []byte
	LearnedAt Time
	LearnedBy string
}
