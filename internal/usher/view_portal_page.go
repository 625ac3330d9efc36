package usher

import (
	"slices"
	"time"
)

// PortalRow is a portal among the others, as the console lists them.
type PortalRow struct {
	PortalView

	ID ID
	// Whole says that it takes files or a person's work.
	Whole bool
	// Accounts is how many accounts of people it is known to have.
	Accounts int
	// Seats are those of its subscriptions. There and Here are all that are taken, by what it shows and by what the ledger has.
	// ThereKnown is false for portals that show accounts and no seats.
	Seats       []PortalSeats
	There, Here int
	ThereKnown  bool
	// Drift are the differences that are open, and Refused is how many accounts wait for somebody to mend something.
	Drift   []DriftSort
	Refused int
	// Visits are those that have rows which are not settled, by number.
	Visits []VisitView
}

// Differences is how many are open.
func (r PortalRow) Differences() (n int) {
	for _, d := range r.Drift {
		n += d.Count
	}
	return n
}

// VisitView is a visit in a list.
type VisitView struct {
	ID       ID
	Number   int64
	OpenedAt Time
	Urgent   bool
	ToldAt   Time // zero: the portal's owner was not told
	// DoneAt is when everything was carried there, as DoneBy said; zero: not yet.
	DoneAt   Time
	DoneBy   string
	ClosedAt Time // zero: rows of it are open
}

// PortalSeats are the seats of one subscription at its portal.
type PortalSeats struct {
	Subscription string
	Bought       int
	// There is what the portal shows, and Here what the ledger has; Strangers are those there of people who have none here.
	There, Here, Strangers int
	// Note is about the term; empty while there is nothing to say.
	Note string
}

// PortalPage is a portal with everything that a person may want to know of it, but for lists that can be long.
type PortalPage struct {
	PortalRow

	// KeptAdmins are leavers, by address, who stay admins there because no other declared one is.
	KeptAdmins []PersonName
	// Listed is the newest list of its accounts that was taken; nil for none.
	Listed *Export
}

// DriftSort is how many differences of one sort a portal shows.
type DriftSort struct {
	Code     DriftCode
	Severity Severity
	Count    int
	Since    Time // the oldest of them
}

// DriftView is one difference with the name of whom it is about.
type DriftView struct {
	ID           ID
	Code         DriftCode
	Severity     Severity
	Person       ID     // empty for one whom only the portal knows
	Name         string // the person's
	Address      string // as the portal has it, else the person's
	Subscription string
	Text         string
	Since        Time
}

// BatchView is a file or list for a portal, in a list.
type BatchView struct {
	Number     int64
	Name       string
	Kind       BatchKind
	SHA256     string
	Rows, Open int
	CreatedAt  Time
	WrittenAt  Time // zero: the file is not in its place yet
	CarriedAt  Time
	CarriedBy  string
	ClosedAt   Time
	Visit      ID
}

// State says in one word how far a batch has come.
func (b BatchView) State() string {
	switch {
	case b.ClosedAt != 0:
		return "settled"
	case b.CarriedAt != 0:
		return "carried there"
	case b.WrittenAt == 0:
		return "being written"
	}
	return "to be carried"
}

// SheetView is a visit as whoever makes it needs it: what to do, in this order.
type SheetView struct {
	VisitView

	Portal string
	// Takes is about how long it takes, WithExport how long where the portal's export is brought back, and Longest how long one should
	// take at most. All are zero of one that is closed.
	Takes, WithExport, Longest time.Duration
	Steps                      []SheetStep
	// Later is how many steps follow those.
	Later   int
	Batches []BatchView
}

// Has says whether a batch is part of the visit.
func (s SheetView) Has(batch string) bool {
	return slices.ContainsFunc(s.Batches, func(b BatchView) bool { return b.Name == batch })
}

// SheetStep is one thing that somebody does in a visit: a task, or a file to upload.
type SheetStep struct {
	Batch string
	// Row and Text are the task's; zero and empty for a file.
	Row  int
	Text string
	// Past says of a task that it is not wanted any more.
	Past bool
	// Of a file:
	Rows   int
	SHA256 string
	Notes  []string
	// Out are the rows that are to be taken out before it is uploaded, because something else is wanted of these people by now;
	// all of them: it is not to be uploaded. Close are those of them that somebody has to close.
	Out, Close []int
}

// Useless says that a file is not to be uploaded at all.
func (s SheetStep) Useless() bool { return s.Rows > 0 && len(s.Out) == s.Rows }

// RowRef names a row of a batch.
type RowRef struct {
	Batch string
	Row   int
}

// ExportView is what a list of a portal's accounts says beside the ledger, or did when it was taken.
type ExportView struct {
	Export

	// Again says that the same bytes were taken before: nothing changed.
	Again bool
	// Matched accounts are people's, Strangers nobody's, and Absent those that a complete list does not show. Confirmed rows of
	// batches are shown by it, and Open ones are not.
	Matched, Strangers, Absent, Confirmed, Open int
	Seats                                       []PortalSeats
	// Drift and Findings are the first of them, the gravest ahead; the numbers say how many there are.
	Drift                  []DriftView
	Findings               []Finding
	DriftInAll, FoundInAll int
	// Adopted is how many seats are taken over, and Lines say of whom, and of whom not; for a portal that is not live.
	Adopted    int
	Lines      []AdoptedLine
	LinesInAll int
}

// AdoptedLine is what somebody in a portal's list is to usher: a class in words, and whom it is about.
type AdoptedLine struct {
	Person                     ID // empty for one whom only the portal knows
	Class, Name, Address, Note string
	Subscriptions              []string
}

// LiveView is what making a portal live would do, by name.
type LiveView struct {
	ID     string
	Portal string
	// Seats are the first of those who would be given a seat, or stay queued; Others and There are accounts that it has, which are
	// left alone or brought in line. The numbers say how many there are.
	Seats                                  []PlannedSeat
	There, Others, Unadopted               []string
	Given, Queued, ThereInAll, OthersInAll int
	UnadoptedInAll                         int
	ObservedAt                             Time
	// Unread says that no list of it was ever taken, and Unfinished that people who are queued here have a seat there already: it is
	// to be adopted first.
	Unread, Unfinished bool
}
