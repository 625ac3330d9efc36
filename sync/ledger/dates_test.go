package ledger_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// The clock of these tests starts at 9:00 UTC on 2026-03-02.

func starts(day string) func(*usher.Attributes) {
	return func(a *usher.Attributes) { a.Starts = day }
}

func ends(day string) func(*usher.Attributes) { return func(a *usher.Attributes) { a.Ends = day } }

// dates makes okta's dates those of Vienna, with a lead of three days.
func (w *world) dates() {
	w.Helper()
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true, Zone: "Europe/Vienna", LeadDays: 3}},
		Portals:     []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}},
	})
	w.sweep()
}

// until moves the clock to an instant.
func (w *world) until(text string) {
	w.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	w.check(err)
	w.later(moment.Sub(w.clock.now()))
}

// missing is what becomes of a record that is in no roster any longer.
func (w *world) missing(id usher.ID, since usher.Time) {
	w.Helper()
	_, err := w.ledger.ChangeRecord(w.Context(), w.okta, id, func(r usher.Record) (usher.Record, error) {
		a := r.Attributes
		a.Active = since == 0
		r = withAttributes(r, a)
		r.AbsentSince = since
		return r, nil
	})
	w.check(err)
}

// inOrder lets everything be told and sealed that waits, and finds nothing wrong.
func (w *world) inOrder() {
	w.Helper()
	w.deliver()
	w.seal()
	w.sound()
}

func (w *world) whole(r usher.Record) string {
	w.Helper()
	e, err := w.ledger.Explain(w.Context(), string(r.ID))
	w.check(err)
	var text bytes.Buffer
	w.check(e.Text(&text))
	return text.String()
}

func (w *world) says(r usher.Record, parts ...string) {
	w.Helper()
	text := w.whole(r)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			w.Fatalf("%q is not in\n%s", part, text)
		}
	}
}

func (w *world) eventKinds(r usher.Record) []usher.EventKind {
	w.Helper()
	query := eventQuery
	query.Person = w.person(r).ID
	events, err := w.store.Look().Events(w.Context(), query)
	w.check(err)
	var kinds []usher.EventKind
	for _, e := range events {
		if e.Subject == "person" {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

func TestAJoinerTakesASeatWhenTheLeadTimeBegins(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.dates()
		w.sell(w.seats(1))
		ann := w.push(user("ann", starts("2026-03-10")))
		w.want(ann, "")
		w.says(ann, "  starts 2026-03-10 (now", "directory okta names 2026-03-10 as the first day", "to come, ann@example.com, Sales, first day 2026-03-10")
		w.inOrder()
		w.until("2026-03-06T22:59:59Z")
		w.want(ann, "")
		bob := w.push(user("bob")) // whoever is here takes the seat: nothing is reserved
		w.want(bob, usher.Invited)
		w.until("2026-03-06T23:00:00Z")
		w.want(ann, usher.Queued)
		if got, want := w.eventKinds(ann), []usher.EventKind{usher.EventPersonExpected, usher.EventPersonJoined}; !slices.Equal(got, want) {
			w.Errorf("events %v, want %v", got, want)
		}
		w.inOrder()
	})
}

func TestAMovedStartDeactivatesNobodyWhoStarted(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		ann := w.push(user("ann", starts("2026-03-01")))
		w.deliver()
		w.change(w.okta, ann.ID, starts("2026-06-01"))
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Title = "Head" })
		w.later(48 * time.Hour)
		w.want(ann, usher.Active)
		w.inOrder()
		// Somebody who has not started moves with the date.
		cy := w.push(user("cy", starts("2026-03-20")))
		w.change(w.okta, cy.ID, starts("2026-05-20"))
		w.until("2026-03-21T12:00:00Z")
		if w.person(cy).Active {
			t.Error("cy has started before the moved date")
		}
		w.inOrder()
	})
}

func TestTheLastDayIsServedToItsEnd(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.dates()
		w.sell(w.seats(1))
		ann := w.push(user("ann", ends("2026-03-31")))
		w.deliver()
		w.until("2026-03-31T21:59:59Z")
		w.want(ann, usher.Active)
		w.until("2026-03-31T22:00:00Z") // midnight in Vienna, in summer time
		w.deliver()
		w.want(ann, "")
		w.says(ann, "  left: end date 2026-03-31 (now", "directory okta names 2026-03-31 as the last day", "over, ann@example.com, Sales, last day 2026-03-31")
		w.inOrder()
		w.change(w.okta, ann.ID, ends("2026-12-31"))
		w.want(ann, usher.Invited)
		w.inOrder()
	})
}

