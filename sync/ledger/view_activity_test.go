package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestIdleSeats: never seen first, then the longest idle; in parts, of a team, for so many days; an account that shows no activity any
// more keeps what it showed.
func TestIdleSeats(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.takesFiles()
		w.sell(w.seats(9))
		for _, name := range []string{"ann", "bob", "cat", "dan"} {
			w.push(user(name))
		}
		w.push(user("eve", under("", "Sales")))
		now := w.clock.now()
		var seen []usher.Seen
		for name, days := range map[string]int{"ann": 5, "bob": 100, "cat": 40, "dan": 0, "eve": 0} {
			s := listed(name+"@example.com", "adkar")
			if days > 0 {
				s.LastActiveAt = usher.TimeOf(now.AddDate(0, 0, -days))
			}
			seen = append(seen, s)
		}
		w.imports(true, seen...)

		list := func(q usher.IdleQuery) string {
			var got []string
			for q.Subscription = "adkar"; ; {
				part, err := w.ledger.IdleSeats(w.Context(), q)
				w.check(err)
				for _, s := range part.Items {
					days := "never"
					if s.ActiveAt != 0 {
						days = fmt.Sprint(int(w.clock.now().Sub(s.ActiveAt.Std()) / (24 * time.Hour)))
					}
					got = append(got, s.Person.Name+" "+days)
				}
				if part.Next == nil {
					return strings.Join(got, ", ")
				}
				q.After = *part.Next
			}
		}
		if got := list(usher.IdleQuery{Limit: 2}); got != "dan never, eve never, bob 100, cat 40, ann 5" && got != "eve never, dan never, bob 100, cat 40, ann 5" {
			t.Errorf("all: %s", got)
		}
		if got := list(usher.IdleQuery{Limit: 1, Days: 40}); !strings.HasSuffix(got, "never, bob 100, cat 40") {
			t.Errorf("40 days: %s", got)
		}
		team := usher.ID("")
		rows, _, err := w.ledger.TeamRows(w.Context(), usher.TeamMark{}, 9)
		w.check(err)
		for _, r := range rows {
			if r.Name == "Sales" {
				team = r.ID
			}
		}
		if got := list(usher.IdleQuery{Limit: 2, Team: team}); team == "" || strings.Count(got, ",") != 4 {
			t.Errorf("of Sales: %s", got)
		}
		if got := list(usher.IdleQuery{Limit: 2, Team: "none"}); got != "" {
			t.Errorf("of no team: %s", got)
		}

		a, err := w.ledger.Activity(w.Context())
		w.check(err)
		if len(a.Seats) != 1 || a.Seats[0].Usage != (usher.Usage{Occupied: 5, Never: 2, Soon: 1, Long: 1}) || !a.Seats[0].Shown || a.Seats[0].Used() != 1 || a.People != 5 {
			t.Errorf("%+v", a)
		}
		if teams := a.Teams[a.Seats[0].Subscription]; len(teams) != 1 || teams[0].Name != "Sales" || teams[0].Idle() != 4 {
			t.Errorf("%+v", a.Teams)
		}

		_, unknown, err := w.ledger.TakeActivity(w.Context(), w.ann, w.portal().ID, []ledger.Activity{{Address: "dan@example.com", At: usher.TimeOf(now)}, {Address: "x@example.com", At: 1}})
		w.check(err)
		if got := list(usher.IdleQuery{Limit: 9}); len(unknown) != 1 || !strings.HasPrefix(got, "eve never, bob 100") || !strings.HasSuffix(got, "dan 0") {
			t.Errorf("after dan came: %s", got)
		}
		if _, err := w.ledger.IdleSeats(w.Context(), usher.IdleQuery{Subscription: "none", Limit: 1}); err == nil {
			t.Error("seats of a subscription that is none")
		}
	})
}
