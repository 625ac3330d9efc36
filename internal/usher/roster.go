package usher

import "strings"

// RosterFile is a file of people that reached usher.
type RosterFile struct {
	Name   string `json:"name"`   // as it was called where it came from
	Origin string `json:"origin"` // "folder /srv/hr", "upload", "by hand"
	SHA256 string `json:"sha256"` // of its bytes, in hexadecimal
	Bytes  int64  `json:"bytes"`
	// Archive is the path of the copy that usher keeps, on the machine that took the file.
	Archive string `json:"archive,omitempty"`
}

// OriginByHand and OriginUndo begin the Origin of what a human asked for.
const (
	OriginByHand = "by hand"
	OriginUndo   = "undo of plan"
)

// ByHand says that a human asked for the plan of the file.
func (f RosterFile) ByHand() bool {
	return f.Origin == OriginByHand || strings.HasPrefix(f.Origin, OriginUndo)
}

// RosterRow is one row of a roster, as the mapping reads it.
type RosterRow struct {
	// Number counts the file's records; the header is 1, and a line break within quotes
	// starts no new one.
	Number int
	// Key finds the row's record again in the next file; empty where it cannot be read.
	// It is the record's external id.
	Key string
	// Hash is over all that the mapping takes from the row, and over the mapping.
	Hash int64
	// Same says that a row with this key and hash was accepted before: Record is empty.
	Same bool
	// Record is what the row says: Attributes and, where they were asked for, Document and
	// Values; empty when the row is refused.
	Record Record
	// Findings are about this row. One of severity error refuses the row: whom it is
	// about stays as they are.
	Findings []Finding
}

// Refused says that a finding keeps the row from being applied.
func (r RosterRow) Refused() bool {
	for _, f := range r.Findings {
		if f.Severity == SeverityError {
			return true
		}
	}
	return false
}

// Finding is what is to be said of a row or a whole file: data for an admin, never an
// error of usher's.
type Finding struct {
	Row      int      `json:"row"`              // record number, the header is 1; 0: the file as a whole
	Column   string   `json:"column,omitempty"` // its name in the file
	Col      int      `json:"col,omitempty"`    // its place there, from 1, where another column is named alike
	Code     string   `json:"code"`             // a stable word such as row.duplicate_id
	Severity Severity `json:"severity"`
	Value    string   `json:"value,omitempty"` // the rejected value: personal data
	Text     string   `json:"text"`            // what is wrong and how to mend it, without values
}

// Severity says what a finding costs.
type Severity string

// The severities.
const (
	SeverityInfo    Severity = "info"
	SeverityWarning Severity = "warning" // the row goes, something of it is left out or odd
	SeverityError   Severity = "error"   // the row is refused, or the file where Row is 0
)

// RosterSummary says how a whole file was read. Lines = 1 header + Records + the lines
// that records have beyond their first + Blank.
type RosterSummary struct {
	Lines   int `json:"lines"`   // physical lines; of a sheet, its rows
	Records int `json:"records"` // below the header, the refused ones among them
	Blank   int `json:"blank"`
	Folded  int `json:"folded"`  // lines that records have beyond their first
	Refused int `json:"refused"` // records
	Keyless int `json:"keyless"` // refused records of which nobody knows whom they are about
	// Findings are about the file as a whole, or about rows that were handed over already.
	// One of severity error and without a row refuses the file: it is no information about
	// anybody.
	Findings []Finding `json:"findings,omitempty"`
	// Content sums up what the rows say, in parts and, last, as a whole: files whose sums
	// are equal say the same, whatever their bytes are.
	Content []string `json:"content,omitempty"`
}

// RefusedFile says that the file as a whole is no information.
func (s RosterSummary) RefusedFile() bool {
	for _, f := range s.Findings {
		if f.Row == 0 && f.Severity == SeverityError {
			return true
		}
	}
	return false
}

// Plan is a set of proposed changes to the records of one directory, bound to what it
// was computed from. Once applied it is a run: a change set that can be undone.
type Plan struct {
	ID        ID
	Number    int64
	Directory ID
	File      RosterFile
	// Undoes is the plan whose changes this one puts back; empty for a file's.
	Undoes ID
	// Full says that the file names everybody, so that absence means something.
	Full bool
	// Mapping, Policy and Base, with the file, are what the plan was computed from: the
	// fingerprint of the mapping, the version of the policy, and the number of the
	// directory's last plan that changed anything. A plan whose inputs have moved on is
	// not applied.
	Mapping string
	Policy  int64
	Base    int64
	State   PlanState
	Summary RosterSummary
	Counts  PlanCounts
	// Seats are what the changes would do to seats, by name.
	Seats []PlannedSeat
	// Reasons say why classes of changes, or all, wait for a human.
	Reasons   []string
	CreatedAt Time
	ExpiresAt Time
	AppliedAt Time // when the last change was applied
	DecidedAt Time
	DecidedBy string
	Why       string // what was said on confirming, discarding, ...
	Cursor    int64  // seq of the last change that was applied
}

