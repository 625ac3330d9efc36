package ledger_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

func (w *world) merges(keep, gone usher.ID) usher.PeopleChange {
	w.Helper()
	before := w.events()
	preview, err := w.ledger.PreviewMerge(w.Context(), w.ann, keep, gone)
	w.check(err)
	if w.events() != before {
		w.Fatal("a preview left events")
	}
	made, err := w.ledger.MergePeople(w.Context(), w.ann, keep, gone)
	w.check(err)
	w.same(preview, made)
	w.sweep()
	w.seal()
	w.sound()
	return made
}

func (w *world) splits(person usher.ID, records ...usher.Record) usher.PeopleChange {
	w.Helper()
	var chosen []usher.ID
	for _, r := range records {
		chosen = append(chosen, r.ID)
	}
	preview, err := w.ledger.PreviewSplit(w.Context(), w.ann, person, chosen...)
	w.check(err)
	made, err := w.ledger.SplitPerson(w.Context(), w.ann, person, chosen...)
	w.check(err)
	like := made
	if preview.After.Other.ID == "" {
		like.After.Other.ID = ""
	}
	w.same(preview, like)
	w.sweep()
	w.seal()
	w.sound()
	return made
}

func (w *world) same(preview, made usher.PeopleChange) {
	w.Helper()
	a, err := json.Marshal(preview)
	w.check(err)
	b, err := json.Marshal(made)
	w.check(err)
	if string(a) != string(b) {
		w.Errorf("the preview said\n%s\nand the deed was\n%s", a, b)
	}
}

// refuses: the preview and the deed refuse alike, in words.
func (w *world) refuses(by usher.Principal, keep, gone usher.ID, words string) {
	w.Helper()
	_, first := w.ledger.PreviewMerge(w.Context(), by, keep, gone)
	_, second := w.ledger.MergePeople(w.Context(), by, keep, gone)
	for _, err := range []error{first, second} {
		var invalid *usher.InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), words) {
			w.Errorf("refused with %v, want %q", err, words)
		}
	}
}

// elsewhere is somebody whom the directory hr knows by another address.
func (w *world) elsewhere(hr usher.Principal, name string) usher.Record {
	w.Helper()
	made, err := w.ledger.CreateRecord(w.Context(), hr, user(name+".hr", func(a *usher.Attributes) { a.DisplayName = name }))
	w.check(err)
	return made
}

// Two people with a seat each at a hard portal are one: one seat stays, the other is free once the portal has closed the second
// account, and only then somebody else gets it.
func TestMergeReleasesTheSecondSeat(t *testing.T) {
	eachWorld(t, func(w *world) {
		hr := w.withHR(1)
		w.sell(w.seats(2))
		ann := w.push(user("ann"))
		other := w.elsewhere(hr, "ann")
		bob := w.push(user("bob"))
		w.deliver()
		w.want(ann, usher.Active)
		w.want(other, usher.Active)
		w.want(bob, usher.Queued)
		keep, gone := w.person(ann).ID, w.person(other).ID

		made := w.merges(keep, gone)
		if w.person(other).ID != keep {
			t.Fatal("the record is not that of who stays")
		}
		w.want(ann, usher.Active)
		w.want(bob, usher.Queued)
		s, err := w.liveSeat("adkar", gone)
		w.check(err)
		if s.State != usher.Releasing || w.subscription("adkar").Used != 2 {
			t.Fatalf("the second seat is %s, and %d are used", s.State, w.subscription("adkar").Used)
		}
		if !slices.ContainsFunc(made.Notes, func(n string) bool { return strings.HasPrefix(n, "Both have an account at learning") }) {
			t.Errorf("notes: %q", made.Notes)
		}
		w.deliver()
		if _, err := w.liveSeat("adkar", gone); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("the second seat is there: %v", err)
		}
		w.want(bob, usher.Active)
		w.want(ann, usher.Active)
		w.sound()

		// Old links and addresses lead on.
		for _, who := range []string{string(gone), "ann.hr@example.com", "ann@example.com"} {
			e, err := w.ledger.Explain(w.Context(), who)
			w.check(err)
			if e.Person == nil || e.Person.ID != keep {
				t.Errorf("%s means %+v", who, e.Person)
			}
		}
		e, err := w.ledger.Explain(w.Context(), string(gone))
		w.check(err)
		if !strings.Contains(e.FoundBy, "merged") || !slices.ContainsFunc(e.Events, func(e ledger.ExplainedEvent) bool { return e.Kind == string(usher.EventPersonMerged) }) {
			t.Errorf("found by %q, events %+v", e.FoundBy, e.Events)
		}
		w.mergedIsOne(keep, gone)
		list, err := w.ledger.People(w.Context(), usher.PeopleQuery{State: usher.PeopleAll, Limit: 10})
		w.check(err)
		if len(list.Items) != 2 {
			t.Errorf("%d people are listed", len(list.Items))
		}
	})
}

