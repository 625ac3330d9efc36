package daemon

import (
	"context"
	"errors"

	"usher/internal/usher"
)

// NextVisit is when what is collected is carried to a portal, as the engine goes by it.
type NextVisit struct {
	// Awaits says what it waits for; empty where there is nothing to wait for but the time, or nothing at all.
	Awaits Awaited
	// Carrying is the number of the visit that is still to be carried there.
	Carrying int64
	// At is when it begins; zero: nothing is collected. It can be past: it begins now.
	At usher.Time
}

// Awaited is what holds the next visit up.
type Awaited string

// What can.
const (
	AwaitsRows    Awaited = "rows"    // the open rows about the same people
	AwaitsCarried Awaited = "carried" // the visit before it
)

// NextVisit says when more follows to a portal. Of a hard pool not before the visit that is open was carried there, and nobody is told
// anew before the rows about them are settled.
func (d *Daemon) NextVisit(ctx context.Context, p usher.Portal) (next NextVisit, err error) {
	h, err := d.Handing(p.Name)
	if errors.Is(err, usher.ErrNotFound) || err == nil && !p.Live {
		return next, nil
	}
	if err != nil {
		return next, err
	}
	look := d.store.Look()
	due, err := look.DueAccounts(ctx, p.ID, 1)
	if err != nil {
		return next, err
	}
	tell, carrying := due, []usher.Visit(nil)
	if p.Hard {
		if tell, err = look.SettledDueAccounts(ctx, p.ID, 1); err != nil {
			return next, err
		}
		if carrying, err = look.VisitsToCarry(ctx, p.ID); err != nil {
			return next, err
		}
	}
	since := look.Now()
	if len(tell) > 0 {
		since = tell[0].NextTryAt
	}
	next.At = h.NextVisit(since)
	switch {
	case len(due) > 0 && len(tell) == 0:
		next.Awaits = AwaitsRows
	case len(tell) > 0 && len(carrying) > 0 && next.At <= look.Now():
		next.Awaits, next.Carrying = AwaitsCarried, carrying[0].Number
	}
	return next, nil
}
