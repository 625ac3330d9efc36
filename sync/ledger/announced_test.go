package ledger_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// ending are ten people whom okta keeps, and of whom the file has said for weeks that they
// ended on 2026-03-20. Guards let three of ten go.
func (w *standing) ending() []usher.Record {
	w.Helper()
	all := people(10)
	known := w.known(all)
	w.plan(all.ending())
	w.deliver()
	for range 20 {
		w.heard()
		w.later(24 * time.Hour)
	}
	w.heard()
	w.later(time.Minute)
	records := slices.Collect(maps.Values(known))
	if n := w.count(records, usher.Active); n != 10 || len(w.holds()) != 0 {
		w.Fatalf("%d of 10 sit while okta keeps them, holds %v", n, w.holds())
	}
	return records
}

func (p *paper) ending() *paper {
	next := &paper{}
	for _, r := range p.rows {
		next.add(r.Key, r.Record.Attributes.Department, ends("2026-03-20"))
	}
	return next
}

// wantHeld wants that of ten people no more than a few lost their seats, and that the others
// wait for a human.
func (w *standing) wantHeld(records []usher.Record, most int) {
	w.Helper()
	w.deliver()
	if n := w.count(records, usher.Active); n < len(records)-most || len(w.holds()) != 1 {
		w.Fatalf("%d of %d sit, holds %v", n, len(records), w.holds())
	}
	w.inOrder()
}

func TestAStandInIsNoAnnouncementOfLastDays(t *testing.T) {
	eachStanding(t, func(w *standing) {
		records := w.ending()
		w.plan(people(10).ending().add("new", "R&D"))
		w.quiet(silentAfter)
		w.wantTurns(1, 0)
		w.wantHeld(records, 3)
		left := w.count(records, usher.Active)
		w.check(w.ledger.DiscardHold(w.Context(), w.ann, w.holds()[0].Number))
		w.plan(people(10).ending().add("new", "Marketing")) // no news of them
		var everybody []usher.ID
		for _, r := range records {
			everybody = append(everybody, r.ID)
		}
		_, err := w.ledger.CreateGroup(w.Context(), w.okta, group("Everybody"), everybody)
		w.check(err)
		w.sweep()
		w.deliver()
		if n := w.count(records, usher.Active); n != left {
			t.Errorf("%d of the %d sit whom ann kept", n, left)
		}
		for _, r := range records { // what is news of them is no new last day
			all, err := w.store.Look().RecordsOfPerson(w.Context(), w.person(r).ID)
			w.check(err)
			i := slices.IndexFunc(all, func(r usher.Record) bool { return r.Directory == w.hr.Directory })
			w.change(w.hr, all[i].ID, func(a *usher.Attributes) { a.Title = "Head" })
		}
		w.deliver()
		if n := w.count(records, usher.Active); n != left || len(w.holds()) != 1 {
			t.Errorf("%d of the %d sit whom ann kept, holds %v", n, left, w.holds())
		}
		w.inOrder()
	})
}

// TestAStandInOnTheLastDayIsNoAnnouncement: the day comes in the same sweep in which the file
// begins to stand in, and in a sweep dates go before what is due.
func TestAStandInOnTheLastDayIsNoAnnouncement(t *testing.T) {
	eachStanding(t, func(w *standing) {
		records := slices.Collect(maps.Values(w.known(people(10))))
		w.plan(people(10).ending())
		w.deliver()
		w.until("2026-03-20T20:00:00Z")
		w.heard()
		w.later(time.Minute)
		w.plan(people(10).ending().add("new", "R&D"))
		w.quiet(silentAfter - 2*time.Minute)
		w.wantTurns(0, 0)
		w.until("2026-03-21T00:00:00Z")
		w.wantTurns(1, 0)
		w.wantHeld(records, 3)
	})
}

func TestALastDayThatComesDuringAStandInIsAnnounced(t *testing.T) {
	eachStanding(t, func(w *standing) {
		records := slices.Collect(maps.Values(w.known(people(10))))
		w.plan(people(10).ending())
		w.deliver()
		w.quiet(silentAfter)
		w.wantTurns(1, 0)
		w.until("2026-03-21T00:00:00Z")
		w.deliver()
		if n := w.count(records, ""); n != 10 || len(w.holds()) != 0 {
			t.Fatalf("%d of 10 left, holds %v", n, w.holds())
		}
		w.inOrder()
	})
}

func TestAnotherOwnerIsNoAnnouncementOfLastDays(t *testing.T) {
	eachStanding(t, func(w *standing) {
		records := w.ending()
		next := standInSetup("okta", silentAfter)
		next.Directories[0].Owner, next.Directories[1].Owner = false, true
		w.setUp(next)
		w.sweep()
		w.wantHeld(records, 0)
		if why := w.holds()[0].Why; !strings.Contains(why, "configuration of a directory") {
			t.Errorf("held because %s", why)
		}
	})
}

// TestWhoKeptPeopleAnnouncesNobodysLastDay: of two owners one has ended everybody, and the
// other, which kept them, deletes them.
func TestWhoKeptPeopleAnnouncesNobodysLastDay(t *testing.T) {
	eachStanding(t, func(w *standing) {
		w.setUp(filingSetup())
		records := w.ending()
		for _, r := range records {
			w.check(w.ledger.DeleteRecord(w.Context(), w.okta, r.ID, func(usher.Record) error { return nil }))
		}
		w.sweep()
		w.deliver()
		if used := w.subscription("adkar").Used; used < 7 || len(w.holds()) != 1 {
			t.Errorf("%d of 10 sit, holds %v", used, w.holds())
		}
		w.inOrder()
	})
}
