package ledger_test

import (
	"testing"

	"usher/internal/usher"
)

// A portal that heard nothing of a person has nothing to hear when the wish is taken back.
func TestLeaverBeforeThePortalHeardIsNeverTold(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		r := w.push(user("ann"))
		w.change(w.okta, r.ID, leaves)
		w.sweep()
		portal, err := w.store.Look().PortalNamed(w.Context(), "learning")
		w.check(err)
		a, err := w.store.Look().AccountOf(w.Context(), portal.ID, usher.AccountPerson, w.person(r).ID)
		w.check(err)
		if a.Desired != nil || a.Known() {
			w.Fatalf("the portal is to hold %+v", a.Desired)
		}
		if told := w.deliver(); told != 0 {
			w.Fatalf("%d accounts told", told)
		}
		w.change(w.okta, r.ID, returns)
		w.deliver()
		w.want(r, usher.Active)
	})
}
