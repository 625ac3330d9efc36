package ledger_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestWaiting: what waits for a human is counted for whoever may see it, with since when.
func TestWaiting(t *testing.T) {
	eachWorld(t, func(w *world) {
		steps, err := w.ledger.FirstSteps(w.Context())
		w.check(err)
		if steps != (usher.FirstSteps{Portal: true, Live: true}) {
			t.Errorf("at first %+v", steps)
		}
		sub := w.seats(5)
		sub.Requestable = true
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{sub}, Guards: usher.Guards{Releases: usher.Limit{Min: 1}, Invitations: usher.Limit{Min: 1000}, ArmedFrom: 2}})
		records := w.pushAll("ann", "bob", "cat", "dan")
		w.deliver()
		w.later(25 * time.Hour)
		opened := w.store.Now()
		for _, name := range []string{"ann", "bob", "cat"} {
			w.change(w.okta, records[name].ID, leaves)
		}
		w.clock.add(time.Minute)
		ida := w.person(w.push(user("ida", func(a *usher.Attributes) { a.Department = "Legal" })))
		_, err = w.ledger.AskSeat(w.Context(), usher.Principal{Kind: usher.PrincipalPerson, Name: "ida", Person: ida.ID}, w.subscription("adkar").ID, "please")
		w.check(err)
		waits := func(r usher.Rights) (list []string) {
			found, err := w.ledger.Waiting(w.Context(), r)
			w.check(err)
			for _, one := range found {
				list = append(list, fmt.Sprint(one.Kind, " ", one.Count, " ", usher.TimeOf(one.Oldest).Sub(opened)))
			}
			return list
		}
		all := []string{"holds 1 0s", "requests 1 1m0s"}
		for name, c := range map[string]struct {
			rights usher.Rights
			want   []string
		}{
			"an auditor":                    {usher.Rights{Auditor: true}, all},
			"a seat admin of adkar":         {usher.Rights{Seats: []usher.ID{w.subscription("adkar").ID}}, all},
			"a seat admin of anything else": {usher.Rights{Seats: []usher.ID{"another"}}, nil},
		} {
			if got := waits(c.rights); !slices.Equal(got, c.want) {
				t.Errorf("%s sees %q, want %q", name, got, c.want)
			}
		}
		if _, err := w.ledger.Propose(w.Context(), w.ann, ledger.Policy{}); err != nil {
			t.Fatal(err)
		}
		if got := waits(usher.Rights{Owner: true}); len(got) != 3 || got[0] != "revisions 1 1m0s" {
			t.Errorf("with a revision that releases people: %q", got)
		}
		if steps, err = w.ledger.FirstSteps(w.Context()); err != nil || steps != (usher.FirstSteps{Portal: true, Live: true, Subscription: true, Heard: true, Seated: true}) {
			t.Errorf("at last %+v %v", steps, err)
		}
	})
}

// TestQueueInParts: a queue is listed in its order, each once, with the places that everybody has.
func TestQueueInParts(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		records := w.pushAll("ann", "bob", "cat", "dan", "eve")
		w.check(w.ledger.MoveTo(w.Context(), w.ann, w.subscription("adkar").ID, w.person(records["eve"]).ID, usher.QueueMove{Front: true}))
		var got []string
		for after := ""; ; {
			part, err := w.ledger.QueuePart(w.Context(), "adkar", after, 2)
			w.check(err)
			for _, q := range part.Items {
				got = append(got, fmt.Sprintf("%d %s %v", q.Place, q.Name, q.Rank != nil))
			}
			if after = part.Next; after == "" {
				break
			}
		}
		if want := []string{"1 eve true", "2 bob false", "3 cat false", "4 dan false"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if part, err := w.ledger.QueuePart(w.Context(), "adkar", "nonsense", 9); err != nil || len(part.Items) != 4 {
			t.Errorf("after a place that is none: %v, %v", part, err)
		}
		found, err := w.ledger.OccupiedSeats(w.Context(), usher.SeatsQuery{Subscription: "adkar", Find: "AN", Limit: 9})
		w.check(err)
		none, err := w.ledger.OccupiedSeats(w.Context(), usher.SeatsQuery{Subscription: "adkar", Find: "bob@example.com", Limit: 9})
		w.check(err)
		if len(found.Items) != 1 || found.Items[0].Name != "ann" || len(none.Items) != 0 {
			t.Errorf("found %v and %v", found.Items, none.Items)
		}
	})
}
