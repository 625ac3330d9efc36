package ledger_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// signIns is a world with people of two directories, of which okta has a connection.
type signIns struct {
	*world
	rule   usher.LinkRule
	cast   *strings.Replacer // of the names ann, bob, cid and dan, to those of this trial
	people map[string]usher.Record
}

func newSignIns(w *world) signIns {
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true},
			{Name: "partners", Kind: usher.DirectorySCIM, Rank: 2}},
		Portals: []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}},
	})
	w.sell(w.seats(5))
	return signIns{world: w}.with("")
}

// with are the same rules with people of their own, whose names end in suffix.
func (s signIns) with(suffix string) signIns {
	s.rule = usher.LinkRule{Directory: s.okta.Directory, Domains: []string{"example.com"}}
	s.people = map[string]usher.Record{}
	var names []string
	for _, name := range []string{"ann", "bob", "cid", "dan"} {
		by := s.okta
		if name == "dan" {
			by = s.directory("partners")
		}
		made, err := s.ledger.CreateRecord(s.Context(), by, user(name+suffix))
		s.check(err)
		s.people[name] = made
		names = append(names, name, name+suffix, strings.ToUpper(name), strings.ToUpper(name+suffix))
	}
	names = append(names, "eve", "eve"+suffix)                            // whom no directory knows
	for _, alike := range []string{"b\u043eb", "\uff42ob", "b\u200bob"} { // as BOB, but in letters that only look so
		names = append(names, alike, alike+suffix)
	}
	s.cast = strings.NewReplacer(names...)
	return s
}

// played is what somebody says, by the names of this trial.
func (s signIns) played(in usher.SignedIn) usher.SignedIn {
	for _, text := range []*string{&in.Subject, &in.ExternalID, &in.Address, &in.UPN} {
		*text = s.cast.Replace(*text)
	}
	return in
}

// session is one that begins now.
func (s signIns) session() usher.Session {
	return usher.Session{Hash: string(usher.ID(s.clock.now().Format(time.RFC3339Nano))) + s.Name(), ExpiresAt: usher.TimeOf(s.clock.now()).Add(24 * time.Hour)}
}

func (s signIns) signIn(in usher.SignedIn) (usher.Person, usher.Session, error) {
	s.clock.add(time.Second)
	if in.Connection == "" {
		in.Connection = "okta"
	}
	return s.ledger.SignIn(s.Context(), s.played(in), s.rule, s.session())
}

// as is somebody whom the provider vouches for.
func as(subject, address string) usher.SignedIn {
	return usher.SignedIn{Subject: subject, Address: address, AddressVerified: true}
}

