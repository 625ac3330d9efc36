package ledger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

func document(a usher.Attributes) []byte {
	b, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	return b
}

func TestJoinersAreSeatedAndQueued(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(2))
		r := w.pushAll("ann", "bob", "cy")
		w.want(r["ann"], usher.Invited)
		w.want(r["bob"], usher.Invited)
		w.want(r["cy"], usher.Queued)
		if told := w.deliver(); told < 2 {
			w.Fatalf("%d accounts told", told)
		}
		w.want(r["ann"], usher.Active)
		w.want(r["cy"], usher.Queued)
		if s := w.subscription("adkar"); s.Used != 2 || s.Free() != 0 {
			w.Fatalf("used %d", s.Used)
		}
	})
}

func TestLeaverFreesTheSeatOnlyWhenThePortalConfirmed(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		r := w.pushAll("ann", "bob")
		w.deliver()
		w.change(w.okta, r["ann"].ID, leaves)
		w.want(r["ann"], usher.Releasing)
		w.want(r["bob"], usher.Queued)
		w.deliver()
		w.want(r["ann"], "")
		w.want(r["bob"], usher.Active)
	})
}

func TestLeaverWhomThePortalNeverHeardOfFreesTheSeatAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		r := w.pushAll("ann", "bob")
		w.change(w.okta, r["ann"].ID, leaves)
		w.want(r["ann"], "")
		w.want(r["bob"], usher.Invited)
	})
}

func TestSettlingTakesBackWithoutATrace(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.seats(1)
		s.Settle = 15 * time.Minute
		w.sell(s)
		r := w.pushAll("ann", "bob")
		w.deliver()
		w.change(w.okta, r["ann"].ID, leaves)
		w.want(r["ann"], usher.Active)
		w.later(14 * time.Minute)
		w.change(w.okta, r["ann"].ID, returns)
		w.later(time.Hour)
		w.want(r["ann"], usher.Active)
		if told := w.deliver(); told != 0 {
			w.Fatalf("the portal was told %d times of somebody who was never gone", told)
		}
		w.change(w.okta, r["ann"].ID, leaves)
		w.later(16 * time.Minute)
		w.want(r["ann"], usher.Releasing)
	})
}

func TestPromotionByPriorityThenAge(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.seats(1)
		s.Priority = `title == "Head" ? 10 : 0`
		w.sell(s)
		r := w.pushAll("ann", "bob", "cy")
		dot := w.push(user("dot", func(a *usher.Attributes) { a.Title = "Head" }))
		w.deliver()
		for _, next := range []struct{ leaver, heir usher.Record }{{r["ann"], dot}, {dot, r["bob"]}, {r["bob"], r["cy"]}} {
			w.change(w.okta, next.leaver.ID, leaves)
			w.deliver()
			w.want(next.heir, usher.Active)
		}
	})
}

func TestMoverByRuleLosesAndGains(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5), ledger.SubscriptionPolicy{Name: "dev", Portal: "learning", Seats: 5, Rule: `department == "R&D"`})
		ann := w.push(user("ann"))
		w.deliver()
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Department = "R&D" })
		w.deliver()
		if w.seatIn("adkar", ann) != "" || w.seatIn("dev", ann) != usher.Active {
			w.Fatalf("adkar %q, dev %q", w.seatIn("adkar", ann), w.seatIn("dev", ann))
		}
	})
}

func TestRenameIsAMover(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		ann := w.push(user("ann"))
		before := w.person(ann)
		w.change(w.okta, ann.ID, func(a *usher.Attributes) {
			a.UserName, a.Emails[0].Value = "ann.married@example.com", "ann.married@example.com"
		})
		after := w.person(ann)
		if after.ID != before.ID || after.Address != "ann.married@example.com" {
			w.Fatalf("person %s -> %s, address %s", before.ID, after.ID, after.Address)
		}
		found, err := w.store.Look().FindIdentifiers(w.Context(), []usher.Identifier{{Space: usher.SpaceAddress, Key: "ann@example.com"}})
		w.check(err)
		if len(found) != 1 || found[0].Person != before.ID || found[0].RetiredAt == 0 {
			w.Fatalf("the old address finds %+v", found)
		}
	})
}

