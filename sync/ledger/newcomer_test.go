package ledger_test

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// openWorld is one whose connection keeps newcomers, and whose subscription seats everybody.
func openWorld(w *world) signIns {
	s := newSignIns(w)
	everybody := w.seats(1000)
	everybody.Rule, everybody.Requestable = "true", true
	w.sell(everybody)
	s.rule.Newcomers = true
	return s
}

func (s signIns) seatOf(person usher.ID) usher.SeatState {
	s.Helper()
	seat, err := s.liveSeat("adkar", person)
	if !errors.Is(err, usher.ErrNotFound) {
		s.check(err)
	}
	return seat.State
}

// TestNewcomers tries who may become a person at the first sign-in.
func TestNewcomers(t *testing.T) {
	trusted := func(s *signIns) { s.rule.Trusted = true }
	cases := []struct {
		name  string
		given func(*signIns)
		in    usher.SignedIn
		code  usher.RefusalCode // empty: they do
	}{
		{name: "a verified address inside the domains", in: as("s-eve", "eve@example.com")},
		{name: "a UPN alone, of a trusted connection", given: trusted, in: usher.SignedIn{Subject: "s-eve", UPN: "eve@example.com"}},
		{name: "address and UPN, both new", given: trusted, in: usher.SignedIn{Subject: "s-eve", Address: "eve.new@example.com", UPN: "eve@example.com", AddressVerified: true}},
		{name: "an external id that no directory knows", in: usher.SignedIn{Subject: "s-eve", ExternalID: "x-eve", Address: "eve@example.com", AddressVerified: true}},

		{name: "the connection refuses newcomers", given: func(s *signIns) { s.rule.Newcomers = false }, in: as("s-eve", "eve@example.com"), code: usher.RefusedUnknown},
		{name: "no subject", in: as("", "eve@example.com"), code: usher.RefusedUnknown},
		{name: "no address", in: as("s-eve", ""), code: usher.RefusedUnknown},
		{name: "not verified", in: usher.SignedIn{Subject: "s-eve", Address: "eve@example.com"}, code: usher.RefusedUnverified},
		{name: "not verified, of a trusted connection, as a guest's", given: trusted, in: usher.SignedIn{Subject: "s-eve", Address: "eve@example.com"}, code: usher.RefusedUnverified},
		{name: "not verified, beside a UPN of a trusted connection", given: trusted, in: usher.SignedIn{Subject: "s-eve", Address: "eve.new@example.com", UPN: "eve@example.com"}, code: usher.RefusedUnverified},
		{name: "outside the domains", in: as("s-eve", "eve@example.org"), code: usher.RefusedDomain},
		{name: "below the domain", in: as("s-eve", "eve@sub.example.com"), code: usher.RefusedDomain},
		{name: "a domain that ends alike", in: as("s-eve", "eve@evil-example.com"), code: usher.RefusedDomain},
		{name: "a UPN outside the domains", given: trusted, in: usher.SignedIn{Subject: "s-eve", Address: "eve@example.com", UPN: "eve@example.org", AddressVerified: true}, code: usher.RefusedDomain},
		{name: "no domain at all", given: func(s *signIns) { s.rule.Domains = nil }, in: as("s-eve", "eve@example.com"), code: usher.RefusedDomain},
		{name: "Cyrillic letters", in: as("s-eve", "\u0435ve@example.com"), code: usher.RefusedUnknown},
		{name: "a letter with an accent", in: as("s-eve", "\u00e9ve@example.com"), code: usher.RefusedUnknown},
		{name: "full-width letters", in: as("s-eve", "\uff45ve@example.com"), code: usher.RefusedUnknown},
		{name: "a zero-width space", in: as("s-eve", "e\u200bve@example.com"), code: usher.RefusedUnknown},
		{name: "two addresses in one", in: as("s-eve", "eve@example.com,ann@example.com"), code: usher.RefusedUnknown},
		{name: "an address that cannot be, with a UPN that can", given: trusted, in: usher.SignedIn{Subject: "s-eve", Address: "eve@@example.com", UPN: "eve@example.com"}, code: usher.RefusedUnknown},
		{name: "somebody's address with a tag", in: as("s-eve", "bob+x@example.com"), code: usher.RefusedUnknown},
		{name: "a person of another directory", in: as("s-eve", "dan@example.com"), code: usher.RefusedUnknown},
		{name: "a leaver", given: func(s *signIns) { s.change(s.okta, s.people["bob"].ID, leaves) }, in: as("s-eve", "bob@example.com"), code: usher.RefusedInactive},
		{name: "an address that somebody has given up", given: givesUp, in: as("s-eve", "bob@example.com"), code: usher.RefusedUnknown},
		{name: "an address that somebody has given up, as the UPN", given: func(s *signIns) { givesUp(s); trusted(s) },
			in: usher.SignedIn{Subject: "s-eve", Address: "eve@example.com", UPN: "bob@example.com", AddressVerified: true}, code: usher.RefusedUnknown},
		{name: "an external id that was given up", given: func(s *signIns) {
			s.change(s.okta, s.people["bob"].ID, func(a *usher.Attributes) { a.ExternalID = "new-" + a.ExternalID })
		}, in: usher.SignedIn{Subject: "s-eve", ExternalID: "x-bob", Address: "eve@example.com", AddressVerified: true}, code: usher.RefusedUnknown},
		{name: "somebody linked otherwise", in: as("s-evil", "ann@example.com"), code: usher.RefusedLinked},
		{name: "address and UPN of two people", given: trusted, in: usher.SignedIn{Subject: "s-eve", Address: "bob@example.com", UPN: "cid@example.com", AddressVerified: true}, code: usher.RefusedAmbiguous},
		{name: "a record that waits for an admin", given: func(s *signIns) { s.disputed("eve") }, in: as("s-eve", "eve@example.com"), code: usher.RefusedUnknown},
	}
	eachWorld(t, func(w *world) {
		all := openWorld(w)
		for i, c := range cases {
			s := all.with(strconv.Itoa(i))
			s.rule.Newcomers = true
			if _, _, err := s.signIn(as("s-ann", "ann@example.com")); err != nil {
				t.Fatal(c.name, err)
			}
			if c.given != nil {
				c.given(&s)
			}
			before := s.rows()
			p, session, err := s.signIn(c.in)
			if c.code == "" {
				if err != nil || !p.Active || !p.Unconfirmed() || session.Person != p.ID || s.seatOf(p.ID) != "" {
					t.Errorf("%s: %+v, %q, %v", c.name, p, s.seatOf(p.ID), err)
				}
				if again, _, err := s.signIn(usher.SignedIn{Subject: c.in.Subject}); err != nil || again.ID != p.ID {
					t.Errorf("%s: the second time %v, %v", c.name, again.ID, err)
				}
				continue
			}
			var no *usher.SignInRefusedError
			if !errors.As(err, &no) || no.Code != c.code {
				t.Errorf("%s: %q, %v", c.name, p.Address, err)
			}
			if after := s.rows(); after != before {
				t.Errorf("%s: a refused sign-in left %d people or events", c.name, after-before)
			}
		}
		w.sound()
	})
}