// TestWhoSignsIn tries who may sign in as whom. Every case begins with nobody linked but ann, who
// signs in as s-ann.
func TestWhoSignsIn(t *testing.T) {
	trusted := func(s *signIns) { s.rule.Trusted = true }
	cases := []struct {
		name  string
		given func(*signIns)
		in    usher.SignedIn
		want  string // whose name; empty: refused
		code  usher.RefusalCode
	}{
		{name: "a linked subject", in: as("s-ann", ""), want: "ann"},
		{name: "a linked subject, whatever the address says now", in: as("s-ann", "bob@example.com"), want: "ann"},
		{name: "by address", in: as("s-bob", "bob@example.com"), want: "bob"},
		{name: "by address in other letters", in: as("s-bob", "BOB@Example.COM"), want: "bob"},
		{name: "by the external id of the directory", in: usher.SignedIn{Subject: "s-bob", ExternalID: "x-bob"}, want: "bob"},
		{name: "by a subject that is the external id", in: usher.SignedIn{Subject: "x-bob"}, want: "bob"},
		{name: "by UPN of a trusted connection", given: trusted, in: usher.SignedIn{Subject: "s-bob", UPN: "bob@example.com"}, want: "bob"},

		{name: "no subject", in: usher.SignedIn{Address: "bob@example.com", AddressVerified: true}, code: usher.RefusedUnknown},
		{name: "nobody", in: as("s-eve", "eve@example.com"), code: usher.RefusedUnknown},
		{name: "no claim at all", in: as("s-eve", ""), code: usher.RefusedUnknown},
		{name: "nOAuth: an address that the attacker's tenant wrote", in: usher.SignedIn{Subject: "s-evil", Address: "bob@example.com"}, code: usher.RefusedUnverified},
		{name: "an address for which a trusted connection does not vouch, as a guest's", given: trusted, in: usher.SignedIn{Subject: "s-evil", Address: "bob@example.com"}, code: usher.RefusedUnverified},
		{name: "a UPN that anybody can write", in: usher.SignedIn{Subject: "s-evil", UPN: "bob@example.com", AddressVerified: true}, code: usher.RefusedUnverified},
		{name: "another subject with a linked person's address", in: as("s-evil", "ann@example.com"), code: usher.RefusedLinked},
		{name: "another subject with a linked person's external id", in: usher.SignedIn{Subject: "s-evil", ExternalID: "x-ann"}, code: usher.RefusedLinked},
		{name: "a linked subject with another's external id", in: usher.SignedIn{Subject: "s-ann", ExternalID: "x-bob"}, code: usher.RefusedExternalID},
		{name: "the address of one, the external id of nobody", in: usher.SignedIn{Subject: "s-bob", ExternalID: "x-eve", Address: "bob@example.com", AddressVerified: true}, code: usher.RefusedExternalID},
		{name: "the external id in other letters", in: usher.SignedIn{Subject: "s-bob", ExternalID: "X-BOB"}, code: usher.RefusedUnknown},
		{name: "the external id of another directory", in: usher.SignedIn{Subject: "s-dan", ExternalID: "x-dan"}, code: usher.RefusedUnknown},
		{name: "a person of another directory, by address", in: as("s-dan", "dan@example.com"), code: usher.RefusedUnknown},
		{name: "a domain that the connection may not speak for", given: func(s *signIns) { s.rule.Domains = []string{"example.org"} }, in: as("s-bob", "bob@example.com"), code: usher.RefusedDomain},
		{name: "no domain at all", given: func(s *signIns) { s.rule.Domains = nil }, in: as("s-bob", "bob@example.com"), code: usher.RefusedDomain},
		{name: "a domain that only ends alike", in: as("s-bob", "bob@evil-example.com"), code: usher.RefusedDomain},
		{name: "a domain below the verified one", in: as("s-bob", "bob@sub.example.com"), code: usher.RefusedDomain},
		{name: "two addresses in one", in: as("s-bob", "bob@example.com,ann@evil.test"), code: usher.RefusedUnknown},
		{name: "two @", in: as("s-bob", "bob@evil.test@example.com"), code: usher.RefusedUnknown},
		{name: "letters that look alike", in: as("s-bob", "b\u043eb@example.com"), code: usher.RefusedUnknown}, // Cyrillic
		{name: "full-width letters", in: as("s-bob", "\uff42ob@example.com"), code: usher.RefusedUnknown},
		{name: "a zero-width space", in: as("s-bob", "b\u200bob@example.com"), code: usher.RefusedUnknown},
		{name: "a plus address", in: as("s-bob", "bob+x@example.com"), code: usher.RefusedUnknown},
		{name: "address and UPN of two people", given: trusted, in: usher.SignedIn{Subject: "s-bob", Address: "bob@example.com", UPN: "cid@example.com", AddressVerified: true}, code: usher.RefusedAmbiguous},
		{name: "a leaver who is linked", given: func(s *signIns) { s.change(s.okta, s.people["ann"].ID, leaves) }, in: as("s-ann", "ann@example.com"), code: usher.RefusedInactive},
		{name: "a leaver who never signed in", given: func(s *signIns) { s.change(s.okta, s.people["bob"].ID, leaves) }, in: as("s-bob", "bob@example.com"), code: usher.RefusedInactive},
		{name: "a subject whose letters differ", in: as("S-ANN", ""), code: usher.RefusedUnknown},
		{name: "the subject of another connection", in: usher.SignedIn{Connection: "entra", Subject: "s-ann"}, code: usher.RefusedUnknown},
		{name: "another connection, by the address of a linked person", in: usher.SignedIn{Connection: "entra", Subject: "e-ann", Address: "ann@example.com", AddressVerified: true}, code: usher.RefusedLinked},
		{name: "an old address after a change of name", given: func(s *signIns) {
			s.change(s.okta, s.people["bob"].ID, func(a *usher.Attributes) {
				robert := "robert-" + a.Emails[0].Value
				a.UserName, a.Emails = robert, []usher.Email{{Value: robert, Primary: true}}
			})
		}, in: as("s-evil", "bob@example.com"), code: usher.RefusedUnknown},
		{name: "a leaver who came back", given: func(s *signIns) {
			s.change(s.okta, s.people["ann"].ID, leaves)
			s.change(s.okta, s.people["ann"].ID, returns)
		}, in: as("s-ann", ""), want: "ann"},
	}
	eachWorld(t, func(w *world) {
		all := newSignIns(w)
		for i, c := range cases {
			s := all.with(strconv.Itoa(i))
			if _, _, err := s.signIn(as("s-ann", "ann@example.com")); err != nil {
				t.Fatal(c.name, err)
			}
			if c.given != nil {
				c.given(&s)
			}
			before := s.traces()
			p, _, err := s.signIn(c.in)
			if c.want != "" {
				if err != nil || p.Attributes.DisplayName != s.cast.Replace(c.want) {
					t.Errorf("%s: %q, %v", c.name, p.Attributes.DisplayName, err)
				}
				continue
			}
			var no *usher.SignInRefusedError
			if !errors.As(err, &no) || no.Code != c.code {
				t.Errorf("%s: %q, %v", c.name, p.Attributes.DisplayName, err)
			}
			if after := s.traces(); after != before {
				t.Errorf("%s: a refused sign-in left %d rows", c.name, after-before)
			}
		}
	})
}

