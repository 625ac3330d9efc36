package ledger_test

import (
	"slices"
	"testing"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// coaches is a portal that takes files, and a subscription there for coaches.
func (w *world) coaches() ledger.SubscriptionPolicy {
	w.Helper()
	w.takesFiles()
	s := w.seats(2)
	s.Name, s.Rule = "prosci", `title == "Coach"`
	return s
}

// TestWhatAListShowsWasCarried: a row that a list shows as done needs nobody to say that it was
// carried, and what the portal has beside it is named at once.
func TestWhatAListShowsWasCarried(t *testing.T) {
	eachWorld(t, func(w *world) {
		coaches := w.coaches()
		w.sellOnly(w.seats(2), coaches)
		ann := w.push(user("ann", func(a *usher.Attributes) { a.Title = "Coach" }))
		w.carry("2-give-adkar 1", "2-give-prosci 1")
		w.imports(true, listed("ann@example.com", "adkar", "prosci"))
		w.change(w.okta, ann.ID, leaves)
		w.carry("1-take-adkar 1", "1-take-prosci 1")
		w.imports(true, listed("ann@example.com", "-"))
		w.openVisits(0)
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Active, a.Title = true, "" })
		w.carry("2-give-adkar 1")
		w.imports(true, listed("ann@example.com", "adkar", "prosci"))
		w.in(ann, "adkar", usher.Active)
		w.drifts("not_released ann@example.com")
	})
}

// TestSomebodyInLineWhoGetsASeatThatIsThere: the portal shows the seat already, and the next list
// makes it active.
func TestSomebodyInLineWhoGetsASeatThatIsThere(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(2), w.coaches())
		ann := w.push(user("ann"))
		w.carry("2-give-adkar 1")
		w.imports(true, listed("ann@example.com", "adkar", "prosci"))
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Title = "Coach" })
		w.sweep()
		w.clock.add(60e9)
		w.imports(true, listed("ann@example.com", "adkar", "prosci"))
		w.in(ann, "prosci", usher.Active)
		w.sound()
	})
}

// TestARefusalOutlivesAnOlderRow: a row of an older generation that is confirmed leaves why the newer
// one was refused.
func TestARefusalOutlivesAnOlderRow(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.takesFiles()
		w.sellOnly(w.seats(1))
		ann := w.push(user("ann"))
		b := w.carry("2-give-adkar 1")[0]
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.GivenName = "=SUM(1)" })
		changes := w.collect()
		if len(changes) != 1 {
			w.Fatalf("due: %+v", changes)
		}
		w.check(w.ledger.AnswerChange(w.Context(), w.lease, changes[0], usher.Outcome{Result: usher.Refused, Reason: "a formula"}))
		w.check(w.ledger.ConfirmBatchRow(w.Context(), w.ann, b.Name, 1, true, ""))
		if a := w.account(ann); !a.Refused || a.LastError != "a formula" || a.Confirmed >= a.Generation {
			w.Errorf("%+v", a)
		}
	})
}

// TestCheckOfWhatAListShows: another name is a difference, another seat that nobody names a breach.
func TestCheckOfWhatAListShows(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.takesFiles()
		w.sellOnly(w.seats(1))
		ann := w.push(user("ann", func(a *usher.Attributes) { a.GivenName, a.FamilyName = "Ann", "Lee" }))
		w.carry("2-give-adkar 1")
		shown := listed("ann@example.com", "adkar")
		shown.GivenName, shown.FamilyName = "Walk", "In"
		w.imports(true, shown)
		w.drifts("name_differs ann@example.com")
		w.seal()
		w.sound()
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
			a, err := tx.LockAccount(w.Context(), w.account(ann).ID)
			if err != nil {
				return err
			}
			a.Seen.Subscriptions = []string{}
			return tx.UpdateAccount(w.Context(), a)
		}))
		w.clock.add(1e9)
		open, err := w.store.Look().OpenDrift(w.Context(), w.portal().ID)
		w.check(err)
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
			for _, d := range open {
				d.EndedAt = tx.Now()
				if err := tx.UpdateDrift(w.Context(), d); err != nil {
					return err
				}
			}
			return nil
		}))
		if found := w.findings(); !slices.ContainsFunc(found, func(f ledger.Finding) bool { return f.Invariant == "I7" }) {
			w.Errorf("%+v", found)
		}
	})
}