func givesUp(s *signIns) {
	s.change(s.okta, s.people["bob"].ID, func(a *usher.Attributes) {
		robert := "robert-" + a.Emails[0].Value
		a.UserName, a.Emails = robert, []usher.Email{{Value: robert, Primary: true}}
	})
}

// disputed pushes a record of that user name which is nobody's, because it bears two people's ids.
func (s signIns) disputed(name string) {
	s.Helper()
	bob, cid := s.people["bob"].Attributes, s.people["cid"].Attributes
	made, err := s.ledger.CreateRecord(s.Context(), s.directory("partners"), user(name, func(a *usher.Attributes) {
		a.UserName = s.cast.Replace(name) + "@example.com"
		a.Emails = []usher.Email{{Value: bob.UserName, Primary: true}, {Value: cid.UserName}}
		a.ExternalID = "disputed-" + a.UserName
	}))
	s.check(err)
	if now, err := s.store.Record(s.Context(), made.Directory, made.ID); err != nil || now.Person != "" {
		s.Fatalf("the record is linked to %q, %v", now.Person, err)
	}
}

// rows counts people and events.
func (s signIns) rows() int {
	s.Helper()
	_, people, err := s.store.Look().CountPeople(s.Context())
	s.check(err)
	return people + s.events()
}

// TestTheLifeOfANewcomer: no rule entitles them, a pin does; a directory or an admin confirms them.
func TestTheLifeOfANewcomer(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := openWorld(w)
		adkar := w.subscription("adkar").ID
		first := func(name string) usher.Person {
			p, _, err := s.signIn(as("s-"+name, name+"@example.com"))
			w.check(err)
			if got := s.seatOf(p.ID); got != "" {
				t.Fatalf("%s has a seat: %s", name, got)
			}
			return p
		}
		now := func(p usher.Person) usher.Person {
			p, err := w.store.Look().Person(w.Context(), p.ID)
			w.check(err)
			return p
		}

		eve := first("eve")
		across := as("e-eve", "eve@example.com")
		across.Connection = "entra"
		if _, _, err := s.signIn(across); !isRefused(err, usher.RefusedUnknown) {
			t.Errorf("over another connection: %v", err)
		}
		anywhere := s
		anywhere.rule.Directory = ""
		if _, _, err := anywhere.signIn(across); !isRefused(err, usher.RefusedLinked) {
			t.Errorf("over another connection, which is nobody's directory's: %v", err)
		}
		w.check(w.ledger.Grant(w.Context(), w.ann, adkar, eve.ID, 0))
		if got := s.seatOf(eve.ID); got != usher.Invited {
			t.Errorf("pinned: %q", got)
		}
		w.check(w.ledger.ClearDecision(w.Context(), w.ann, adkar, eve.ID))
		w.later(time.Minute)
		if got := s.seatOf(eve.ID); got == usher.Invited || got == usher.Active {
			t.Errorf("no longer pinned: %q", got)
		}
		w.deliver()

		r := w.push(user("eve"))
		if p := w.person(r); p.ID != eve.ID || p.Newcomer != "" || s.seatOf(p.ID) != usher.Invited {
			t.Errorf("a directory names eve: %+v, %q", p, s.seatOf(p.ID))
		}
		if again, _, err := s.signIn(as("s-eve", "")); err != nil || again.ID != eve.ID {
			t.Errorf("eve signs in again: %v, %v", again.ID, err)
		}

		fay := first("fay")
		w.check(w.ledger.ConfirmNewcomer(w.Context(), w.ann, fay.ID))
		if p := now(fay); p.Newcomer != usher.NewcomerConfirmed || s.seatOf(p.ID) != usher.Invited {
			t.Errorf("fay confirmed: %+v, %q", p, s.seatOf(p.ID))
		}
		if err := w.ledger.ConfirmNewcomer(w.Context(), w.ann, fay.ID); !errors.Is(err, usher.ErrStale) {
			t.Errorf("confirmed twice: %v", err)
		}
		w.check(w.ledger.EndPerson(w.Context(), w.ann, fay.ID, 0))
		if p := now(fay); p.Active {
			t.Errorf("fay has ended, and is active")
		}
		if _, _, err := s.signIn(as("s-fay", "fay@example.com")); !isRefused(err, usher.RefusedInactive) {
			t.Errorf("fay signs in again: %v", err)
		}
		if _, _, err := s.signIn(as("s-fay-2", "fay@example.com")); !isRefused(err, usher.RefusedUnknown) {
			t.Errorf("another subject with fay's address: %v", err)
		}
		if err := w.ledger.EndPerson(w.Context(), w.ann, eve.ID, 0); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("somebody whom a directory names was ended: %v", err)
		}

		hal := as("s-hal", "hal@example.com")
		hal.ExternalID = "x-hal-of-old"
		_, open, err := s.signIn(hal)
		if err != nil {
			t.Fatal(err)
		}
		w.push(user("hal")) // somebody else got the address, and another id
		if kept, err := w.store.Look().SessionByHash(w.Context(), open.Hash); err != nil || kept.RevokedAt == 0 {
			t.Errorf("hal of old is still signed in, as the new one: %+v, %v", kept, err)
		}
		if _, _, err := s.signIn(hal); !isRefused(err, usher.RefusedExternalID) {
			t.Errorf("hal of old signs in as the new one: %v", err)
		}

		gus := first("gus")
		w.push(user("gus", leaves))
		if p := now(gus); p.Active || p.Newcomer != "" {
			t.Errorf("a directory says that gus has left: %+v", p)
		}
		w.sound()
	})
}

