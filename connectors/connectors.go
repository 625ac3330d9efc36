// Package connectors is the contract between the engine and the portals. A connector
// is told what accounts should look like now, never what happened; so every call may be
// repeated, and a second call with the same changes writes nothing.
//
// A connector implements one of two grains: [Each] for portals that answer per account
// and [Whole] for portals that take a file or a person. What it can do beyond that it
// shows by implementing [Reader] or [ExportReader].
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
	// Render is pure: the same changes and template give the same bytes. Every change has
	// one outcome, in the order of changes, and every [usher.Awaiting] one has exactly one
	// row in one of the files. Releases come before invitations. The template is what an
	// admin downloaded from the portal, nil for portals without one. An error says that
	// the template cannot be used; changes that cannot go into a file are Refused.
	Render(changes []usher.AccountChange, template []byte) ([]File, []usher.Outcome, error)
}

// ExportReader is a [Whole] that understands the portal's export.
type ExportReader interface {
	// ReadExport is pure and hands every account in the export to each, in its order. It
	// returns an error for an export that is not whole, and the errors of each.
	ReadExport(export []byte, each func(usher.Seen) error) error
}

// File is one file for the portal and its rows: what becomes one [usher.Batch].
type File struct {
	// Name is the base name, such as "worklist.csv"; whoever writes the file puts portal
	// and number before it.
	Name    string
	Content []byte
	// Rows are numbered from 1 in the order of the file, all open.
	Rows []usher.BatchRow
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
