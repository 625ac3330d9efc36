package usher

// Record is what one directory last said about one person. The SCIM User resource
// is the record and its id is the record's id.
type Record struct {
	ID        ID
	Directory ID
	// Person is whom the record is linked to; empty while a conflict is open.
	Person ID
	// Document is the resource as pushed (values untouched), without id, meta, groups
	// and what is never returned: JSON.
	Document []byte
	// Attributes is what usher understands of Document.
	Attributes Attributes
	// Values is Document flattened for filters and sorting.
	Values []Value
	// Version counts changes of Document, from 1; groups and seats stay outside it.
	Version int64
	// CreateHash is the canonical hash of the body that created the record, by which a
	// create repeated after a time-out is recognised.
	CreateHash string
	CreatedAt  Time
	ModifiedAt Time
	// DeletedAt marks a tombstone: the directory deleted the record.
	DeletedAt Time
	// StartedAt is when the record first was live, its start date reached: 0 before. A start
	// date that is moved afterwards takes nothing away.
	StartedAt Time
	// EndsKnownAt is when the directory first named the present Attributes.Ends; 0: it names none.
	EndsKnownAt Time
	// AbsentSince is when the record was first missing from the complete rosters that made it
	// inactive; 0: it is not absent. Attributes.Active is false while it is set.
	AbsentSince Time

	// Groups are the directory's groups that the record is in; filled on reading.
	Groups []GroupRef
	// Seats are the person's seats, for the seat extension; filled on reading.
	Seats []SeatView
}

// Gone says that the directory no longer wants the person served by this record.
func (r Record) Gone() bool { return r.DeletedAt != 0 || !r.Attributes.Active }

// Attributes are the parts of a record that usher decides by: the SCIM core User and
// enterprise extension (RFC 7643 sections 4.1 and 4.3), whichever the source was.
type Attributes struct {
	UserName       string         `json:"userName,omitempty"`
	ExternalID     string         `json:"externalId,omitempty"`
	Active         bool           `json:"active"`
	DisplayName    string         `json:"displayName,omitempty"`
	GivenName      string         `json:"givenName,omitempty"`
	FamilyName     string         `json:"familyName,omitempty"`
	Title          string         `json:"title,omitempty"`
	EmployeeType   string         `json:"employeeType,omitempty"` // SCIM userType
	EmployeeNumber string         `json:"employeeNumber,omitempty"`
	Department     string         `json:"department,omitempty"`
	Division       string         `json:"division,omitempty"`
	Organization   string         `json:"organization,omitempty"`
	CostCenter     string         `json:"costCenter,omitempty"`
	Country        string         `json:"country,omitempty"`
	TimeZone       string         `json:"timezone,omitempty"` // IANA name, such as Europe/Vienna
	Starts         string         `json:"starts,omitempty"`   // first day, as 2006-01-02 in the person's zone; empty: not known
	Ends           string         `json:"ends,omitempty"`     // last day, as 2006-01-02 in the person's zone; empty: open
	OnLeave        bool           `json:"onLeave,omitempty"`  // employed, and away for longer
	Emails         []Email        `json:"emails,omitempty"`
	Manager        string         `json:"manager,omitempty"` // as pushed: a record id, external id, number or address
	Custom         map[string]any `json:"custom,omitempty"`  // extension attributes usher does not know, by "urn:attribute"
}

// Email is one address of a record.
type Email struct {
	Value   string `json:"value"`
	Type    string `json:"type,omitempty"`
	Primary bool   `json:"primary,omitempty"`
}

// Address is the record's main address: the primary, else the work, else the first
// one, else a userName that is an address; empty when there is none.
func (a Attributes) Address() string {
	best, rank := "", 0
	for _, e := range a.Emails {
		r := 1
		switch {
		case e.Primary:
			r = 3
		case e.Type == "work":
			r = 2
		}
		if e.Value != "" && r > rank {
			best, rank = e.Value, r
		}
	}
	if best != "" {
		return best
	}
	if _, err := FoldAddress(a.UserName); err == nil {
		return a.UserName
	}
	return ""
}

// FullName is what people call the person: display name, else given and family name.
func (a Attributes) FullName() string {
	switch {
	case a.DisplayName != "":
		return a.DisplayName
	case a.GivenName != "" && a.FamilyName != "":
		return a.GivenName + " " + a.FamilyName
	case a.GivenName+a.FamilyName != "":
		return a.GivenName + a.FamilyName
	}
	return a.UserName
}

// Value is one leaf of a record's or group's document.
type Value struct {
	// Path is the canonical attribute path, such as "emails.value" or
	// "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department".
	Path string
	// Element numbers the element of a multi-valued attribute, from 0; leaves of one
	// element share it, so that value filters can look at one element.
	Element int
	// Text is the comparable form: folded by FoldText unless the attribute is case
	// exact; booleans are "true" and "false".
	Text string
}

// Group is a group that a directory pushed. Members are kept apart and are never
// part of its version.
type Group struct {
	ID          ID
	Directory   ID
	DisplayName string
	ExternalID  string
	Document    []byte // as pushed, without id, meta and members: JSON
	Values      []Value
	Version     int64
	CreateHash  string
	CreatedAt   Time
	ModifiedAt  Time

	// Members are filled on reading, unless they were not asked for.
	Members []Member
}

// GroupRef names a group in a record's read-only groups.
type GroupRef struct {
	ID          ID
	DisplayName string
}

// Member is one member of a group: a record, or a nested group.
type Member struct {
	Value   ID
	Type    string // "User" or "Group"
	Display string
}

// MemberOp is one step of a membership change; steps are applied in order under the
// group's lock, so that two concurrent changes lose nothing.
type MemberOp struct {
	Kind MemberOpKind
	// IDs are the members that are added, removed or left as the only ones.
	IDs []ID
	// Where selects members to remove by anything but their ids; nil for none. Its
	// paths are "value", "type" and "display".
	Where Filter
}

// MemberOpKind is what a MemberOp does.
type MemberOpKind int

// The kinds of membership steps.
const (
	MembersAdd     MemberOpKind = iota + 1 // add IDs; those present stay
	MembersRemove                          // remove IDs, or those that Where selects
	MembersReplace                         // IDs become the only members; none empties the group
)
