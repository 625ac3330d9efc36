package ledger_test

import (
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// TestCountOfVeryMany: few accounts that are behind are counted for each who asks; very many are as they were a moment ago, and no
// longer; a clock that is set back makes no old count a new one.
func TestCountOfVeryMany(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		w := newWorld(t, place)
		storetest.Exec(t, place, `
			insert into account (id, portal_id, kind, subject_id, desired, generation, sent, confirmed, remote_id, seen, seen_at, attempts, next_try_at, unknown_since, last_error, refused, urgent, resend, active_at)
			with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)
			select 'a' || cast(i as text), p.id, 'person', '', '{}', 1, 0, 0, '', null, 0, 0, 0, 0, '', false, false, false, 0 from n, portal p`)
		want := func(what string, n int) {
			t.Helper()
			portals, err := w.ledger.Portals(t.Context(), false)
			w.check(err)
			if portals[0].Behind != n {
				t.Errorf("%s: %d behind, want %d", what, portals[0].Behind, n)
			}
		}
		one := func() { storetest.Exec(t, place, `delete from account where id = (select min(id) from account)`) }
		want("very many", 10_000)
		one()
		want("a moment later", 10_000)
		w.clock.add(-time.Hour)
		want("before it was counted", 9_999)
		one()
		want("few", 9_998)
		one()
		want("few again", 9_997)
	})
}
