package usher

// Export is one list of a portal's accounts that was read: what the portal itself shows.
type Export struct {
	ID     ID
	Portal ID
	Number int64
	Name   string // of the file
	SHA256 string
	// AsOf is when the portal made the list. It says nothing of what was carried there later.
	AsOf Time
	// Complete says that whoever brought it declared that nobody is left out: only then
	// does absence count.
	Complete bool
	Rows     int
	TakenAt  Time
	TakenBy  string
}

// Drift is one difference between what a portal shows and what the ledger has, since the
// export that first showed it until one that does not.
type Drift struct {
	ID           ID
	Portal       ID
	Export       ID // the last that showed it
	Code         DriftCode
	Severity     Severity
	Account      ID
	Person       ID     // empty for one whom only the portal knows
	Subscription ID     // empty where it is about the account
	Address      string // as the portal has it, else the person's
	Text         string // what differs, in words
	SinceAt      Time
	EndedAt      Time
}

// DriftCode is the sort of a [Drift].
type DriftCode string

// The sorts of drift.
const (
	DriftMissing    DriftCode = "missing_at_portal"
	DriftUnknown    DriftCode = "unknown_at_portal"
	DriftUnreleased DriftCode = "not_released"
	DriftReleased   DriftCode = "release_confirmed"
	DriftStatus     DriftCode = "status_differs"
	DriftToolLess   DriftCode = "tool_missing"
	DriftToolMore   DriftCode = "tool_extra"
	DriftManager    DriftCode = "manager_differs"
	DriftName       DriftCode = "name_differs"
	DriftValue      DriftCode = "value_differs"
	DriftAlias      DriftCode = "matched_by_alias"
	DriftCase       DriftCode = "email_case"
	DriftTransfer   DriftCode = "pending_transfer"
	DriftWaiting    DriftCode = "waiting_too_long"
	DriftOver       DriftCode = "over_allocated"
	DriftCount      DriftCode = "count_differs"
	DriftAdmin      DriftCode = "admin_ignored"
	DriftUnruled    DriftCode = "no_rule"          // seated there, and no rule or pin entitles the person
	DriftAdminLeft  DriftCode = "admin_left"       // administers the portal, and left the company
	DriftAdminSeat  DriftCode = "admin_undeclared" // administers it and takes a seat there, and the profile does not declare them
	DriftTeam       DriftCode = "team_differs"     // in other teams of usher's than they should be
)
