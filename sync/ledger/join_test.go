package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// link makes a join link to adkar and gives its code.
func (w *world) link(places int, subscriptions ...string) (string, usher.JoinLink) {
	w.Helper()
	j := usher.JoinLink{Places: places, Until: usher.TimeOf(w.clock.now()).Add(24 * time.Hour)}
	for _, name := range subscriptions {
		j.Subscriptions = append(j.Subscriptions, w.subscription(name).ID)
	}
	code, j, err := w.ledger.CreateJoinLink(w.Context(), w.ann, j)
	w.check(err)
	return code, j
}

// TestJoining: a link seats whom no rule does, in turn with everybody else, once each.
func TestJoining(t *testing.T) {
	eachWorld(t, func(w *world) {
		a := newAsking(w)
		adkar, closed := w.subscription("adkar").ID, w.subscription("closed").ID
		use := func(name, code string) error {
			_, err := w.ledger.UseJoinLink(w.Context(), a.by(name), code)
			return err
		}
		refused := func(what string, err error, words string) {
			t.Helper()
			if !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %v", what, err)
			}
		}
		code, j := w.link(3, "adkar", "closed")
		if len(code) < 26 || strings.Contains(fmt.Sprintf("%+v", j), code) {
			t.Errorf("the code %q is short, or kept: %+v", code, j)
		}
		w.check(use("ann", code))
		if a.state("ann", adkar) != usher.Invited || a.state("ann", closed) != usher.Invited {
			t.Errorf("ann: %q, %q", a.state("ann", adkar), a.state("ann", closed))
		}
		if s, err := w.store.Look().LiveSeat(w.Context(), adkar, a.people["ann"].ID); err != nil || !strings.Contains(s.Reason, "join link 1") || !strings.Contains(s.Reason, "by ann") {
			t.Errorf("%+v, %v", s, err)
		}
		refused("twice", use("ann", code), "by you already")

		// A human's word stands.
		until := usher.TimeOf(w.clock.now()).Add(48 * time.Hour)
		w.check(w.ledger.Withhold(w.Context(), w.ann, adkar, a.people["bob"].ID, 0))
		w.check(w.ledger.Grant(w.Context(), w.ann, closed, a.people["bob"].ID, until))
		refused("withheld and pinned", use("bob", code), "admin keeps this seat from you")
		w.check(w.ledger.ClearDecision(w.Context(), w.ann, closed, a.people["bob"].ID))
		w.check(use("bob", code))
		if a.state("bob", adkar) != "" {
			t.Errorf("withheld, and %q", a.state("bob", adkar))
		}

		// The queue is the queue.
		w.check(w.ledger.Grant(w.Context(), w.ann, adkar, a.people["dan"].ID, 0))
		w.check(use("cid", code))
		if got := a.state("cid", adkar); got != usher.Queued {
			t.Errorf("the third of two seats: %q", got)
		}
		refused("used up", use("dan", code), "as often as it may be")

		if err := use("dan", "nonsense"); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("no link: %v", err)
		}
		if err := use("dan", ""); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("no code: %v", err)
		}
		old, _ := w.link(5, "closed")
		w.later(25 * time.Hour)
		refused("expired", use("dan", old), "expired")
		gone, revoked := w.link(5, "closed")
		w.check(w.ledger.RevokeJoinLink(w.Context(), w.ann, revoked.Number))
		refused("revoked", use("dan", gone), "revoked")
		if err := w.ledger.RevokeJoinLink(w.Context(), w.ann, revoked.Number); !errors.Is(err, usher.ErrStale) {
			t.Errorf("revoked twice: %v", err)
		}
		if err := w.ledger.RevokeJoinLink(w.Context(), w.ann, 99); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("no such link: %v", err)
		}

		fresh, _ := w.link(5, "closed")
		r, err := w.store.Look().RecordsOfPerson(w.Context(), a.people["dan"].ID)
		w.check(err)
		w.change(w.okta, r[0].ID, leaves)
		refused("a leaver", use("dan", fresh), "not active")
		w.later(time.Minute)
	})
}

// TestJoiningAfterGivingBack: the link is their own wish again.
func TestJoiningAfterGivingBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		a := newAsking(w)
		w.check(w.ledger.GiveBack(w.Context(), a.by("bob"), a.own))
		code, _ := w.link(1, "closed")
		_, err := w.ledger.UseJoinLink(w.Context(), a.by("bob"), code)
		w.check(err)
		if got := a.state("bob", a.own); got != usher.Invited {
			t.Errorf("%q", got)
		}
	})
}

// TestLinksThatAreNone: what cannot be made.
func TestLinksThatAreNone(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		adkar, soon := w.subscription("adkar").ID, usher.TimeOf(w.clock.now()).Add(time.Hour)
		for _, j := range []usher.JoinLink{
			{Places: 1, Until: soon},
			{Subscriptions: []usher.ID{adkar}, Until: soon},
			{Subscriptions: []usher.ID{adkar}, Places: -1, Until: soon},
			{Subscriptions: []usher.ID{adkar}, Places: 1_000_000, Until: soon},
			{Subscriptions: []usher.ID{adkar}, Places: 1},
			{Subscriptions: []usher.ID{adkar}, Places: 1, Until: soon.Add(2 * 366 * 24 * time.Hour)},
		} {
			if _, _, err := w.ledger.CreateJoinLink(w.Context(), w.ann, j); !errors.Is(err, usher.ErrInvalid) {
				t.Errorf("%+v: %v", j, err)
			}
		}
		if _, _, err := w.ledger.CreateJoinLink(w.Context(), w.ann, usher.JoinLink{Subscriptions: []usher.ID{"none"}, Places: 1, Until: soon}); !errors.Is(err, usher.ErrNotFound) {
			t.Error(err)
		}
	})
}

