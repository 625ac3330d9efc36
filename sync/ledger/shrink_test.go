package ledger_test

import (
	"errors"
	"testing"
	"time"

	"usher/internal/usher"
)

// TestShrinkPlan: on its day, and once the configuration has as few seats, exactly those lose theirs whom the plan names and of whom
// nobody has said anything since.
func TestShrinkPlan(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		records := w.pushAll("ann", "bob", "cat", "dan", "eve", "fay")
		w.deliver()
		adkar := w.subscription("adkar").ID
		person := func(name string) usher.ShrinkPerson { return usher.ShrinkPerson{Person: w.person(records[name]).ID} }
		plan := usher.ShrinkPlan{Subscription: adkar, Seats: 2, DueAt: w.store.Now().Add(48 * time.Hour), People: []usher.ShrinkPerson{person("bob"), person("cat"), person("dan"), person("eve")}}

		var invalid *usher.InvalidError
		for name, wrong := range map[string]usher.ShrinkPlan{
			"of the past":            {Subscription: adkar, Seats: 2, DueAt: w.store.Now(), People: plan.People},
			"of nobody":              {Subscription: adkar, Seats: 2, DueAt: plan.DueAt},
			"of fewer than none":     {Subscription: adkar, Seats: -1, DueAt: plan.DueAt, People: plan.People},
			"of somebody in a queue": {Subscription: adkar, Seats: 2, DueAt: plan.DueAt, People: []usher.ShrinkPerson{person("fay")}},
		} {
			if _, err := w.ledger.PlanShrink(w.Context(), w.ann, wrong); !errors.As(err, &invalid) {
				t.Errorf("a plan %s: %v", name, err)
			}
		}
		number, err := w.ledger.PlanShrink(w.Context(), w.ann, plan)
		w.check(err)
		if _, err := w.ledger.PlanShrink(w.Context(), w.ann, plan); !errors.Is(err, usher.ErrConflict) {
			t.Errorf("a second plan: %v", err)
		}
		w.later(24 * time.Hour)
		w.check(w.ledger.Grant(w.Context(), w.ann, adkar, w.person(records["cat"]).ID, 0)) // said later than the plan
		w.change(w.okta, records["dan"].ID, leaves)
		w.later(25 * time.Hour)
		w.deliver()
		w.want(records["bob"], usher.Active) // the configuration still has five seats
		w.want(records["fay"], usher.Active) // in the place of dan, who left

		w.sell(w.seats(2))
		w.deliver()
		for name, state := range map[string]usher.SeatState{"ann": usher.Active, "bob": "", "cat": usher.Active, "dan": "", "eve": "", "fay": usher.Active} {
			w.want(records[name], state)
		}
		plans, err := w.ledger.ShrinkPlans(w.Context(), adkar)
		w.check(err)
		if len(plans) != 1 || plans[0].State != usher.ShrinkApplied || plans[0].Number != number || plans[0].ClosedAt == 0 {
			t.Errorf("%+v", plans)
		}
		decisions, err := w.store.Look().DecisionsFor(w.Context(), w.person(records["bob"]).ID)
		w.check(err)
		if len(decisions) != 1 || decisions[0].Kind != usher.Withhold || decisions[0].By != "ann" || decisions[0].Reason != "shrink plan 1: test" {
			t.Errorf("%+v", decisions)
		}
		w.seal()
		w.sound()
	})
}

// TestShrinkPlanDiscarded: what was discarded is never carried out.
func TestShrinkPlanDiscarded(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(2))
		records := w.pushAll("ann", "bob")
		w.deliver()
		adkar := w.subscription("adkar").ID
		number, err := w.ledger.PlanShrink(w.Context(), w.ann, usher.ShrinkPlan{Subscription: adkar, Seats: 2, DueAt: w.store.Now().Add(time.Hour),
			People: []usher.ShrinkPerson{{Person: w.person(records["bob"]).ID}}})
		w.check(err)
		plans, err := w.ledger.ShrinkPlans(w.Context(), adkar)
		w.check(err)
		if len(plans) != 1 || len(plans[0].People) != 1 || plans[0].People[0].Name != "bob" || plans[0].Done != 0 {
			t.Fatalf("%+v", plans)
		}
		if err := w.ledger.DiscardShrink(w.Context(), w.ann, "another", number); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("of another subscription: %v", err)
		}
		w.check(w.ledger.DiscardShrink(w.Context(), w.ann, adkar, number))
		if err := w.ledger.DiscardShrink(w.Context(), w.ann, adkar, number); !errors.Is(err, usher.ErrStale) {
			t.Errorf("twice: %v", err)
		}
		w.later(2 * time.Hour)
		w.want(records["bob"], usher.Active)
	})
}