// mergedIsOne wants a search to find the one who stayed alone, and their timeline to tell of both, in parts and without a gap.
func (w *world) mergedIsOne(keep, gone usher.ID) {
	w.Helper()
	found, err := w.ledger.FindPeople(w.Context(), usher.PeopleSearch{Find: "ann", State: usher.PeopleAll, Limit: 10, By: usher.Rights{Owner: true}})
	w.check(err)
	if len(found.People) != 1 || found.Count != 1 || found.People[0].ID != keep {
		w.Errorf("ann is found as %+v", found.People)
	}
	of := map[usher.ID]int{}
	seen := map[usher.ID]bool{}
	for before := ""; ; {
		part, err := w.ledger.PersonEvents(w.Context(), usher.Rights{Owner: true}, keep, before, 3)
		w.check(err)
		for _, e := range part.Events {
			if seen[e.ID] {
				w.Errorf("%s is told twice", e.ID)
			}
			of[e.Person]++
			seen[e.ID] = true
		}
		if before = part.Next; before == "" {
			break
		}
	}
	for _, id := range []usher.ID{keep, gone} {
		all, err := w.store.Look().Events(w.Context(), store.EventQuery{Person: id, Limit: 1000})
		w.check(err)
		if len(all) == 0 || of[id] != len(all) {
			w.Errorf("%d of the %d events of %s are told", of[id], len(all), id)
		}
	}
}

// What directories say afterwards changes nothing of whose the records are.
func TestMergedRecordsStayWhenTheyArePushedAgain(t *testing.T) {
	eachWorld(t, func(w *world) {
		hr := w.withHR(1)
		w.sell(w.seats(5))
		ann, other := w.push(user("ann")), w.elsewhere(hr, "ann")
		keep, gone := w.person(ann).ID, w.person(other).ID
		w.merges(keep, gone)
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Title = "Lead" })
		w.change(hr, other.ID, func(a *usher.Attributes) { a.Department = "R&D" })
		w.check(w.ledger.DeleteRecord(w.Context(), hr, other.ID, func(usher.Record) error { return nil }))
		again := w.elsewhere(hr, "ann")
		w.change(hr, again.ID, func(a *usher.Attributes) { a.UserName, a.Emails[0].Value = "anna@example.com", "anna@example.com" })
		if w.person(ann).ID != keep || w.person(again).ID != keep {
			t.Error("they are two again")
		}
		w.wantConflicts()

		made := w.splits(keep, other, again)
		if w.person(ann).ID != keep || w.person(again).ID != made.After.Other.ID {
			t.Fatal("the records are not where the human put them")
		}
		w.change(hr, again.ID, func(a *usher.Attributes) { a.Title = "Chief" })
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Title = "Chief" })
		// Even with the address of the other one.
		w.change(hr, again.ID, func(a *usher.Attributes) { a.UserName, a.Emails[0].Value = "ann@example.com", "ann@example.com" })
		w.wantConflicts(usher.ConflictTaken)
		if w.person(ann).ID != keep || w.person(again).ID != made.After.Other.ID {
			t.Fatal("the records are one's again")
		}
		w.change(hr, again.ID, func(a *usher.Attributes) { a.UserName, a.Emails[0].Value = "anna@example.com", "anna@example.com" })
		w.wantConflicts()
	})
}

