package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// basics sets up a portal that takes files, not live, with one subscription for Sales.
func (w *world) basics(seats int) usher.Portal {
	w.Helper()
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
		Portals:     []usher.Portal{{Name: "other", Kind: "worklist", Hard: true, Profile: usher.Profile{Whole: true}}},
	})
	p, err := w.store.Look().PortalNamed(w.Context(), "other")
	w.check(err)
	w.sellOnly(ledger.SubscriptionPolicy{Name: "basic", Portal: "other", Seats: seats, Rule: `department == "Sales"`})
	return p
}

func (w *world) adopts(p usher.Portal, preview bool, want ...string) ledger.AdoptReport {
	w.Helper()
	yes := true
	file := w.exported(true,
		usher.Seen{RemoteID: "Ann@example.com", Active: true}, usher.Seen{RemoteID: "dev@example.com", Active: true},
		usher.Seen{RemoteID: "walk.in@example.com", DisplayName: "Walk In", Active: true}, usher.Seen{RemoteID: "boss@example.com", Active: true, Admin: &yes})
	file.SHA256 = "one"
	r, err := w.ledger.Adopt(w.Context(), w.ann, p.ID, file, preview)
	w.check(err)
	var got []string
	for _, l := range r.Lines {
		got = append(got, fmt.Sprintf("%s: %s %s", l.Class, l.Address, strings.Join(l.Subscriptions, " ")))
	}
	if text := strings.Join(got, "\n"); text != strings.Join(want, "\n") {
		w.Fatalf("lines\n%s", text)
	}
	return r
}

func TestAdoptionSeatsWhomThePortalShows(t *testing.T) {
	eachWorld(t, func(w *world) {
		p := w.basics(1)
		first := w.push(user("zed")) // asked first, and has no seat there
		w.clock.add(time.Minute)
		ann := w.push(user("ann"))
		w.push(user("dev", func(a *usher.Attributes) { a.Department = "R&D" }))
		lines := []string{"admin only: boss@example.com ", "matched: Ann@example.com basic", "missing: zed@example.com basic", "no rule: dev@example.com basic", "orphan: walk.in@example.com basic"}
		w.adopts(p, true, lines...)
		if w.seatIn("basic", ann) != usher.Queued {
			w.Fatalf("a preview gave a seat: %q", w.seatIn("basic", ann))
		}
		r := w.adopts(p, false, lines...)
		if w.seatIn("basic", ann) != usher.Active || w.seatIn("basic", first) != usher.Queued || r.Adopted != 1 {
			w.Fatalf("ann %q, zed %q, adopted %d", w.seatIn("basic", ann), w.seatIn("basic", first), r.Adopted)
		}
		a, err := w.store.Look().AccountOf(w.Context(), p.ID, usher.AccountPerson, w.person(ann).ID)
		w.check(err)
		if a.RemoteID != "Ann@example.com" || a.Desired == nil || a.Confirmed != a.Generation {
			w.Fatalf("account %+v", a)
		}
		// What is to be told once the portal is live: nobody yet.
		changes, err := w.ledger.Collect(w.Context(), p.ID, 10)
		w.check(err)
		if len(changes) != 0 {
			w.Fatalf("due %+v", changes)
		}
		// Again, and nothing changes.
		w.adopts(p, false, "admin only: boss@example.com ", "matched: Ann@example.com ", "missing: zed@example.com basic", "no rule: dev@example.com basic", "orphan: walk.in@example.com basic")
		if s := w.subscription("basic"); s.Used != 1 {
			w.Fatalf("used %d", s.Used)
		}
	})
}

// People whom the portal shows beyond what was bought are adopted all the same: they sit there.
func TestAdoptionBeyondWhatWasBought(t *testing.T) {
	eachWorld(t, func(w *world) {
		p := w.basics(1)
		w.pushAll("ann", "bob")
		r, err := w.ledger.Adopt(w.Context(), w.ann, p.ID, w.exported(true, usher.Seen{RemoteID: "ann@example.com", Active: true}, usher.Seen{RemoteID: "bob@example.com", Active: true}), false)
		w.check(err)
		if s := w.subscription("basic"); s.Used != 2 || r.Adopted != 2 || r.Pools[0].Here != 2 {
			w.Fatalf("used %d, adopted %d, told %+v", s.Used, r.Adopted, r.Pools)
		}
		if len(r.Drift) != 1 || r.Drift[0].Code != usher.DriftOver {
			w.Fatalf("drift %+v", r.Drift)
		}
	})
}

