package ledger_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// asking is a world with a subscription that nobody has by rule and one that nobody may ask for. ann manages bob and cid, dan
// nobody.
type asking struct {
	*world
	people     map[string]usher.Person
	adkar, own usher.ID
}

func newAsking(w *world) asking {
	free, closed := w.seats(2), w.seats(2)
	free.Rule, free.Requestable = "", true
	closed.Name, closed.Rule = "closed", `displayName startsWith "bob"`
	w.sell(free, closed)
	a := asking{world: w, people: map[string]usher.Person{}, adkar: w.subscription("adkar").ID, own: w.subscription("closed").ID}
	for _, name := range []string{"ann", "bob", "cid", "dan"} {
		r := w.push(user(name, func(a *usher.Attributes) {
			if name == "bob" || name == "cid" {
				a.Manager = "x-ann"
			}
		}))
		a.people[name] = w.person(r)
	}
	return a
}

// by is somebody who is signed in, with rights.
func (a asking) by(name string, rights ...usher.Rights) usher.Principal {
	p := usher.Principal{Kind: usher.PrincipalPerson, Name: a.people[name].Address, Person: a.people[name].ID}
	for _, r := range rights {
		p.Rights = r
	}
	return p
}

func (a asking) ask(name string) usher.SeatRequest {
	a.Helper()
	r, err := a.ledger.AskSeat(a.Context(), a.by(name), a.adkar, "for the workshop")
	a.check(err)
	return r
}

func (a asking) state(name string, subscription usher.ID) usher.SeatState {
	a.Helper()
	s, err := a.store.Look().LiveSeat(a.Context(), subscription, a.people[name].ID)
	if !errors.Is(err, usher.ErrNotFound) {
		a.check(err)
	}
	return s.State
}

// open are the open requests of everybody.
func (a asking) open() []usher.SeatRequest {
	a.Helper()
	list, err := a.store.Look().OpenRequests(a.Context())
	a.check(err)
	return list
}

// TestWhoAnswers: the manager, a seat admin of the subscription, an owner, an operator; and nobody else.
func TestWhoAnswers(t *testing.T) {
	yes := usher.RequestAnswer{Approve: true, Words: "go ahead"}
	eachWorld(t, func(w *world) {
		a := newAsking(w)
		for _, c := range []struct {
			name string
			by   usher.Principal
			may  bool
		}{
			{"the asker", a.by("bob"), false},
			{"the asker who is an owner", a.by("bob", usher.Rights{Owner: true}), false},
			{"the asker who is a seat admin", a.by("bob", usher.Rights{AllSeats: true}), false},
			{"a colleague", a.by("cid"), false},
			{"a manager of others", a.by("dan", usher.Rights{Manager: true}), false},
			{"a seat admin of another subscription", a.by("dan", usher.Rights{Seats: []usher.ID{a.own}}), false},
			{"an auditor", a.by("dan", usher.Rights{Auditor: true}), false},
			{"a directory", w.okta, false},
			{"nobody in particular", usher.Principal{Kind: usher.PrincipalPerson}, false},
			{"usher itself", usher.System("x"), false},
			{"the manager", a.by("ann"), true},
			{"a seat admin of the subscription", a.by("dan", usher.Rights{Seats: []usher.ID{a.adkar}}), true},
			{"a seat admin of all", a.by("dan", usher.Rights{AllSeats: true}), true},
			{"an owner", a.by("dan", usher.Rights{Owner: true}), true},
			{"an operator", w.ann, true},
		} {
			r := a.ask("bob")
			before := w.events()
			err := w.ledger.AnswerRequest(w.Context(), c.by, r.Number, yes)
			if !c.may {
				if !errors.Is(err, usher.ErrNotFound) || a.state("bob", a.adkar) != "" || len(a.open()) != 1 || w.events() != before {
					t.Errorf("%s: %v, %q, %d open", c.name, err, a.state("bob", a.adkar), len(a.open()))
				}
				w.check(w.ledger.WithdrawRequest(w.Context(), a.by("bob"), r.Number))
				continue
			}
			if err != nil || a.state("bob", a.adkar) != usher.Invited {
				t.Errorf("%s: %v, %q", c.name, err, a.state("bob", a.adkar))
			}
			if err := w.ledger.AnswerRequest(w.Context(), c.by, r.Number, yes); !errors.Is(err, usher.ErrStale) {
				t.Errorf("%s answers twice: %v", c.name, err)
			}
			w.check(w.ledger.ClearDecision(w.Context(), w.ann, a.adkar, a.people["bob"].ID))
			w.deliver()
			w.later(time.Minute)
			w.deliver()
		}
		w.sound()
	})
}

