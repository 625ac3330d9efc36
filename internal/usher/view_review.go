package usher

import (
	"encoding/json"
	"fmt"
	"time"
)

// PlanReview is a plan with what somebody needs who decides about it, without what grows with it: changes, seats and
// findings come in parts.
type PlanReview struct {
	PlanView

	// Full says that the file names everybody, so that whom it leaves out is absent.
	Full bool
	// Undoes is the plan that this one puts back; 0 for none.
	Undoes int64
	// Whole are the findings about the file as a whole.
	Whole []Finding
	// Step is how many of the Steps a run has gone through; the ones that wait for a human are passed over.
	Step, Steps int64
	// UndoUntil is until when what was applied can be put back; zero where nothing can.
	UndoUntil time.Time
}

// SeatCount is how many seats of a subscription a plan would change in a way.
type SeatCount struct {
	Subscription string     `json:"subscription"`
	Kind         PlanChange `json:"kind"`
	Seats        int        `json:"seats"`
}

// CountSeats counts planned seats, in the order in which they come.
func CountSeats(seats []PlannedSeat) (counts []SeatCount) {
	at := map[SeatCount]int{}
	for _, s := range seats {
		which := SeatCount{Subscription: s.Subscription, Kind: s.Kind}
		i, has := at[which]
		if !has {
			i = len(counts)
			at[which], counts = i, append(counts, which)
		}
		counts[i].Seats++
	}
	return counts
}

// ChangeQuery selects changes of a plan; empty fields select none away.
type ChangeQuery struct {
	Class ChangeClass
	State ChangeState
	// After is the seq of the last change of the part before.
	After int64
	Limit int
}

// Made are the attributes that a change gives to somebody of whom the directory said nothing before, in words.
func (c Change) Made() ([]ChangedField, error) {
	var after Image
	if err := json.Unmarshal(c.After, &after); err != nil {
		return nil, fmt.Errorf("change %d: %w", c.Seq, err)
	}
	return after.Attributes.Said(), nil
}

// FindingQuery selects findings about rows of a plan's file, all of one severity.
type FindingQuery struct {
	Severity Severity
	// After is the number of the last finding of the part before.
	After int64
	Limit int
}

// SeatQuery selects what a plan does to seats of a subscription; empty fields select none away.
type SeatQuery struct {
	Subscription string
	Kind         PlanChange
	// Skip is how many came with the parts before.
	Skip  int
	Limit int
}

// HoldQuery selects holds.
type HoldQuery struct {
	Open bool
	// Among are the subscriptions of which holds are wanted; nil: of all, and those of directories.
	Among []ID
	// Before is the number of the last hold of the part before; 0: the first part.
	Before int64
	Limit  int
}

// ConflictView is a conflict in a list.
type ConflictView struct {
	Number int64
	Kind   ConflictKind
	// About names the record or the person. Person is that person, and empty for a record: whose it is can be the question.
	About    string
	Person   ID
	Detail   string
	OpenedAt time.Time
	ClosedAt time.Time
	ClosedBy string
	Decision string
}

// ConflictDetail is a conflict with all that it is about.
type ConflictDetail struct {
	ConflictView

	// Record is nil where the conflict is about no record.
	Record *RecordView
	// Candidates are the people whom it concerns.
	Candidates []CandidateView
}

// RecordView is what a directory says of somebody.
type RecordView struct {
	Directory string
	Person    ID // whose it is; empty: nobody's yet
	Name      string
	Gone      bool
	Fields    []ChangedField // what is said, in To
}

// CandidateView is somebody whom a conflict concerns.
type CandidateView struct {
	PersonView

	Fields      []ChangedField // the merged attributes, in To
	Identifiers []Identifier
	// Known are the names of the directories that have a record of them.
	Known []string
}

// RevisionView is a revision in a list.
type RevisionView struct {
	Number     int64
	State      RevisionState
	ProposedAt time.Time
	ProposedBy string
	DecidedAt  time.Time
	DecidedBy  string
	// Seats are what it would change, and Notes what of the subscriptions themselves.
	Seats []SeatCount
	Notes []string
}
