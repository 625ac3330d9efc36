package ledger_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

func TestPlanLiveNamesEverybody(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, Owner: true}},
			Portals:     []usher.Portal{{Name: "new", Kind: "scim", Hard: true}},
		})
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{{Name: "adkar", Portal: "new", Seats: 2, Rule: "true"}}, Guards: wideGuards()})
		w.pushAll("ann", "bob", "cy")
		w.sweep()
		portal, err := w.store.Look().PortalNamed(w.Context(), "new")
		w.check(err)
		lease, err := w.store.TakeLease(w.Context(), "portal/new", "test", time.Hour)
		w.check(err)
		seats, err := w.store.Look().Subscriptions(w.Context())
		w.check(err)
		queue, err := w.store.Look().LiveSeats(w.Context(), seats[0].ID)
		w.check(err)
		w.check(w.ledger.Observe(w.Context(), lease, portal.ID, usher.AccountPerson, []usher.Seen{
			{RemoteID: "1", Key: string(queue[0].Person), UserName: "first", Active: true}, {RemoteID: "2", UserName: "stranger", Active: true},
		}))

		p, err := w.ledger.PlanLive(w.Context(), portal.ID)
		w.check(err)
		var kinds []usher.PlanChange
		for i, s := range p.Seats {
			kinds = append(kinds, s.Kind)
			if s.Person != queue[i].Person || s.Subscription != "adkar" || s.Name == "" {
				w.Errorf("place %d is %+v, want person %s", i+1, s, queue[i].Person)
			}
		}
		if want := []usher.PlanChange{usher.PlanSeat, usher.PlanSeat, usher.PlanQueue}; !slices.Equal(kinds, want) {
			w.Errorf("the plan has %v, want %v", kinds, want)
		}
		if !slices.Equal(p.There, []string{"first"}) || !slices.Equal(p.Others, []string{"stranger"}) {
			w.Errorf("there are %v, and others %v", p.There, p.Others)
		}

		w.later(time.Minute)
		again, err := w.ledger.PlanLive(w.Context(), portal.ID)
		w.check(err)
		if again.ID() != p.ID() || len(p.ID()) != 8 {
			w.Errorf("the same plan has the ids %s and %s", p.ID(), again.ID())
		}
		w.push(user("dot"))
		w.sweep()
		other, err := w.ledger.PlanLive(w.Context(), portal.ID)
		w.check(err)
		if other.ID() == p.ID() {
			w.Error("another plan has the same id")
		}

		w.check(w.ledger.GoLive(w.Context(), w.ann, portal.ID))
		for _, s := range p.Seats[:2] {
			seat, err := w.store.Look().LiveSeat(w.Context(), seats[0].ID, s.Person)
			w.check(err)
			if seat.State != usher.Invited {
				w.Errorf("%s was to be seated and is %s", s.Name, seat.State)
			}
		}
		if _, err := w.ledger.PlanLive(w.Context(), portal.ID); !errors.Is(err, usher.ErrStale) {
			w.Errorf("of a live portal: %v", err)
		}
	})
}