// TestAsking: what cannot be asked, and what becomes of what is.
func TestAsking(t *testing.T) {
	eachWorld(t, func(w *world) {
		a := newAsking(w)
		refused := func(what string, err error, words string) {
			t.Helper()
			if !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %v", what, err)
			}
		}
		ask := func(name string, subscription usher.ID, reason string) error {
			_, err := w.ledger.AskSeat(w.Context(), a.by(name), subscription, reason)
			return err
		}
		refused("not requestable", ask("cid", a.own, ""), "none that people ask for")
		refused("has one", ask("bob", a.own, ""), "yours already")
		refused("a NUL", ask("bob", a.adkar, "x\x00"), "no text")
		refused("no UTF-8", ask("bob", a.adkar, "\xff"), "no text")
		refused("a novel", ask("bob", a.adkar, strings.Repeat("ä", 501)), "longer")
		if err := ask("bob", "none", ""); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("no such subscription: %v", err)
		}

		first := a.ask("bob")
		refused("twice", ask("bob", a.adkar, ""), "open already")
		if err := w.ledger.WithdrawRequest(w.Context(), a.by("cid"), first.Number); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("another takes it back: %v", err)
		}
		refused("a refusal without words", w.ledger.AnswerRequest(w.Context(), a.by("ann"), first.Number, usher.RequestAnswer{Words: " \n"}), "missing")
		refused("until yesterday", w.ledger.AnswerRequest(w.Context(), a.by("ann"), first.Number, usher.RequestAnswer{Approve: true, Until: 1}), "past")
		w.check(w.ledger.AnswerRequest(w.Context(), a.by("ann"), first.Number, usher.RequestAnswer{Words: "not this year"}))
		seen, err := w.store.Look().RequestsOf(w.Context(), a.people["bob"].ID, 5)
		w.check(err)
		if len(seen) != 1 || seen[0].State != usher.RequestRefused || seen[0].Answer != "not this year" || seen[0].AnsweredBy != "ann@example.com" || seen[0].AnsweredAt == 0 {
			t.Errorf("%+v", seen)
		}

		until := usher.TimeOf(w.clock.now()).Add(24 * time.Hour)
		w.check(w.ledger.AnswerRequest(w.Context(), a.by("ann"), a.ask("bob").Number, usher.RequestAnswer{Approve: true, Until: until}))
		if got := a.state("bob", a.adkar); got != usher.Invited {
			t.Errorf("approved: %q", got)
		}
		w.deliver()
		w.later(25 * time.Hour)
		w.deliver()
		if got := a.state("bob", a.adkar); got != "" {
			t.Errorf("the pin is over: %q", got)
		}

		// An admin's word stands, before and after the request.
		w.check(w.ledger.Withhold(w.Context(), w.ann, a.adkar, a.people["cid"].ID, 0))
		refused("withheld", ask("cid", a.adkar, ""), "kept from you")
		w.check(w.ledger.ClearDecision(w.Context(), w.ann, a.adkar, a.people["cid"].ID))
		later := a.ask("cid")
		w.check(w.ledger.Withhold(w.Context(), w.ann, a.adkar, a.people["cid"].ID, 0))
		refused("withheld meanwhile", w.ledger.AnswerRequest(w.Context(), a.by("ann"), later.Number, usher.RequestAnswer{Approve: true}), "withheld by ann")
		if got := a.state("cid", a.adkar); got != "" || len(a.open()) != 1 {
			t.Errorf("withheld, and %q; %d open", got, len(a.open()))
		}

		// Nobody fills the record.
		w.check(w.ledger.ClearDecision(w.Context(), w.ann, a.adkar, a.people["cid"].ID))
		w.check(w.ledger.WithdrawRequest(w.Context(), a.by("cid"), later.Number))
		for range 19 {
			w.check(w.ledger.WithdrawRequest(w.Context(), a.by("cid"), a.ask("cid").Number))
		}
		refused("too often", ask("cid", a.adkar, ""), "one too many")
		w.later(25 * time.Hour)
		w.check(w.ledger.WithdrawRequest(w.Context(), a.by("cid"), a.ask("cid").Number))

		// A leaver neither asks nor gets.
		gone := a.ask("dan")
		r, err := w.store.Look().RecordsOfPerson(w.Context(), a.people["dan"].ID)
		w.check(err)
		w.change(w.okta, r[0].ID, leaves)
		refused("a leaver is seated", w.ledger.AnswerRequest(w.Context(), w.ann, gone.Number, usher.RequestAnswer{Approve: true}), "not active")
		refused("a leaver asks", ask("dan", a.adkar, ""), "not active")
		if len(a.open()) != 0 {
			t.Errorf("a leaver's request is listed: %+v", a.open())
		}
	})
}

