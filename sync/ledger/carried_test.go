package ledger_test

import (
	"errors"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// patient makes the portal one at which a row may stay without a sign for so long.
func patient(w *world, reissue time.Duration) {
	w.Helper()
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
		Portals:     []usher.Portal{{Name: "learning", Kind: "worklist", Live: true, Hard: true, Profile: usher.Profile{Whole: true, Reissue: reissue}}},
	})
}

func TestCarriedIsNotConfirmed(t *testing.T) {
	eachWorld(t, func(w *world) {
		two(w, 1, 1)
		ann := w.push(user("ann"))
		v := w.visit("2-give-adkar 1", "2-give-prosci 1")
		visit, err := w.ledger.CarryVisit(w.Context(), w.ann, v[0].Visit, v[1].Name)
		w.check(err)
		if visit.DoneAt != 0 {
			w.Fatalf("done although a file is left: %+v", visit)
		}
		visit, err = w.ledger.CarryVisit(w.Context(), w.ann, v[0].Visit, "")
		w.check(err)
		if visit.DoneAt == 0 || visit.DoneBy != "ann" {
			w.Fatalf("visit %+v", visit)
		}
		if _, err := w.ledger.CarryVisit(w.Context(), w.ann, v[0].Visit, ""); !errors.Is(err, usher.ErrStale) {
			w.Fatalf("carried twice: %v", err)
		}
		b, err := w.store.Look().BatchNamed(w.Context(), v[0].Name)
		w.check(err)
		if b.CarriedAt == 0 || b.CarriedBy != "ann" || b.Rows[0].State != usher.RowOpen {
			w.Fatalf("batch %+v", b)
		}
		w.in(ann, "adkar", usher.Invited)
		w.openVisits(1)
	})
}

func TestWhatNoExportShowsIsAskedForAgain(t *testing.T) {
	eachWorld(t, func(w *world) {
		patient(w, 14*24*time.Hour)
		two(w, 1, 1)
		ann := w.push(user("ann"))
		v := w.visit("2-give-adkar 1", "2-give-prosci 1")
		w.later(20 * 24 * time.Hour)
		if w.openVisits(1); len(w.collect()) != 0 {
			w.Fatal("asked for again although nobody carried it there")
		}
		_, err := w.ledger.CarryVisit(w.Context(), w.ann, v[0].Visit, "")
		w.check(err)
		w.settles(v[0], true, "")
		w.later(13 * 24 * time.Hour)
		w.openVisits(1)
		w.later(24 * time.Hour)
		w.openVisits(0)
		if a := w.account(ann); a.LastError != "unconfirmed: nothing at the portal showed it within 14 days" || a.Refused {
			w.Fatalf("account %+v", a)
		}
		w.in(ann, "adkar", usher.Active)
		w.in(ann, "prosci", usher.Invited) // which still counts as taken
		b, err := w.store.Look().BatchNamed(w.Context(), v[1].Name)
		w.check(err)
		if b.Rows[0].State != usher.RowUnconfirmed {
			w.Fatalf("row %+v", b.Rows[0])
		}
		w.settles(w.visit("2-give-prosci 1")[0], true, "")
		w.in(ann, "prosci", usher.Active)
	})
}

func TestAReleaseNowIsUrgentUntilItIsTold(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(1)}, Guards: wideGuards()})
		ann := w.push(user("ann"))
		w.settles(w.visit("2-give-adkar 1")[0], true, "")
		if w.account(ann).Urgent {
			w.Fatal("an invitation is urgent")
		}
		w.change(w.okta, ann.ID, leaves)
		if w.account(ann).Urgent {
			w.Fatal("every leaver is urgent")
		}
		sub, err := w.store.Look().SubscriptionNamed(w.Context(), "adkar")
		w.check(err)
		w.check(w.ledger.Release(w.Context(), w.ann, sub.ID, w.person(ann).ID))
		urgent, err := w.ledger.CollectUrgent(w.Context(), w.portal().ID, 9)
		w.check(err)
		if !w.account(ann).Urgent || len(urgent) != 1 {
			w.Fatalf("urgent: %+v", urgent)
		}
		w.visit("1-take-adkar 1")
		if w.account(ann).Urgent {
			w.Fatal("urgent although it was handed over")
		}
	})
}
