package ledger_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

func (w *world) findings() []ledger.Finding {
	w.Helper()
	found, err := w.ledger.Check(w.Context(), sealKey())
	w.check(err)
	return found
}

func (w *world) sound() {
	w.Helper()
	for _, f := range w.findings() {
		w.Errorf("%s %s: %s", f.Invariant, f.Subject, f.Detail)
	}
}

// longer is a history with somebody in every state of a seat.
func (w *world) longer() {
	w.Helper()
	r := w.live()
	guest, err := w.ledger.AddGuest(w.Context(), w.ann, ledger.Guest{Address: "guest@partner.example", Sponsor: "ann", EndsAt: w.store.Now().Add(time.Hour)})
	w.check(err)
	w.check(w.ledger.Grant(w.Context(), w.ann, w.subscription("adkar").ID, guest.ID, 0))
	w.push(user("manager"))
	w.change(w.okta, r["cy"].ID, func(a *usher.Attributes) { a.Manager, a.Department = "manager@example.com", "Marketing" })
	w.seal()
}

func TestCheckFindsNothingInASoundStore(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sound()
		w.longer()
		w.sound()
		w.deliver()
		w.sound()
		w.later(2 * time.Hour) // the guest's time is over
		w.deliver()
		w.seal()
		w.sound()
	})
}

func TestCheckOfAJoinerWhoLeftBeforeThePortalHeard(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		r := w.push(user("ann"))
		w.change(w.okta, r.ID, leaves)
		w.sound()
	})
}

// breach is something that usher never does, and what Check has to say of it.
type breach struct {
	name      string
	plant     func(w *world, db *sql.DB)
	invariant string
	detail    string
}

func statements(list ...string) func(*world, *sql.DB) {
	return func(w *world, db *sql.DB) {
		w.Helper()
		for _, text := range list {
			result, err := db.ExecContext(w.Context(), text)
			if err != nil {
				w.Fatalf("%s: %v", text, err)
			}
			if n, err := result.RowsAffected(); strings.HasPrefix(text, "update") && (n == 0 || err != nil) {
				w.Fatalf("%s: nothing was planted", text)
			}
		}
	}
}

func breaches() []breach {
	return []breach{
		{"seats counted wrong", statements(`update subscription set used = used - 1`), "I1", "are counted as used"},
		{"oversold", statements(`update seat set state = 'active' where state = 'queued'`), "I1", "seats are occupied, and there are"},
		{"more to give than purchased", statements(`update subscription set cap = purchased + 5`), "I1", "could be given"},
		{"two seats", statements(`drop index seat_live`,
			`update seat set person_id = (select max(person_id) from seat where state = 'active') where state = 'queued'`), "I2", "live seats"},
		{"an identifier twice", statements(`create table copy as select * from identifier`, `drop table identifier`,
			`alter table copy rename to identifier`, `insert into identifier select * from identifier`), "I2", "one key finds 2 people"},
		{"account missing", statements(`delete from attempt`, `delete from account`), "I4", "nothing is to be told"},
		{"seat gone, account not", statements(`update seat set state = 'released' where state = 'active'`), "I4", "has no seat there"},
		{"account not to be active", statements(`update account set desired = replace(desired, '"active":true', '"active":false')`), "I4", "is not to be active"},
		{"account of another subscription", statements(`update account set desired = replace(desired, 'adkar', 'other')`), "I4", "is to show the subscriptions [other]"},
		{"record of nobody", statements(`update record set person_id = null`), "I4", "linked to nobody"},
		{"record without its name", statements(`update record set user_name_key = ' ' || id`), "I4", "not found by its user name"},
		{"person against the records", statements(`update person set active = not active`), "I4", "the records say"},
		{"forgotten account", statements(`update account set confirmed = generation - 1, next_try_at = 1 where desired is not null`), "I7", "nothing says why"},
		{"portal shows otherwise", statements(`update account set seen = '{"remoteId":"r","active":false}', confirmed = generation where desired is not null`), "I7", "shows something else"},
		{"seat without event", statements(`update event set subject_id = 'gone' where subject = 'seat'`), "I17", "no event tells"},
		{"record without event", statements(`update event set subject_id = 'gone' where subject = 'record'`), "I17", "no event tells"},
		{"person without event", statements(`update event set subject_id = 'gone' where subject = 'person'`), "I17", "no event tells"},
		{"event changed", statements(`update event set why = 'because'`), "I17", "the event was changed"},
		{"events never sealed", func(w *world, _ *sql.DB) { w.push(user("late")); w.clock.add(2 * time.Hour) }, "I17", "no process seals"},
	}
}

func TestCheckFindsEveryBreach(t *testing.T) {
	for _, b := range breaches() {
		t.Run(b.name, func(t *testing.T) {
			storetest.EachPlace(t, func(t *testing.T, place store.Options) {
				t.Parallel()
				w := newWorld(t, place)
				w.longer()
				w.deliver()
				w.seal()
				w.sound()
				b.plant(w, storetest.Raw(t, place))
				found := w.findings()
				if !slices.ContainsFunc(found, func(f ledger.Finding) bool { return f.Invariant == b.invariant && strings.Contains(f.Detail, b.detail) }) {
					t.Errorf("no %s with %q in %v", b.invariant, b.detail, found)
				}
			})
		})
	}
}

func TestCheckTakesAReasonForAnAnswer(t *testing.T) {
	for name, reason := range map[string]string{
		"an error":              `update account set last_error = 'the portal said no'`,
		"a refusal":             `update account set refused = (1 = 1)`,
		"a failing portal":      `update portal set failures = 3`,
		"a portal not yet live": `update portal set live = (1 = 0)`,
		"a restored store":      `insert into setting (name, value) values ('restored', 'now')`,
	} {
		t.Run(name, func(t *testing.T) {
			storetest.EachPlace(t, func(t *testing.T, place store.Options) {
				t.Parallel()
				w := newWorld(t, place)
				w.longer()
				w.deliver()
				w.seal()
				statements(`update account set confirmed = generation - 1, next_try_at = 1 where desired is not null`, reason)(w, storetest.Raw(t, place))
				w.sound()
			})
		})
	}
}
