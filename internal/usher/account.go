package usher

import "slices"

// Account is what a portal should hold for one person or team, what it was told, and
// what it was last seen to hold. Desired moves Generation; a call carries what is
// desired at that moment, never a payload that was queued.
type Account struct {
	ID      ID
	Portal  ID
	Kind    AccountKind
	Subject ID // person or team; empty for an account that only the portal knows
	// Desired is what should be there; nil when usher wants nothing of it.
	Desired    *Desired
	Generation int64 // of Desired
	Sent       int64 // generation last sent; 0 where the portal refused all that it was sent
	Confirmed  int64 // generation that the portal was seen to hold
	RemoteID   string
	// Seen is what the portal was last seen to hold; nil when never seen or gone.
	Seen      *Seen
	SeenAt    Time
	Attempts  int
	NextTryAt Time
	// UnknownSince is when a call ended without a known outcome; until the account was
	// read back nothing else is sent.
	UnknownSince Time
	LastError    string
	// Refused says that the portal refused the generation Sent for a reason that only a
	// person or a change can mend.
	Refused bool
	// Urgent says that what is due frees a seat that somebody asked for at once: it does not
	// wait for the portal's next visit. Being told ends it.
	Urgent bool
	// Resend says that somebody asked for the portal's invitation to be sent again. Being told
	// ends it.
	Resend bool
}

// AccountKind is what an account stands for.
type AccountKind string

// The kinds of accounts.
const (
	AccountPerson AccountKind = "person"
	AccountTeam   AccountKind = "team"
)

// Desired is what a portal should hold for a person or team.
type Desired struct {
	Active bool `json:"active"`
	// Of a person:
	Key           string   `json:"key,omitempty"` // our stable id for the portal's externalId
	UserName      string   `json:"userName,omitempty"`
	Address       string   `json:"address,omitempty"`
	DisplayName   string   `json:"displayName,omitempty"`
	GivenName     string   `json:"givenName,omitempty"`
	FamilyName    string   `json:"familyName,omitempty"`
	Title         string   `json:"title,omitempty"`
	Department    string   `json:"department,omitempty"`
	Manager       ID       `json:"manager,omitempty"`       // person
	Subscriptions []string `json:"subscriptions,omitempty"` // names, sorted
	Teams         []string `json:"teams,omitempty"`         // names, sorted
	// Admin says that the person administers the portal; whether that takes a seat is the
	// portal's to say ([Profile.AdminSeats]).
	Admin bool `json:"admin,omitempty"`
	// Values are what the portal's own columns should say, by [Column.Name]; tables of
	// values and corrections are applied. A column without a value is left out.
	Values map[string]string `json:"values,omitempty"`
	// Unmapped names the columns whose value has no counterpart at the portal, in words for
	// an admin. While there is one, no file can say what is desired.
	Unmapped []string `json:"unmapped,omitempty"`
	// Of a team: DisplayName, and
	Members []ID `json:"members,omitempty"` // persons with an account here, sorted
}

// Seen is what a portal was seen to hold. Fields that the portal does not show are
// left empty and compare as equal.
type Seen struct {
	RemoteID      string   `json:"remoteId"`
	Key           string   `json:"key,omitempty"` // externalId there
	Active        bool     `json:"active"`        // may enter or was invited: occupies what Subscriptions name
	UserName      string   `json:"userName,omitempty"`
	Address       string   `json:"address,omitempty"`
	DisplayName   string   `json:"displayName,omitempty"`
	GivenName     string   `json:"givenName,omitempty"`
	FamilyName    string   `json:"familyName,omitempty"`
	Title         string   `json:"title,omitempty"`
	Department    string   `json:"department,omitempty"`
	Manager       string   `json:"manager,omitempty"` // remote id
	Subscriptions []string `json:"subscriptions"`     // nil when not shown
	Members       []string `json:"members"`           // remote ids; nil when not shown
	Version       string   `json:"version,omitempty"` // ETag there
	// Status is the portal's own word for the account's state, such as Pending Transfer.
	Status string `json:"status,omitempty"`
	// Admin says that the account administers the portal; nil when not shown.
	Admin  *bool             `json:"admin,omitempty"`
	Teams  []string          `json:"teams,omitempty"`  // names; nil when not shown
	Values map[string]string `json:"values,omitempty"` // of the portal's own columns that it shows
	// InvitedAt and LastActiveAt are what the portal shows of them; zero when it does not.
	InvitedAt    Time `json:"invitedAt,omitempty"`
	LastActiveAt Time `json:"lastActiveAt,omitempty"`
	// Of an account that is not Active: Kept are the subscriptions in which it takes a seat all
	// the same, and Returning those in which it takes one again as soon as it is active, asked or
	// not. Both are names, sorted.
	Kept      []string `json:"kept,omitempty"`
	Returning []string `json:"returning,omitempty"`
}

