package ledger_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// ownerOf is somebody who is signed in and an owner.
func ownerOf(p usher.Person) usher.Principal {
	return usher.Principal{Kind: usher.PrincipalPerson, Name: p.Address, Person: p.ID, Reason: "test", Rights: usher.Rights{Owner: true}}
}

// TestGivingRoles tries who may give what to whom.
func TestGivingRoles(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		ann, bob := w.person(s.people["ann"]), w.person(s.people["bob"])
		w.change(w.okta, s.people["cid"].ID, leaves)
		cid := w.person(s.people["cid"])
		adkar := w.subscription("adkar").ID
		silent := w.ann
		silent.Reason = ""
		for _, c := range []struct {
			name string
			by   usher.Principal
			give usher.RoleGrant
			want string // part of the error; empty: given
		}{
			{"an operator", w.ann, usher.RoleGrant{Person: ann.ID, Role: usher.RoleOwner}, ""},
			{"the same again", w.ann, usher.RoleGrant{Person: ann.ID, Role: usher.RoleOwner}, "conflict"},
			{"an owner", ownerOf(ann), usher.RoleGrant{Person: bob.ID, Role: usher.RoleSeatAdmin, Subscription: adkar}, ""},
			{"for all, besides", ownerOf(ann), usher.RoleGrant{Person: bob.ID, Role: usher.RoleSeatAdmin}, ""},
			{"an auditor", ownerOf(ann), usher.RoleGrant{Person: bob.ID, Role: usher.RoleAuditor}, ""},
			{"whoever is no owner", usher.Principal{Kind: usher.PrincipalPerson, Name: "bob", Person: bob.ID, Reason: "x", Rights: usher.Rights{AllSeats: true, Auditor: true, Manager: true}},
				usher.RoleGrant{Person: bob.ID, Role: usher.RoleOwner}, "by an owner"},
			{"a directory", w.okta, usher.RoleGrant{Person: bob.ID, Role: usher.RoleOwner}, "by an owner"},
			{"usher itself", usher.System("x"), usher.RoleGrant{Person: bob.ID, Role: usher.RoleOwner}, "by an owner"},
			{"a directory with rights that nobody gave it", usher.Principal{Kind: usher.PrincipalDirectory, Name: "okta", Reason: "x", Rights: usher.Rights{Owner: true}},
				usher.RoleGrant{Person: bob.ID, Role: usher.RoleOwner}, "by an owner"},
			{"without a reason", silent, usher.RoleGrant{Person: bob.ID, Role: usher.RoleOwner}, "reason"},
			{"to a leaver", w.ann, usher.RoleGrant{Person: cid.ID, Role: usher.RoleOwner}, "has no use for a role"},
			{"to nobody", w.ann, usher.RoleGrant{Person: "x", Role: usher.RoleOwner}, "not found"},
			{"a derived role", w.ann, usher.RoleGrant{Person: bob.ID, Role: usher.RoleManager}, "cannot be given"},
			{"everybody's role", w.ann, usher.RoleGrant{Person: bob.ID, Role: usher.RoleEmployee}, "cannot be given"},
			{"an owner of a subscription", w.ann, usher.RoleGrant{Person: bob.ID, Role: usher.RoleOwner, Subscription: adkar}, "seat_admin alone"},
			{"no such subscription", w.ann, usher.RoleGrant{Person: bob.ID, Role: usher.RoleSeatAdmin, Subscription: "x"}, "not found"},
		} {
			err := w.ledger.GrantRole(t.Context(), c.by, c.give)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
		}
		grants, err := w.store.Look().Grants(t.Context())
		w.check(err)
		if len(grants) != 4 || grants[0].Person != ann.ID || grants[0].By != "operator ann" || grants[0].Reason != "test" || grants[0].At == 0 || grants[1].By != "person ann@example.com" {
			t.Errorf("%+v", grants)
		}
		held, err := w.store.Look().HeldRoles(t.Context(), bob.ID)
		w.check(err)
		if len(held.Grants) != 3 || held.Reports || held.Addresses != nil {
			t.Errorf("%+v", held)
		}
	})
}

