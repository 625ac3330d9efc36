package ledger_test

import (
	"cmp"
	"errors"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

func (w *world) portal() usher.Portal {
	w.Helper()
	p, err := w.store.Look().PortalNamed(w.Context(), cmp.Or(w.at, "learning"))
	w.check(err)
	return p
}

func (w *world) account(r usher.Record) usher.Account {
	w.Helper()
	a, err := w.store.Look().AccountOf(w.Context(), w.portal().ID, usher.AccountPerson, w.person(r).ID)
	w.check(err)
	return a
}

// An account that usher did not make and wants nothing of is left alone, whatever becomes
// of its person.
func TestAccountThatUsherNeverWantedIsLeftAlone(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		admin := w.push(user("admin", func(a *usher.Attributes) { a.Department = "" }))
		shown := usher.Seen{RemoteID: "7", Active: true, UserName: "admin@example.com"}
		w.check(w.ledger.Observe(w.Context(), w.lease, w.portal().ID, usher.AccountPerson, []usher.Seen{shown}))
		w.sweep()
		w.change(w.okta, admin.ID, func(a *usher.Attributes) { a.Title = "Head" })
		if told := w.deliver(); told != 0 {
			w.Fatalf("the portal was told %d times: %+v", told, w.account(admin).Desired)
		}
		// Once usher gave a seat, it takes it back as well.
		w.change(w.okta, admin.ID, func(a *usher.Attributes) { a.Department = "Sales" })
		w.change(w.okta, admin.ID, func(a *usher.Attributes) { a.Department = "" })
		w.want(admin, usher.Releasing)
		w.deliver()
		w.want(admin, "")
	})
}

func TestBatchHandsOverNothingThatWasTakenBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		ann := w.push(user("ann"))
		changes, err := w.ledger.Collect(w.Context(), w.portal().ID, 10)
		w.check(err)
		w.change(w.okta, ann.ID, leaves)
		rows := []usher.BatchRow{{Row: 1, Account: changes[0].Account, Generation: changes[0].Generation, Action: "invite", Text: "invite ann", State: usher.RowOpen}}
		_, err = w.commit(w.portal(), usher.Batch{Name: "x.csv", Content: []byte("x"), Rows: rows})
		if !errors.Is(err, usher.ErrStale) {
			w.Fatalf("a seat that was taken back was handed over: %v", err)
		}
	})
}

// The store itself keeps portals from being told, whatever the engine of a process that
// was running believes.
func TestNothingIsToldOfARestoredStore(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		w.push(user("ann"))
		changes, err := w.ledger.Collect(w.Context(), w.portal().ID, 10)
		w.check(err)
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error { return tx.SetSetting(w.Context(), ledger.SettingRestored, "now") }))
		if _, err := w.ledger.Begin(w.Context(), w.lease, w.portal().ID, 9, time.Minute); !errors.Is(err, usher.ErrStale) {
			w.Fatalf("begin: %v", err)
		}
		rows := []usher.BatchRow{{Row: 1, Account: changes[0].Account, Generation: changes[0].Generation, State: usher.RowOpen}}
		if _, err := w.commit(w.portal(), usher.Batch{Name: "x.csv", Content: []byte("x"), Rows: rows}); !errors.Is(err, usher.ErrStale) {
			w.Fatalf("batch: %v", err)
		}
		w.check(w.ledger.Resume(w.Context(), w.ann))
		if told := w.deliver(); told == 0 {
			w.Fatal("nothing told after resume")
		}
	})
}

func TestPortalThatReturnsIsToldWhatChangedMeanwhile(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		ann := w.push(user("ann"))
		w.deliver()
		okta := usher.Directory{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}
		learning := usher.Portal{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}
		w.setUp(ledger.Setup{Directories: []usher.Directory{okta}})
		w.change(w.okta, ann.ID, leaves)
		w.sweep()
		w.setUp(ledger.Setup{Directories: []usher.Directory{okta}, Portals: []usher.Portal{learning}})
		w.sweep()
		w.deliver()
		w.want(ann, "")
	})
}

func TestRenamedTeamReachesTheAccountsOfItsMembers(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(5)}, Teams: ledger.TeamPolicy{Groups: []string{"*"}}, Guards: wideGuards()})
		ann := w.push(user("ann"))
		g, err := w.ledger.CreateGroup(w.Context(), w.okta, group("East"), []usher.ID{ann.ID})
		w.check(err)
		w.deliver()
		_, err = w.ledger.ChangeGroup(w.Context(), w.okta, g.ID, func(g usher.Group) (usher.Group, []usher.MemberOp, error) {
			renamed := group("West")
			g.DisplayName, g.Document, g.Values = "West", renamed.Document, renamed.Values
			return g, nil, nil
		})
		w.check(err)
		w.sweep()
		if teams := w.account(ann).Desired.Teams; len(teams) != 1 || teams[0] != "West" {
			w.Fatalf("teams of ann at the portal: %v", teams)
		}
	})
}

func TestComputingAgainTellsNobodyOfATeam(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		w.pushAll("ann", "bob")
		w.deliver()
		wider := w.seats(6)
		w.sell(wider)
		if told := w.deliver(); told != 0 {
			w.Fatalf("the portal was told %d times of what had not changed", told)
		}
	})
}

// Whom the plan of going live names is seated by it, and is nobody that a guard counts,
// although something about them is still to be computed.
func TestGoingLiveSeatsThoseWhoAreDue(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, Owner: true}},
			Portals:     []usher.Portal{{Name: "new", Kind: "scim", Hard: true}},
		})
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{{Name: "adkar", Portal: "new", Seats: 9, Rule: "true"}},
			Guards: usher.Guards{Releases: usher.Limit{Min: 99}, ArmedFrom: 1}})
		r := w.pushAll("ann", "bob")
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
			return tx.MarkEveryoneDue(w.Context(), store.DuePerson{Why: "test", Caution: store.CautionGuard})
		}))
		portal, err := w.store.Look().PortalNamed(w.Context(), "new")
		w.check(err)
		w.check(w.ledger.GoLive(w.Context(), w.ann, portal.ID))
		w.sweep()
		w.want(r["ann"], usher.Invited)
		w.want(r["bob"], usher.Invited)
		if n := len(w.holds()); n != 0 {
			w.Fatalf("%d holds", n)
		}
	})
}
