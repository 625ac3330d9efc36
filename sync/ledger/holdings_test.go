package ledger_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// holder is an account as an export shows it.
func holder(name string, subscriptions ...string) usher.Seen {
	return usher.Seen{RemoteID: name + "@example.com", Active: len(subscriptions) > 0, Address: name + "@example.com", Subscriptions: subscriptions}
}

func (w *world) taken(used, strangers int) {
	w.Helper()
	if s := w.subscription("adkar"); s.Used != used || s.Strangers != strangers {
		w.Errorf("%d used and %d strangers, want %d and %d", s.Used, s.Strangers, used, strangers)
	}
}

// Seats that the portal shows with others are not free, until it shows that they are.
func TestStrangersTakeSeats(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(3))
		w.filing(true, usher.Profile{})
		w.shown(holder("x", "adkar"), holder("y", "adkar"), holder("z"), holder("v", "other"))
		w.taken(0, 2)
		records := w.pushAll("ann", "bob", "cat")
		w.want(records["ann"], usher.Invited)
		w.want(records["bob"], usher.Queued)
		w.taken(1, 2)
		w.sound()
		w.shown(holder("y"))
		w.want(records["bob"], usher.Invited)
		w.want(records["cat"], usher.Queued)
		w.taken(2, 1)
		// A complete reading in which nobody is any more.
		since := w.store.Now()
		w.clock.add(time.Second)
		w.check(w.ledger.Observed(w.Context(), w.lease, w.portal().ID, usher.AccountPerson, since.Add(time.Millisecond)))
		w.want(records["cat"], usher.Invited)
		w.taken(3, 0)
		w.sound()
	})
}

// A seat is taken at a hard portal until the release is confirmed, and free once it is; what
// the portal still shows after a release that nobody confirmed is a stranger's.
func TestReleasedSeatsThatThePortalShows(t *testing.T) {
	for name, hard := range map[string]bool{"hard": true, "soft": false} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				sub := w.seats(1)
				sub.Settle = 0
				w.sell(sub)
				w.filing(hard, usher.Profile{})
				records := w.pushAll("ann", "bob")
				w.carryAll()
				w.taken(1, 0)
				w.sound()
				w.change(w.okta, records["ann"].ID, leaves)
				w.sweep()
				w.want(records["bob"], usher.Queued)
				if hard {
					w.want(records["ann"], usher.Releasing)
					w.taken(1, 0)
				} else {
					w.want(records["ann"], "")
					w.taken(0, 1)
				}
				w.sound()
				w.carryAll()
				w.want(records["ann"], "")
				w.want(records["bob"], usher.Active)
				w.taken(1, 0)
				w.sound()
			})
		})
	}
}

// A seat that the portal gave to somebody without us is not taken from them, and goes once a
// human withholds it.
func TestForeignSeatsStay(t *testing.T) {
	eachWorld(t, func(w *world) {
		adkar := w.seats(5)
		adkar.Settle = 10 * time.Minute
		hub := ledger.SubscriptionPolicy{Name: "hub", Portal: "learning", Seats: 5}
		w.sell(adkar, hub)
		w.filing(true, usher.Profile{})
		ann, bob := w.push(user("ann")), w.push(user("bob", in("Office", "")))
		w.carryAll()
		w.shown(holder("ann", "adkar", "hub"), holder("bob", "hub"))
		if d := w.desired(ann); !slices.Equal(d.Subscriptions, []string{"adkar", "hub"}) {
			t.Errorf("ann: %+v", d)
		}
		if told := w.carryAll(); told != 0 {
			t.Errorf("the portal was told %d times of what it shows", told)
		}
		if w.known(bob).Desired != nil {
			t.Errorf("bob, who is none of ours: %+v", w.desired(bob))
		}
		w.sound()
		sub := w.subscription("hub")
		if sub.Strangers != 2 {
			t.Errorf("%d strangers", sub.Strangers)
		}
		for _, r := range []usher.Record{ann, bob} {
			w.check(w.ledger.Withhold(w.Context(), w.ann, sub.ID, w.person(r).ID, 0))
		}
		if d := w.desired(ann); !slices.Equal(d.Subscriptions, []string{"adkar"}) {
			t.Errorf("withheld from ann: %+v", d)
		}
		if d := w.known(bob).Desired; d == nil || d.Active {
			t.Errorf("withheld from bob: %+v", d)
		}
		w.carryAll()
		if sub := w.subscription("hub"); sub.Strangers != 0 {
			t.Errorf("%d strangers after they were taken", sub.Strangers)
		}
		w.sound()
		// The portal gives it again: it was not ours, and the human's word stands.
		w.shown(holder("ann", "adkar", "hub"))
		if w.carryAll() != 1 || w.subscription("hub").Strangers != 0 {
			t.Error("what a human withholds was not taken again")
		}
		// Once the person leaves, all of the account that usher took on goes.
		w.check(w.ledger.ClearDecision(w.Context(), w.ann, sub.ID, w.person(ann).ID))
		w.shown(holder("ann", "adkar", "hub"))
		w.change(w.okta, ann.ID, leaves)
		if d := w.desired(ann); !slices.Equal(d.Subscriptions, []string{"adkar", "hub"}) {
			t.Errorf("while it settles nothing changes at the portal: %+v", d)
		}
		w.later(20 * time.Minute)
		if d := w.desired(ann); d.Active || d.Subscriptions != nil {
			t.Errorf("ann left: %+v", d)
		}
		w.sound()
	})
}

