package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

func TestObservedPortalSeatsNobodyUntilItIsLive(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, Owner: true}},
			Portals:     []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true}, {Name: "new", Kind: "scim", Hard: true}},
		})
		p := ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{{Name: "adkar", Portal: "new", Seats: 50, Rule: "true"}},
			Guards: usher.Guards{Releases: usher.Limit{Min: 99}, Invitations: usher.Limit{Min: 3}, ArmedFrom: 1}}
		w.policy(p)
		var first []usher.Record
		for i := range 10 {
			first = append(first, w.push(user(fmt.Sprintf("p%d", i))))
		}
		w.sweep()
		w.want(first[0], usher.Queued)
		preview, err := w.ledger.Preview(w.Context(), p)
		w.check(err)
		if len(preview.Changes) != 0 {
			w.Fatalf("the same policy would change %+v", preview.Changes)
		}
		portal, err := w.store.Look().PortalNamed(w.Context(), "new")
		w.check(err)
		w.check(w.ledger.GoLive(w.Context(), w.ann, portal.ID))
		w.want(first[9], usher.Invited) // the first load was confirmed by name: no guard counts it
		w.later(time.Hour)
		late := w.push(user("late"))
		w.want(late, usher.Invited) // nor does it count against the joiner after it
		if err := w.ledger.GoLive(w.Context(), w.ann, portal.ID); !errors.Is(err, usher.ErrStale) {
			w.Fatalf("live twice: %v", err)
		}
		for i := range 3 {
			w.push(user(fmt.Sprintf("q%d", i)))
		}
		if n := len(w.holds()); n != 1 {
			w.Fatalf("%d holds after more invitations than the day allows", n)
		}
	})
}

func TestRevisionThatReleasesWaitsForAHuman(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		r := w.pushAll("ann", "bob")
		w.deliver()
		narrow := w.seats(5)
		narrow.Rule = `department == "Sales" and displayName == "ann"`
		rev := w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{narrow}, Guards: wideGuards()})
		if rev.State != usher.RevisionProposed {
			w.Fatalf("revision %d is %s", rev.Number, rev.State)
		}
		w.want(r["bob"], usher.Active)
		_, err := w.ledger.Activate(w.Context(), w.ann, rev.Number)
		w.check(err)
		w.sweep()
		w.want(r["bob"], usher.Releasing) // seen by name, so no guard stops it
		w.want(r["ann"], usher.Active)
	})
}

func TestRaisedAndLoweredSeats(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(3))
		r := w.pushAll("ann", "bob", "cy", "dot")
		w.deliver()
		w.want(r["dot"], usher.Queued)
		w.sell(w.seats(2)) // nobody is evicted
		for _, name := range []string{"ann", "bob", "cy"} {
			w.want(r[name], usher.Active)
		}
		if s := w.subscription("adkar"); s.Used != 3 || s.Cap != 3 || s.Purchased != 2 {
			w.Fatalf("used %d, cap %d, purchased %d", s.Used, s.Cap, s.Purchased)
		}
		w.change(w.okta, r["ann"].ID, leaves)
		w.deliver()
		w.want(r["dot"], usher.Queued) // still nothing free
		if s := w.subscription("adkar"); s.Used != 2 || s.Cap != 2 {
			w.Fatalf("used %d, cap %d", s.Used, s.Cap)
		}
		w.sell(w.seats(3))
		w.want(r["dot"], usher.Invited)
	})
}

func TestGuestsAreSeatedByPinAndEnd(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		end := usher.TimeOf(w.clock.now()).Add(72 * time.Hour)
		guest, err := w.ledger.AddGuest(w.Context(), w.ann, ledger.Guest{Address: "Gil@partner.example", GivenName: "Gil", FamilyName: "Moe", Sponsor: "ann@example.com", EndsAt: end})
		w.check(err)
		sub := w.subscription("adkar").ID
		w.check(w.ledger.Grant(w.Context(), w.ann, sub, guest.ID, 0))
		if s, err := w.liveSeat("adkar", guest.ID); err != nil || s.State != usher.Invited {
			w.Fatalf("guest's seat: %v %v", s.State, err)
		}
		if _, err := w.ledger.AddGuest(w.Context(), w.ann, ledger.Guest{Address: "gil@partner.example", Sponsor: "ann@example.com", EndsAt: end}); !errors.Is(err, usher.ErrConflict) {
			w.Fatalf("the same guest twice: %v", err)
		}
		w.deliver()
		w.later(73 * time.Hour)
		w.deliver()
		if _, err := w.liveSeat("adkar", guest.ID); !errors.Is(err, usher.ErrNotFound) {
			w.Fatalf("the guest's seat after the end: %v", err)
		}
		// The guest is hired: one person, no longer a guest.
		hired := w.push(user("gil", func(a *usher.Attributes) {
			a.UserName, a.Emails[0].Value = "gil@partner.example", "gil@partner.example"
		}))
		if p := w.person(hired); p.ID != guest.ID || p.Sponsor != "" || p.EndsAt != 0 || !p.Active {
			w.Fatalf("hired: %+v", p)
		}
	})
}