// A split gives back what a merge took: the person, what they decided and sign in by, and their account and seat.
func TestSplitUndoesAMerge(t *testing.T) {
	eachWorld(t, func(w *world) {
		hr := w.withHR(1)
		w.sell(w.seats(3), ledger.SubscriptionPolicy{Name: "coaching", Portal: "learning", Seats: 3, Rule: `title == "Head"`})
		ann, other := w.push(user("ann")), w.elsewhere(hr, "ann")
		w.deliver()
		keep, gone := w.person(ann).ID, w.person(other).ID
		coaching := w.subscription("coaching").ID
		w.check(w.ledger.Grant(w.Context(), w.ann, coaching, gone, 0))
		w.check(w.ledger.LinkSubject(w.Context(), w.ann, gone, "office", "s-1"))
		w.deliver()
		before := w.merges(keep, gone).Before
		after := w.image(keep)
		if len(after.Decisions) != 1 || len(after.SignIns) != 1 || len(after.Seats) != 2 {
			t.Fatalf("who stays has %+v", after)
		}
		w.deliver()
		w.sweep()
		made := w.splits(keep, other)
		if made.After.Other.ID != gone {
			t.Fatal("somebody else came of it")
		}
		w.deliver()
		if now := w.image(gone); now.State != "active" || !slices.Equal(now.Identifiers, before.Other.Identifiers) ||
			!slices.Equal(now.Decisions, before.Other.Decisions) || !slices.Equal(now.SignIns, before.Other.SignIns) || len(now.Seats) != 2 {
			t.Errorf("before:\n%+v\nnow:\n%+v", before.Other, now)
		}
		if now := w.image(keep); now.State != "active" || !slices.Equal(now.Identifiers, before.Kept.Identifiers) || len(now.Seats) != 1 {
			t.Errorf("before:\n%+v\nnow:\n%+v", before.Kept, now)
		}
		w.seal()
		w.sound()
	})
}

func (w *world) image(person usher.ID) usher.PersonImage {
	w.Helper()
	i, err := w.ledger.PersonImage(w.Context(), person)
	w.check(err)
	return i
}

func TestMergeTakesTheBetterPlace(t *testing.T) {
	eachWorld(t, func(w *world) {
		hr := w.withHR(1)
		w.sell(w.seats(1))
		boss := w.push(user("boss"))
		w.clock.add(time.Second)
		first := w.elsewhere(hr, "ann")
		w.clock.add(time.Second)
		bob := w.push(user("bob"))
		w.clock.add(time.Second)
		ann := w.push(user("ann"))
		w.deliver()
		w.merges(w.person(ann).ID, w.person(first).ID)
		w.change(w.okta, boss.ID, leaves)
		w.deliver()
		w.want(ann, usher.Active) // her other place was ahead of bob's
		w.want(bob, usher.Queued)
	})
}

// Of two accounts of which each has a seat that the other lacks one is closed, and the seat that it had is kept for the one person.
func TestMergeOfSeatsThatCross(t *testing.T) {
	eachWorld(t, func(w *world) {
		hr := w.withHR(3) // her address is that of okta
		w.sell(w.seats(9), ledger.SubscriptionPolicy{Name: "coaching", Portal: "learning", Seats: 1})
		ann, other := w.push(user("ann")), w.elsewhere(hr, "ann")
		bob := w.push(user("bob"))
		keep, gone, coaching := w.person(ann).ID, w.person(other).ID, w.subscription("coaching").ID
		w.check(w.ledger.Grant(w.Context(), w.ann, coaching, gone, 0))
		w.check(w.ledger.Grant(w.Context(), w.ann, coaching, w.person(bob).ID, 0))
		w.deliver()
		if s := w.seatIn("coaching", bob); s != usher.Queued {
			t.Fatalf("bob's seat is %q", s)
		}
		w.merges(keep, gone)
		if s := w.seatIn("coaching", ann); s != usher.Queued {
			t.Errorf("ann's seat is %q while her other account has it", s)
		}
		if used := w.subscription("coaching").Used; used != 1 {
			t.Errorf("%d of 1 seats are used", used)
		}
		w.deliver()
		if s := w.seatIn("coaching", ann); s != usher.Active {
			t.Errorf("ann's seat is %q", s)
		}
		if s := w.seatIn("coaching", bob); s != usher.Queued {
			t.Errorf("bob's seat is %q: it was ann's", s)
		}
		w.sound()
	})
}

