package ledger_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// filing makes learning a portal that takes files, with the given profile.
func (w *world) filing(hard bool, profile usher.Profile) {
	w.Helper()
	profile.Whole = true
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
		Portals:     []usher.Portal{{Name: "learning", Kind: "worklist", Live: true, Hard: hard, Profile: profile}},
	})
	w.sweep()
}

// known is a record's account at learning; a blank one where there is none.
func (w *world) known(r usher.Record) usher.Account {
	w.Helper()
	a, err := w.store.Look().AccountOf(w.Context(), w.portal().ID, usher.AccountPerson, w.person(r).ID)
	if errors.Is(err, usher.ErrNotFound) {
		return usher.Account{}
	}
	w.check(err)
	return a
}

// desired is what learning should hold for a record's person; nothing: a blank one.
func (w *world) desired(r usher.Record) usher.Desired {
	w.Helper()
	if d := w.known(r).Desired; d != nil {
		return *d
	}
	return usher.Desired{}
}

// carryAll plays a person who carries every change to the portal, and an export that shows it.
func (w *world) carryAll() int {
	w.Helper()
	told := 0
	for {
		work, err := w.ledger.Begin(w.Context(), w.lease, w.portal().ID, 50, time.Minute)
		w.check(err)
		if len(work) == 0 {
			return told
		}
		for _, one := range work {
			told++
			d := one.Change.Desired
			seen := usher.Seen{RemoteID: d.Address, Active: d.Active, Address: d.Address, Subscriptions: d.Subscriptions, Admin: new(d.Admin), Values: d.Values}
			o := usher.Outcome{Result: usher.Done, Wrote: true, RemoteID: d.Address, Seen: &seen}
			w.check(w.ledger.Acknowledge(w.Context(), w.lease, one, o, time.Minute))
		}
		w.sweep()
	}
}

// shown has learning show accounts, as an export does.
func (w *world) shown(seen ...usher.Seen) {
	w.Helper()
	w.check(w.ledger.Observe(w.Context(), w.lease, w.portal().ID, usher.AccountPerson, seen))
	w.sweep()
}

func in(department, country string) func(*usher.Attributes) {
	return func(a *usher.Attributes) { a.Department, a.Country = department, country }
}

// A changed profile counts at once, for everybody who has an account there.
func TestProfileIsTakenUp(t *testing.T) {
	eachWorld(t, func(w *world) {
		sub := w.seats(5)
		sub.Rule = `department != ""`
		w.sell(sub)
		w.filing(true, usher.Profile{})
		ann, bob := w.push(user("ann", in("Sales", "DE"))), w.push(user("bob", in("Quality", "")))
		w.carryAll()
		if d := w.desired(ann); d.Values != nil || d.Unmapped != nil {
			t.Fatalf("values without columns: %+v", d)
		}
		columns := []usher.Column{{Name: "Region", From: "country"}, {Name: "Functional Area", From: "department", Values: map[string]string{"Sales": "Selling"}}}
		w.filing(true, usher.Profile{Columns: columns})
		if d := w.desired(ann); d.Values["Region"] != "DE" || d.Values["Functional Area"] != "Selling" || d.Unmapped != nil {
			t.Errorf("ann: %+v", d)
		}
		if d := w.desired(bob); len(d.Values) != 0 || !slices.Equal(d.Unmapped, []string{`Functional Area: nothing for department "Quality"`}) {
			t.Errorf("bob: %+v", d)
		}
		w.carryAll()
		w.filing(true, usher.Profile{Columns: slices.Clone(columns)})
		if n, _, err := w.store.Look().CountBehind(w.Context(), w.portal().ID); n != 0 || err != nil {
			t.Errorf("the same profile made %d accounts due, %v", n, err)
		}
		columns[1].Values = map[string]string{"Sales": "Selling", "quality": "Quality control"}
		w.filing(true, usher.Profile{Columns: columns})
		if d := w.desired(bob); d.Values["Functional Area"] != "Quality control" || d.Unmapped != nil {
			t.Errorf("bob, mapped: %+v", d)
		}
		w.change(w.okta, bob.ID, in("Sales", "FR"))
		if d := w.desired(bob); d.Values["Functional Area"] != "Selling" || d.Values["Region"] != "FR" {
			t.Errorf("bob, moved: %+v", d)
		}
		w.sound()
	})
}