// TestSomebodyIsLeftAnOwner: the last owner is not taken, unless the configuration names another who is there.
func TestSomebodyIsLeftAnOwner(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		ann, bob := w.person(s.people["ann"]), w.person(s.people["bob"])
		owner := func(p usher.Person) usher.RoleGrant { return usher.RoleGrant{Person: p.ID, Role: usher.RoleOwner} }
		revoke := func(p usher.Person, named ...string) error {
			return w.ledger.RevokeRole(t.Context(), w.ann, owner(p), named)
		}
		w.check(w.ledger.GrantRole(t.Context(), w.ann, owner(ann)))
		if err := revoke(ann); !errors.Is(err, usher.ErrConflict) {
			t.Errorf("the last owner: %v", err)
		}
		if err := revoke(ann, "bob@example.com"); !errors.Is(err, usher.ErrConflict) {
			t.Errorf("the configuration names somebody who never signed in: %v", err)
		}
		if err := revoke(bob); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("what was not given: %v", err)
		}
		s.rule.RoleAddresses = []string{"bob@example.com"}
		_, _, err := s.signIn(as("s-bob", "bob@example.com"))
		w.check(err)
		if err := revoke(ann, "cid@example.com"); !errors.Is(err, usher.ErrConflict) {
			t.Errorf("bob's address gives another role: %v", err)
		}
		w.check(revoke(ann, "bob@example.com"))
		if err := w.ledger.UnbindRoles(t.Context(), w.ann, "bob@example.com", []string{"bob@example.com"}); !errors.Is(err, usher.ErrConflict) {
			t.Errorf("the last owner by the configuration: %v", err)
		}
		w.check(w.ledger.GrantRole(t.Context(), w.ann, owner(ann)))
		w.check(w.ledger.UnbindRoles(t.Context(), w.ann, "bob@example.com", []string{"bob@example.com"}))
		if err := w.ledger.UnbindRoles(t.Context(), w.ann, "bob@example.com", nil); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("unbound twice: %v", err)
		}
		w.check(w.ledger.GrantRole(t.Context(), w.ann, owner(bob)))
		w.change(w.okta, s.people["bob"].ID, leaves)
		if err := revoke(ann); !errors.Is(err, usher.ErrConflict) {
			t.Errorf("the other owner has left: %v", err)
		}
		w.check(revoke(bob)) // who has left is no owner any more
	})
}

// TestOwnersWhoTakeItFromEachOther: of two at once one is refused.
func TestOwnersWhoTakeItFromEachOther(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		ann, bob := w.person(s.people["ann"]), w.person(s.people["bob"])
		for range 10 {
			for _, p := range []usher.Person{ann, bob} {
				if err := w.ledger.GrantRole(t.Context(), w.ann, usher.RoleGrant{Person: p.ID, Role: usher.RoleOwner}); err != nil && !errors.Is(err, usher.ErrConflict) {
					t.Fatal(err)
				}
			}
			var both sync.WaitGroup
			errs := make([]error, 2)
			for i, p := range []usher.Person{ann, bob} {
				both.Go(func() {
					errs[i] = w.ledger.RevokeRole(t.Context(), ownerOf(p), usher.RoleGrant{Person: []usher.Person{bob, ann}[i].ID, Role: usher.RoleOwner}, nil)
				})
			}
			both.Wait()
			owners, err := w.store.Look().Owners(t.Context(), nil)
			w.check(err)
			if len(owners) != 1 || !errors.Is(errors.Join(errs...), usher.ErrConflict) {
				t.Fatalf("%d owners, %v", len(owners), errs)
			}
		}
	})
}