// traces counts what sign-ins leave behind.
func (s signIns) traces() int {
	n := 0
	for _, r := range s.people {
		p := s.person(r)
		links, err := s.store.Look().LinksOf(s.Context(), p.ID)
		s.check(err)
		sessions, err := s.store.Look().SessionsOf(s.Context(), p.ID)
		s.check(err)
		n += len(links) + len(sessions)
	}
	return n
}

// TestNoAddressIsNoUnknownAddress: an admin who reads why somebody was refused looks at the provider, not at the directory, when the
// provider sent nothing to find anybody by.
func TestNoAddressIsNoUnknownAddress(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		for address, want := range map[string]string{"": "userinfo", "not an address": "userinfo", "eve@example.com": "have them pushed"} {
			_, _, err := s.signIn(as("s-eve", address))
			no, refused := errors.AsType[*usher.SignInRefusedError](err)
			if !refused || no.Code != usher.RefusedUnknown || !strings.Contains(no.Problem, want) {
				t.Errorf("%q: %v, want %q in it", address, err, want)
			}
		}
	})
}

// TestSignInGivesNoSeat: only a portal knows who has taken a seat there.
func TestSignInGivesNoSeat(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		w.want(s.people["ann"], usher.Invited)
		w.deliver()
		before := w.seat(s.people["ann"])
		if _, _, err := s.signIn(as("s-ann", "ann@example.com")); err != nil {
			t.Fatal(err)
		}
		w.want(s.people["ann"], before)
	})
}

// TestLeaverIsSignedOut: the transaction that has somebody leave ends their sessions, and no other's.
func TestLeaverIsSignedOut(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		_, ann, err := s.signIn(as("s-ann", "ann@example.com"))
		w.check(err)
		_, again, err := s.signIn(as("s-ann", ""))
		w.check(err)
		_, bob, err := s.signIn(as("s-bob", "bob@example.com"))
		w.check(err)
		s.change(s.okta, s.people["ann"].ID, leaves)
		for _, c := range []struct {
			session usher.Session
			live    bool
		}{{ann, false}, {again, false}, {bob, true}} {
			now, err := s.store.Look().SessionByHash(s.Context(), c.session.Hash)
			w.check(err)
			if now.Live(usher.TimeOf(s.clock.now()), time.Hour) != c.live {
				t.Errorf("%+v", now)
			}
		}
		w.check(s.store.TouchSession(s.Context(), ann.ID)) // a request that was under way
		if now, _ := s.store.Look().SessionByHash(s.Context(), ann.Hash); now.RevokedAt == 0 || now.SeenAt != ann.SeenAt {
			t.Errorf("came back to life: %+v", now)
		}
	})
}