// Takes says that the account takes a seat of the subscription of that name at the portal.
func (s *Seen) Takes(subscription string) bool {
	switch {
	case s == nil:
		return false
	case s.Active:
		return slices.Contains(s.Subscriptions, subscription)
	}
	return slices.Contains(s.Kept, subscription)
}

// AccountChange is one account that a connector is asked to bring in line.
type AccountChange struct {
	Account ID
	Kind    AccountKind
	// Generation is that of Desired.
	Generation int64
	Desired    Desired
	RemoteID   string // empty when the portal is not known to hold it
	Seen       *Seen
	// ManagerRemoteID is the manager's account there; empty when there is none (yet).
	ManagerRemoteID string
	// MemberRemoteIDs are a team's members there.
	MemberRemoteIDs []string
	// ReadBack says that the last outcome is unknown: look before writing.
	ReadBack bool
	// Releasing are the subscriptions of which the person's seat is to be released, whether
	// the portal was seen to hold it or not; sorted.
	Releasing []string
	// Left says that the person themselves is not active: they left, were disabled, or are yet
	// to start. Somebody who merely lost their seats, or is on leave, has not left.
	Left bool
	// Resend says that the invitation is to be sent again, to somebody who was invited and has
	// not come.
	Resend bool
	// InLine says that nothing else is asked: the portal was told what is desired and confirmed it.
	InLine bool
	// Why says what made the change, for whoever has to carry it out: "left: end date
	// 2026-02-28".
	Why string
}

// Moves are the subscriptions that the change gives and takes: what is desired and was not
// seen; and what was seen or is to be released, and is not desired. Of an account that does
// not show its subscriptions everything desired is given. Whoever becomes active again is given
// what returns with that, though nobody desires it.
func (c AccountChange) Moves() (gives, takes []string) {
	var want, have []string
	if c.Desired.Active {
		want = c.Desired.Subscriptions
	}
	if c.Seen != nil && c.Seen.Active {
		have = c.Seen.Subscriptions
	}
	return missing(slices.Concat(want, c.Returning()), have), missing(slices.Concat(have, c.Releasing), want)
}

// Returning are the subscriptions in which the change makes the portal give a seat by itself.
func (c AccountChange) Returning() []string {
	if !c.Desired.Active || c.Seen == nil || c.Seen.Active {
		return nil
	}
	return c.Seen.Returning
}

// missing are the sorted names in list that other lacks.
func missing(list, other []string) []string {
	var out []string
	for _, name := range list {
		if !slices.Contains(other, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Outcome is what became of one AccountChange.
type Outcome struct {
	Result OutcomeResult
	// Reason says why, in words for an admin; for Done and Awaiting it may be empty.
	Reason   string
	RemoteID string
	// Seen is the state that the portal showed; nil when it showed none.
	Seen *Seen
	// RetryAfter in seconds, when the portal named one.
	RetryAfter int
	// NoSeats says that the portal refused because its pool is used up.
	NoSeats bool
	// Wrote says that a change was sent, as against found in line already.
	Wrote bool
}

// OutcomeResult is the class of an Outcome.
type OutcomeResult string

// The classes of outcomes.
const (
	Done     OutcomeResult = "done"     // the portal holds what is desired
	Awaiting OutcomeResult = "awaiting" // handed over; somebody must confirm it
	Refused  OutcomeResult = "refused"  // will not work until something changes
	Retry    OutcomeResult = "retry"    // did not work and changed nothing; try again
	Unknown  OutcomeResult = "unknown"  // may or may not have worked; read back first
)

// Team is a set of people derived from department or from a pushed group.
type Team struct {
	ID   ID
	Name string
	// Source is "department" or "group"; Key is the folded department or the group's id.
	Source    string
	Key       string
	RetiredAt Time
}

// Known says whether the portal may hold the account: it was told of it or shows it.
func (a Account) Known() bool { return a.Sent > 0 || a.RemoteID != "" || a.Seen != nil }
