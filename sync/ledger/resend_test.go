package ledger_test

import (
	"errors"
	"testing"

	"usher/internal/usher"
)

// invited is somebody in line whom learning shows as invited.
func (w *world) invited(name string) usher.Record {
	w.Helper()
	r := w.push(user(name))
	w.settles(w.visit("2-give-adkar 1")[0], true, "")
	address := r.Attributes.UserName
	w.shown(usher.Seen{RemoteID: address, Address: address, Active: true, Status: "Waiting", Subscriptions: []string{"adkar"}})
	return r
}

// An invitation that is sent again is one task of the next visit, and moves nothing.
func TestResend(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.filing(true, usher.Profile{})
		w.sell(w.seats(3))
		ann := w.invited("ann")
		resend := func() error { return w.ledger.Resend(w.Context(), w.ann, w.portal().ID, w.person(ann).ID) }
		if due := w.collect(); len(due) != 0 {
			w.Fatalf("due before anybody asked: %+v", due)
		}
		w.check(resend())
		if err := resend(); !errors.Is(err, usher.ErrStale) {
			w.Fatalf("asked for twice: %v", err)
		}
		due := w.collect()
		if len(due) != 1 || !due[0].Resend || !due[0].InLine {
			w.Fatalf("due: %+v", due)
		}
		if urgent, err := w.ledger.CollectUrgent(w.Context(), w.portal().ID, 9); err != nil || len(urgent) != 0 {
			w.Fatalf("it calls a visit early: %+v, %v", urgent, err)
		}
		v := w.visit("3-change 1")
		if err := resend(); !errors.Is(err, usher.ErrStale) {
			w.Fatalf("asked for while its row is open: %v", err)
		}
		w.settles(v[0], true, "")
		w.in(ann, "adkar", usher.Active)
		if a := w.known(ann); a.Resend || a.Generation != a.Confirmed || len(w.collect()) != 0 {
			w.Fatalf("account %+v", a)
		}
		w.check(resend())
		w.settles(w.visit("3-change 1")[0], false, "no such button")
		w.in(ann, "adkar", usher.Active)
		w.check(resend()) // a refusal does not stand in the way
	})
}

// Somebody who is asked for something else as well gets both in one visit; who leaves gets nothing.
func TestResendBesideAChange(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.filing(true, usher.Profile{})
		w.sell(w.seats(3))
		ann := w.invited("ann")
		person := w.person(ann).ID
		w.check(w.ledger.Resend(w.Context(), w.ann, w.portal().ID, person))
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Title = "Lead" })
		if due := w.collect(); len(due) != 1 || !due[0].Resend || due[0].InLine {
			w.Fatalf("due: %+v", due)
		}
		w.change(w.okta, ann.ID, leaves)
		if due := w.collect(); len(due) != 1 || due[0].Resend {
			w.Fatalf("due: %+v", due)
		}
	})
}

func TestResendIsRefused(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.filing(true, usher.Profile{})
		w.sell(w.seats(1))
		r := w.pushAll("ann", "bob")
		for _, who := range []string{"ann", "bob"} { // never seen there; queued
			var invalid *usher.InvalidError
			if err := w.ledger.Resend(w.Context(), w.ann, w.portal().ID, w.person(r[who]).ID); !errors.As(err, &invalid) {
				w.Errorf("%s: %v", who, err)
			}
		}
	})
}
