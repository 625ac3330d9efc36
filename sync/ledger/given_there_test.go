package ledger_test

import (
	"testing"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestASeatThatIsThereAlreadyBecomesTheirs: somebody at the portal gave it, usher gives it now, and as
// nothing is to be asked for, the list alone confirms it.
func TestASeatThatIsThereAlreadyBecomesTheirs(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(3), ledger.SubscriptionPolicy{Name: "hub", Portal: "learning", Seats: 3})
		w.filing(true, usher.Profile{})
		r := w.push(user("ann"))
		w.carry("2-give-adkar 1")
		w.imports(true, listed("ann@example.com", "adkar"))
		w.imports(true, listed("ann@example.com", "adkar", "hub"))
		w.check(w.ledger.Grant(w.Context(), w.ann, w.subscription("hub").ID, w.person(r).ID, 0))
		w.sweep()
		w.in(r, "hub", usher.Invited)
		w.visit() // nothing is asked for
		w.imports(true, listed("ann@example.com", "adkar", "hub"))
		w.in(r, "hub", usher.Active)
		w.drifts()
		w.sound()
	})
}