// TestAnUnconfirmedManager answers nothing: that their name stands in somebody's record is no word of anybody about them.
func TestAnUnconfirmedManager(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		sub := w.seats(5)
		sub.Requestable = true
		w.sell(sub)
		s.rule.Newcomers = true
		boss, _, err := s.signIn(as("s-boss", "boss@example.com"))
		w.check(err)
		r := w.push(user("eve", func(a *usher.Attributes) { a.Manager, a.Department = "boss@example.com", "Office" }))
		eve := w.person(r)
		if eve.Manager != boss.ID {
			t.Fatalf("eve's manager is %q", eve.Manager)
		}
		by := usher.Principal{Kind: usher.PrincipalPerson, Name: "boss", Person: boss.ID, Rights: usher.Rights{Manager: true}}
		asked, err := w.ledger.AskSeat(w.Context(), usher.Principal{Kind: usher.PrincipalPerson, Person: eve.ID}, w.subscription("adkar").ID, "")
		w.check(err)
		yes := usher.RequestAnswer{Approve: true}
		if err := w.ledger.AnswerRequest(w.Context(), by, asked.Number, yes); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("an unconfirmed manager answers: %v", err)
		}
		if held, err := w.store.Look().HeldRoles(w.Context(), boss.ID); err != nil || held.Reports {
			t.Errorf("an unconfirmed manager has reports: %v, %v", held, err)
		}
		w.check(w.ledger.ConfirmNewcomer(w.Context(), w.ann, boss.ID))
		if held, err := w.store.Look().HeldRoles(w.Context(), boss.ID); err != nil || !held.Reports {
			t.Errorf("a confirmed manager has none: %v, %v", held, err)
		}
		w.check(w.ledger.AnswerRequest(w.Context(), by, asked.Number, yes))
	})
}

// TestGivingBack: at once, past every guard, for good until somebody pins them again; and never the last admin's.
func TestGivingBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		a := newAsking(w)
		w.deliver()
		if err := w.ledger.GiveBack(w.Context(), a.by("cid"), a.own); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("nothing to give back: %v", err)
		}
		w.check(w.ledger.GiveBack(w.Context(), a.by("bob"), a.own))
		w.deliver()
		if got := a.state("bob", a.own); got != "" {
			t.Fatalf("given back: %q", got)
		}
		bob, err := w.store.Look().RecordsOfPerson(w.Context(), a.people["bob"].ID)
		w.check(err)
		w.change(w.okta, bob[0].ID, func(a *usher.Attributes) { a.Title = "Chief" }) // the rule looks again
		w.later(time.Hour)
		if got := a.state("bob", a.own); got != "" {
			t.Errorf("the rule seats them again: %q", got)
		}
		if err := w.ledger.GiveBack(w.Context(), a.by("bob"), a.own); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("twice: %v", err)
		}
		again, err := w.ledger.AskSeat(w.Context(), a.by("bob"), a.own, "I want it after all") // although nobody else could
		w.check(err)
		w.check(w.ledger.AnswerRequest(w.Context(), a.by("ann"), again.Number, usher.RequestAnswer{Approve: true}))
		if got := a.state("bob", a.own); got != usher.Invited {
			t.Errorf("asked again: %q", got)
		}
	})
}

// TestGivingBackAPlaceInTheQueue takes nobody else's.
func TestGivingBackAPlaceInTheQueue(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		r := w.pushAll("ann", "bob", "cid")
		w.want(r["cid"], usher.Queued)
		by := usher.Principal{Kind: usher.PrincipalPerson, Name: "bob", Person: w.person(r["bob"]).ID}
		w.check(w.ledger.GiveBack(w.Context(), by, w.subscription("adkar").ID))
		w.want(r["bob"], "")
		by.Person = w.person(r["ann"]).ID
		w.check(w.ledger.GiveBack(w.Context(), by, w.subscription("adkar").ID))
		w.deliver()
		w.want(r["ann"], "")
		w.want(r["cid"], usher.Active)
		w.sound()
	})
}

