package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// What an emptied group holds stays held although something else about a person is said
// before their turn comes.
func TestHoldOfAnEmptiedGroupCannotBeOvertaken(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.seats(99)
		s.Rule = `inGroup("Pilots")`
		w.sell(s)
		var records []usher.Record
		var members []usher.ID
		for i := range 25 {
			r := w.push(user(fmt.Sprintf("p%02d", i)))
			records, members = append(records, r), append(members, r.ID)
		}
		g, err := w.ledger.CreateGroup(w.Context(), w.okta, group("Pilots"), members)
		w.check(err)
		w.sweep()
		w.deliver()
		_, err = w.ledger.ChangeGroup(w.Context(), w.okta, g.ID, func(g usher.Group) (usher.Group, []usher.MemberOp, error) {
			return g, []usher.MemberOp{{Kind: usher.MembersReplace}}, nil
		})
		w.check(err)
		w.change(w.okta, records[7].ID, func(a *usher.Attributes) { a.Title = "Lead" })
		w.want(records[7], usher.Active)
		w.sweep()
		w.deliver()
		for _, r := range records {
			w.want(r, usher.Active)
		}
	})
}

// A directory's hold is about all that it took within the day, in every subscription,
// also what still settles.
func TestDiscardedHoldOfADirectoryCoversWhatStillSettles(t *testing.T) {
	eachWorld(t, func(w *world) {
		policy := func(name string) ledger.SubscriptionPolicy {
			s := w.seats(50)
			s.Name, s.Settle = name, time.Hour
			return s
		}
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{policy("adkar"), policy("dev")},
			Guards: usher.Guards{Releases: usher.Limit{Min: 3}, Invitations: usher.Limit{Min: 1000}, ArmedFrom: 5}})
		// Only the directory as a whole is large enough to count.
		dev := w.subscription("dev").ID
		var records []usher.Record
		for i := range 8 {
			r := w.push(user(fmt.Sprintf("p%d", i)))
			if i >= 4 {
				w.check(w.ledger.Withhold(w.Context(), w.ann, w.subscription("adkar").ID, w.person(r).ID, 0))
			} else if i < 4 {
				w.check(w.ledger.Withhold(w.Context(), w.ann, dev, w.person(r).ID, 0))
			}
			records = append(records, r)
		}
		w.deliver()
		w.later(48 * time.Hour)
		for _, r := range []usher.Record{records[0], records[4], records[1], records[5]} {
			w.change(w.okta, r.ID, leaves)
		}
		w.discardHold()
		w.later(2 * time.Hour)
		w.deliver()
		for i, r := range records {
			name := "adkar"
			if i >= 4 {
				name = "dev"
			}
			if got := w.seatIn(name, r); got != usher.Active {
				w.Fatalf("seat of %s in %s is %q", r.Attributes.DisplayName, name, got)
			}
		}
	})
}

// Whoever decides by name about one subscription says nothing of what is held elsewhere.
func TestDecisionCannotOvertakeTheHoldOfAnEmptiedGroupElsewhere(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.seats(99)
		s.Rule = `inGroup("Pilots")`
		w.sell(s, ledger.SubscriptionPolicy{Name: "dev", Portal: "learning", Seats: 9})
		r := w.push(user("ann"))
		g, err := w.ledger.CreateGroup(w.Context(), w.okta, group("Pilots"), []usher.ID{r.ID})
		w.check(err)
		w.deliver()
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error { // as a large group is emptied
			if _, _, err := tx.ApplyMembers(w.Context(), g, []usher.MemberOp{{Kind: usher.MembersReplace}}); err != nil {
				return err
			}
			for _, d := range []store.DuePerson{{Why: "emptied", Caution: store.CautionHold}, {Why: "another", Caution: store.CautionGuard}} {
				if err := tx.MarkDue(w.Context(), []usher.ID{r.Person}, d); err != nil {
					return err
				}
			}
			return nil
		}))
		w.check(w.ledger.Grant(w.Context(), w.ann, w.subscription("dev").ID, r.Person, 0))
		w.want(r, usher.Active)
		if open := w.holds(); len(open) != 1 || open[0].Why != "emptied" {
			w.Fatalf("holds: %+v", open)
		}
	})
}
