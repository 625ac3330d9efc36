package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// witness tells what is known of leavers, in one snapshot.
type witness struct {
	ctx    context.Context
	tx     *store.Tx
	policy *policy
	portal usher.ID
	since  usher.Time
	notes  map[usher.ID]map[string]usher.Time // by portal: what rows say that an export confirmed, and when it had been taken
}

// of is the evidence of one person, a line for each portal; none for somebody who only lost a seat.
func (w *witness) of(id usher.ID) ([]Evidence, error) {
	p, err := w.tx.Person(w.ctx, id)
	if err != nil {
		return nil, err
	}
	seats, err := w.tx.SeatsOf(w.ctx, id)
	if err != nil {
		return nil, err
	}
	events, err := w.tx.Events(w.ctx, store.EventQuery{Person: id, Limit: 5000})
	if err != nil {
		return nil, err
	}
	at := map[usher.ID][]usher.Seat{}
	for _, s := range seats {
		pool, known := w.policy.pool(s.Subscription)
		if known && s.LeavingAt != 0 && s.SeatedAt != 0 && (w.portal == "" || pool.sub.Portal == w.portal) &&
			(s.State != usher.Released || s.LeavingAt >= w.since || s.ReleasedAt >= w.since) {
			at[pool.sub.Portal] = append(at[pool.sub.Portal], s)
		}
	}
	var found []Evidence
	for _, portal := range sorted(at) {
		e, ok, err := w.at(p, w.policy.portals[portal], at[portal], events)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, e)
		}
	}
	return found, nil
}

// at is the evidence of one person at one portal.
func (w *witness) at(p usher.Person, portal usher.Portal, seats []usher.Seat, events []usher.Event) (Evidence, bool, error) {
	e := Evidence{Person: p.ID, Name: p.Name(), Address: p.Address, Portal: portal.Name}
	for _, s := range seats {
		if pool, ok := w.policy.pool(s.Subscription); ok && !slices.Contains(e.Subscriptions, pool.sub.Name) {
			e.Subscriptions = append(e.Subscriptions, pool.sub.Name)
		}
		if e.Decided == 0 || s.LeavingAt < e.Decided {
			e.Decided = s.LeavingAt
		}
	}
	slices.Sort(e.Subscriptions)
	if !left(&e, p, events) {
		return e, false, nil
	}
	decided(&e, seats, events)
	a, err := w.tx.AccountOf(w.ctx, portal.ID, usher.AccountPerson, p.ID)
	if errors.Is(err, usher.ErrNotFound) {
		untold(&e, seats)
		return e, true, nil
	}
	if err != nil {
		return e, false, err
	}
	rows, err := w.tx.RowsTaking(w.ctx, a.ID)
	if err != nil {
		return e, false, err
	}
	if portal.Profile.Whole || len(rows) > 0 {
		if err := w.byRows(&e, a, seats, rows); err != nil {
			return e, false, err
		}
		return e, true, w.otherwise(&e, a, seats, rows, events)
	}
	return e, true, w.byCalls(&e, a, seats, events)
}

// left says when and how it is known that the person left; false: they did not, when they lost the seat.
func left(e *Evidence, p usher.Person, events []usher.Event) bool {
	var gone usher.Time
	for _, ev := range events {
		switch {
		case ev.At > e.Decided && gone != 0:
		case ev.Kind == usher.EventPersonLeft:
			gone = ev.At
		case ev.Kind == usher.EventPersonRejoined:
			gone = 0
		}
	}
	guest := (p.Sponsor != "" || p.Newcomer != "") && p.EndsAt != 0 && p.EndsAt <= e.Decided
	if gone == 0 && !guest {
		return false
	}
	last := p.Attributes.Ends
	if guest {
		last = plan.LastDay(p.EndsAt)
	}
	day, err := time.Parse(time.DateOnly, last)
	switch {
	case last != "" && err == nil && (p.Inactive == usher.InactiveEnded || guest || usher.TimeOf(day) <= e.Decided):
		e.Left, e.LeftHow = usher.TimeOf(day.AddDate(0, 0, 1)), last
	case p.Inactive == usher.InactiveAbsent:
		e.Left, e.LeftHow = gone, "missing from the roster since "+p.InactiveOn
	default:
		e.Left, e.LeftHow = gone, "disabled in the directory "+minuteOf(gone)
	}
	return true
}

// decided says by whom the seats were taken back, as the event has it.
func decided(e *Evidence, seats []usher.Seat, events []usher.Event) {
	e.DecidedHow = seats[0].Reason
	for _, ev := range events {
		if ev.Kind == usher.EventSeatLeaving && ev.SubjectID == seats[0].ID && ev.At <= seats[0].LeavingAt {
			e.DecidedHow = ev.Why + " (" + ev.Actor + ")"
		}
	}
	if e.Confirmed == 0 {
		e.Now = "waits until " + minuteOf(seats[0].DueAt) + " before the portal is told"
	}
	for _, s := range seats {
		switch {
		case s.Hold != "":
			e.Now = "held by a guard: see `usher holds`"
		case s.State == usher.Releasing || s.State == usher.Released:
			e.Now = "handed over with what is next carried to the portal"
		}
	}
}