// TestNewcomersWithALink: a live one makes a person although the connection refuses newcomers, inside its domains only.
func TestNewcomersWithALink(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		code, j := w.link(1, "adkar")
		s.rule.Join = usher.JoinHashOf("/join/" + code)
		for _, in := range []usher.SignedIn{as("s-eve", "eve@example.org"), as("s-eve", "dan@example.com"), {Subject: "s-eve", Address: "eve@example.com"}} {
			if _, _, err := s.signIn(in); err == nil {
				t.Errorf("made of %+v", in)
			}
		}
		eve, _, err := s.signIn(as("s-eve", "eve@example.com"))
		w.check(err)
		if !eve.Unconfirmed() || s.seatOf(eve.ID) != "" {
			t.Errorf("%+v, %q", eve, s.seatOf(eve.ID))
		}
		by := usher.Principal{Kind: usher.PrincipalPerson, Name: eve.Address, Person: eve.ID}
		_, err = w.ledger.UseJoinLink(w.Context(), by, code)
		w.check(err)
		if got := s.seatOf(eve.ID); got != usher.Invited {
			t.Errorf("joined: %q", got)
		}
		if _, _, err := s.signIn(as("s-fay", "fay@example.com")); !isRefused(err, usher.RefusedUnknown) {
			t.Errorf("with a link that is used up: %v", err)
		}
		other, revoked := w.link(1, "adkar")
		w.check(w.ledger.RevokeJoinLink(w.Context(), w.ann, revoked.Number))
		for what, hash := range map[string]string{"revoked": usher.JoinHashOf("/join/" + other), "made up": usher.JoinHashOf("/join/x"), "the hash itself": j.Hash + "x"} {
			s.rule.Join = hash
			if _, _, err := s.signIn(as("s-fay", "fay@example.com")); !isRefused(err, usher.RefusedUnknown) {
				t.Errorf("%s: %v", what, err)
			}
		}
		w.sound()
	})
}

// TestTheLastPlaceOfALink: of 50 who want it at once, one gets it; and nobody uses a link twice.
func TestTheLastPlaceOfALink(t *testing.T) {
	const racers, places = 50, 7
	eachCrowd(t, func(c *crowd) {
		sub := c.seats(3)
		sub.Rule = ""
		c.sell(sub)
		var people []usher.ID
		for i := range racers {
			people = append(people, c.person(c.push(user(fmt.Sprint("racer", i)))).ID)
		}
		for _, places := range []int{1, places} {
			code, _ := c.link(places, "adkar")
			var joined, refused atomic.Int64
			c.all(2*racers, func(i int, l *ledger.Ledger) error { // everybody in two tabs
				_, err := l.UseJoinLink(c.ctx, usher.Principal{Kind: usher.PrincipalPerson, Name: "racer", Person: people[i%racers]}, code)
				switch {
				case err == nil:
					joined.Add(1)
				case errors.Is(err, usher.ErrInvalid):
					refused.Add(1)
					err = nil
				}
				return err
			})
			links, err := c.store.Look().JoinLinks(c.ctx)
			c.try(err)
			if joined.Load() != int64(places) || refused.Load() != int64(2*racers-places) || links[0].Used != places {
				t.Errorf("%d joined and %d were refused; %d are counted, and there were %d places", joined.Load(), refused.Load(), links[0].Used, places)
			}
		}
		if s := c.subscription("adkar"); s.Used != 3 {
			t.Errorf("%d seats are used of 3", s.Used)
		}
		c.sound()
	})
}

// TestOneRequestAtATime: somebody who asks in many tabs has asked once, and of many who answer one has.
func TestOneRequestAtATime(t *testing.T) {
	eachCrowd(t, func(c *crowd) {
		sub := c.seats(3)
		sub.Rule, sub.Requestable = "", true
		c.sell(sub)
		bob := c.person(c.push(user("bob"))).ID
		adkar := c.subscription("adkar").ID
		var asked, answered atomic.Int64
		count := func(n *atomic.Int64, err error, kind error) error {
			if err == nil {
				n.Add(1)
			}
			if errors.Is(err, kind) {
				return nil
			}
			return err
		}
		c.all(20, func(i int, l *ledger.Ledger) error {
			_, err := l.AskSeat(c.ctx, usher.Principal{Kind: usher.PrincipalPerson, Person: bob}, adkar, "")
			return count(&asked, err, usher.ErrInvalid)
		})
		open, err := c.store.Look().OpenRequests(c.ctx)
		c.try(err)
		if asked.Load() != 1 || len(open) != 1 {
			t.Fatalf("asked %d times, %d are open", asked.Load(), len(open))
		}
		c.all(20, func(i int, l *ledger.Ledger) error {
			a := usher.RequestAnswer{Approve: i%2 == 0, Words: "so be it"}
			return count(&answered, l.AnswerRequest(c.ctx, c.ann, open[0].Number, a), usher.ErrStale)
		})
		if answered.Load() != 1 {
			t.Errorf("answered %d times", answered.Load())
		}
		c.sound()
	})
}