// TestRolesOfAnAddress tries who gets the roles that the configuration gives to boss@example.com. A directory
// can write that address into any record; only somebody for whom a provider vouches gets anything, and only once.
func TestRolesOfAnAddress(t *testing.T) {
	boss := func(a *usher.Attributes) {
		a.UserName = "boss@example.com"
		a.Emails = []usher.Email{{Value: "boss@example.com", Primary: true}}
	}
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		s.rule.RoleAddresses = []string{"boss@example.com"}
		holder := func() usher.ID {
			bound, err := w.store.Look().RoleAddresses(t.Context())
			w.check(err)
			if len(bound) == 0 {
				return ""
			}
			return bound[0].Person
		}
		step := func(name string, want usher.ID) {
			t.Helper()
			if got := holder(); got != want {
				t.Fatalf("%s: the roles are %q's, want %q's", name, got, want)
			}
		}
		must := func(in usher.SignedIn) {
			t.Helper()
			if _, _, err := s.signIn(in); err != nil {
				t.Fatal(err)
			}
		}
		bob, cid := w.person(s.people["bob"]), w.person(s.people["cid"])
		w.change(w.okta, s.people["bob"].ID, boss)
		step("a directory renames bob to the address", "")
		must(usher.SignedIn{Subject: "x-bob", Address: "bob@example.com", AddressVerified: true})
		step("bob signs in, whom the provider calls bob", "")
		must(usher.SignedIn{Subject: "x-bob", Address: "boss@example.com"})
		step("the provider says the address and does not vouch for it", "")
		must(usher.SignedIn{Subject: "x-bob", UPN: "boss@example.com"})
		step("a UPN that anybody can write", "")
		s.rule.Domains = []string{"example.org"}
		must(as("x-bob", "boss@example.com"))
		step("a provider that may not speak for the domain", "")
		s.rule.Domains = []string{"example.com"}
		must(as("x-cid", "boss@example.com"))
		step("cid, of whom the provider says it and the directory does not", "")
		must(as("x-bob", "Boss@Example.com"))
		step("both agree", bob.ID)
		w.change(w.okta, s.people["bob"].ID, func(a *usher.Attributes) { a.UserName, a.Emails = "bob2@example.com", nil })
		step("bob is renamed", bob.ID)
		w.change(w.okta, s.people["cid"].ID, boss)
		must(as("x-cid", "boss@example.com"))
		step("cid is renamed to it afterwards, and the provider agrees", bob.ID)
		w.change(w.okta, s.people["bob"].ID, leaves)
		must(as("x-cid", "boss@example.com"))
		step("bob has left", bob.ID)
		if held, err := w.store.Look().HeldRoles(t.Context(), cid.ID); err != nil || held.Addresses != nil {
			t.Errorf("%+v, %v", held, err)
		}
	})
}

// TestRolesOfANewcomer: a provider alone makes nobody an owner, whatever address it names and however somebody comes. Once a
// directory, or an admin, says that they belong here, both agree.
func TestRolesOfANewcomer(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		s.rule.RoleAddresses = []string{"boss@example.com", "chief@example.com"}
		holders := func() int {
			bound, err := w.store.Look().RoleAddresses(t.Context())
			w.check(err)
			return len(bound)
		}
		first := func(name string) usher.Person {
			p, _, err := s.signIn(as("s-"+name, name+"@example.com"))
			w.check(err)
			return p
		}
		code, _ := w.link(5, "adkar")
		s.rule.Join = usher.JoinHashOf("/join/" + code)
		first("boss")
		s.rule.Join, s.rule.Newcomers = "", true
		chief := first("chief")
		first("boss")
		if n := holders(); n != 0 {
			t.Errorf("nobody but the provider knows them, and %d addresses are theirs", n)
		}
		owner := usher.RoleGrant{Person: chief.ID, Role: usher.RoleOwner}
		if err := w.ledger.GrantRole(w.Context(), w.ann, owner); !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), "unconfirmed") {
			t.Errorf("a role for a newcomer: %v", err)
		}
		w.push(user("boss"))
		first("boss")
		w.check(w.ledger.ConfirmNewcomer(w.Context(), w.ann, chief.ID))
		first("chief")
		if n := holders(); n != 2 {
			t.Errorf("they belong here, and %d addresses are theirs", n)
		}
		w.check(w.ledger.GrantRole(w.Context(), w.ann, owner))
	})
}

