package ledger_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestOutlooksOfManyPeople measures what the pages of seats read, with as many people as USHER_PEOPLE says: half of them sit, some
// are queued, each has had a seat before, and one of 30 has a date.
func TestOutlooksOfManyPeople(t *testing.T) {
	people, _ := strconv.Atoi(os.Getenv("USHER_PEOPLE"))
	people = max(people, 400)
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		w := newWorld(t, place)
		w.crowd(people, 16)
		w.ledger = ledger.New(w.store, ledger.Options{ShowForecast: time.Minute})
		for what, read := range map[string]func() error{
			"all outlooks, counted":           func() error { _, err := ledger.New(w.store, ledger.Options{}).Outlooks(t.Context()); return err },
			"all outlooks, as they are shown": func() error { _, err := w.ledger.Outlooks(t.Context()); return err },
			"what waits":                      func() error { _, err := w.ledger.Waiting(t.Context(), usher.Rights{Owner: true}); return err },
			"the first steps":                 func() error { _, err := w.ledger.FirstSteps(t.Context()); return err },
			"portals":                         func() error { _, err := w.ledger.Portals(t.Context(), false); return err },
			"directories":                     func() error { _, err := w.ledger.Directories(t.Context()); return err },
			"a part of the seats": func() error {
				_, err := w.ledger.OccupiedSeats(t.Context(), usher.SeatsQuery{Subscription: "pool-4", Limit: 50})
				return err
			},
			"seats by name": func() error {
				_, err := w.ledger.OccupiedSeats(t.Context(), usher.SeatsQuery{Subscription: "pool-4", Find: "pers", Limit: 50})
				return err
			},
			"a part of the queue": func() error { _, err := w.ledger.QueuePart(t.Context(), "pool-4", "", 50); return err },
			"what if": func() error {
				fewer := 1
				_, err := w.ledger.WhatIf(t.Context(), "pool-4", usher.Assumption{Purchased: &fewer, Hires: 40, Days: 365})
				return err
			},
			"who goes first": func() error { _, err := w.ledger.FirstToGo(t.Context(), "pool-4", 0, 100); return err },
		} {
			var took []time.Duration
			for range 20 {
				began := time.Now()
				w.check(read())
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			t.Logf("%d people, %s: median %v, p95 %v", people, what, took[10].Round(100*time.Microsecond), took[18].Round(100*time.Microsecond))
		}
		o, err := w.ledger.Outlooks(t.Context())
		w.check(err)
		i := slices.IndexFunc(o.Pools, func(p usher.PoolOutlook) bool { return p.Name == "pool-4" })
		if len(o.Pools) != 16 || i < 0 || o.Pools[i].Used == 0 || o.Pools[i].Queued == 0 || len(o.Changes) == 0 {
			t.Fatalf("%d subscriptions, pool-4 is %d of them", len(o.Pools), i)
		}
		if p := o.Pools[i]; p.Past[0].Occupied == p.Past[90].Occupied || p.Ahead[0].Queued == p.Ahead[90].Queued {
			t.Errorf("nothing has happened, or nothing will: %+v %+v, %+v %+v", p.Past[0], p.Past[90], p.Ahead[0], p.Ahead[90])
		}
	})
}

// crowd fills the store past the ledger.
func (w *world) crowd(people, pools int) {
	w.Helper()
	each := people / pools
	var subs []ledger.SubscriptionPolicy
	for i := range pools {
		subs = append(subs, ledger.SubscriptionPolicy{Name: fmt.Sprintf("pool-%d", i), Portal: "learning", Seats: each / 2, Rule: fmt.Sprintf(`department == "D%d"`, i), Settle: 15 * time.Minute})
	}
	w.sell(subs...)
	now := w.store.Now()
	at := func(i, days int) usher.Time { return now.Add(-time.Duration(i%days)*24*time.Hour - time.Hour) }
	for from := 0; from < people; from += 5000 {
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
			for i := from; i < min(people, from+5000); i++ {
				if err := w.one(tx, i, pools, each, at); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
		for i := range pools {
			sub, err := tx.SubscriptionNamed(w.Context(), fmt.Sprintf("pool-%d", i))
			if err != nil {
				return err
			}
			if sub.Used, err = tx.CountOccupied(w.Context(), sub.ID); err != nil {
				return err
			}
			sub.Cap = max(sub.Cap, sub.Used)
			if err := tx.UpdateSubscription(w.Context(), sub); err != nil {
				return err
			}
		}
		return nil
	}))
}

// one makes one person with what belongs to them.
func (w *world) one(tx *store.Tx, i, pools, each int, at func(i, days int) usher.Time) error {
	ctx, name := w.Context(), fmt.Sprintf("person %06d", i)
	r := user(fmt.Sprintf("p%06d", i), func(a *usher.Attributes) { a.DisplayName, a.Department = name, fmt.Sprintf("D%d", i%pools) })
	if i%30 == 0 {
		r.Attributes.Ends = w.clock.now().AddDate(0, 0, 1+i/30%300).Format(time.DateOnly)
	}
	p := usher.Person{ID: tx.NewID(), Active: true, Attributes: r.Attributes, Address: r.Attributes.UserName, Revision: 1, CreatedAt: at(i, 300), ChangedAt: at(i, 300)}
	if i%30 == 0 {
		p.NextAt = usher.TimeOf(w.clock.now().AddDate(0, 0, 2+i/30%300).Truncate(24 * time.Hour))
	}
	if err := tx.InsertPerson(ctx, p); err != nil {
		return err
	}
	if i%30 == 0 {
		r.ID, r.Directory, r.Person, r.Version, r.CreatedAt, r.ModifiedAt, r.StartedAt = tx.NewID(), w.okta.Directory, p.ID, 1, p.CreatedAt, p.CreatedAt, p.CreatedAt
		if _, err := tx.InsertRecord(ctx, r); err != nil {
			return err
		}
	}
	sub, err := tx.SubscriptionNamed(ctx, fmt.Sprintf("pool-%d", i%pools))
	if err != nil {
		return err
	}
	old := usher.Seat{ID: tx.NewID(), Subscription: sub.ID, Person: p.ID, State: usher.Released, RequestedAt: at(i, 300), SeatedAt: at(i, 200), LeavingAt: at(i, 100), DueAt: at(i, 100), ReleasedAt: at(i, 80)}
	if err := tx.InsertSeat(ctx, old); err != nil {
		return err
	}
	s := usher.Seat{ID: tx.NewID(), Subscription: sub.ID, Person: p.ID, State: usher.Queued, Reason: "rule of the pool", RequestedAt: at(i, 60), ChangedAt: at(i, 60)}
	if i/pools < each/2 {
		s.State, s.SeatedAt = usher.Active, at(i, 120)
	}
	if err := tx.InsertSeat(ctx, s); err != nil {
		return err
	}
	a := usher.Account{ID: tx.NewID(), Portal: sub.Portal, Kind: usher.AccountPerson, Subject: p.ID, RemoteID: "r" + string(p.ID), Generation: 1, Confirmed: 1, Sent: 1,
		Seen: &usher.Seen{Address: p.Address, LastActiveAt: at(i, 90)}, SeenAt: at(i, 10)}
	if _, err := tx.InsertAccount(ctx, a); err != nil {
		return err
	}
	return tx.InsertEvents(ctx, []usher.Event{{ID: tx.NewID(), At: at(i, 20), Kind: usher.EventSeatGiven, Subject: "seat", SubjectID: s.ID, Person: p.ID, Subscription: sub.ID, Salt: "x"}})
}
