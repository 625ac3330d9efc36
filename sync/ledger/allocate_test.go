package ledger_test

import (
	"fmt"
	"testing"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// A configuration that sells more seats and changes who is entitled seats nobody by the
// old rule while people are still being computed again.
func TestNobodyIsSeatedByARuleThatIsPast(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		rd := w.push(user("rd", func(a *usher.Attributes) { a.Department = "R&D" }))
		for i := range 40 { // more than one transaction of a sweep takes on
			w.push(user(fmt.Sprintf("s%02d", i)))
		}
		next := w.seats(5)
		next.Rule = `department == "R&D"`
		w.check(w.propose(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{next}, Teams: ledger.TeamPolicy{ByDepartment: true}, Guards: wideGuards()}))
		w.sweep()
		w.want(rd, usher.Invited)
		query := eventQuery
		query.Kind = usher.EventSeatGiven
		given, err := w.store.Look().Events(w.Context(), query)
		w.check(err)
		if len(given) != 2 {
			w.Fatalf("%d seats were given, want one by each rule", len(given))
		}
	})
}
