package ledger

import (
	"cmp"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
)

// otherwise is of a portal that takes files where no row that took the seats proves that they are free,
// and they are: an export says so, a row that asked whether anything is left, or the portal took
// nobody in at all.
func (w *witness) otherwise(e *Evidence, a usher.Account, seats []usher.Seat, rows []store.OpenRow, events []usher.Event) error {
	if e.Confirmed != 0 || slices.ContainsFunc(seats, func(s usher.Seat) bool { return s.State != usher.Released }) || awaits(e, rows) {
		return nil
	}
	notes, err := w.notesOf(a.Portal)
	if err != nil {
		return err
	}
	for _, known := range []func() (usher.Time, string){
		func() (usher.Time, string) { return seenWithout(a, e.Decided, events, notes) },
		func() (usher.Time, string) { return closedBy(e.Decided, rows, notes) },
		func() (usher.Time, string) { return neverGiven(e, seats, rows, notes) },
		func() (usher.Time, string) { return gone(a) },
	} {
		if at, how := known(); at != 0 {
			e.Confirmed, e.ConfirmedHow, e.Now = at, how, ""
			e.HandedHow = cmp.Or(e.HandedHow, "nothing was handed over")
			return nil
		}
	}
	return nil
}

// awaits says that a row which takes one of the seats is still to be settled, or asked for again.
func awaits(e *Evidence, rows []store.OpenRow) bool {
	return slices.ContainsFunc(rows, func(r store.OpenRow) bool {
		return (r.Row.State == usher.RowOpen || r.Row.State == usher.RowUnconfirmed) && r.Batch.CreatedAt >= e.Decided && names(e, r.Row.Takes)
	})
}

// names says that one of the subscriptions is among those of the evidence.
func names(e *Evidence, subs []string) bool {
	return slices.ContainsFunc(subs, func(name string) bool { return slices.Contains(e.Subscriptions, name) })
}

// seenWithout is the first export since then in which the account was as somebody's should be who is
// to have nothing.
func seenWithout(a usher.Account, since usher.Time, events []usher.Event, notes map[string]usher.Time) (at usher.Time, how string) {
	for _, ev := range events {
		if _, export := notes[ev.Why]; export && ev.Kind == usher.EventAccountSeen && ev.SubjectID == a.ID && ev.At >= since && (at == 0 || ev.At < at) {
			at, how = ev.At, ev.Why
		}
	}
	return at, how
}

// closedBy is the last row that was confirmed to leave nothing at the portal.
func closedBy(since usher.Time, rows []store.OpenRow, notes map[string]usher.Time) (at usher.Time, how string) {
	for _, r := range rows {
		if r.Row.State == usher.RowConfirmed && r.Row.Told != nil && !r.Row.Told.Active && r.Batch.CreatedAt >= since {
			at, how = r.Row.SettledAt, knownFrom(r.Row, notes)
		}
	}
	return at, how
}

// neverGiven is of seats whose last invitation was refused, each of them: there is none to take back.
func neverGiven(e *Evidence, seats []usher.Seat, rows []store.OpenRow, notes map[string]usher.Time) (usher.Time, string) {
	last := map[string]usher.BatchRow{}
	for _, r := range rows {
		for _, name := range r.Row.Gives {
			last[name] = r.Row
		}
	}
	at := lastReleased(seats)
	var how []string
	for _, name := range e.Subscriptions {
		r, given := last[name]
		if !given || r.State != usher.RowRefused {
			return 0, ""
		}
		at = max(at, r.SettledAt)
		if text := knownFrom(r, notes); !slices.Contains(how, text) {
			how = append(how, text)
		}
	}
	return at, "the invitation was refused, so that there was no seat: " + strings.Join(how, "; ")
}

// gone is when an account was last seen without a seat; zero: it never was seen so.
func gone(a usher.Account) (usher.Time, string) {
	if a.Seen != nil && a.Seen.Active {
		return 0, ""
	}
	return a.SeenAt, "an export does not show the seat any more"
}
