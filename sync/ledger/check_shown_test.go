package ledger_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestCheckComparesWithTheLastList: at a portal that takes files every seat that its list shows otherwise has a
// difference for that seat, person and direction, or a row. What is about another explains nothing.
func TestCheckComparesWithTheLastList(t *testing.T) {
	const remote = `where remote_id = 'ann@example.com'`
	for _, b := range []struct {
		name, found string
		plant       func(*world, *sql.DB)
	}{
		{"as it is", "", func(*world, *sql.DB) {}},
		{"no seat is shown", "shows no seat in adkar, and it counts as in line", statements(`update account set seen = '{"remoteId":"ann@example.com","active":true,"subscriptions":[]}' ` + remote)},
		{"is off", "shows no seat in adkar", statements(`update account set seen = '{"remoteId":"ann@example.com","active":false,"subscriptions":[]}' ` + remote)},
		{"is not there", "shows no seat in adkar", statements(`update account set seen = null ` + remote)},
		{"a seat too many", "shows a seat in prosci, and it counts", statements(`update account set seen = '{"remoteId":"ann@example.com","active":true,"subscriptions":["adkar","prosci"]}' ` + remote)},
		{"told, and no row is left", "shows no seat in prosci, which waits for rows", statements(`update account set confirmed = generation - 1, next_try_at = 4611686018427387904, last_error = '',
			desired = replace(desired, '["adkar"]', '["adkar","prosci"]') ` + remote)},
		{"a difference of another seat", "shows a seat in prosci, of which nothing is desired", statements(`update drift set subscription_id = (select id from subscription where name = 'adkar'), text = '' where address = 'cy@example.com'`)},
		{"a difference of another person", "shows a seat in prosci, of which nothing is desired", statements(`update drift set account_id = '', address = 'dot@example.com' where address = 'cy@example.com'`)},
		{"a difference in the other direction", "shows a seat in prosci, of which nothing is desired", statements(`update drift set code = 'tool_missing' where address = 'cy@example.com'`)},
		{"a difference that ended", "shows a seat in prosci, of which nothing is desired", statements(`update drift set ended_at = 1 where address = 'cy@example.com'`)},
		{"a row of another seat", "shows a seat in adkar", statements(`update account set confirmed = generation where remote_id = 'bob@example.com'`, `update batch_row set takes = '["prosci"]' where state = 'open'`)},
	} {
		t.Run(b.name, func(t *testing.T) {
			storetest.EachPlace(t, func(t *testing.T, place store.Options) {
				w := newWorld(t, place)
				w.listedWorld()
				b.plant(w, storetest.Raw(t, place))
				found := slices.DeleteFunc(w.findings(), func(f ledger.Finding) bool { return f.Invariant != "I7" })
				if (len(found) > 0) != (b.found != "") || b.found != "" && !strings.Contains(found[0].Detail, b.found) {
					t.Errorf("%+v, want %q", found, b.found)
				}
			})
		})
	}
}

// listedWorld is one in which a complete list was taken: ann is in line, bob has a row that takes his seat, cy has
// a seat that nothing entitles him to.
func (w *world) listedWorld() {
	w.Helper()
	w.takesFiles()
	other := w.seats(5)
	other.Name, other.Rule = "prosci", "false"
	w.sellOnly(w.seats(5), other)
	w.push(user("ann"))
	bob := w.push(user("bob"))
	w.push(user("cy", func(a *usher.Attributes) { a.Department = "Office" }))
	w.carry("2-give-adkar 2")
	seen := []usher.Seen{listed("ann@example.com", "adkar"), listed("bob@example.com", "adkar"), listed("cy@example.com", "prosci")}
	w.imports(true, seen...)
	w.change(w.okta, bob.ID, leaves)
	w.carry("1-take-adkar 1")
	w.imports(true, seen...)
	w.drifts("no_rule cy@example.com")
	w.sound()
}
