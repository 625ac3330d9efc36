package ledger_test

import (
	"database/sql"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// TestDiscardOfARunThatEnds: whoever waits for a plan that ends meanwhile does not keep it while they wait for its
// directory, because others have the directory and want the plan. SQLite has one writer at a time.
func TestDiscardOfARunThatEnds(t *testing.T) {
	place := store.Options{URL: storetest.Postgres(t)}
	w := newFiling(newWorld(t, place))
	w.plan(people(30))
	made, err := w.ledger.ProposeRoster(w.Context(), w.hr, mixed(30, 6, func(a *usher.Attributes) { a.Active = false }).add("zoe", "Sales").feed(w.hr.Directory, false))
	w.check(err)
	db := storetest.Raw(t, place)
	run, other := begin(t, db), begin(t, db)
	lock := func(tx *sql.Tx, query string, arg any) {
		t.Helper()
		_, err := tx.ExecContext(t.Context(), query, arg)
		w.check(err)
	}
	lock(run, `select 1 from plan where number = $1 for update`, made.Number)
	discarded := make(chan error, 1)
	go func() {
		_, err := w.ledger.DiscardPlan(t.Context(), w.ann, made.Number)
		discarded <- err
	}()
	waiting(t, db, "plan")
	lock(other, `select 1 from directory where id = $1 for update`, w.hr.Directory)
	lock(run, `update plan set state = 'open' where number = $1`, made.Number)
	w.check(run.Commit())
	waiting(t, db, "directory")
	if _, err := other.ExecContext(t.Context(), `select 1 from plan where number = $1 for update nowait`, made.Number); err != nil {
		t.Errorf("it waits for the directory and has the plan: %v", err)
	}
	w.check(other.Rollback())
	w.check(<-discarded)
	if p, err := w.store.Look().Plan(t.Context(), made.Number); err != nil || p.State != usher.PlanDiscarded {
		t.Errorf("%s, %v", p.State, err)
	}
}

func begin(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// waiting returns once somebody waits for the lock of a row of a table.
func waiting(t *testing.T, db *sql.DB, table string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		n := 0
		err := db.QueryRowContext(t.Context(), `select count(*) from pg_stat_activity
			where datname = current_database() and wait_event_type = 'Lock' and query like '%from ' || $1 || ' %for %update%'`, table).Scan(&n)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("nobody waits for a row of %s: %v", table, err)
		}
		if n > 0 {
			return
		}
	}
}