func TestMergeRefuses(t *testing.T) {
	eachWorld(t, func(w *world) {
		hr := w.withHR(1)
		w.sell(w.seats(5))
		r := w.pushAll("ann", "bob")
		other := w.elsewhere(hr, "ann")
		ann, bob, third := w.person(r["ann"]).ID, w.person(r["bob"]).ID, w.person(other).ID
		w.refuses(w.ann, ann, ann, "the same one twice")
		w.refuses(w.ann, ann, bob, "okta knows them as two people")
		if _, err := w.ledger.MergePeople(w.Context(), w.ann, ann, "nobody"); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("with nobody: %v", err)
		}
		w.check(w.ledger.GrantRole(w.Context(), w.ann, usher.RoleGrant{Person: ann, Role: usher.RoleOwner}))
		admin := usher.Principal{Kind: usher.PrincipalPerson, Name: "cy", Person: bob, Reason: "test"}
		w.refuses(admin, ann, third, "has roles at usher")
		w.refuses(admin, third, ann, "has roles at usher")
		w.change(w.okta, r["bob"].ID, leaves)
		w.merges(bob, ann) // one of the two is there
		if held, err := w.store.Look().HeldRoles(w.Context(), bob); err != nil || len(held.Grants) != 1 {
			t.Errorf("roles of who stays: %+v, %v", held, err)
		}
		w.refuses(w.ann, third, ann, "was merged into person")
		w.refuses(w.ann, ann, third, "was merged into person")
		if err := w.ledger.Grant(w.Context(), w.ann, w.subscription("adkar").ID, ann, 0); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("a pin of who was merged: %v", err)
		}
	})
}

func TestSplitRefuses(t *testing.T) {
	eachWorld(t, func(w *world) {
		hr := w.withHR(1)
		w.sell(w.seats(5))
		ann := w.push(user("ann"))
		twin, err := w.ledger.CreateRecord(w.Context(), hr, user("ann")) // the same address: one person
		w.check(err)
		bob := w.push(user("bob"))
		person := w.person(ann).ID
		for words, chosen := range map[string][]usher.ID{
			"is missing":                      nil,
			"is none of this person's":        {bob.ID},
			"has to be left":                  {ann.ID, twin.ID},
			"is the same in two of the recor": {twin.ID},
		} {
			_, first := w.ledger.PreviewSplit(w.Context(), w.ann, person, chosen...)
			_, second := w.ledger.SplitPerson(w.Context(), w.ann, person, chosen...)
			for _, err := range []error{first, second} {
				if !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), words) {
					t.Errorf("%q: %v", words, err)
				}
			}
		}
	})
}

// Somebody whom two people's identifiers claimed is theirs who are one now.
func TestMergeAnswersWhoseARecordIs(t *testing.T) {
	eachWorld(t, func(w *world) {
		hr := w.withHR(3)
		w.sell(w.seats(5))
		ann := w.push(user("ann", func(a *usher.Attributes) { a.EmployeeNumber = "7" }))
		other := w.elsewhere(hr, "ann")
		w.setUp(ledger.Setup{Directories: []usher.Directory{{Name: "third", Kind: usher.DirectorySCIM, Rank: 4, EmployeeNumbers: "hr"}},
			Portals: []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}}})
		doubt, err := w.ledger.CreateRecord(w.Context(), w.directory("third"), user("ann.hr", func(a *usher.Attributes) { a.EmployeeNumber = "7" }))
		w.check(err)
		if doubt.Person != "" {
			t.Fatal("nobody doubts whose the record is")
		}
		w.wantConflicts(usher.ConflictAmbiguous)
		w.merges(w.person(ann).ID, w.person(other).ID)
		w.wantConflicts()
		if w.person(doubt).ID != w.person(ann).ID {
			t.Error("the record is somebody else's")
		}
	})
}

// A newcomer's sign-in and address are those of the person of the directory afterwards.
func TestMergeOfANewcomer(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		ann := w.push(user("ann"))
		in := usher.SignedIn{Connection: "home", Subject: "s-9", Address: "ann@home.example", AddressVerified: true, At: w.store.Now()}
		rule := usher.LinkRule{Domains: []string{"home.example"}, Newcomers: true}
		session := usher.Session{Hash: "1", ExpiresAt: w.store.Now().Add(time.Hour)}
		newcomer, _, err := w.ledger.SignIn(w.Context(), in, rule, session)
		w.check(err)
		w.merges(w.person(ann).ID, newcomer.ID)
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Title = "Lead" })
		if i := w.image(w.person(ann).ID); !slices.Contains(i.Identifiers, "alias ann@home.example") {
			t.Errorf("identifiers: %q", i.Identifiers)
		}
		session.Hash = "2"
		who, _, err := w.ledger.SignIn(w.Context(), in, rule, session)
		w.check(err)
		if who.ID != w.person(ann).ID {
			t.Error("the subject signs in as somebody else")
		}
		if sessions, err := w.store.Look().SessionsOf(w.Context(), newcomer.ID); err != nil || len(sessions) > 0 {
			t.Errorf("sessions of who was merged: %v, %v", sessions, err)
		}
	})
}