func TestRejoinerIsTheSamePersonAndARecycledAddressIsNot(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		ann := w.push(user("ann"))
		person := w.person(ann).ID
		w.check(w.ledger.DeleteRecord(w.Context(), w.okta, ann.ID, func(usher.Record) error { return nil }))
		again := w.push(user("ann"))
		if got := w.person(again).ID; got != person {
			w.Fatalf("the rejoiner became %s, was %s", got, person)
		}
		w.check(w.ledger.DeleteRecord(w.Context(), w.okta, again.ID, func(usher.Record) error { return nil }))
		other := w.push(user("ann", func(a *usher.Attributes) { a.ExternalID = "x-another" }))
		if other.Person != "" {
			w.Fatalf("a recycled address was linked to %s", other.Person)
		}
		open := w.conflicts()
		if len(open) != 1 || open[0].Kind != usher.ConflictRecycled {
			w.Fatalf("conflicts: %+v", open)
		}
		w.check(w.ledger.LinkConflict(w.Context(), w.ann, open[0].Number, ""))
		if got := w.person(other).ID; got == person {
			w.Fatal("somebody new became the leaver")
		}
		w.want(other, usher.Invited)
	})
}

func TestManagersHealInEitherOrderAndCyclesAreReported(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(9))
		bob := w.push(user("bob", func(a *usher.Attributes) { a.Manager = "x-ann" }))
		if got := w.person(bob).Manager; got != "" {
			w.Fatalf("manager %s before anybody came", got)
		}
		ann := w.push(user("ann"))
		w.sweep()
		if got := w.person(bob).Manager; got != w.person(ann).ID {
			w.Fatalf("manager of bob: %q", got)
		}
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Manager = "x-bob" })
		w.sweep()
		open := w.conflicts()
		if len(open) != 1 || open[0].Kind != usher.ConflictCycle || w.person(ann).Manager != "" {
			w.Fatalf("conflicts %+v, manager of ann %q", open, w.person(ann).Manager)
		}
		if list := must(w.ledger.Conflicts(w.Context(), true, 0, 9)); list.Items[0].Person != w.person(ann).ID || list.Items[0].About != "ann" {
			w.Errorf("it is about %+v", list.Items)
		}
		w.change(w.okta, bob.ID, func(a *usher.Attributes) { a.Manager = "" })
		w.sweep()
		if len(w.conflicts()) != 0 || w.person(ann).Manager != w.person(bob).ID {
			w.Fatalf("conflicts %+v, manager of ann %q", w.conflicts(), w.person(ann).Manager)
		}
	})
}

func TestReplayedCreate(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		first := w.push(user("ann"))
		again := w.push(user("ann"))
		if again.ID != first.ID {
			w.Fatalf("the repeated create made %s beside %s", again.ID, first.ID)
		}
		_, err := w.ledger.CreateRecord(w.Context(), w.okta, user("ann", func(a *usher.Attributes) { a.Title = "other" }))
		if !errors.Is(err, usher.ErrConflict) {
			w.Fatalf("another body: %v", err)
		}
		w.change(w.okta, first.ID, func(a *usher.Attributes) { a.Title = "Head" })
		if _, err := w.ledger.CreateRecord(w.Context(), w.okta, user("ann")); !errors.Is(err, usher.ErrConflict) {
			w.Fatalf("after a change: %v", err)
		}
	})
}

func TestAnEqualChangeChangesNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		ann := w.push(user("ann"))
		before := w.events()
		same := w.change(w.okta, ann.ID, func(*usher.Attributes) {})
		if same.Version != ann.Version || w.events() != before {
			w.Fatalf("version %d -> %d, events %d -> %d", ann.Version, same.Version, before, w.events())
		}
	})
}

func TestPinsOutliveFeeds(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		ann := w.push(user("ann", func(a *usher.Attributes) { a.Department = "R&D" }))
		w.want(ann, "")
		sub, person := w.subscription("adkar").ID, w.person(ann).ID
		w.check(w.ledger.Grant(w.Context(), w.ann, sub, person, 0))
		w.want(ann, usher.Invited)
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Title = "x" })
		w.want(ann, usher.Invited)
		w.check(w.ledger.Withhold(w.Context(), w.ann, sub, person, 0))
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Department = "Sales" })
		w.want(ann, "")
		w.check(w.ledger.ClearDecision(w.Context(), w.ann, sub, person))
		w.want(ann, usher.Invited)
	})
}

func TestReleaseNowPassesSettlingAndGuard(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.seats(1)
		s.Settle = time.Hour
		w.sell(s)
		r := w.pushAll("ann", "bob")
		w.deliver()
		sub, person := w.subscription("adkar").ID, w.person(r["ann"]).ID
		if err := w.ledger.Release(w.Context(), w.ann, sub, person); !errors.Is(err, usher.ErrInvalid) {
			w.Fatalf("release of somebody entitled: %v", err)
		}
		w.change(w.okta, r["ann"].ID, leaves)
		w.want(r["ann"], usher.Active)
		w.check(w.ledger.Release(w.Context(), w.ann, sub, person))
		w.want(r["ann"], usher.Releasing)
	})
}

