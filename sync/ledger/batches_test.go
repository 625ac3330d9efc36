package ledger_test

import (
	"errors"
	"testing"
	"time"

	"usher/internal/usher"
)

// batch hands over all that is due at the portal, one row an account.
func (w *world) batch() usher.Batch {
	w.Helper()
	portal, err := w.store.Look().PortalNamed(w.Context(), "learning")
	w.check(err)
	changes, err := w.ledger.Collect(w.Context(), portal.ID, 100)
	w.check(err)
	var rows []usher.BatchRow
	for i, c := range changes {
		rows = append(rows, usher.BatchRow{Row: i + 1, Account: c.Account, Generation: c.Generation, Action: "do", Text: "do it", State: usher.RowOpen})
	}
	b, err := w.commit(portal, usher.Batch{Name: "worklist.csv", Content: []byte("rows"), Rows: rows})
	w.check(err)
	return b
}

func (w *world) confirm(b usher.Batch) {
	w.Helper()
	for _, r := range b.Rows {
		w.check(w.ledger.ConfirmBatchRow(w.Context(), w.ann, b.Name, r.Row, true, ""))
	}
}

func TestBatchIsConfirmedRowByRow(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		r := w.pushAll("ann", "bob")
		first := w.batch()
		if first.Name != "learning-0001-worklist.csv" || len(first.Rows) != 1 {
			w.Fatalf("batch %+v", first)
		}
		w.want(r["ann"], usher.Invited)
		w.confirm(first)
		w.want(r["ann"], usher.Active)
		if err := w.ledger.ConfirmBatchRow(w.Context(), w.ann, first.Name, 1, true, ""); !errors.Is(err, usher.ErrStale) {
			w.Fatalf("a row confirmed twice: %v", err)
		}
		if err := w.ledger.ConfirmBatchRow(w.Context(), w.ann, first.Name, 9, true, ""); !errors.Is(err, usher.ErrInvalid) {
			w.Fatalf("a row that is not there: %v", err)
		}
		w.change(w.okta, r["ann"].ID, leaves)
		second := w.batch()
		w.want(r["ann"], usher.Releasing)
		w.want(r["bob"], usher.Queued)
		// Ann's name changes while the sheet lies on somebody's desk: what the row said
		// is confirmed all the same.
		w.change(w.okta, r["ann"].ID, func(a *usher.Attributes) { a.GivenName = "Anna" })
		w.confirm(second)
		w.want(r["ann"], "")
		w.want(r["bob"], usher.Invited)
	})
}

func TestRefusedRowSaysSoAndIsTriedAgainAfterAChange(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		ann := w.push(user("ann"))
		b := w.batch()
		w.check(w.ledger.ConfirmBatchRow(w.Context(), w.ann, b.Name, 1, false, "no such person"))
		again, err := w.ledger.Collect(w.Context(), b.Portal, 10)
		w.check(err)
		if len(again) != 0 {
			w.Fatalf("a refused row is due again: %+v", again)
		}
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.DisplayName = "Ann Lee" })
		w.confirm(w.batch())
		w.want(ann, usher.Active)
	})
}

func TestAccountTakesThePortalsIdFromAStranger(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		ann := w.push(user("ann"))
		portal, err := w.store.Look().PortalNamed(w.Context(), "learning")
		w.check(err)
		work, err := w.ledger.Begin(w.Context(), w.lease, portal.ID, 1, time.Minute)
		w.check(err)
		// The portal shows the new account before the answer to its creation arrives.
		w.check(w.ledger.Observe(w.Context(), w.lease, portal.ID, usher.AccountPerson, []usher.Seen{{RemoteID: "7", Active: true, UserName: "someone"}}))
		w.check(w.ledger.Acknowledge(w.Context(), w.lease, work[0], usher.Outcome{Result: usher.Done, RemoteID: "7", Wrote: true}, time.Minute))
		a, err := w.store.Look().AccountByRemote(w.Context(), portal.ID, usher.AccountPerson, "7")
		if err != nil || a.Subject != w.person(ann).ID {
			w.Fatalf("account 7 is %+v, %v", a, err)
		}
		w.want(ann, usher.Active)
	})
}

// commit hands over a visit of one file.
func (w *world) commit(portal usher.Portal, file usher.Batch) (usher.Batch, error) {
	_, batches, err := w.ledger.CommitVisit(w.Context(), w.lease, portal, []usher.Batch{file}, false)
	if err != nil {
		return usher.Batch{}, err
	}
	return batches[0], nil
}