func TestObservationFindsDriftAndStrangers(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		ann := w.push(user("ann"))
		w.deliver()
		portal, err := w.store.Look().PortalNamed(w.Context(), "learning")
		w.check(err)
		a, err := w.store.Look().AccountOf(w.Context(), portal.ID, usher.AccountPerson, w.person(ann).ID)
		w.check(err)
		seen := []usher.Seen{
			{RemoteID: a.RemoteID, Active: false, UserName: "ann@example.com"},
			{RemoteID: "stranger", Active: true, UserName: "who@elsewhere.example", Address: "who@elsewhere.example"},
		}
		since := w.store.Now()
		w.clock.add(time.Second)
		w.check(w.ledger.Observe(w.Context(), w.lease, portal.ID, usher.AccountPerson, seen))
		w.check(w.ledger.Observed(w.Context(), w.lease, portal.ID, usher.AccountPerson, since))
		if n, _, err := w.store.Look().CountBehind(w.Context(), portal.ID); n != 1 || err != nil {
			w.Fatalf("%d accounts due, %v", n, err)
		}
		stranger, err := w.store.Look().AccountByRemote(w.Context(), portal.ID, usher.AccountPerson, "stranger")
		if err != nil || stranger.Subject != "" {
			w.Fatalf("stranger: %+v %v", stranger, err)
		}
		w.deliver()
		since = w.store.Now() + 1
		w.clock.add(time.Second)
		w.check(w.ledger.Observed(w.Context(), w.lease, portal.ID, usher.AccountPerson, since))
		if n, _, _ := w.store.Look().CountBehind(w.Context(), portal.ID); n != 1 {
			w.Fatalf("%d accounts due after ann vanished at the portal", n)
		}
		if _, err := w.store.Look().AccountByRemote(w.Context(), portal.ID, usher.AccountPerson, "stranger"); !errors.Is(err, usher.ErrNotFound) {
			w.Fatalf("the stranger is gone there and still here: %v", err)
		}
	})
}

func TestDirectoryThatStopsDecidingReleasesNobodyUnseen(t *testing.T) {
	eachWorld(t, func(w *world) {
		directories := func(hrOwns bool) ledger.Setup {
			return ledger.Setup{
				Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: !hrOwns}, {Name: "hr", Kind: usher.DirectorySCIM, Rank: 2, EmployeeNumbers: "hr", Owner: hrOwns}},
				Portals:     []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}},
			}
		}
		w.setUp(directories(false))
		w.sell(w.seats(5))
		ann := w.push(user("ann"))
		_, err := w.ledger.CreateRecord(w.Context(), w.directory("hr"), user("ann", leaves, func(a *usher.Attributes) { a.ExternalID = "7" }))
		w.check(err)
		w.deliver()
		w.want(ann, usher.Active) // okta decides
		w.setUp(directories(true))
		w.sweep()
		if w.person(ann).Active {
			w.Fatal("hr decides now, and says that ann left")
		}
		w.want(ann, usher.Active)
		if n := len(w.holds()); n != 1 {
			w.Fatalf("%d holds", n)
		}
	})
}

func TestDirectoryQuickerThanTheSweepDoesNotCarryOutWhatIsHeld(t *testing.T) {
	eachWorld(t, func(w *world) {
		hr := usher.Directory{Name: "hr", Kind: usher.DirectorySCIM, Rank: 2, EmployeeNumbers: "hr"}
		okta := usher.Directory{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}
		portals := []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}}
		w.setUp(ledger.Setup{Directories: []usher.Directory{okta, hr}, Portals: portals})
		w.sell(w.seats(5))
		ann := w.push(user("ann"))
		_, err := w.ledger.CreateRecord(w.Context(), w.directory("hr"), user("ann", leaves, func(a *usher.Attributes) { a.ExternalID = "7" }))
		w.check(err)
		w.deliver()
		okta.Owner, hr.Owner = false, true
		w.setUp(ledger.Setup{Directories: []usher.Directory{okta, hr}, Portals: portals})
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Title = "Head" }) // before any sweep
		w.want(ann, usher.Active)
		if n := len(w.holds()); n != 1 {
			w.Fatalf("%d holds", n)
		}
	})
}

func TestSubscriptionThatMovesTakesItsPeopleAlong(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
			Portals:     []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true}, {Name: "other", Kind: "scim", Live: true, Hard: true}},
		})
		w.sell(w.seats(5))
		ann := w.push(user("ann"))
		w.deliver()
		moved := w.seats(5)
		moved.Portal = "other"
		w.sell(moved)
		other, err := w.store.Look().PortalNamed(w.Context(), "other")
		w.check(err)
		a, err := w.store.Look().AccountOf(w.Context(), other.ID, usher.AccountPerson, w.person(ann).ID)
		if err != nil || a.Desired == nil || !a.Desired.Active {
			w.Fatalf("account at the other portal: %+v %v", a, err)
		}
	})
}