// TestTheLastAdminKeepsTheSeat although they want to give it back.
func TestTheLastAdminKeepsTheSeat(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		w.filing(true, usher.Profile{Admins: []string{"ann@example.com"}, AdminSeats: true})
		r := w.push(user("ann"))
		w.carryAll()
		by := usher.Principal{Kind: usher.PrincipalPerson, Name: "ann", Person: w.person(r).ID}
		before := w.seat(r)
		err := w.ledger.GiveBack(w.Context(), by, w.subscription("adkar").ID)
		if !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), "last admin") || w.seat(r) != before {
			t.Errorf("%v, %q", err, w.seat(r))
		}
		if d, err := w.store.Look().DecisionsFor(w.Context(), w.person(r).ID); err != nil || len(d) != 0 {
			t.Errorf("a decision stayed: %+v, %v", d, err)
		}
	})
}

// TestGivingBackWhatIsWithheld: the last admin of a portal keeps a seat that an admin withholds, and cannot make a seat of it that
// they may ask for again.
func TestGivingBackWhatIsWithheld(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		w.filing(true, usher.Profile{Admins: []string{"ann@example.com", "bob@example.com"}, AdminSeats: true})
		r := w.push(user("ann"))
		w.carryAll()
		adkar, ann := w.subscription("adkar").ID, w.person(r).ID
		w.check(w.ledger.Withhold(w.Context(), w.ann, adkar, ann, 0))
		w.push(user("bob"))
		w.carryAll()
		by := usher.Principal{Kind: usher.PrincipalPerson, Name: "ann", Person: ann}
		if err := w.ledger.GiveBack(w.Context(), by, adkar); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("given back: %v", err)
		}
		if d, err := w.store.Look().DecisionsFor(w.Context(), ann); err != nil || len(d) != 1 || d[0].Kind != usher.Withhold {
			t.Errorf("the admin's word: %+v, %v", d, err)
		}
		if _, err := w.ledger.AskSeat(w.Context(), by, adkar, ""); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("asked for again: %v", err)
		}
	})
}

// TestAYesToWhoIsPinned: an admin gave the seat while the request was open; whoever answers cannot give it an end, or another one.
func TestAYesToWhoIsPinned(t *testing.T) {
	eachWorld(t, func(w *world) {
		a := newAsking(w)
		asked, bob := a.ask("bob"), a.people["bob"].ID
		w.check(w.ledger.Grant(w.Context(), w.ann, a.adkar, bob, 0))
		tomorrow := usher.TimeOf(w.clock.now()).Add(24 * time.Hour)
		w.check(w.ledger.AnswerRequest(w.Context(), a.by("ann"), asked.Number, usher.RequestAnswer{Approve: true, Until: tomorrow}))
		d, err := w.store.Look().DecisionsFor(w.Context(), bob)
		w.check(err)
		if len(d) != 1 || d[0].Kind != usher.Pin || d[0].By != w.ann.Name || d[0].Until != 0 {
			t.Errorf("the admin's pin: %+v", d)
		}
		if got := a.state("bob", a.adkar); got != usher.Invited || len(a.open()) != 0 {
			t.Errorf("%q, and %d requests are open", got, len(a.open()))
		}
	})
}

// TestAYesToWhatNobodyAsksForAnyLonger: once an admin has closed a subscription to requests, an open one is for those who have its seats
// to decide.
func TestAYesToWhatNobodyAsksForAnyLonger(t *testing.T) {
	eachWorld(t, func(w *world) {
		sub := w.seats(5)
		sub.Rule, sub.Requestable = "", true
		w.sell(sub)
		r := w.pushAll("ann", "bob")
		w.change(w.okta, r["bob"].ID, func(a *usher.Attributes) { a.Manager = "ann@example.com" })
		adkar, ann, bob := w.subscription("adkar").ID, w.person(r["ann"]), w.person(r["bob"])
		asked, err := w.ledger.AskSeat(w.Context(), usher.Principal{Kind: usher.PrincipalPerson, Person: bob.ID}, adkar, "")
		w.check(err)
		sub.Requestable = false
		w.sell(sub)
		yes := usher.RequestAnswer{Approve: true}
		manager := usher.Principal{Kind: usher.PrincipalPerson, Name: "ann", Person: ann.ID, Rights: usher.Rights{Manager: true}}
		if err := w.ledger.AnswerRequest(w.Context(), manager, asked.Number, yes); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("a manager says yes: %v", err)
		}
		w.want(r["bob"], "")
		manager.Rights.Seats = []usher.ID{adkar}
		w.check(w.ledger.AnswerRequest(w.Context(), manager, asked.Number, yes))
		w.want(r["bob"], usher.Invited)
	})
}
