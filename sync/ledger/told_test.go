package ledger_test

import (
	"errors"
	"testing"

	"usher/internal/usher"
)

func (w *world) portal() usher.Portal {
	w.Helper()
	p, err := w.store.Look().PortalNamed(w.Context(), "learning")
	w.check(err)
	return p
}

func (w *world) account(r usher.Record) usher.Account {
	w.Helper()
	a, err := w.store.Look().AccountOf(w.Context(), w.portal().ID, usher.AccountPerson, w.person(r).ID)
	w.check(err)
	return a
}

// An account that usher did not make and wants nothing of is left alone, whatever becomes
// of its person.
func TestAccountThatUsherNeverWantedIsLeftAlone(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		admin := w.push(user("admin", func(a *usher.Attributes) { a.Department = "" }))
		shown := usher.Seen{RemoteID: "7", Active: true, UserName: "admin@example.com"}
		w.check(w.ledger.Observe(w.Context(), w.lease, w.portal().ID, usher.AccountPerson, []usher.Seen{shown}))
		w.sweep()
		w.change(w.okta, admin.ID, func(a *usher.Attributes) { a.Title = "Head" })
		if told := w.deliver(); told != 0 {
			w.Fatalf("the portal was told %d times: %+v", told, w.account(admin).Desired)
		}
		// Once usher gave a seat, it takes it back as well.
		w.change(w.okta, admin.ID, func(a *usher.Attributes) { a.Department = "Sales" })
		w.change(w.okta, admin.ID, func(a *usher.Attributes) { a.Department = "" })
		w.want(admin, usher.Releasing)
		w.deliver()
		w.want(admin, "")
	})
}

func TestBatchHandsOverNothingThatWasTakenBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		ann := w.push(user("ann"))
		changes, err := w.ledger.Collect(w.Context(), w.portal().ID, 10)
		w.check(err)
		w.change(w.okta, ann.ID, leaves)
		rows := []usher.BatchRow{{Row: 1, Account: changes[0].Account, Generation: changes[0].Generation, Action: "invite", Text: "invite ann", State: usher.RowOpen}}
		_, err = w.ledger.CommitBatch(w.Context(), w.lease, w.portal(), "x.csv", []byte("x"), rows)
		if !errors.Is(err, usher.ErrStale) {
			w.Fatalf("a seat that was taken back was handed over: %v", err)
		}
	})
}
