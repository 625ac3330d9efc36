package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

func TestStanding(t *testing.T) {
	eachWorld(t, func(w *world) {
		calm := w.standing()
		if fmt.Sprint(calm) != fmt.Sprint(usher.Standing{At: calm.At}) {
			t.Errorf("of a store in which nothing is amiss: %+v", calm)
		}
		adkar := w.seats(2)
		adkar.EndsAt, adkar.Requestable = usher.TimeOf(w.clock.now()).Add(20*24*time.Hour), true
		old := ledger.SubscriptionPolicy{Name: "old", Portal: "learning", Seats: 9, EndsAt: usher.TimeOf(w.clock.now()).Add(-time.Hour)}
		w.sell(adkar, old)
		people := w.pushAll("bob", "cat", "dan", "eve")
		w.check(w.ledger.FeedLate(w.Context(), w.ann, "okta", usher.TimeOf(w.clock.now())))
		other := w.push(user("fay", func(a *usher.Attributes) { a.Department = "Other" }))
		_, err := w.ledger.AskSeat(w.Context(), usher.Principal{Kind: usher.PrincipalPerson, Name: "fay", Person: w.person(other).ID}, w.subscription("adkar").ID, "please")
		w.check(err)
		w.portalFails(2)

		s := w.standing()
		end := adkar.EndsAt
		want := usher.Standing{At: s.At,
			Requests: []usher.RequestStanding{{Number: 1, Subscription: "adkar"}},
			Pools:    []usher.PoolStanding{{Name: "adkar", Purchased: 2, Queued: 2, Open: true, EndsAt: end, Left: 30}, {Name: "old", Purchased: 9, Free: 9, EndsAt: old.EndsAt, Left: -1}},
			Feeds:    []usher.FeedStanding{{Directory: "okta", Since: usher.TimeOf(w.clock.now()).RFC3339()}},
			Portals:  []usher.PortalStanding{{Name: "learning", LastSuccessAt: 7}},
		}
		s.Feeds[0].Since = want.Feeds[0].Since // the clock has gone on
		if fmt.Sprint(s) != fmt.Sprint(want) {
			t.Errorf("got  %+v\nwant %+v", s, want)
		}
		w.portalFails(0)
		w.change(w.okta, people["eve"].ID, leaves)
		w.later(time.Hour)
		if s := w.standing(); len(s.Portals) != 0 || s.Pools[0].Queued != 1 {
			t.Errorf("afterwards %+v", s)
		}
	})
}

func TestHoldsAndConflictsStand(t *testing.T) {
	eachWorld(t, func(w *world) {
		guards := wideGuards()
		guards.Releases = usher.Limit{Min: 1}
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(9)}, Guards: guards})
		people := w.pushAll("ann", "bob", "cat", "dan", "eve", "fay")
		w.deliver()
		for _, name := range []string{"ann", "bob", "cat"} {
			w.change(w.okta, people[name].ID, leaves)
		}
		s := w.standing()
		if len(s.Holds) != 1 || s.Holds[0].Seats != 2 || s.Holds[0].Subscription != "adkar" {
			t.Errorf("holds %+v", s.Holds)
		}
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
			for n := range int64(3) {
				c := usher.Conflict{ID: tx.NewID(), Number: n + 1, Kind: "test", Record: usher.ID(fmt.Sprint("r", n)), ClosedAt: usher.Time(n % 2)}
				if _, err := tx.OpenConflict(w.Context(), c); err != nil {
					return err
				}
			}
			return nil
		}))
		if s := w.standing(); fmt.Sprint(s.Conflicts) != "[1 3]" {
			t.Errorf("conflicts %v, want those that are open", s.Conflicts)
		}
		w.check(w.ledger.AllowHold(w.Context(), w.ann, s.Holds[0].Number))
		if s := w.standing(); len(s.Holds) != 0 {
			t.Errorf("allowed, and still %+v", s.Holds)
		}
	})
}

// TestTokensThatAreReplacedDoNotEnd looks at the last one of a directory that is in use.
func TestTokensThatAreReplacedDoNotEnd(t *testing.T) {
	eachWorld(t, func(w *world) {
		key := make([]byte, 32)
		add := func(length time.Duration, used bool) usher.Token {
			_, token, err := w.ledger.CreateToken(w.Context(), w.ann, "okta", length, key)
			w.check(err)
			if used {
				w.check(w.store.Write(w.Context(), func(tx *store.Tx) error { return tx.TouchToken(w.Context(), token.ID) }))
			}
			return token
		}
		first := add(24*time.Hour, true)
		add(90*24*time.Hour, false)
		want := []usher.Expiring{{What: "the token of directory okta", Path: "/settings", EndsAt: first.ExpiresAt}}
		if got := w.standing().Expiring; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %+v, want %+v: the next one is not in use yet", got, want)
		}
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error { return tx.RevokeToken(w.Context(), first.ID) }))
		if got := w.standing().Expiring; len(got) != 0 {
			t.Errorf("a revoked token ends: %+v", got)
		}
	})
}

func TestIncidentsAreListed(t *testing.T) {
	eachWorld(t, func(w *world) {
		put := func(id string, resolved usher.Time, audience usher.ID) {
			i := usher.Incident{ID: usher.ID(id), Kind: usher.IncidentHold, Subject: id, Title: id, Audience: audience, OpenedAt: 1, ResolvedAt: resolved, Times: 1}
			w.check(w.store.Write(w.Context(), func(tx *store.Tx) error { return tx.PutIncident(w.Context(), i) }))
		}
		put("a", 50, "")
		put("b", 0, "")
		put("c", 60, "")
		put("d", 0, "somebody")
		put("e", 40, "")
		list, err := w.ledger.Incidents(w.Context(), 40)
		w.check(err)
		got := ""
		for _, i := range list {
			got += i.Title
		}
		if got != "bca" {
			t.Errorf("listed %q, want what is open and then the newest that is over", got)
		}
	})
}

func (w *world) standing() usher.Standing {
	w.Helper()
	s, err := w.ledger.Standing(w.Context())
	w.check(err)
	return s
}

// portalFails has the portal fail so many times in a row.
func (w *world) portalFails(times int) {
	w.Helper()
	w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
		p, err := tx.PortalNamed(w.Context(), "learning")
		if err != nil {
			return err
		}
		p.Failures, p.LastSuccessAt = times, 7
		return tx.SetPortalHealth(w.Context(), p)
	}))
}
