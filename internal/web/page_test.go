package web

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// TestEveryPageIsFramedAlike: whatever page somebody is on, they see where they are and get everywhere else that they may go. On a
// telephone a table's cells stand below each other, so each has to name its column.
func TestEveryPageIsFramedAlike(t *testing.T) {
	seat := Seat{ID: "s", Subscription: "adkar", Portal: "prosci", State: usher.Active, Since: "2026-03-02", MayAsk: true, MayGiveBack: true}
	request := Request{SeatRequest: usher.SeatRequest{State: usher.RequestOpen}, Name: "adkar", Who: "Eve", Asked: "2026-03-02"}
	data := map[string]any{
		"me": struct {
			Seats    []Seat
			Requests []Request
		}{[]Seat{seat}, []Request{request}},
		"reports":  struct{ Reports []Report }{[]Report{{Name: "Eve", Seats: []Seat{seat}}}},
		"requests": struct{ Requests []Request }{[]Request{request}},
		"preflight": struct {
			Portals []struct {
				Portal
				Mismatches
			}
		}{[]struct {
			Portal
			Mismatches
		}{{Portal{Name: "learning"}, Mismatches{AsOf: time.Unix(1, 0), Found: []Mismatch{{Person: "p", Name: "Eve", There: "old@example.com", SignsInWith: "eve@example.com"}}, More: 7}}}},
		"roles": rolesPage{Holders: []RoleHolder{{Person: "p", Name: "Eve", Role: usher.RoleOwner, From: "given by ann on 2026-03-02", Given: &usher.RoleGrant{}}}, First: true, Roles: usher.GivenRoles()},
		"plans": plansPage{Directories: []string{"contractors", "hr"}, Changed: []revision{{usher.RevisionView{Number: 4, State: usher.RevisionProposed}}},
			Waiting: []plan{{usher.PlanView{Number: 7, State: usher.PlanOpen, Counts: usher.PlanCounts{Leavers: 1, Held: 1}, Reasons: []string{"many leavers"}}}},
			Past:    []plan{{usher.PlanView{Number: 6, State: usher.PlanApplied, DecidedBy: "Eve", Why: "closed"}}}, Older: "/plans?before=6",
			Decided: []revision{{usher.RevisionView{Number: 3, State: usher.RevisionActive}}}},
		"holds": holdsPage{Open: []hold{{usher.HoldView{Number: 2, Class: usher.HoldReleases, Subscription: "adkar"}}},
			Decided: []hold{{usher.HoldView{Number: 1, Class: usher.HoldInvitations, Directory: "hr", Decision: "allowed"}}}, Older: "/holds?before=1"},
		"conflicts": conflictsPage{Conflicts: []conflict{{usher.ConflictView{Number: 1, Kind: usher.ConflictAmbiguous}}, {usher.ConflictView{Number: 2, Kind: usher.ConflictCycle, About: "Eve", Person: "p"}}}, All: true, Older: "/conflicts?before=1"},
		"join": struct {
			From, Action string
			Names        []string
		}{"Ann", "/join/x", []string{"adkar"}},
		"people": peoplePage{Rows: personRows([]usher.PersonView{{ID: "p", Name: "Eve", State: "left", Manager: &usher.PersonName{ID: "m", Name: "Ann"},
			Seats: []usher.SeatView{{Subscription: "adkar", State: usher.Queued}}}}), Count: 1, next: "0.p"},
		"again": struct{ To string }{"/signin/okta?again"},
		"portals": struct{ Portals []portalLine }{[]portalLine{{PortalRow: usher.PortalRow{PortalView: usher.PortalView{Name: "prosci", LastError: "x"}, Refused: 1,
			Visits: []usher.VisitView{{ID: "v", Number: 1}}}, Words: "live", Next: "soon", NextAt: 1}}},
		"teams": struct {
			Teams []usher.TeamRow
			Next  string
			First bool
		}{[]usher.TeamRow{{ID: "t", Name: "Sales", Seats: []usher.TeamSeats{{Name: "adkar", Occupied: 1, Queued: 2}}}}, "?x", true},
		"events": eventsPage{List: []usher.EventLine{{EventView: usher.EventView{Kind: "seat.given", Person: "p"}, Fields: []usher.ChangedField{{Name: "a", From: "b", To: "c"}}}},
			Next: "?x", Live: &liveEvents{Next: "/events?x"}},
		"settings": settingsPage{Settings: Settings{Connections: []ConnectionSetting{{Name: "okta"}}, Groups: []SettingGroup{{"general", []Setting{{"listen", "x", "default"}}}}},
			Revision: usher.ActiveRevisionView{Number: 1, Subscriptions: []usher.SubscriptionView{{Name: "adkar", Rule: "x"}}}, Directories: []usher.DirectoryView{{Name: "okta"}},
			Tokens: []tokenLine{{}}, Attempts: []usher.AttemptView{{}}},
		"activity": activityPage{idleAsked: idleAsked{IdleQuery: usher.IdleQuery{Subscription: "adkar"}}, Activity: usher.Activity{Seats: []usher.SeatActivity{{Name: "adkar"}}},
			List: []usher.IdleSeat{{}}, Most: []usher.TeamActivity{{Name: "Sales"}}, Next: "?x"},
		"seats": struct {
			AsOf  time.Time
			Pools []pool
		}{time.Now(), []pool{{usher.PoolOutlook{}}}},
		"today": todayPage{Pools: []pool{{usher.PoolOutlook{Past: make([]usher.PoolDay, 91), Ahead: make([]usher.PoolDay, 91), TermNote: "ends"}}},
			Steps: stepsOf(usher.FirstSteps{}), Waiting: waitingLines([]usher.Waiting{{Kind: usher.WaitingPlans, Count: 2}}),
			Portals: []usher.PortalView{{Name: "prosci", State: usher.PortalLive}}, Feeds: []Feed{{DirectoryView: usher.DirectoryView{Name: "okta"}}}},
	}
	for name := range titles {
		if _, here := data[name]; !here && name != "people" { // TestCompany opens it in a browser, with people on it
			t.Errorf("%s has a title, and is not looked at", name)
		}
	}
	for name, page := range data {
		who := Visitor{Person: usher.Person{ID: "ann"}, By: usher.Principal{Rights: usher.Rights{Owner: true, Manager: true}}}
		var out bytes.Buffer
		if err := pages.ExecuteTemplate(&out, name, framed{Visitor: who, Title: titles[name], At: "/" + name, Page: page}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text := out.String()
		for _, want := range []string{"<title>" + titles[name] + " · usher</title>", "<h1>" + titles[name] + "</h1>", `href="/me"`, `href="/reports"`, `href="/requests"`,
			`href="/preflight"`, `href="/roles"`, `action="/signout"`, `<main id="content">`, "<nav aria-label"} {
			if strings.Count(text, want) != 1 {
				t.Errorf("%s: %d times %s", name, strings.Count(text, want), want)
			}
		}
		if here := strings.Count(text, `href="/`+name+`" aria-current="page"`); here != strings.Count(text, "aria-current") || here == 0 && name != "join" && name != "again" {
			t.Errorf("%s: the links do not say where one is", name)
		}
		for _, cell := range regexp.MustCompile(`<td>[^\n]`).FindAllString(text, -1) {
			if cell != "<td><" { // what one can do speaks for itself
				t.Errorf("%s: a cell without the name of its column", name)
			}
		}
		if strings.Contains(text, "2026-03-02</") {
			t.Errorf("%s: a day is written with numbers alone", name)
		}
	}
}

func TestDay(t *testing.T) {
	for text, want := range map[string]string{"2026-03-02": "2 Mar 2026", "": "", "soon": "soon"} {
		if got := day(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestRefusalsLeadBack: who entered something wrong reads what it is in words, and gets back to where they entered it.
func TestRefusalsLeadBack(t *testing.T) {
	p := New(Options{Now: time.Now, Failed: func(_ *http.Request, err error) { t.Error(err) }, Roles: wrong{},
		Who: func(*http.Request) (Visitor, error) {
			return Visitor{Person: usher.Person{ID: "ann"}, By: usher.Principal{Rights: usher.Rights{Owner: true}}, AuthenticatedAt: usher.TimeOf(time.Now())}, nil
		}})
	for from, want := range map[string]bool{"http://usher.test/roles?x=1": true, "http://usher.test/roles/give": false, "http://usher.test/elsewhere": false, "": false, "::": false} {
		r := httptest.NewRequest(http.MethodPost, "/roles/give", nil)
		r.Header.Set("Referer", from)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		text := w.Body.String()
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(text, "Address is nobody&#39;s.") || !strings.Contains(text, `href="/me"`) {
			t.Errorf("from %q: %d %s", from, w.Code, text)
		}
		if is := strings.Contains(text, `<a href="/roles?x=1">Go back</a>`); is != want || is != strings.Contains(text, "Go back") {
			t.Errorf("from %q: leads back %v: %s", from, is, text)
		}
	}
}

// wrong are roles that cannot be given.
type wrong struct{ Roles }

// GiveRole implements Roles.
func (wrong) GiveRole(context.Context, usher.Principal, string, usher.Role, string) error {
	return &usher.InvalidError{Attribute: "address", Problem: "is nobody's"}
}

// TestSeatsInWords: what a state is called depends on whose seat it is.
func TestSeatsInWords(t *testing.T) {
	for _, c := range []struct {
		state      usher.SeatState
		own, other string
	}{
		{usher.Queued, "in the queue", "in the queue"},
		{usher.Invited, "invited: look for the portal's mail", "invited"},
		{usher.Active, "yours", "has a seat"},
		{usher.Releasing, "ending", "ending"},
		{"", "none", "none"},
	} {
		if s := (Seat{State: c.state}); s.Words() != c.own || s.OfOther() != c.other {
			t.Errorf("%q: %q and %q", c.state, s.Words(), s.OfOther())
		}
	}
}