// PlanState is where a plan is in its life.
type PlanState string

// The states of a plan.
const (
	PlanReading    PlanState = "reading"    // being computed
	PlanUnchanged  PlanState = "unchanged"  // says nothing new
	PlanRefused    PlanState = "refused"    // the file is no information
	PlanOpen       PlanState = "open"       // waits for a human: all of it, or what is held
	PlanApplying   PlanState = "applying"   // changes are being applied
	PlanApplied    PlanState = "applied"    // a run
	PlanDiscarded  PlanState = "discarded"  // what waited of it was dropped by a human
	PlanStopped    PlanState = "stopped"    // a human ended the run in its midst: the file does not count
	PlanSuperseded PlanState = "superseded" // a newer file came
	PlanExpired    PlanState = "expired"    // nobody decided in time
)

// PlanCounts add up: Rows = Unchanged + Refused + Joiners + Movers + Rejoiners + Leavers.
// Absences are about nobody's row.
type PlanCounts struct {
	Rows      int `json:"rows"`
	Unchanged int `json:"unchanged"`
	Refused   int `json:"refused"`
	Joiners   int `json:"joiners"`
	Movers    int `json:"movers"`
	Rejoiners int `json:"rejoiners"`
	Leavers   int `json:"leavers"`
	Missing   int `json:"missing"`   // absent for the first time: noted, nothing else
	Absent    int `json:"absent"`    // absent again: leavers
	Addresses int `json:"addresses"` // changes of a main address, among the above
	Managers  int `json:"managers"`  // changes of a manager, among the above
	Held      int `json:"held"`      // of the changes above
	Applied   int `json:"applied"`
	Stale     int `json:"stale"` // not applied because somebody else was quicker
	// Departments are changes of a department, among the above.
	Departments int `json:"departments"`
	// Seats are what the changes would do to seats, counted; none for plans of a version that did not count them.
	Seats []SeatCount `json:"seats,omitempty"`
}

// Change is one of a plan: what would become of one record.
type Change struct {
	Plan   ID
	Seq    int64 // order in which changes are applied: managers before their reports
	Class  ChangeClass
	Row    int // of the file; 0 for absences
	Key    string
	Record ID // empty for a joiner whose record does not exist yet
	Person ID // empty where nobody is linked yet
	// Version and Revision are the record's and the person's when the plan was computed.
	Version  int64
	Revision int64
	Name     string // whom it is about, in words
	Address  string
	// Before and After are JSON of Image; Before is empty for a joiner, unless they were a guest.
	Before []byte
	After  []byte
	State  ChangeState
	Risks  Risk   // what guards count the change for
	Why    string // why it is held, stale or dropped
}

// Risk is a set of what guards count.
type Risk int64

// The risks.
const (
	RiskRelease Risk = 1 << iota // somebody may lose their seats
	RiskAddress                  // the main address becomes another one
	RiskManager                  // the line to the manager is written anew
	RiskMissing                  // a complete file leaves somebody out for the first time
	RiskKey                      // a row with another key bears somebody's user name
)

// Image is what a change set keeps of a record.
type Image struct {
	Attributes  Attributes `json:"attributes"`
	Hash        int64      `json:"hash"`
	Absences    int        `json:"absences,omitempty"`    // complete files in a row that did not name it
	AbsentSince Time       `json:"absentSince,omitempty"` // since the first of them
	Gone        bool       `json:"gone,omitempty"`        // there is no such record
	// StartedAt and EndsKnownAt are the record's, for whoever puts it back.
	StartedAt   Time `json:"startedAt,omitempty"`
	EndsKnownAt Time `json:"endsKnownAt,omitempty"`
	// Sponsor and EndsAt are those of the guest whom a joiner was until then.
	Sponsor string `json:"sponsor,omitempty"`
	EndsAt  Time   `json:"endsAt,omitempty"`
	// Newcomer is that of the newcomer.
	Newcomer Newcomer `json:"newcomer,omitempty"`
}

// ChangeClass is what a change is for the person.
type ChangeClass string

// The classes.
const (
	ClassJoiner   ChangeClass = "joiner"
	ClassRejoiner ChangeClass = "rejoiner"
	ClassMover    ChangeClass = "mover"
	ClassLeaver   ChangeClass = "leaver"  // the row says so
	ClassAbsent   ChangeClass = "absent"  // not in two complete files in a row
	ClassMissing  ChangeClass = "missing" // not in this complete file, for the first time
	ClassKept     ChangeClass = "kept"    // the row is another, what it says of the person is not
)

// ChangeState is where a change is in its life.
type ChangeState string

// The states of a change.
const (
	ChangePlanned   ChangeState = "planned"
	ChangeHeld      ChangeState = "held"      // waits for a human
	ChangeConfirmed ChangeState = "confirmed" // a human said so
	ChangeApplied   ChangeState = "applied"
	ChangeStale     ChangeState = "stale"
	ChangeDropped   ChangeState = "dropped"
)
