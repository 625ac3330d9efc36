// Package connectors is the contract between the engine and the portals. A connector
// is told what accounts should look like now, never what happened; so every call may be
// repeated, and a second call with the same changes writes nothing.
//
// A connector implements one of two grains: [Each] for portals that answer per account
// and [Whole] for portals that take a file or a person. What it can do beyond that it
// shows by implementing [Reader], [Learner], [CellChecker], [Resender], [ExportReader], [RefusalReader] or [ActivityReader].
package connectors

import (
	"context"
	"fmt"
	"time"

	"usher/internal/usher"
)

// Each brings accounts in line one by one over the portal's interface.
type Each interface {
	// Deliver answers one outcome per change, in the order of changes. It never has two
	// calls in flight for one account and starts no new one once ctx is done: what was
	// not tried then is [usher.Retry].
	//
	// An error is always a [*Down]: the portal as a whole is to be left alone. The
	// outcomes are complete even then, so nothing that is already known gets lost.
	Deliver(ctx context.Context, changes []usher.AccountChange) ([]usher.Outcome, error)
}

// Reader is an [Each] whose portal can list what it holds.
type Reader interface {
	// Read hands every account of kind to each, once. Whoever was not handed over is not
	// there, but only when Read returns nil; an error of each ends the reading and is
	// returned. A [*Down] says that the portal as a whole is to be left alone.
	Read(ctx context.Context, kind usher.AccountKind, each func(usher.Seen) error) error
}

// Whole turns changes into files that somebody carries to the portal.
type Whole interface {
	// Render is pure: the same handover, in whatever order, gives the same bytes. Every
	// change has one outcome, in the order of changes. An [usher.Awaiting] one has a row, or
	// several in one or more files, whose Gives and Takes together are all that changes of
	// its seats; a Refused one has none. So has a Done one, which moves no seats: it asks for
	// nothing that the portal keeps, or for nothing that it was not seen to hold. Rows that
	// free seats come before those that take them, in files and among them: the files come in
	// the order in which they are carried.
	//
	// An error says that no file can be made at all, such as for want of a template, and how
	// to mend it; changes that cannot go into a file are Refused with a reason that names
	// the field and the remedy.
	Render(h Handover) ([]File, []usher.Outcome, error)
}

// Handover is what a [Whole] is to turn into files: all that is due at the portal at one
// moment, and what it has to know besides.
type Handover struct {
	Changes []usher.AccountChange
	// Templates are those that an admin brought from the portal, one for each key.
	Templates []usher.Template
	// Pools are the portal's subscriptions, by name.
	Pools []Pool
	// Held are the accounts of people that the portal holds and that are not among Changes,
	// by RemoteID. A manager who is not in line stands among Changes alone.
	Held []usher.Seen
	// Teams are those that usher keeps at the portal, by name. Others are nobody's business but the
	// portal's.
	Teams []string
}

// Pool is one subscription as a portal has it.
type Pool struct {
	Subscription string
	Code         string // what the portal calls it; empty where it has but one
	Purchased    int
	// Occupied is how many seats are taken at the portal as far as is known: those that it
	// showed or confirmed, and those that were carried there and not confirmed yet.
	Occupied int
}

// Learner is a [Whole] that fills templates.
type Learner interface {
	// Learn is pure. It tells what a template is for, or what is wrong with the file.
	Learn(content []byte) (Learned, error)
}

// Learned is what a template turned out to be.
type Learned struct {
	// Key says what it is for: a newer template of the same key takes its place.
	Key string
	// Columns are its header cells; Unfilled those of them that stay empty as configured.
	Columns  []string
	Unfilled []string
	// Notes are for the admin, in words.
	Notes []string
}

// CellChecker is a [Whole] that cannot write every text into its files.
type CellChecker interface {
	// CheckCell is pure and says why Render would refuse a person of whom a column is to say a
	// text; the column is an [usher.Column.Name], "first name" or "last name". The error names
	// the remedy and not the text.
	CheckCell(templates []usher.Template, column, text string) error
}

// Resender is a [Whole] at whose portal an invitation can be sent again: it makes a task of
// [usher.AccountChange.Resend].
type Resender interface {
	// CanResend is pure and says why an account as seen has no invitation to be sent again; nil
	// when it has one.
	CanResend(s usher.Seen) error
}

// ExportReader is a [Whole] that understands the portal's export.
type ExportReader interface {
	// ReadExport is pure and hands every account in the export to each, in its order, with
	// RemoteID as the portal has it, byte for byte. Rows that cannot be read are findings;
	// it returns an error for a file that is not this portal's export or not whole, and the
	// errors of each.
	ReadExport(export []byte, each func(usher.Seen) error) ([]usher.Finding, error)
}

// RefusalReader is a [Whole] whose portal answers an upload with a list of what it refused.
type RefusalReader interface {
	// ReadRefusals is pure and tells which rows of a batch the portal refused, and why. What
	// it cannot attribute comes with row 0. An error says that the file is no such list.
	ReadRefusals(answer []byte, b usher.Batch) ([]Refusal, error)
}

// Refusal is one thing that a portal said about an upload.
type Refusal struct {
	Row     int    // of the batch, from 1; 0: of the file as a whole, or of nobody knows which
	Message string // verbatim
	Known   bool   // the message is one that the vendor publishes
	Hint    string // how to mend it, in words; empty where nobody knows
}

// ActivityReader is a connector whose portal gives out lists of who did what.
type ActivityReader interface {
	// ReadActivity is pure and hands what was last done by whom to each, in the order of the
	// file; an address may come more than once.
	ReadActivity(list []byte, each func(address string, at usher.Time) error) ([]usher.Finding, error)
}

// File is one file for the portal and its rows: what becomes one [usher.Batch].
type File struct {
	// Name is the base name, such as "worklist.csv"; whoever writes the file puts portal
	// and number before it.
	Name    string
	Kind    usher.BatchKind
	Content []byte
	// Rows are numbered from 1 in the order of the file, all open.
	Rows []usher.BatchRow
	// Notes are for whoever carries it to the portal, such as a box to untick.
	Notes []string
}

// Down says that a portal as a whole does not work at the moment: not reachable, refusing
// the token, asking to be left alone.
type Down struct {
	// RetryAfter is how long the portal asked to be left alone; zero when it named nothing.
	RetryAfter time.Duration
	// Err says why, for the operator; it holds no secrets and no personal data.
	Err error
}

// Error implements error.
func (d *Down) Error() string {
	if d.RetryAfter > 0 {
		return fmt.Sprintf("portal down, try again in %s: %v", d.RetryAfter, d.Err)
	}
	return fmt.Sprintf("portal down: %v", d.Err)
}

// Unwrap gives the cause.
func (d *Down) Unwrap() error { return d.Err }