// A correction wins over the directories until it is cleared, whatever they push.
func TestCorrections(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		w.filing(true, usher.Profile{Columns: []usher.Column{{Name: "Functional Area", From: "department", Values: map[string]string{"Office": "Other"}}}})
		ann := w.push(user("ann", func(a *usher.Attributes) { a.GivenName, a.FamilyName = "Ann", "Smith" }))
		if d := w.desired(ann); len(d.Unmapped) != 1 {
			t.Fatalf("%+v", d)
		}
		id := w.person(ann).ID
		correct := func(column, value string) error {
			return w.ledger.Correct(w.Context(), w.ann, w.portal().ID, id, column, value)
		}
		w.check(correct("functional area", "Sales"))
		w.check(correct("First Name", "Anne"))
		want := func(when string) {
			t.Helper()
			if d := w.desired(ann); d.Values["Functional Area"] != "Sales" || d.Unmapped != nil || d.GivenName != "Anne" || d.DisplayName != "Anne Smith" {
				t.Errorf("%s: %+v", when, d)
			}
		}
		want("at once")
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Title = "Head" })
		w.later(30 * time.Minute)
		want("after a push")
		w.filing(true, usher.Profile{Columns: []usher.Column{{Name: "Functional Area", From: "department"}}})
		want("after a new profile")

		for column, value := range map[string]string{"Region": "DE", "functional area": " ", "last name": "a\nb"} {
			if err := correct(column, value); !errors.Is(err, usher.ErrInvalid) {
				t.Errorf("%s %q: %v", column, value, err)
			}
		}
		list, err := w.ledger.Corrections(w.Context(), w.portal().ID)
		w.check(err)
		if len(list) != 2 || list[0].Source != "Sales" || !list[0].Stale || list[1].Source != "Ann" || list[1].Stale || list[1].By != "ann" || list[1].Reason != "test" {
			t.Errorf("listed: %+v", list)
		}
		text, err := w.ledger.Explain(w.Context(), "ann@example.com")
		w.check(err)
		if notes := strings.Join(text.Portals[0].Notes, "\n"); !strings.Contains(notes, `first name is "Anne" by a correction of ann`) {
			t.Errorf("explained: %s", notes)
		}
		w.check(w.ledger.ClearCorrection(w.Context(), w.ann, w.portal().ID, id, "FIRST name"))
		if err := w.ledger.ClearCorrection(w.Context(), w.ann, w.portal().ID, id, "first name"); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("cleared twice: %v", err)
		}
		if d := w.desired(ann); d.GivenName != "Ann" {
			t.Errorf("cleared: %+v", d)
		}
		w.sound()
	})
}

// A portal that is told by an interface takes no corrections: the directory is mended.
func TestCorrectionsNeedFiles(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		ann := w.push(user("ann"))
		if err := w.ledger.Correct(w.Context(), w.ann, w.portal().ID, w.person(ann).ID, "first name", "Anne"); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	})
}

// A manager and her reports go in the same file: she need not be there yet. One who is to
// have no account leaves the column blank and gets none.
func TestManagersOfFiles(t *testing.T) {
	eachWorld(t, func(w *world) {
		sub := w.seats(5)
		sub.Rule = `title != "Boss"`
		w.sell(sub)
		w.filing(true, usher.Profile{})
		reports := func(to string) func(*usher.Attributes) {
			return func(a *usher.Attributes) { a.Manager = to + "@example.com" }
		}
		bob := w.push(user("bob", reports("ann"))) // comes before the manager
		ann := w.push(user("ann", reports("zoe")))
		zoe := w.push(user("zoe", func(a *usher.Attributes) { a.Title = "Boss" }))
		w.sweep()
		if d := w.desired(bob); d.Manager != w.person(ann).ID {
			t.Errorf("bob's manager is to be in the same file: %+v", d)
		}
		if d := w.desired(ann); d.Manager != "" || w.known(zoe).ID != "" || w.seat(zoe) != "" {
			t.Errorf("a manager without a seat: %+v", d)
		}
		w.change(w.okta, zoe.ID, func(a *usher.Attributes) { a.Title = "Chief" })
		w.sweep()
		if d := w.desired(ann); d.Manager != w.person(zoe).ID {
			t.Errorf("the manager became wanted: %+v", d)
		}
		w.change(w.okta, zoe.ID, func(a *usher.Attributes) { a.Title = "Boss" }) // before anybody told the portal
		w.later(time.Hour)
		if d := w.desired(ann); d.Manager != "" || w.seat(zoe) != "" {
			t.Errorf("the manager is wanted no longer: %+v, seat %q", d, w.seat(zoe))
		}
		w.sound()
	})
}