// An account that only the portal knew turns out to be somebody's: the seat is counted once.
func TestStrangerWhoIsSomebody(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(2))
		w.filing(true, usher.Profile{})
		w.shown(holder("ann", "adkar")) // before any directory knows ann
		w.taken(0, 1)
		ann := w.push(user("ann"))
		w.want(ann, usher.Invited)
		w.taken(1, 1)
		w.carryAll()
		w.want(ann, usher.Active)
		w.taken(1, 0)
		w.sound()
	})
}

// What accounts hold is known of subscriptions that come later, too.
func TestHoldingsOfNewSubscriptions(t *testing.T) {
	eachWorld(t, func(w *world) {
		hub := ledger.SubscriptionPolicy{Name: "hub", Portal: "learning", Seats: 1}
		w.sell(hub)
		w.filing(true, usher.Profile{})
		w.shown(holder("x", "adkar"))
		w.sound()
		w.sell(hub, w.seats(1))
		w.taken(0, 1)
		w.want(w.push(user("ann")), usher.Queued)
		w.sound()
	})
}

// Adoption seats those whom the portal shows and a rule or a pin entitles, ahead of the
// queue, over what was purchased as well, and also before the portal is live.
func TestAdopt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
			Portals:     []usher.Portal{{Name: "learning", Kind: "worklist", Live: true, Hard: true, Profile: usher.Profile{Whole: true}}},
		})
		sub := w.seats(2)
		sub.Rule = `department == "Sales"`
		guards := wideGuards()
		guards.Invitations = usher.Limit{Min: 0}
		guards.ArmedFrom = 0
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{sub}, Guards: guards})
		w.clock.add(25 * time.Hour) // the guard on invitations counts
		records := map[string]usher.Record{}
		for _, name := range []string{"ann", "bob", "cat"} {
			records[name] = w.push(user(name, in("Office", "")))
			w.shown(holder(name, "adkar"))
		}
		w.shown(holder("x", "adkar"))
		zoe := w.push(user("zoe"))
		w.want(zoe, usher.Queued)
		w.taken(0, 4)
		id := w.subscription("adkar").ID
		adopt := func(r usher.Record) error { return w.ledger.AdoptSeat(w.Context(), w.ann, w.person(r).ID, id) }
		if err := adopt(records["ann"]); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("nothing entitles ann: %v", err)
		}
		if err := adopt(zoe); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("the portal does not show zoe: %v", err)
		}
		for _, r := range records {
			w.change(w.okta, r.ID, in("Sales", ""))
			w.want(r, usher.Queued)
			w.check(adopt(r))
			w.check(adopt(r)) // the second time changes nothing
			w.want(r, usher.Active)
		}
		w.taken(3, 1)
		w.want(zoe, usher.Queued)
		if s := w.subscription("adkar"); s.Cap != 3 || s.Vacant() != -2 {
			t.Errorf("cap %d, vacant %d", s.Cap, s.Vacant())
		}
		if holds := w.holds(); len(holds) != 0 {
			t.Errorf("a guard stopped %+v", holds)
		}
		for _, r := range records {
			if d := w.desired(r); !d.Active || !slices.Equal(d.Subscriptions, []string{"adkar"}) {
				t.Errorf("desired: %+v", d)
			}
		}
		w.seal()
		w.sound()
	})
}

// Adoption comes before a portal is live, which is when the portal is told of anybody.
func TestAdoptAtAPortalThatIsOnlyObserved(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
			Portals:     []usher.Portal{{Name: "quiet", Kind: "worklist", Hard: true, Profile: usher.Profile{Whole: true}}},
		})
		sub := w.seats(5)
		sub.Portal = "quiet"
		w.sell(sub)
		quiet, err := w.store.Look().PortalNamed(w.Context(), "quiet")
		w.check(err)
		ann, bob := w.push(user("ann")), w.push(user("bob"))
		seen := holder("ann", "adkar")
		seen.RemoteID = "Ann@Example.com"
		w.check(w.ledger.Observe(w.Context(), w.lease, quiet.ID, usher.AccountPerson, []usher.Seen{seen}))
		w.want(ann, usher.Queued)
		w.check(w.ledger.AdoptSeat(w.Context(), w.ann, w.person(ann).ID, w.subscription("adkar").ID))
		w.want(ann, usher.Active)
		w.want(bob, usher.Queued)
		w.taken(1, 0)
		w.sound()
		w.check(w.ledger.GoLive(w.Context(), w.ann, quiet.ID))
		w.want(bob, usher.Invited)
		w.taken(2, 0)
		w.sound()
	})
}

// Check finds what of the holdings disagrees with the seats or with what the portal showed.
func TestCheckFindsWrongHoldings(t *testing.T) {
	for detail, plant := range map[string]string{
		"its person has a seat here":    `update holding set stranger = (1 = 1)`,
		"its person has no seat here":   `update holding set stranger = (1 = 0)`,
		"no seat counts as taken there": `delete from holding`,
		"which does not show it":        `update account set seen = null where subject_id = ''`,
		"taken by somebody else":        `update holding set person_id = 'x' where stranger`,
	} {
		t.Run(detail, func(t *testing.T) {
			storetest.EachPlace(t, func(t *testing.T, place store.Options) {
				w := newWorld(t, place)
				w.sell(w.seats(3))
				w.filing(true, usher.Profile{})
				w.push(user("ann"))
				w.carryAll()
				w.shown(holder("x", "adkar"))
				w.taken(1, 1)
				w.seal()
				w.sound()
				statements(plant)(w, storetest.Raw(t, place))
				found := w.findings()
				if !slices.ContainsFunc(found, func(f ledger.Finding) bool { return f.Invariant == "I1" && strings.Contains(f.Detail, detail) }) {
					t.Errorf("not found in %v", found)
				}
			})
		})
	}
}
