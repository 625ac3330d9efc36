package main

import (
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// TestSelfServiceAtTheCommandLine: join links, requests and newcomers, as an operator sees them.
func TestSelfServiceAtTheCommandLine(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.push("POST", "/scim/v2/Users", "ann", "Ann Lee", "ann@example.com", true)

		s.says(exitUsage, "join create --subscription adkar --limit 2 --until yesterday", "YYYY-MM-DD")
		s.says(exitFailed, "join create --subscription adkra --limit 2 --until 2099-12-31", "adkar")
		day := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
		s.says(exitFailed, "join create --subscription adkar --limit 0 --until "+day, "between 1 and")
		code, link, remarks := s.silent(`join create --subscription adkar --subscription hub --limit 2 --reason "spring course" --until ` + day)
		if code != exitOK || !strings.HasPrefix(link, "http://127.0.0.1:") || !strings.Contains(link, "/join/") || strings.Count(link, "\n") != 1 || !strings.Contains(remarks, "Join link 1 is for 2 people") {
			t.Fatalf("%d %q %q", code, link, remarks)
		}
		secret := strings.TrimSpace(link[strings.LastIndex(link, "/")+1:])
		s.says(exitOK, "join list", "adkar, hub", "0 of 2", "spring course", day)
		if _, list, _ := s.silent("join list --json --all"); strings.Contains(list, secret) {
			t.Errorf("the list has the code: %s", list)
		}
		s.says(exitOK, "join revoke 1", "gives nothing any longer")
		s.says(exitFailed, "join revoke 1", "was revoked on")
		s.says(exitFailed, "join revoke 7", "no join link 7")
		s.says(exitOK, "join list --all", "was revoked")

		eve := s.newcomer("eve")
		s.says(exitOK, "people --newcomers", "eve@example.com", "unconfirmed")
		s.says(exitOK, "explain eve@example.com", "newcomer by a first sign-in, unconfirmed")
		s.says(exitOK, "person confirm eve@example.com", "rules count")
		s.says(exitFailed, "person confirm eve@example.com", "nothing to confirm")
		s.says(exitFailed, "person end ann@example.com", "is in a directory")

		asked := s.asks(eve, "hub")
		s.says(exitOK, "requests", "hub", "eve@example.com", "for the course")
		s.says(exitUsage, "requests refuse 1")
		s.says(exitFailed, "requests approve 9", "no request 9")
		s.says(exitOK, "requests refuse 1 --words later")
		s.says(exitFailed, "requests approve 1", "is refused")
		if r, err := s.daemon.Store().Look().Request(t.Context(), asked.Number); err != nil || r.Answer != "later" || r.AnsweredBy != "ann" {
			t.Errorf("%+v, %v", r, err)
		}
		s.asks(eve, "hub")
		s.says(exitOK, "requests approve 2", "queued for hub", "pinned by ann")
		s.says(exitOK, "person end eve@example.com", "signed out")
		s.says(exitOK, "people eve --all", "left: end date")
		s.says(exitOK, "check", "nothing is wrong")
	})
}

// newcomer has somebody sign in whom nobody knows.
func (s *session) newcomer(name string) usher.Person {
	s.Helper()
	in := usher.SignedIn{Connection: "staff", Subject: "s-" + name, Address: name + "@example.com", AddressVerified: true}
	rule := usher.LinkRule{Domains: []string{"example.com"}, Newcomers: true}
	p, _, err := s.daemon.Ledger().SignIn(s.Context(), in, rule, usher.Session{Hash: name, ExpiresAt: usher.TimeOf(time.Now().Add(time.Hour))})
	s.check(err)
	return p
}

// asks has somebody ask for a seat that they gave back: what can be asked for whatever the subscription says.
func (s *session) asks(p usher.Person, subscription string) usher.SeatRequest {
	s.Helper()
	sub, err := s.daemon.Store().Look().SubscriptionNamed(s.Context(), subscription)
	s.check(err)
	by := usher.Principal{Kind: usher.PrincipalPerson, Name: p.Address, Person: p.ID}
	if err := s.daemon.Ledger().GiveBack(s.Context(), by, sub.ID); err != nil && !strings.Contains(err.Error(), "not yours") {
		s.Fatal(err)
	}
	r, err := s.daemon.Ledger().AskSeat(s.Context(), by, sub.ID, "for the course")
	s.check(err)
	return r
}
