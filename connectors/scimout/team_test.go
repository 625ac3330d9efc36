package scimout_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"usher/connectors/scimout"
	"usher/connectors/scimout/scimportal"
	"usher/internal/usher"
)

// crew fills the portal with n users and gives the change of a team of all of them.
func crew(t *testing.T, r *rig, n int) usher.AccountChange {
	c := usher.AccountChange{
		Account: "account-team", Kind: usher.AccountTeam,
		Desired: usher.Desired{Active: true, Key: "team-1", DisplayName: "Crew"},
	}
	for i := range n {
		r.direct(t, http.MethodPost, "/Users", fmt.Sprintf(`{"userName":"u%d"}`, i))
	}
	for _, u := range r.portal.Users() {
		c.MemberRemoteIDs = append(c.MemberRemoteIDs, u.ID)
	}
	return c
}

// TestLargeTeam: members go in bounded pieces, and only the difference goes.
func TestLargeTeam(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	c := crew(t, r, 250)
	all := c.MemberRemoteIDs
	for _, step := range []struct {
		members []string
		writes  int
	}{
		{all, 1 + 3}, {all, 0}, {all[:249], 1}, {all[1:], 2}, {nil, 3},
	} {
		before := r.Writes()
		c.MemberRemoteIDs = step.members
		c = r.done(t, c)
		if n := r.Writes() - before; n != step.writes {
			t.Errorf("%d members took %d writes, want %d", len(step.members), n, step.writes)
		}
		if got := slices.Sorted(slices.Values(r.portal.Groups()[0].Members)); !slices.Equal(got, slices.Sorted(slices.Values(step.members))) {
			t.Errorf("the group has %d members, want %d", len(got), len(step.members))
		}
	}
}

// TestTeamHalfWay: a piece that fails is seen and mended by the next delivery.
func TestTeamHalfWay(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	c := crew(t, r, 250)
	r.fail(2, scimportal.Fault{})
	r.fail(1, scimportal.Fault{Status: http.StatusTooManyRequests})
	if o, _ := r.one(t, c); o.Result != usher.Unknown || !o.Wrote {
		t.Errorf("outcome %+v, want unknown: a part is there", o)
	}
	r.done(t, c)
	if n := len(r.portal.Groups()[0].Members); n != 250 || len(r.portal.Groups()) != 1 {
		t.Errorf("%d members", n)
	}
}

// TestMemberRefused: the reason is the portal's.
func TestMemberRefused(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	c := crew(t, r, 1)
	c.MemberRemoteIDs = append(c.MemberRemoteIDs, "user-99")
	if o, _ := r.one(t, c); o.Result != usher.Refused || !strings.Contains(o.Reason, "no such member") || o.RemoteID == "" {
		t.Errorf("outcome %+v", o)
	}
}

// TestMembersNotThereYet: they are added when they have an account.
func TestMembersNotThereYet(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	c := crew(t, r, 2)
	c.MemberRemoteIDs = append(c.MemberRemoteIDs, "", "")
	r.done(t, c)
	if got := len(r.portal.Groups()[0].Members); got != 2 {
		t.Errorf("%d members", got)
	}
}

// TestHiddenMembers: a portal that does not show them is told once per change.
func TestHiddenMembers(t *testing.T) {
	r := start(t, scimportal.Options{Hide: []string{"members"}}, scimout.Options{})
	c := crew(t, r, 3)
	for _, members := range [][]string{c.MemberRemoteIDs, c.MemberRemoteIDs[:2]} {
		c.MemberRemoteIDs = members
		c = r.done(t, c)
		before := r.Writes()
		c = r.done(t, c)
		if r.Writes() != before {
			t.Error("told twice")
		}
	}
}

// TestReadMovingList: people who leave while pages are read hide nobody.
func TestReadMovingList(t *testing.T) {
	r := start(t, scimportal.Options{PageSize: 10}, scimout.Options{})
	crew(t, r, 35)
	var pages atomic.Int32
	r.portal.SetFault(func(req *http.Request) scimportal.Fault {
		if req.Method == http.MethodGet && pages.Add(1) == 2 {
			r.direct(t, http.MethodDelete, "/Users/user-3", "")
		}
		return scimportal.Fault{}
	})
	met := map[string]int{}
	if err := r.Read(t.Context(), usher.AccountPerson, func(s usher.Seen) error {
		met[s.RemoteID]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, u := range r.portal.Users() {
		if met[u.ID] != 1 {
			t.Errorf("%s was read %d times", u.ID, met[u.ID])
		}
	}
}

// TestReadUnsteady: lists that never hold still, or that show less than they say, are no
// information on who is not there.
func TestReadUnsteady(t *testing.T) {
	for name, answer := range map[string]func(page int32) string{
		"moving": func(page int32) string {
			return fmt.Sprintf(`{"totalResults":%d,"Resources":[{"id":"%d"}]}`, 100+page, page%7)
		},
		"always the first page": func(int32) string { return `{"totalResults":3,"Resources":[{"id":"1"},{"id":"2"}]}` },
		"empty":                 func(int32) string { return `{"totalResults":3,"Resources":[]}` },
		"no ids":                func(int32) string { return `{"totalResults":1,"Resources":[{"userName":"x"}]}` },
		"no total":              func(int32) string { return `{"itemsPerPage":0}` },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, scimportal.Options{}, scimout.Options{})
			var pages atomic.Int32
			r.portal.SetFault(func(*http.Request) scimportal.Fault {
				return scimportal.Fault{Body: answer(pages.Add(1)), ContentType: "application/json"}
			})
			err := r.Read(t.Context(), usher.AccountPerson, func(usher.Seen) error { return nil })
			if err == nil {
				t.Error("taken as complete")
			}
			if n := pages.Load(); n > 50 {
				t.Errorf("%d pages were asked for", n)
			}
		})
	}
}
