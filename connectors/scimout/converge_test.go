package scimout_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"usher/connectors/scimout"
	"usher/connectors/scimout/scimportal"
	"usher/internal/usher"
)

// TestConverges: whatever is wished and whatever fails on the way, once faults stop one
// delivery holds, the next writes nothing, and nobody has two accounts.
func TestConverges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := start(t, scimportal.Options{
			NoPatch: rapid.Bool().Draw(rt, "no patch"), NoVersions: rapid.Bool().Draw(rt, "no versions"),
			EmptyAnswers: rapid.Bool().Draw(rt, "empty answers"),
		}, scimout.Options{Match: rapid.SampledFrom([]scimout.Match{scimout.MatchUserName, scimout.MatchEmails, scimout.MatchExternalID}).Draw(rt, "match")})
		people, teams := company(3, 1)
		s := &staffed{T: t, Connector: r.Connector, people: people, teams: teams}
		for range rapid.IntRange(1, 8).Draw(rt, "days") {
			wish(rt, s)
			r.portal.SetFault(mishaps(rt))
			s.attempt()
		}
		r.portal.SetFault(nil)
		s.converge("when all works again")
		before := r.Writes()
		s.pass("a second pass")
		if n := r.Writes() - before; n != 0 {
			rt.Errorf("a second pass wrote %d times", n)
		}
		if stats := r.portal.Stats(); stats.Duplicates != 0 || stats.Inversions != 0 {
			rt.Errorf("stats %+v", stats)
		}
		for _, c := range s.people {
			at := slices.IndexFunc(r.portal.Users(), func(u scimportal.User) bool { return u.ExternalID == c.Desired.Key })
			if (at >= 0 && r.portal.Users()[at].Active) != c.Desired.Active {
				rt.Errorf("%s: active should be %t", c.Account, c.Desired.Active)
			}
		}
	})
}

// wish changes what is desired of one person.
func wish(rt *rapid.T, s *staffed) {
	d := &s.people[rapid.IntRange(0, len(s.people)-1).Draw(rt, "person")].Desired
	switch rapid.IntRange(0, 4).Draw(rt, "wish") {
	case 0:
		d.Active = !d.Active
	case 1:
		d.Title = rapid.SampledFrom([]string{"", "Lead", "Engineer"}).Draw(rt, "title")
	case 2:
		d.UserName = rapid.SampledFrom([]string{"x-", "y-"}).Draw(rt, "name") + d.Key
		d.Address = d.UserName + "@example.com"
	case 3:
		d.Manager = rapid.SampledFrom([]usher.ID{"", "person-0"}).Draw(rt, "manager")
	case 4:
		members := &s.teams[0].Desired.Members
		*members = rapid.SampledFrom([][]usher.ID{nil, {"person-1"}, {"person-0", "person-2"}}).Draw(rt, "members")
	}
}

// mishaps are faults for the requests to come, reads and writes alike.
func mishaps(rt *rapid.T) func(*http.Request) scimportal.Fault {
	list := rapid.SliceOfN(rapid.SampledFrom([]scimportal.Fault{
		{},
		{},
		{},
		{Drop: true},
		{Drop: true, Effect: true},
		{Status: 500},
		{Status: 500, Effect: true},
		{Status: 429, RetryAfter: "1"},
		{Status: 400},
		{Body: "<html>", ContentType: "text/html", Effect: true},
		{Body: `{"id":`, ContentType: "application/json"},
	}), 12, 12).Draw(rt, "mishaps")
	next := make(chan scimportal.Fault, len(list))
	for _, f := range list {
		next <- f
	}
	return func(r *http.Request) scimportal.Fault {
		select {
		case f := <-next:
			if f.Status == http.StatusBadRequest && strings.HasPrefix(r.URL.Query().Get("filter"), "externalId") {
				return scimportal.Fault{} // a portal that can filter by it never says that it cannot
			}
			return f
		default:
			return scimportal.Fault{}
		}
	}
}

// attempt delivers everything once and learns what it can.
func (s *staffed) attempt() {
	s.Helper()
	for i := range s.people {
		s.people[i].ManagerRemoteID = s.remote(s.people[i].Desired.Manager)
	}
	s.learn(s.people)
	s.teams[0].MemberRemoteIDs = nil
	for _, m := range s.teams[0].Desired.Members {
		s.teams[0].MemberRemoteIDs = append(s.teams[0].MemberRemoteIDs, s.remote(m))
	}
	s.learn(s.teams)
}

func (s *staffed) learn(changes []usher.AccountChange) {
	s.Helper()
	outcomes, _ := s.Deliver(s.Context(), changes)
	if len(outcomes) != len(changes) {
		s.Fatalf("%d outcomes for %d changes", len(outcomes), len(changes))
	}
	for i, o := range outcomes {
		changes[i].ReadBack = o.Result == usher.Unknown
		if o.RemoteID != "" {
			changes[i].RemoteID = o.RemoteID
		}
		if o.Seen != nil {
			changes[i].Seen = o.Seen
		}
	}
}