// TestLoginLink tries links that are over, and that of two replicas one uses a link.
func TestLoginLink(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		w := newWorld(t, place)
		s := newSignIns(w)
		ann := w.person(s.people["ann"])
		link := func(hash string, owner bool) {
			t.Helper()
			made, err := w.ledger.MakeLoginLink(t.Context(), w.ann, usher.LoginLink{Hash: hash, Person: ann.ID, Owner: owner})
			w.check(err)
			if made.ExpiresAt != usher.TimeOf(w.clock.now()).Add(10*time.Minute) || made.MadeBy != "ann" {
				t.Errorf("%+v", made)
			}
		}
		link("a", false)
		p, session, err := w.ledger.SignInByLink(t.Context(), "a", s.session())
		w.check(err)
		if p.ID != ann.ID || session.Owner || session.Connection != "" || session.ExpiresAt != session.StartedAt.Add(time.Hour) || session.AuthenticatedAt != session.StartedAt {
			t.Errorf("%+v", session)
		}
		w.clock.add(time.Second)
		link("b", true)
		_, session, err = w.ledger.SignInByLink(t.Context(), "b", s.session())
		w.check(err)
		if kept, err := w.store.Look().SessionByHash(t.Context(), session.Hash); err != nil || !kept.Owner {
			t.Errorf("%+v, %v", kept, err)
		}
		link("old", false)
		w.clock.add(10 * time.Minute)
		for _, hash := range []string{"a", "b", "old", "none", ""} {
			if _, _, err := w.ledger.SignInByLink(t.Context(), hash, s.session()); !errors.Is(err, usher.ErrNotFound) {
				t.Errorf("link %q: %v", hash, err)
			}
		}
		link("race", false)
		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			session := usher.Session{Hash: w.Name() + string(rune('a'+i)), ExpiresAt: usher.TimeOf(w.clock.now()).Add(time.Hour)}
			all.Go(func() {
				_, _, errs[i] = ledger.New(w.store, ledger.Options{}).SignInByLink(t.Context(), "race", session)
			})
		}
		all.Wait()
		if n := len(slices.DeleteFunc(errs, func(err error) bool { return errors.Is(err, usher.ErrNotFound) })); n != 1 {
			t.Errorf("%d used one link", n)
		}
		link("leaver", true)
		w.change(w.okta, s.people["ann"].ID, leaves)
		var no *usher.SignInRefusedError
		if _, _, err := w.ledger.SignInByLink(t.Context(), "leaver", s.session()); !errors.As(err, &no) || no.Code != usher.RefusedInactive {
			t.Errorf("a leaver: %v", err)
		}
		for name, by := range map[string]usher.Principal{"for a leaver": w.ann, "by an owner": ownerOf(ann), "by a directory": w.okta} {
			if _, err := w.ledger.MakeLoginLink(t.Context(), by, usher.LoginLink{Hash: name, Person: ann.ID}); !errors.Is(err, usher.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		made, used, err := w.store.Look().CountLoginLinks(t.Context(), 0)
		if err != nil || made != 5 || used != 3 {
			t.Errorf("%d made, %d used, %v", made, used, err)
		}
		w.clock.add(time.Hour)
		w.check(w.store.DropOldLoginLinks(t.Context(), time.Minute))
		if made, _, err = w.store.Look().CountLoginLinks(t.Context(), 0); err != nil || made != 0 {
			t.Errorf("%d are left, %v", made, err)
		}
	})
}

// TestTheLastOwnerLeaves: nothing keeps a leaver, and whoever wants to know hears of it.
func TestTheLastOwnerLeaves(t *testing.T) {
	eachWorld(t, func(w *world) {
		left := 0
		w.ledger = ledger.New(w.store, ledger.Options{OnOwnerLeft: func() { left++ }})
		people := w.pushAll("ann", "bob", "cid")
		gone := func() bool {
			g, err := w.ledger.OwnersGone(t.Context(), []string{"cid@example.com"})
			w.check(err)
			return g
		}
		if gone() {
			t.Error("nobody was an owner, and they are gone")
		}
		w.check(w.ledger.GrantRole(t.Context(), w.ann, usher.RoleGrant{Person: w.person(people["ann"]).ID, Role: usher.RoleOwner}))
		w.change(w.okta, people["bob"].ID, leaves)
		if left != 0 || gone() {
			t.Errorf("bob is no owner: %d, %v", left, gone())
		}
		w.change(w.okta, people["ann"].ID, leaves)
		if left != 1 || !gone() {
			t.Errorf("the last owner has left: %d, %v", left, gone())
		}
		w.change(w.okta, people["ann"].ID, returns)
		if gone() {
			t.Error("the owner is back")
		}
	})
}