func TestGuardHoldsReleases(t *testing.T) {
	eachWorld(t, func(w *world) {
		guards := usher.Guards{Releases: usher.Limit{Min: 3, Percent: 10}, Invitations: usher.Limit{Min: 1000}, ArmedFrom: 5}
		s := w.seats(20)
		s.Settle = time.Minute
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{s}, Guards: guards})
		var records []usher.Record
		for i := range 20 {
			records = append(records, w.push(user(fmt.Sprintf("p%02d", i))))
		}
		w.deliver()
		w.later(48 * time.Hour)
		for _, r := range records[:3] {
			w.change(w.okta, r.ID, leaves)
		}
		if n := len(w.holds()); n != 0 {
			w.Fatalf("%d holds after 3 of 20", n)
		}
		for _, r := range records[3:6] {
			w.change(w.okta, r.ID, leaves)
		}
		w.later(time.Hour)
		w.deliver()
		for _, r := range records[:6] {
			w.want(r, usher.Active) // the whole class is held, those still settling too
		}
		open := w.holds()
		if len(open) != 1 {
			w.Fatalf("holds: %+v", open)
		}
		w.change(w.okta, records[0].ID, returns) // a joiner flows
		w.check(w.ledger.AllowHold(w.Context(), w.ann, open[0].Number))
		w.deliver()
		w.want(records[0], usher.Active)
		for _, r := range records[1:6] {
			w.want(r, "")
		}
	})
}

func TestDiscardedReleaseComesBackOnlyWithNews(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(9)}, Guards: usher.Guards{Releases: usher.Limit{}, Invitations: usher.Limit{Min: 99}, ArmedFrom: 2}})
		r := w.pushAll("ann", "bob", "cy", "dot", "eve", "fay")
		w.deliver()
		w.later(48 * time.Hour)
		w.change(w.okta, r["ann"].ID, leaves)
		w.check(w.ledger.DiscardHold(w.Context(), w.ann, w.holds()[0].Number))
		w.sweep()
		w.want(r["ann"], usher.Active)
		w.change(w.okta, r["ann"].ID, func(a *usher.Attributes) { a.Title = "still gone" })
		if len(w.holds()) != 1 {
			w.Fatalf("holds: %+v", w.holds())
		}
	})
}

func TestGuardHoldsInvitations(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(100)}, Guards: usher.Guards{Releases: usher.Limit{Min: 99}, Invitations: usher.Limit{Min: 5, Percent: 25}, ArmedFrom: 5}})
		for i := range 10 {
			w.push(user(fmt.Sprintf("a%02d", i)))
		}
		if n := len(w.holds()); n != 0 {
			w.Fatalf("%d holds before the first load was confirmed", n)
		}
		w.later(49 * time.Hour)
		var late []usher.Record
		for i := range 8 {
			late = append(late, w.push(user(fmt.Sprintf("b%02d", i))))
		}
		open := w.holds()
		if len(open) != 1 || open[0].Class != usher.HoldInvitations {
			w.Fatalf("holds: %+v", open)
		}
		w.want(late[4], usher.Invited)
		w.want(late[5], usher.Queued)
		w.want(late[7], usher.Queued)
		w.check(w.ledger.AllowHold(w.Context(), w.ann, open[0].Number))
		w.want(late[7], usher.Invited)
	})
}

func TestEmptiedGroupHoldsFromTheFirstPerson(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.seats(9)
		s.Rule = `inGroup("Pilots")`
		w.sell(s)
		r := w.pushAll("ann", "bob")
		g, err := w.ledger.CreateGroup(w.Context(), w.okta, group("Pilots"), []usher.ID{r["ann"].ID, r["bob"].ID})
		w.check(err)
		w.deliver()
		w.want(r["ann"], usher.Active)
		_, err = w.ledger.ChangeGroup(w.Context(), w.okta, g.ID, func(g usher.Group) (usher.Group, []usher.MemberOp, error) {
			return g, []usher.MemberOp{{Kind: usher.MembersReplace}}, nil
		})
		w.check(err)
		w.deliver()
		w.want(r["ann"], usher.Active)
		open := w.holds()
		if len(open) != 1 {
			w.Fatalf("holds: %+v", open)
		}
		w.check(w.ledger.AllowHold(w.Context(), w.ann, open[0].Number))
		w.deliver()
		w.want(r["ann"], "")
	})
}

func group(name string) usher.Group {
	b, _ := json.Marshal(map[string]any{"displayName": name})
	return usher.Group{DisplayName: name, Document: b, CreateHash: string(b), Values: []usher.Value{{Path: "displayName", Text: usher.FoldText(name)}}}
}

func (w *world) events() int {
	w.Helper()
	list, err := w.store.Look().Events(w.Context(), eventQuery)
	w.check(err)
	return len(list)
}

var eventQuery = store.EventQuery{Limit: 1_000_000}