// pushMany makes people with the same last day, and lets their portal confirm them.
func (w *world) pushMany(n int, change ...func(*usher.Attributes)) []usher.Record {
	w.Helper()
	var records []usher.Record
	for i := range n {
		records = append(records, w.push(user(fmt.Sprintf("p%02d", i), change...)))
	}
	w.deliver()
	return records
}

func (w *world) tight() {
	w.Helper()
	w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(99)},
		Guards: usher.Guards{Releases: usher.Limit{Min: 3, Percent: 10}, Invitations: usher.Limit{Min: 1000}, ArmedFrom: 5}})
}

func (w *world) count(records []usher.Record, state usher.SeatState) int {
	w.Helper()
	n := 0
	for _, r := range records {
		if w.seat(r) == state {
			n++
		}
	}
	return n
}

func TestAnnouncedLastDaysDoNotCountForGuards(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.tight()
		records := w.pushMany(30, ends("2026-03-10"))
		w.until("2026-03-11T00:00:00Z")
		w.deliver()
		if n := w.count(records, ""); n != 30 || len(w.holds()) != 0 {
			t.Fatalf("%d of 30 left, holds %v", n, w.holds())
		}
		w.inOrder()
	})
}

func TestLastDaysThatNobodyAnnouncedAreHeld(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.tight()
		records := w.pushMany(30)
		w.until("2026-03-12T09:00:00Z")
		for i, r := range records {
			day := "2026-03-12" // today
			if i%2 == 0 {
				day = "2026-03-11" // yesterday
			}
			w.change(w.okta, r.ID, ends(day))
		}
		w.until("2026-03-13T00:00:00Z")
		w.deliver()
		if n := w.count(records, usher.Active); n < 27 || len(w.holds()) == 0 {
			t.Fatalf("%d of 30 sit, holds %v", n, w.holds())
		}
		w.inOrder()
	})
}

func TestWhoIsMissingFromRostersHasTheGrace(t *testing.T) {
	eachWorld(t, func(w *world) {
		sub := w.seats(2)
		sub.Settle, sub.Grace = 15*time.Minute, 24*time.Hour
		w.sell(sub)
		ann, bob := w.push(user("ann")), w.push(user("bob"))
		w.deliver()
		w.missing(ann.ID, w.store.Now())
		w.missing(bob.ID, w.store.Now())
		w.says(ann, "  not in the roster since 2026-03-02 (now", "directory okta does not name them since 2026-03-02 09:00", "missing since 2026-03-02 09:00")
		w.later(23 * time.Hour)
		w.want(ann, usher.Active)
		w.inOrder()
		w.missing(bob.ID, 0) // named again
		w.change(w.okta, ann.ID, leaves)
		w.later(2 * time.Hour)
		w.deliver()
		w.want(ann, "")
		w.want(bob, usher.Active)
		w.inOrder()
	})
}

// Of whom a plain word comes after all, the plain word's time counts.
func TestAWordOfLeavingEndsTheGrace(t *testing.T) {
	eachWorld(t, func(w *world) {
		sub := w.seats(2)
		sub.Settle, sub.Grace = 15*time.Minute, 24*time.Hour
		w.sell(sub)
		ann := w.push(user("ann"))
		w.deliver()
		w.missing(ann.ID, w.store.Now())
		w.later(time.Hour)
		_, err := w.ledger.ChangeRecord(w.Context(), w.okta, ann.ID, func(r usher.Record) (usher.Record, error) {
			r.AbsentSince = 0
			return withAttributes(r, func() usher.Attributes { a := r.Attributes; a.Title = "Former"; return a }()), nil
		})
		w.check(err)
		w.later(14 * time.Minute)
		w.want(ann, usher.Active)
		w.later(2 * time.Minute)
		w.want(ann, usher.Releasing)
		w.inOrder()
	})
}

