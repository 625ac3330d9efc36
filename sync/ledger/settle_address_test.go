package ledger_test

import (
	"testing"

	"usher/internal/usher"
)

// TestANewAddressStays: a visit that changes an address and something else has a row for each. Once an
// export showed the new address, nothing said of the other row, which names the old one, brings
// that back: the next file would invite the person again.
func TestANewAddressStays(t *testing.T) {
	for name, byHand := range map[string]bool{"said by hand": true, "shown later": false} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.sellOnly(w.seats(1))
				ann := w.push(user("Ann"))
				for _, b := range w.visit("2-give-adkar 1") {
					w.settles(b, true, "")
				}
				w.imports(true, titled("ann@example.com", "Engineer"))
				w.change(w.okta, ann.ID, func(a *usher.Attributes) {
					a.Emails, a.Title = []usher.Email{{Value: "ann.new@example.com", Primary: true}}, "Lead"
				})
				change := w.collect()[0]
				before, after := change.Desired, change.Desired
				before.Address = change.RemoteID
				row := usher.BatchRow{Row: 1, Account: change.Account, Generation: change.Generation, State: usher.RowOpen}
				upload, task := row, row
				upload.Told, task.Told = &before, &after
				_, batches, err := w.ledger.CommitVisit(w.Context(), w.lease, w.portal(), []usher.Batch{
					{Name: "upload.csv", Kind: usher.BatchUpload, Content: []byte("1"), Rows: []usher.BatchRow{upload}},
					{Name: "tasks.csv", Kind: usher.BatchTasks, Content: []byte("2"), Rows: []usher.BatchRow{task}},
				}, false)
				w.check(err)
				for _, b := range batches {
					w.check(w.ledger.BatchWritten(w.Context(), b.ID))
				}
				if byHand {
					w.imports(true, titled("ann.new@example.com", "Engineer"))
					w.settles(batches[0], true, "")
					w.settles(batches[1], true, "")
				} else {
					w.imports(true, titled("ann.new@example.com", "Lead"))
				}
				if a := w.account(ann); a.RemoteID != "ann.new@example.com" || a.Confirmed != a.Generation {
					w.Errorf("known as %s, generation %d of %d", a.RemoteID, a.Confirmed, a.Generation)
				}
				w.openVisits(0)
			})
		})
	}
}

// titled is what a portal shows of somebody with a seat.
func titled(address, title string) usher.Seen {
	s := listed(address, "adkar")
	s.Title = title
	return s
}