// TestSignOut: by the person, everywhere, and by the provider.
func TestSignOut(t *testing.T) {
	cases := []struct {
		name  string
		out   func(s signIns, ended usher.Session) error
		ended []bool // first, second session of ann; one of bob
	}{
		{"one", func(s signIns, ended usher.Session) error { return s.ledger.SignOut(s.Context(), ended) }, []bool{true, false, false}},
		{"everywhere", func(s signIns, ended usher.Session) error {
			return s.ledger.SignOutEverywhere(s.Context(), s.ann, ended.Person)
		}, []bool{true, true, false}},
		{"by the provider's session", func(s signIns, _ usher.Session) error {
			_, err := s.ledger.SignOutAtProvider(s.Context(), s.message(), "okta", usher.ProviderLogout{Subject: s.cast.Replace("s-ann"), Session: "one"})
			return err
		}, []bool{true, false, false}},
		{"by the provider's session alone", func(s signIns, _ usher.Session) error {
			_, err := s.ledger.SignOutAtProvider(s.Context(), s.message(), "okta", usher.ProviderLogout{Subject: "", Session: "two"})
			return err
		}, []bool{false, true, false}},
		{"by the subject", func(s signIns, _ usher.Session) error {
			_, err := s.ledger.SignOutAtProvider(s.Context(), s.message(), "okta", usher.ProviderLogout{Subject: s.cast.Replace("s-ann"), Session: ""})
			return err
		}, []bool{true, true, false}},
		{"by the name and session of SAML", func(s signIns, _ usher.Session) error {
			_, err := s.ledger.SignOutAtProvider(s.Context(), s.message(), "okta", usher.ProviderLogout{NameID: s.cast.Replace("n-ann"), Session: "one"})
			return err
		}, []bool{true, false, false}},
		{"by the name of SAML", func(s signIns, _ usher.Session) error {
			_, err := s.ledger.SignOutAtProvider(s.Context(), s.message(), "okta", usher.ProviderLogout{NameID: s.cast.Replace("n-ann")})
			return err
		}, []bool{true, false, false}},
		{"another's name with the session", func(s signIns, _ usher.Session) error {
			_, err := s.ledger.SignOutAtProvider(s.Context(), s.message(), "okta", usher.ProviderLogout{NameID: s.cast.Replace("n-bob"), Session: "one"})
			return err
		}, []bool{false, false, false}},
		{"of another connection", func(s signIns, _ usher.Session) error {
			_, err := s.ledger.SignOutAtProvider(s.Context(), s.message(), "entra", usher.ProviderLogout{Subject: s.cast.Replace("s-ann"), Session: "one"})
			return err
		}, []bool{false, false, false}},
		{"another subject's session", func(s signIns, _ usher.Session) error {
			_, err := s.ledger.SignOutAtProvider(s.Context(), s.message(), "okta", usher.ProviderLogout{Subject: s.cast.Replace("s-bob"), Session: "one"})
			return err
		}, []bool{false, false, false}},
		{"nobody's", func(s signIns, _ usher.Session) error {
			_, err := s.ledger.SignOutAtProvider(s.Context(), s.message(), "okta", usher.ProviderLogout{Subject: "", Session: ""})
			return err
		}, []bool{false, false, false}},
		{"unlinked", func(s signIns, _ usher.Session) error {
			return s.ledger.UnlinkSubject(s.Context(), s.ann, "okta", s.cast.Replace("s-ann"))
		}, []bool{true, true, false}},
	}
	eachWorld(t, func(w *world) {
		all := newSignIns(w)
		for i, c := range cases {
			s := all.with(strconv.Itoa(i))
			var begun []usher.Session
			for _, in := range []usher.SignedIn{
				{Subject: "s-ann", Address: "ann@example.com", AddressVerified: true, Session: usher.ProviderSession{NameID: s.cast.Replace("n-ann"), Index: "one"}},
				{Subject: "s-ann", Session: usher.ProviderSession{SID: "two"}},
				{Subject: "s-bob", Address: "bob@example.com", AddressVerified: true, Session: usher.ProviderSession{Index: "three"}},
			} {
				_, session, err := s.signIn(in)
				w.check(err)
				begun = append(begun, session)
			}
			w.check(c.out(s, begun[0]))
			for at, b := range begun {
				now, err := s.store.Look().SessionByHash(s.Context(), b.Hash)
				w.check(err)
				if (now.RevokedAt != 0) != c.ended[at] {
					t.Errorf("%s: session %d: %+v", c.name, at, now)
				}
				if kept := now.Provider != (usher.ProviderSession{}); kept == c.ended[at] {
					t.Errorf("%s: session %d: what the provider said is kept: %v", c.name, at, kept)
				}
			}
		}
	})
}