func isRefused(err error, code usher.RefusalCode) bool {
	no, ok := errors.AsType[*usher.SignInRefusedError](err)
	return ok && no.Code == code
}

// TestNamesOfNewcomers: what a provider calls somebody is one line of text, whatever it sends.
func TestNamesOfNewcomers(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := openWorld(w)
		in := as("s-eve", "eve@example.com")
		in.GivenName, in.FamilyName, in.DisplayName = "Eve\x00\r\n\xff ", "\u202eNoel", " Eve \u200b Noel "
		p, _, err := s.signIn(in)
		w.check(err)
		if a := p.Attributes; a.GivenName != "Eve" || a.FamilyName != "Noel" || a.DisplayName != "Eve Noel" {
			t.Errorf("%q %q %q", a.GivenName, a.FamilyName, a.DisplayName)
		}
	})
}

// TestFirstSignInsAtOnce: many tabs of one newcomer, and a directory that pushes them meanwhile, make one person.
func TestFirstSignInsAtOnce(t *testing.T) {
	eachCrowd(t, func(c *crowd) {
		for round := range 5 {
			name := fmt.Sprint("eve", round)
			rule := usher.LinkRule{Domains: []string{"example.com"}, Newcomers: true}
			var mu sync.Mutex
			seen := map[usher.ID]bool{}
			c.all(12, func(i int, l *ledger.Ledger) error {
				if i%4 == 3 {
					_, err := l.CreateRecord(c.ctx, c.okta, user(name))
					if errors.Is(err, usher.ErrConflict) {
						err = nil
					}
					return err
				}
				in := as("s-"+name, name+"@example.com")
				in.Connection = "okta"
				p, _, err := l.SignIn(c.ctx, in, rule, usher.Session{Hash: fmt.Sprint(name, i), ExpiresAt: usher.TimeOf(c.clock.now()).Add(time.Hour)})
				mu.Lock()
				defer mu.Unlock()
				seen[p.ID] = true
				return err
			})
			if len(seen) != 1 {
				t.Errorf("round %d made %d people", round, len(seen))
			}
		}
		c.sound()
	})
}