func TestOnLeaveKeepsTheSeat(t *testing.T) {
	away := func(on bool) func(*usher.Attributes) { return func(a *usher.Attributes) { a.OnLeave = on } }
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		ann := w.push(user("ann"))
		w.deliver()
		w.change(w.okta, ann.ID, away(true))
		w.deliver()
		w.want(ann, usher.Active)
		w.says(ann, "  active, on leave (now", "an active account of ann@example.com with adkar")
		w.inOrder()
	})
}

func TestOnLeaveCanParkTheSeat(t *testing.T) {
	away := func(on bool) func(*usher.Attributes) { return func(a *usher.Attributes) { a.OnLeave = on } }
	eachWorld(t, func(w *world) {
		sub := w.seats(1)
		sub.OnLeave = usher.LeavePark
		w.sell(sub)
		ann := w.push(user("ann"))
		bob := w.push(user("bob"))
		w.deliver()
		w.change(w.okta, ann.ID, away(true))
		if w.deliver() == 0 {
			t.Error("the portal was told nothing of who is on leave")
		}
		w.want(ann, usher.Active)
		w.want(bob, usher.Queued)
		w.says(ann, "parked while they are on leave", "no active account")
		w.inOrder()
		w.change(w.okta, ann.ID, away(false))
		w.deliver()
		w.says(ann, "an active account of ann@example.com with adkar")
		w.inOrder()
		// Who leaves from there holds nothing at the portal: the seat is free at once.
		w.change(w.okta, ann.ID, away(true))
		w.deliver()
		w.change(w.okta, ann.ID, leaves)
		w.want(ann, "")
		w.want(bob, usher.Invited)
		w.inOrder()
	})
}

func TestAParkedSeatOfWhomNobodyWasTold(t *testing.T) {
	eachWorld(t, func(w *world) {
		sub := w.seats(1)
		sub.OnLeave = usher.LeavePark
		w.sell(sub)
		ann := w.push(user("ann", func(a *usher.Attributes) { a.OnLeave = true }))
		w.want(ann, usher.Invited)
		if n := w.deliver(); n != 0 {
			t.Errorf("the portal was told of %d accounts", n)
		}
		w.inOrder()
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.OnLeave = false })
		w.deliver()
		w.want(ann, usher.Active)
		w.inOrder()
	})
}

// While the release of a parked seat settles, the portal is told nothing.
func TestWhoLeavesFromLeaveIsNotShownAgain(t *testing.T) {
	eachWorld(t, func(w *world) {
		sub := w.seats(1)
		sub.OnLeave, sub.Settle = usher.LeavePark, time.Hour
		w.sell(sub)
		ann := w.push(user("ann"))
		w.deliver()
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.OnLeave = true })
		w.deliver()
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.OnLeave, a.Active = false, false })
		if n := w.deliver(); n != 0 {
			t.Errorf("the portal was told of %d accounts", n)
		}
		w.want(ann, usher.Active)
		w.inOrder()
		w.change(w.okta, ann.ID, returns)
		if n := w.deliver(); n == 0 {
			t.Error("the portal was not told that ann is back")
		}
		w.inOrder()
	})
}

// More guests than a sweep takes at once end together.
func TestManyGuestsEndTogether(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(99))
		sub := w.subscription("adkar").ID
		for i := range 60 {
			g, err := w.ledger.AddGuest(w.Context(), w.ann, ledger.Guest{Address: fmt.Sprintf("g%d@partner.example", i), Sponsor: "ann", EndsAt: w.store.Now().Add(time.Hour)})
			w.check(err)
			w.check(w.ledger.Grant(w.Context(), w.ann, sub, g.ID, 0))
		}
		w.later(2 * time.Hour)
		w.deliver()
		if used := w.subscription("adkar").Used; used != 0 {
			t.Errorf("%d guests still sit", used)
		}
		w.inOrder()
	})
}

// Whoever is active again and in no rule is not said to have left.
func TestTheReasonOfAReleaseFollows(t *testing.T) {
	eachWorld(t, func(w *world) {
		sub := w.seats(1)
		sub.Settle = time.Hour
		w.sell(sub)
		ann := w.push(user("ann"))
		w.deliver()
		w.change(w.okta, ann.ID, leaves)
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Active, a.Department = true, "Marketing" })
		s, err := w.liveSeat("adkar", w.person(ann).ID)
		w.check(err)
		if !strings.HasPrefix(s.Reason, "not in the rule") {
			t.Errorf("the reason is %q", s.Reason)
		}
	})
}