// TestWhoSignsInTwiceAtOnce: two tabs of one browser may sign in for the first time together.
func TestWhoSignsInTwiceAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		all := newSignIns(w)
		for i := range 10 {
			s := all.with(strconv.Itoa(i))
			in := s.played(as("s-bob", "bob@example.com"))
			in.Connection = "okta"
			ended := make(chan error)
			for tab := range 3 {
				session := s.session()
				session.Hash += strconv.Itoa(3*i + tab)
				go func() {
					_, _, err := s.ledger.SignIn(s.Context(), in, s.rule, session)
					ended <- err
				}()
			}
			for range 3 {
				if err := <-ended; err != nil {
					t.Errorf("%d: %v", i, err)
				}
			}
		}
	})
}

// message is one of a provider, of this trial.
func (s signIns) message() usher.ProviderMessage {
	return usher.ProviderMessage{ID: s.cast.Replace("m-ann"), Until: usher.TimeOf(s.clock.now()).Add(time.Hour)}
}

// TestSignOutOnce: a message signs out once, and one whose sessions could not be ended is not used up.
func TestSignOutOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w).with("x")
		signOut := func(ctx context.Context) (int, error) {
			return s.ledger.SignOutAtProvider(ctx, s.message(), "okta", usher.ProviderLogout{Subject: "none"}, usher.ProviderLogout{Subject: s.cast.Replace("s-ann")})
		}
		begin := func() {
			_, _, err := s.signIn(as("s-ann", "ann@example.com"))
			w.check(err)
		}
		begin()
		gone, cancel := context.WithCancel(s.Context())
		cancel()
		if _, err := signOut(gone); err == nil {
			t.Fatal("signed out by a request that was over")
		}
		if n, err := signOut(s.Context()); n != 1 || err != nil {
			t.Errorf("sent again after a failure: %d, %v", n, err)
		}
		begin()
		if n, err := signOut(s.Context()); n != 0 || !errors.Is(err, usher.ErrConflict) {
			t.Errorf("a message twice: %d, %v", n, err)
		}
		if sessions, err := s.store.Look().SessionsOf(s.Context(), w.person(s.people["ann"]).ID); len(sessions) != 1 || err != nil {
			t.Errorf("%d sessions, %v", len(sessions), err)
		}
	})
}

// TestAnAdminLinks: what no rule may link, a person can, and take back.
func TestAnAdminLinks(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		dan := w.person(s.people["dan"])
		w.check(s.ledger.LinkSubject(s.Context(), s.ann, dan.ID, "okta", "s-dan"))
		if p, _, err := s.signIn(as("s-dan", "")); err != nil || p.ID != dan.ID {
			t.Fatalf("%+v, %v", p, err)
		}
		if err := s.ledger.LinkSubject(s.Context(), s.ann, w.person(s.people["bob"]).ID, "okta", "s-dan"); !errors.Is(err, usher.ErrConflict) {
			t.Errorf("a subject of two people: %v", err)
		}
		if err := s.ledger.LinkSubject(s.Context(), s.ann, dan.ID, "okta", ""); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("no subject: %v", err)
		}
		w.check(s.ledger.UnlinkSubject(s.Context(), s.ann, "okta", "s-dan"))
		if _, _, err := s.signIn(as("s-dan", "")); err == nil {
			t.Error("an unlinked subject signs in")
		}
	})
}

// TestWhenSomebodyShowedWhoTheyAre: a provider that does not say has not said that it was just now; it may have answered from a
// session of this morning.
func TestWhenSomebodyShowedWhoTheyAre(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := newSignIns(w)
		now := usher.TimeOf(w.clock.now())
		for _, c := range []struct {
			name     string
			at, want usher.Time
		}{{"an hour ago", now.Add(-time.Hour), now.Add(-time.Hour)}, {"not told", 0, 0}} {
			in := as("s-ann", "ann@example.com")
			in.At = c.at
			_, session, err := s.signIn(in)
			w.check(err)
			if session.AuthenticatedAt != c.want {
				t.Errorf("%s: %v, want %v", c.name, session.AuthenticatedAt, c.want)
			}
		}
		in := as("s-ann", "ann@example.com")
		in.At = now.Add(time.Hour)
		if _, session, err := s.signIn(in); err != nil || session.AuthenticatedAt != session.StartedAt {
			t.Errorf("to come: %v, %v", session.AuthenticatedAt, err)
		}
	})
}