// Declared admins have an account without a seat where they take none; the last who is there
// stays until another one is.
func TestAdminsWithoutSeats(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		w.filing(true, usher.Profile{Admins: []string{"ANN@example.com", "bob.alias@example.com"}})
		ann, bob := w.push(user("ann", in("Office", ""))), w.push(user("bob", in("Office", "")))
		eve := w.push(user("eve"))
		isAdmin := func(r usher.Record, want bool) {
			t.Helper()
			if d := w.desired(r); d.Admin != want || want && !d.Active {
				t.Errorf("%s: admin %v wanted, got %+v", r.Attributes.DisplayName, want, d)
			}
		}
		isAdmin(ann, true)
		isAdmin(bob, false)
		isAdmin(eve, false)
		if w.seat(ann) != "" || len(w.desired(ann).Subscriptions) != 0 {
			t.Errorf("an admin took a seat: %+v", w.desired(ann))
		}
		w.carryAll()
		w.change(w.okta, ann.ID, leaves)
		w.later(20 * time.Minute)
		isAdmin(ann, true)
		text, err := w.ledger.Explain(w.Context(), "ann@example.com")
		w.check(err)
		if notes := strings.Join(text.Portals[0].Notes, ""); !strings.HasPrefix(notes, "kept as the last admin of portal learning") {
			t.Errorf("explained: %q", notes)
		}
		kept, err := w.ledger.KeptAdmins(w.Context(), w.portal().ID)
		if err != nil || len(kept) != 1 || kept[0].ID != w.person(ann).ID {
			t.Errorf("kept: %+v, %v", kept, err)
		}
		w.check(w.ledger.AddAlias(w.Context(), w.ann, w.person(bob).ID, "bob.alias@example.com"))
		w.sweep()
		isAdmin(bob, true)
		isAdmin(ann, true) // bob is not there yet
		w.sound()
		w.carryAll()
		isAdmin(ann, false)
		if d := w.desired(ann); d.Active || w.known(ann).Seen.Active {
			t.Errorf("ann was not closed once bob was there: %+v", d)
		}
		w.change(w.okta, bob.ID, leaves)
		w.sweep()
		isAdmin(bob, true)
		w.sound()
	})
}

// Where an admin takes a seat, being declared gives none, and the last one's is not released.
func TestAdminsWithSeats(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		w.filing(true, usher.Profile{Admins: []string{"ann@example.com", "bob@example.com"}, AdminSeats: true})
		ann, bob := w.push(user("ann")), w.push(user("bob", in("Office", "")))
		w.carryAll()
		if !w.desired(ann).Admin || w.known(bob).Desired != nil {
			t.Fatalf("ann %+v, bob %+v", w.desired(ann), w.desired(bob))
		}
		w.change(w.okta, ann.ID, leaves)
		w.later(20 * time.Minute)
		w.want(ann, usher.Active)
		sub := w.subscription("adkar")
		if err := w.ledger.Release(w.Context(), w.ann, sub.ID, w.person(ann).ID); !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), "last admin") {
			t.Errorf("released by hand: %v", err)
		}
		w.check(w.ledger.Withhold(w.Context(), w.ann, sub.ID, w.person(ann).ID, 0))
		w.want(ann, usher.Active)
		if told := w.carryAll(); told != 0 {
			t.Errorf("the portal was told %d times", told)
		}
		w.sound()
		w.change(w.okta, bob.ID, in("Sales", ""))
		w.want(ann, usher.Active)
		w.carryAll() // bob is there now
		w.later(20 * time.Minute)
		w.carryAll()
		w.want(ann, "")
		if d := w.desired(ann); d.Active || d.Admin {
			t.Errorf("ann: %+v", d)
		}
		w.sound()
	})
}

// While nobody who is declared is there, whoever is an admin at the portal stays one.
func TestAdminsNobodyDeclaredStayUntilOneIs(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		w.filing(true, usher.Profile{})
		eve := w.push(user("eve"))
		w.shown(usher.Seen{RemoteID: "Eve@example.com", Active: true, Address: "Eve@example.com", Admin: new(true), Subscriptions: []string{"adkar"}})
		w.carryAll()
		if d := w.desired(eve); !d.Admin {
			t.Fatalf("the only admin is to be none: %+v", d)
		}
		w.filing(true, usher.Profile{Admins: []string{"ann@example.com"}})
		ann := w.push(user("ann", in("Office", "")))
		w.sweep()
		if d := w.desired(eve); !d.Admin || !w.desired(ann).Admin {
			t.Fatalf("ann is not there yet: %+v", d)
		}
		w.carryAll()
		if d := w.desired(eve); d.Admin || !d.Active {
			t.Errorf("eve, now that ann is there: %+v", d)
		}
		w.sound()
	})
}

// Nobody is told to a portal that usher only observes; going live does it.
func TestAdminsWaitForThePortal(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
			Portals:     []usher.Portal{{Name: "quiet", Kind: "worklist", Hard: true, Profile: usher.Profile{Whole: true, Admins: []string{"ann@example.com"}}}},
		})
		ann := w.push(user("ann", in("Office", "")))
		quiet, err := w.store.Look().PortalNamed(w.Context(), "quiet")
		w.check(err)
		there := func() bool {
			a, err := w.store.Look().AccountOf(w.Context(), quiet.ID, usher.AccountPerson, w.person(ann).ID)
			return err == nil && a.Desired != nil && a.Desired.Admin
		}
		w.sweep()
		if there() {
			t.Error("an account is wanted before the portal is live")
		}
		w.check(w.ledger.GoLive(w.Context(), w.ann, quiet.ID))
		if !there() {
			t.Error("no account is wanted at the live portal")
		}
	})
}