func TestLinkingAnAccount(t *testing.T) {
	eachWorld(t, func(w *world) {
		p := w.basics(5)
		ann := w.push(user("ann"))
		export := func(subs ...usher.Seen) ledger.ExportFile { return w.exported(true, subs...) }
		_, err := w.ledger.TakeExport(w.Context(), w.ann, p.ID, export(usher.Seen{RemoteID: "walk.in@home.example", Active: true}))
		w.check(err)
		id := w.person(ann).ID
		if err := w.ledger.LinkAccount(w.Context(), w.ann, p.ID, "nobody@home.example", id); !errors.Is(err, usher.ErrNotFound) {
			w.Fatalf("an account that is not there: %v", err)
		}
		w.check(w.ledger.LinkAccount(w.Context(), w.ann, p.ID, "walk.in@home.example", id))
		open, err := w.store.Look().OpenDrift(w.Context(), p.ID)
		w.check(err)
		if len(open) != 0 {
			w.Fatalf("drift %+v", open)
		}
		bob := w.push(user("bob"))
		if err := w.ledger.LinkAccount(w.Context(), w.ann, p.ID, "walk.in@home.example", w.person(bob).ID); !errors.Is(err, usher.ErrConflict) {
			w.Fatalf("an account of somebody: %v", err)
		}
		w.clock.add(time.Minute)
		r, err := w.ledger.Adopt(w.Context(), w.ann, p.ID, export(usher.Seen{RemoteID: "walk.in@home.example", Active: true}), false)
		w.check(err)
		if w.seatIn("basic", ann) != usher.Active || len(r.Drift) != 0 {
			w.Fatalf("ann %q, drift %+v", w.seatIn("basic", ann), r.Drift)
		}
		n, unknown, err := w.ledger.TakeActivity(w.Context(), w.ann, p.ID, []ledger.Activity{
			{"walk.in@home.example", 7}, {"ann@example.com", 9}, {"ann@example.com", 8}, {"who@example.com", 9}})
		w.check(err)
		a, err := w.store.Look().AccountOf(w.Context(), p.ID, usher.AccountPerson, id)
		w.check(err)
		if n != 3 || len(unknown) != 1 || a.Seen.LastActiveAt != 9 {
			w.Fatalf("noted %d, unknown %v, last %d", n, unknown, a.Seen.LastActiveAt)
		}
	})
}

// An import that was cut off is finished by the same file, and nothing is counted twice.
func TestExportThatWasInterrupted(t *testing.T) {
	eachWorld(t, func(w *world) {
		p := w.basics(5)
		var seen []usher.Seen
		for i := range 250 {
			seen = append(seen, usher.Seen{RemoteID: fmt.Sprintf("p%d@example.com", i), Active: true})
		}
		file := w.exported(true, seen...)
		ctx, cancel := context.WithCancel(w.Context())
		transactions := 0
		w.clock.asked = func() {
			if transactions++; transactions == 5 {
				cancel()
			}
		}
		_, err := w.ledger.TakeExport(ctx, w.ann, p.ID, file)
		w.clock.asked = nil
		if !errors.Is(err, context.Canceled) {
			w.Fatalf("not cut off: %v", err)
		}
		last, err := w.store.Look().Exports(w.Context(), p.ID, 5)
		w.check(err)
		if len(last) != 1 || last[0].TakenAt != 0 {
			w.Fatalf("exports %+v", last)
		}
		r, err := w.ledger.TakeExport(w.Context(), w.ann, p.ID, file)
		w.check(err)
		accounts, err := w.store.Look().Accounts(w.Context(), p.ID, "", 1000)
		w.check(err)
		open, err := w.store.Look().OpenDrift(w.Context(), p.ID)
		w.check(err)
		if r.Again || r.Export.Number != 1 || r.Strangers != 250 || len(accounts) != 250 || len(open) != 251 {
			w.Fatalf("report %+v, %d accounts, %d drift", r.Export, len(accounts), len(open))
		}
	})
}