// untold is of somebody whose seats no portal ever heard of.
func untold(e *Evidence, seats []usher.Seat) {
	if slices.ContainsFunc(seats, func(s usher.Seat) bool { return s.State != usher.Released }) {
		return
	}
	e.Confirmed, e.ConfirmedHow, e.Now = lastReleased(seats), "the portal was never told of the seat", ""
	e.HandedHow = "nothing to hand over"
}

func lastReleased(seats []usher.Seat) (at usher.Time) {
	for _, s := range seats {
		at = max(at, s.ReleasedAt)
	}
	return at
}

// byRows is of a portal that takes files: what was asked of it, and what became of each row.
func (w *witness) byRows(e *Evidence, a usher.Account, seats []usher.Seat, rows []store.OpenRow) error {
	asked := slices.ContainsFunc(rows, func(r store.OpenRow) bool { return names(e, r.Row.Gives) })
	rows = slices.DeleteFunc(slices.Clone(rows), func(r store.OpenRow) bool {
		return r.Batch.CreatedAt < e.Decided || !names(e, r.Row.Takes)
	})
	if len(rows) == 0 {
		if a.Sent == 0 && !asked && (a.Seen == nil || !a.Seen.Active) {
			untold(e, seats)
		}
		return nil
	}
	first := rows[0]
	e.Handed, e.HandedHow, e.Now = first.Batch.CreatedAt, "written as "+first.Batch.Name, "carried to the portal by nobody yet"
	if last := rows[len(rows)-1]; last.CarriedAt != 0 {
		by := last.Batch.CarriedBy
		if by == "" {
			var err error
			if by, err = w.tx.VisitDoneBy(w.ctx, last.Batch.Visit); err != nil {
				return err
			}
		}
		e.Handed, e.HandedHow, e.Now = last.CarriedAt, "carried by "+by+" ("+last.Batch.Name+")", "no export shows it yet"
	}
	notes, err := w.notesOf(a.Portal)
	if err == nil {
		e.settled(rows, notes)
	}
	return err
}

// notesOf are the notes that exports of a portal leave on the rows that they confirm.
func (w *witness) notesOf(portal usher.ID) (map[string]usher.Time, error) {
	if notes, ok := w.notes[portal]; ok {
		return notes, nil
	}
	exports, err := w.tx.Exports(w.ctx, portal, 10_000)
	notes := map[string]usher.Time{}
	for _, e := range exports {
		notes[exportNote(e)] = max(e.TakenAt, notes[exportNote(e)])
	}
	w.notes[portal] = notes
	return notes, err
}

// settled tells of the last row for each subscription: confirmed are the seats when all are.
func (e *Evidence) settled(rows []store.OpenRow, notes map[string]usher.Time) {
	last := map[string]usher.BatchRow{}
	for _, r := range rows {
		for _, name := range r.Row.Takes {
			if slices.Contains(e.Subscriptions, name) {
				last[name] = r.Row
			}
		}
	}
	var at usher.Time
	var how []string
	for _, name := range sorted(last) {
		r := last[name]
		if r.State != usher.RowConfirmed {
			if r.State != usher.RowOpen {
				e.Now = fmt.Sprintf("%s: %s %s", name, r.State, r.Note)
			}
			return
		}
		at = max(at, r.SettledAt)
		if text := knownFrom(r, notes); !slices.Contains(how, text) {
			how = append(how, text)
		}
	}
	if len(last) == len(e.Subscriptions) {
		e.Confirmed, e.ConfirmedHow, e.Now = at, strings.Join(how, "; "), ""
	}
}

// knownFrom says how it is known that a row was done: an export, or whoever said so. What somebody
// writes into a note makes no export of it: there has to be that one, and it was being taken then.
func knownFrom(r usher.BatchRow, notes map[string]usher.Time) string {
	if taken, ok := notes[r.Note]; ok && (taken == 0 || r.SettledAt <= taken) {
		return r.Note
	}
	text := "said by " + r.SettledBy
	if r.Note != "" {
		text += ": " + r.Note
	}
	return text
}

// byCalls is of a portal that answers each call.
func (w *witness) byCalls(e *Evidence, a usher.Account, seats []usher.Seat, events []usher.Event) error {
	for _, ev := range events {
		if ev.SubjectID == a.ID && ev.Kind == usher.EventAccountTold && ev.At >= e.Decided && e.Handed == 0 {
			e.Handed, e.HandedHow = ev.At, "sent over the portal's interface"
		}
	}
	attempts, err := w.tx.Attempts(w.ctx, a.ID, 200)
	if err != nil {
		return err
	}
	for _, t := range attempts { // newest first
		if t.StartedAt >= e.Decided {
			e.Handed, e.HandedHow, e.Now = t.StartedAt, "sent over the portal's interface", "the portal has not confirmed it"
		}
	}
	switch {
	case slices.ContainsFunc(seats, func(s usher.Seat) bool { return s.State != usher.Released }), a.Desired != nil && a.Confirmed < a.Generation && e.Handed != 0:
	case e.Handed == 0:
		untold(e, seats)
	default:
		e.Confirmed, e.ConfirmedHow, e.Now = max(lastReleased(seats), answered(attempts, e.Decided)), "the portal's answer", ""
	}
	return nil
}

// answered is when the first call after an instant ended well.
func answered(attempts []store.Attempt, since usher.Time) (at usher.Time) {
	for _, t := range attempts {
		if t.StartedAt >= since && t.Result == usher.Done {
			at = t.EndedAt
		}
	}
	return at
}
