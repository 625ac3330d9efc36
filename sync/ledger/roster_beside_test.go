package ledger_test

import (
	"database/sql"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestARunSeesSeatsAsTheyAre releases a seat while a run, which has read it already, is about
// to write what the portal should hold for the person: the portal is not told to serve them.
// On SQLite the release waits for the run.
func TestARunSeesSeatsAsTheyAre(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		w := newFiling(newWorld(t, place))
		settling := w.seats(10)
		settling.Settle = 10 * time.Minute
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{settling}, Guards: wideGuards()})
		w.plan((&paper{}).add("anna", "Sales"))
		w.deliver()
		w.plan((&paper{}).add("anna", "Ops"))
		w.clock.add(11 * time.Minute)
		made, err := w.ledger.ProposeRoster(w.Context(), w.hr, (&paper{}).add("anna", "Ops", func(a *usher.Attributes) { a.Title = "Boss" }).feed(w.hr.Directory, false))
		w.check(err)
		if place.URL == "" {
			w.apply(made)
		} else {
			w.releaseWithin(made, storetest.Raw(t, place))
		}
		people, err := w.store.Look().PeopleNamed(w.Context(), "Anna")
		w.check(err)
		anna := people[0]
		accounts, err := w.store.Look().AccountsOf(w.Context(), anna.ID)
		w.check(err)
		if len(accounts) != 1 || accounts[0].Desired.Active || anna.Attributes.Title != "Boss" {
			t.Errorf("%s; the portal should hold %+v", anna.Attributes.Title, accounts[0].Desired)
		}
		w.sound()
	})
}

// releaseWithin applies a plan, and has settled releases begin when the run has read all that
// it needs: it is held up where it writes what became of its first change.
func (w *filing) releaseWithin(p usher.Plan, raw *sql.DB) {
	w.Helper()
	holding, err := raw.BeginTx(w.Context(), nil)
	w.check(err)
	_, err = holding.ExecContext(w.Context(), `update plan_change set why = why where plan_id = $1`, string(p.ID))
	w.check(err)
	applied := make(chan error, 1)
	go func() {
		_, err := w.ledger.ApplyPlan(w.Context(), p.Number)
		applied <- err
	}()
	waiting := 0
	for deadline := time.Now().Add(time.Minute); waiting == 0; time.Sleep(time.Millisecond) {
		w.check(raw.QueryRowContext(w.Context(), `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).Scan(&waiting))
		if time.Now().After(deadline) {
			w.Fatal("the run does not wait")
		}
	}
	w.check(w.ledger.Sweep(w.Context()))
	w.check(holding.Rollback())
	w.check(<-applied)
	w.sweep()
}
