package ledger_test

import (
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

const week = 7 * 24 * time.Hour

// regioned sets up a portal that takes files and has a column, and seats ann from DE there; the portal says FR.
func (w *world) regioned(reissue time.Duration) (ann usher.Record, shows usher.Seen) {
	w.Helper()
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
		Portals: []usher.Portal{{Name: "learning", Kind: "worklist", Live: true, Hard: true,
			Profile: usher.Profile{Whole: true, Reissue: reissue, Columns: []usher.Column{{Name: "Region", From: "country"}}}}},
	})
	w.sellOnly(w.seats(5))
	ann = w.push(user("ann", in("Sales", "DE")))
	w.carry("2-give-adkar 1")
	shows = listed("ann@example.com", "adkar")
	shows.Values = map[string]string{"Region": "FR"}
	w.imports(true, shows)
	w.want(ann, usher.Active)
	w.drifts("value_differs ann@example.com")
	return ann, shows
}

// carries carries what is due, and says so.
func (w *world) carries(want ...string) []usher.Batch {
	w.Helper()
	batches := w.carry(want...)
	_, err := w.ledger.CarryVisit(w.Context(), w.ann, batches[0].Visit, "")
	w.check(err)
	w.clock.add(time.Minute)
	return batches
}

// due wants so many accounts to be due.
func (w *world) due(want int) {
	w.Helper()
	if got := len(w.collect()); got != want {
		w.Fatalf("%d accounts are due, want %d", got, want)
	}
}

// TestADetailThatThePortalShowsOtherwiseIsToldAgain: after the portal's time for a row, whoever says that
// it was done; three times in all, and then it is for a person. What is wanted anew is told anew.
func TestADetailThatThePortalShowsOtherwiseIsToldAgain(t *testing.T) {
	for name, confirmed := range map[string]bool{"confirmed by hand": true, "shown by nothing": false} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				ann, shows := w.regioned(week)
				w.imports(true, shows)
				w.due(0) // it was told a moment ago
				w.later(week)
				w.imports(true, shows)
				for range 2 {
					w.due(1)
					b := w.carries("3-change 1")
					if confirmed {
						w.settles(b[0], true, "done")
					}
					w.imports(true, shows)
					w.due(0)
					w.drifts("value_differs ann@example.com")
					w.later(week)
					w.imports(true, shows)
				}
				w.due(0)
				w.drifts("value_differs ann@example.com")
				open, err := w.store.Look().OpenDrift(w.Context(), w.portal().ID)
				w.check(err)
				if !strings.Contains(open[0].Text, "was told 3 times and is told no more") {
					t.Errorf("%q", open[0].Text)
				}
				if a := w.account(ann); a.Refused == confirmed {
					t.Errorf("account %+v", a)
				}
				w.seal()
				w.sound()
				w.later(5 * week)
				w.imports(true, shows)
				w.due(0)
				w.change(w.okta, ann.ID, in("Sales", "NL"))
				w.due(1)
				w.carries("3-change 1")
				shows.Values = map[string]string{"Region": "NL"}
				w.imports(true, shows)
				w.drifts()
				w.seal()
				w.sound()
			})
		})
	}
}

// TestADetailWithoutReissue: where a row waits until somebody says what became of it, nothing is told
// again by itself.
func TestADetailWithoutReissue(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, shows := w.regioned(0)
		w.later(9 * week)
		w.imports(true, shows)
		w.due(0)
		w.drifts("value_differs ann@example.com")
	})
}

// TestADetailThatSomebodyChangedThere was told with the seat, and the portal's time for a row counts from there.
func TestADetailThatSomebodyChangedThere(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.regioned(week)
		w.push(user("bob", in("Sales", "DE")))
		w.carries("2-give-adkar 1")
		there := listed("bob@example.com", "adkar")
		there.Values = map[string]string{"Region": "DE"}
		w.imports(false, there)
		w.due(0)
		there.Values = map[string]string{"Region": "IT"}
		w.imports(false, there)
		w.due(0)
		w.later(week)
		w.imports(false, there)
		w.due(1)
	})
}
