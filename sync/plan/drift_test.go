package plan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/plan"
)

// driftCase is a sample: what the ledger has, an export, and what is to be found in it.
type driftCase struct {
	Export   string         `json:"export"`
	Exports  []string       `json:"exports"`
	Complete bool           `json:"export_is_complete"`
	Ledger   []driftPerson  `json:"ledger"`
	Findings []driftFinding `json:"findings"`
	Expected struct {
		Findings  []driftFinding `json:"findings"`
		Occupied  int            `json:"occupied"`
		Allocated int            `json:"allocated"`
	} `json:"expected"`
	Pools map[string]struct {
		Purchased int `json:"purchased"`
	} `json:"pools"`
	Licenses, Seats struct {
		Purchased int `json:"purchased"`
	}
	Now   time.Time `json:"now"`
	Limit int       `json:"waiting_limit_days"`
}

type driftPerson struct {
	Emails    []string  `json:"emails"`
	Person    usher.ID  `json:"person"`
	Seats     []string  `json:"seats"`
	Released  bool      `json:"released"`
	State     string    `json:"state"`
	ReportsTo usher.ID  `json:"reports_to"`
	InvitedAt time.Time `json:"invited_at"`
}

type driftFinding struct {
	Code     string   `json:"code"`
	Person   usher.ID `json:"person"`
	Tool     string   `json:"tool"`
	Tools    []string `json:"tools"`
	Pool     string   `json:"pool"`
	Address  string   `json:"portal_email"`
	Severity string   `json:"severity"`
	Portal   string   `json:"portal"`
	There    int      `json:"used"`
}

// driftNames are what the ledger calls the people of the samples where the export has no name or
// another one.
var driftNames = map[string]string{
	"sean.obrien@example.com": "Seán|O'Brien", "hanh.nguyen@example.com": "Hạnh|Nguyễn",
}

func TestDriftsOfTheSamples(t *testing.T) {
	for _, name := range []string{"prosci", "ascender", "proportal"} {
		var c driftCase
		decode(t, name+".case.json", &c)
		for _, file := range append(c.Exports, c.Export) {
			if file == "" {
				continue
			}
			t.Run(name+"/"+file, func(t *testing.T) {
				x, standings := c.standings(t, readSample(t, file))
				got := plan.Drifts(x, standings)
				c.compare(t, x, got)
				c.counts(t, x, standings)
			})
		}
	}
}

func decode(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "drift", file))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// readSample reads an export by the obvious mapping of its columns.
func readSample(t *testing.T, file string) (seen []usher.Seen) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "drift", file))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range sheet.Rows {
		if err != nil {
			t.Fatal(err)
		}
		s := usher.Seen{Active: true}
		for i, cell := range row.Cells {
			sampleCell(&s, sheet.Header[i], cell)
		}
		s.Address = s.RemoteID
		seen = append(seen, s)
	}
	return seen
}

func sampleCell(s *usher.Seen, column, cell string) {
	yes := true
	switch {
	case column == "First Name":
		s.GivenName = cell
	case column == "Last Name":
		s.FamilyName = cell
	case column == "Name":
		s.DisplayName = cell
	case column == "Email", column == "Email Address":
		s.RemoteID = cell
	case column == "Reports To":
		s.Manager = cell
	case column == "Title":
		s.Title = cell
	case column == "User Status", column == "Status":
		s.Status, s.Active = cell, cell != "Inactive" && cell != "Deactivated"
	case column == "Customer Type" && cell == "Admin":
		s.Admin = &yes
	case column == "Access" && cell == "Admin":
		s.Admin, s.Subscriptions = &yes, []string{}
	case column == "Access" && cell == "Both":
		s.Admin = &yes
		s.Subscriptions = []string{"seats"}
	case column == "Last Login" && cell != "":
		day, _ := time.Parse(time.DateOnly, cell)
		s.LastActiveAt = usher.TimeOf(day)
	case strings.HasSuffix(column, "]"):
		if s.Subscriptions == nil {
			s.Subscriptions = []string{}
		}
		if cell == "Y" {
			_, code, _ := strings.Cut(strings.TrimSuffix(column, "]"), "[")
			s.Subscriptions = append(s.Subscriptions, code)
		}
	}
}

// standings are the ledger of the sample beside the export.
func (c driftCase) standings(t *testing.T, seen []usher.Seen) (plan.Shown, []plan.Standing) {
	t.Helper()
	now := usher.TimeOf(c.Now)
	if now == 0 {
		now = usher.TimeOf(time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC))
	}
	x := plan.Shown{
		Portal: usher.Portal{ID: "portal", Profile: usher.Profile{Waiting: time.Duration(c.Limit) * 24 * time.Hour}},
		Export: usher.Export{ID: "export", AsOf: now, Complete: c.Complete},
	}
	for code, p := range c.Pools {
		x.Subscriptions = append(x.Subscriptions, usher.Subscription{ID: usher.ID(code), Name: "tool " + code, Code: code, Purchased: p.Purchased})
	}
	slices.SortFunc(x.Subscriptions, func(a, b usher.Subscription) int { return strings.Compare(string(b.ID), string(a.ID)) })
	if c.Pools == nil {
		x.Subscriptions = []usher.Subscription{{ID: "one", Name: "seats", Purchased: c.Licenses.Purchased + c.Seats.Purchased}}
	}
	var identifiers []usher.Identifier
	people := map[usher.ID]usher.Person{}
	of := map[usher.ID]driftPerson{}
	for _, p := range c.Ledger {
		of[p.Person] = p
		people[p.Person] = usher.Person{ID: p.Person, Active: !p.Released && p.State != "releasing", Address: p.Emails[0], Attributes: nameOf(p, seen)}
		for i, e := range p.Emails {
			kind := usher.KindEmail
			if i > 0 {
				kind = usher.KindAlias
			}
			identifiers = append(identifiers, usher.Identifier{Space: usher.SpaceAddress, Key: e, Kind: kind, Person: p.Person})
		}
	}
	var standings []plan.Standing
	for i, m := range plan.NewRoll(nil, identifiers, people).MatchExport(seen) {
		shown, unknown := x.Subscribed(seen[i])
		if len(unknown) > 0 || m.Again || m.Second {
			t.Fatalf("row %d: %v, %+v", i, unknown, m)
		}
		s := c.standing(of[m.Person], people)
		s.Account, s.By, s.Seen = usher.ID(fmt.Sprint("account of ", shown.RemoteID)), m.By, &shown
		standings = append(standings, s)
		delete(of, m.Person)
	}
	for _, p := range c.Ledger {
		if _, absent := of[p.Person]; absent {
			standings = append(standings, c.standing(p, people))
		}
	}
	return x, standings
}

func nameOf(p driftPerson, seen []usher.Seen) usher.Attributes {
	if given, family, ok := strings.Cut(driftNames[p.Emails[0]], "|"); ok {
		return usher.Attributes{GivenName: given, FamilyName: family}
	}
	for _, s := range seen {
		if slices.ContainsFunc(p.Emails, func(e string) bool { return strings.EqualFold(e, s.RemoteID) }) {
			return usher.Attributes{GivenName: s.GivenName, FamilyName: s.FamilyName, DisplayName: s.DisplayName}
		}
	}
	return usher.Attributes{DisplayName: p.Emails[0]}
}

func (c driftCase) standing(p driftPerson, people map[usher.ID]usher.Person) plan.Standing {
	person := people[p.Person]
	s := plan.Standing{Person: person}
	if p.Person == "" {
		return s
	}
	a := person.Attributes
	s.Desired = &usher.Desired{Active: true, GivenName: a.GivenName, FamilyName: a.FamilyName, DisplayName: a.FullName(), Manager: p.ReportsTo}
	if m, ok := people[p.ReportsTo]; ok {
		s.Manager = []string{m.Address, m.Name()}
	}
	seat := usher.Seat{Person: p.Person, State: usher.Active, SeatedAt: usher.TimeOf(p.InvitedAt)}
	switch {
	case p.State == "releasing":
		seat.State = usher.Releasing
	case p.Released:
		seat.State, seat.SeatedAt, seat.ReleasedAt = usher.Released, 1, 2
	}
	subs := p.Seats
	if c.Pools == nil {
		subs = []string{"one"}
	} else if p.Released {
		subs = []string{"P410", "P1432"}
	}
	for _, sub := range subs {
		seat.Subscription = usher.ID(sub)
		s.Seats = append(s.Seats, seat)
	}
	return s
}

// compare wants each finding of the sample, and no other.
func (c driftCase) compare(t *testing.T, x plan.Shown, got []usher.Drift) {
	t.Helper()
	var want, have []string
	for _, f := range append(c.Findings, c.Expected.Findings...) {
		who := cmpOr(string(f.Person), f.Address, f.Pool)
		want = append(want, fmt.Sprintf("%s %s %s", f.Code, who, cmpOr(f.Severity, "grave")))
	}
	for _, d := range got {
		severity := "grave"
		if d.Severity == usher.SeverityInfo {
			severity = "info"
		}
		who := cmpOr(string(d.Person), d.Address, string(d.Subscription))
		have = append(have, fmt.Sprintf("drift.%s %s %s", d.Code, who, severity))
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(want, have) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(have, "\n  "), strings.Join(want, "\n  "))
	}
	for _, f := range append(c.Findings, c.Expected.Findings...) {
		i := slices.IndexFunc(got, func(d usher.Drift) bool { return "drift."+string(d.Code) == f.Code && (d.Person == f.Person) })
		if i < 0 {
			continue // said above
		}
		d := got[i]
		if f.Tool != "" && string(d.Subscription) != f.Tool || f.Pool != "" && string(d.Subscription) != f.Pool {
			t.Errorf("%s of %s is about subscription %q", f.Code, f.Person, d.Subscription)
		}
		for _, tool := range f.Tools {
			if !strings.Contains(d.Text, tool) {
				t.Errorf("%q does not name %s", d.Text, tool)
			}
		}
		if f.Address != "" && d.Address != f.Address || f.Portal != "" && !strings.Contains(d.Text, f.Portal) {
			t.Errorf("%s: address %q, text %q", f.Code, d.Address, d.Text)
		}
		if f.There != 0 && !strings.Contains(d.Text, fmt.Sprintf("%d seats", f.There)) {
			t.Errorf("%q does not say %d", d.Text, f.There)
		}
	}
}

func cmpOr(texts ...string) string {
	i := slices.IndexFunc(texts, func(s string) bool { return s != "" })
	if i < 0 {
		return ""
	}
	return texts[i]
}

func (c driftCase) counts(t *testing.T, x plan.Shown, standings []plan.Standing) {
	t.Helper()
	count := x.StartCounting()
	for _, s := range standings {
		count.Add(s)
	}
	if want := c.Expected.Occupied + c.Expected.Allocated; want != 0 && count.Pools()[0].There != want {
		t.Errorf("%d are taken there, want %d", count.Pools()[0].There, want)
	}
}

// A portal that has what the ledger wants shows no drift, whatever else it says; and none of
// what was not carried to it yet.
func TestNoDriftWhereThePortalHasWhatIsWanted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := plan.Shown{Portal: usher.Portal{ID: "p", Hard: rapid.Bool().Draw(t, "hard")}, Export: usher.Export{AsOf: 100, Complete: rapid.Bool().Draw(t, "complete")}}
		var standings []plan.Standing
		n := rapid.IntRange(1, 3).Draw(t, "pools")
		for i := range n {
			x.Subscriptions = append(x.Subscriptions, usher.Subscription{ID: usher.ID(fmt.Sprint(i)), Name: fmt.Sprint("s", i), Purchased: 100})
		}
		for i := range rapid.IntRange(0, 8).Draw(t, "people") {
			address := fmt.Sprintf("p%d@example.com", i)
			s := plan.Standing{Account: usher.ID(address), Person: usher.Person{ID: usher.ID(address), Active: true, Address: address}, By: plan.MatchAddress}
			s.Untold = rapid.Bool().Draw(t, "untold")
			seen := usher.Seen{RemoteID: address, Active: true, Subscriptions: []string{}}
			for _, sub := range x.Subscriptions {
				state := rapid.SampledFrom([]usher.SeatState{usher.Invited, usher.Active, usher.Releasing, ""}).Draw(t, "state")
				if state == "" {
					continue
				}
				s.Seats = append(s.Seats, usher.Seat{Subscription: sub.ID, State: state, SeatedAt: 1})
				there := state == usher.Active || state == usher.Invited && (!s.Untold || rapid.Bool().Draw(t, "early")) || state == usher.Releasing && s.Untold
				if there {
					seen.Subscriptions = append(seen.Subscriptions, sub.Name)
				}
			}
			s.Seen = &seen
			standings = append(standings, s)
		}
		for _, d := range plan.Drifts(x, standings) {
			if d.Code != usher.DriftReleased {
				t.Fatalf("%s: %s", d.Code, d.Text)
			}
		}
	})
}

func TestDrifts(t *testing.T) {
	subs := []usher.Subscription{{ID: "a", Name: "A", Code: "P1", Purchased: 1}, {ID: "b", Name: "B", Purchased: 1, OnLeave: usher.LeavePark}}
	ann := usher.Person{ID: "ann", Active: true, Address: "ann@example.com"}
	yes := true
	seen := func(f func(*usher.Seen)) *usher.Seen {
		s := usher.Seen{RemoteID: "ann@example.com", Active: true, Subscriptions: []string{}}
		f(&s)
		return &s
	}
	has := func(subs ...string) *usher.Seen {
		return seen(func(s *usher.Seen) { s.Subscriptions = append(s.Subscriptions, subs...) })
	}
	seat := func(state usher.SeatState, at usher.Time) []usher.Seat {
		return []usher.Seat{{Subscription: "a", State: state, SeatedAt: at, ChangedAt: at}}
	}
	away := usher.Person{ID: "ann", Active: true, OnLeave: true, Address: "ann@example.com"}
	parked := []usher.Seat{{Subscription: "b", State: usher.Active, SeatedAt: 5, ChangedAt: 5}}
	boss := usher.Person{ID: "boss", Inactive: usher.InactiveEnded, Address: "boss@example.com"}
	admin := func(remote string, subs ...string) *usher.Seen {
		return seen(func(s *usher.Seen) {
			s.RemoteID, s.Admin, s.Subscriptions = remote, &yes, append(s.Subscriptions, subs...)
		})
	}
	tests := []struct {
		name     string
		s        plan.Standing
		part     bool // the export is not complete
		expected string
	}{
		{"seat that nobody was told of", plan.Standing{Person: ann, Seats: seat(usher.Invited, 5), Untold: true}, false, ""},
		{"seat that was told", plan.Standing{Person: ann, Seats: seat(usher.Invited, 5)}, false, "missing_at_portal"},
		{"missing from a filtered list", plan.Standing{Person: ann, Seats: seat(usher.Active, 5)}, true, ""},
		{"seated after the export was made", plan.Standing{Person: ann, Seats: seat(usher.Active, 500)}, false, ""},
		{"confirmed after the export was made", plan.Standing{Person: ann, Seen: has(), Seats: []usher.Seat{{Subscription: "a", State: usher.Active, SeatedAt: 5, ChangedAt: 500}}}, false, ""},
		{"release that nobody was told of", plan.Standing{Person: ann, Seen: has("A"), Seats: seat(usher.Releasing, 5), Untold: true}, false, ""},
		{"release that was told", plan.Standing{Person: ann, Seen: has("A"), Seats: seat(usher.Releasing, 5)}, false, "not_released"},
		{"release in one of two", plan.Standing{Person: ann, Seen: has(), Seats: seat(usher.Releasing, 5)}, false, "release_confirmed"},
		{"queued here, seated there", plan.Standing{Person: ann, Seen: has("A"), Seats: seat(usher.Queued, 0)}, false, "tool_extra"},
		{"one more there", plan.Standing{Person: ann, Seen: has("A", "B"), Seats: seat(usher.Active, 5)}, false, "tool_extra"},
		{"no rule", plan.Standing{Person: ann, Seen: has("A")}, false, "no_rule"},
		{"somebody who left and never was ours", plan.Standing{Person: usher.Person{ID: "bob"}, Seen: has("A")}, false, "not_released"},
		{"nobody's", plan.Standing{Seen: has("A")}, false, "unknown_at_portal"},
		{"nobody's and off", plan.Standing{Seen: seen(func(s *usher.Seen) { s.Active = false })}, false, ""},
		{"a second account", plan.Standing{Person: ann, Second: true, Seen: has("A"), Seats: seat(usher.Active, 5)}, false, "unknown_at_portal"},
		{"declared admin", plan.Standing{Seen: seen(func(s *usher.Seen) { s.RemoteID, s.Subscriptions = "Boss@example.com", []string{"A"} })}, false, "admin_ignored"},
		{"away, and the seat is parked", plan.Standing{Person: away, Seen: seen(func(s *usher.Seen) { s.Active = false }), Seats: parked, Desired: &usher.Desired{}}, false, ""},
		{"away, and not there", plan.Standing{Person: away, Seats: parked, Desired: &usher.Desired{}}, false, ""},
		{"away, and still there", plan.Standing{Person: away, Seen: has("B"), Seats: parked, Desired: &usher.Desired{}}, false, "not_released"},
		{"away, and nobody was told yet", plan.Standing{Person: away, Seen: has("B"), Seats: parked, Desired: &usher.Desired{}, Untold: true}, false, ""},
		{"declared admin who left", plan.Standing{Person: boss, Seen: admin("Boss@example.com")}, false, "admin_left"},
		{"declared admin who is yet to start", plan.Standing{Person: usher.Person{ID: "boss", Inactive: usher.InactiveFuture}, Seen: admin("boss@example.com")}, false, "admin_ignored"},
		{"declared admin who left and is off", plan.Standing{Person: boss, Seen: seen(func(s *usher.Seen) { s.RemoteID, s.Active = "boss@example.com", false })}, false, ""},
		{"admin who left", plan.Standing{Person: usher.Person{ID: "bob"}, Seen: admin("bob@example.com")}, false, "admin_left"},
		{"admin who left and takes a seat", plan.Standing{Person: usher.Person{ID: "bob"}, Seen: admin("bob@example.com", "A")}, false, "not_released admin_left"},
		{"declared admin who left, and their seat is still there", plan.Standing{Person: boss, Seen: admin("boss@example.com", "A"), Seats: []usher.Seat{{Subscription: "a", State: usher.Released, SeatedAt: 5, ReleasedAt: 50}}}, false, "not_released admin_left"},
		{"admin whom nobody declared", plan.Standing{Person: ann, Seen: admin("ann@example.com")}, false, "admin_ignored"},
		{"admin whom nobody declared, with a seat", plan.Standing{Person: ann, Seen: admin("ann@example.com", "A")}, false, "no_rule admin_undeclared"},
		{"nobody's admin with a seat", plan.Standing{Seen: admin("x@example.com", "A")}, false, "unknown_at_portal admin_undeclared"},
		{"admin with a seat of theirs", plan.Standing{Person: ann, Seen: seen(func(s *usher.Seen) { s.Admin, s.Subscriptions = &yes, []string{"A"} }), Seats: seat(usher.Active, 5)}, false, ""},
		{"subscriptions are not shown", plan.Standing{Person: ann, Seen: seen(func(s *usher.Seen) { s.Subscriptions = nil }), Seats: seat(usher.Active, 5)}, false, ""},
		{"another department", plan.Standing{Person: ann, Seen: seen(func(s *usher.Seen) { s.Subscriptions, s.Values = []string{"A"}, map[string]string{"Region": "EMEA"} }), Seats: seat(usher.Active, 5),
			Desired: &usher.Desired{Active: true, Values: map[string]string{"Region": "NA", "Area": "Sales"}}}, false, "value_differs"},
		{"composed another way", plan.Standing{Person: ann, Seen: seen(func(s *usher.Seen) { s.Subscriptions, s.GivenName = []string{"A"}, "Zoe\u0308" }), Seats: seat(usher.Active, 5),
			Desired: &usher.Desired{Active: true, GivenName: "Zo\u00eb"}}, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := plan.Shown{Portal: usher.Portal{Profile: usher.Profile{Admins: []string{"boss@example.com"}}}, Subscriptions: subs, Export: usher.Export{AsOf: 100, Complete: !tt.part}}
			var codes []string
			for _, d := range x.Of(tt.s) {
				codes = append(codes, string(d.Code))
			}
			if got := strings.Join(codes, " "); got != tt.expected {
				t.Errorf("got %q, want %q", got, tt.expected)
			}
		})
	}
}

// TestAdminsThatTakeSeats: who administers a portal where that takes a seat, and nobody declared it, is
// named as such; who left, with what becomes of them.
func TestAdminsThatTakeSeats(t *testing.T) {
	yes := true
	x := plan.Shown{
		Portal:        usher.Portal{Profile: usher.Profile{Admins: []string{"boss@example.com"}, AdminSeats: true}},
		Subscriptions: []usher.Subscription{{ID: "a", Name: "A", Purchased: 9}}, Export: usher.Export{AsOf: 100, Complete: true},
	}
	shown := func(remote string) *usher.Seen {
		return &usher.Seen{RemoteID: remote, Active: true, Admin: &yes, Subscriptions: []string{"A"}}
	}
	boss := usher.Person{ID: "boss", Inactive: usher.InactiveEnded}
	for name, c := range map[string]struct {
		s          plan.Standing
		code, says string
	}{
		"undeclared": {plan.Standing{Person: usher.Person{ID: "ann", Active: true}, Seen: shown("ann@example.com")}, "admin_undeclared", "not declared as an admin of it: declare them, or take it from them there; takes a seat there: A"},
		"declared":   {plan.Standing{Person: usher.Person{ID: "boss", Active: true}, Seen: shown("boss@example.com")}, "admin_ignored", "left alone"},
		"the last":   {plan.Standing{Person: boss, Seen: shown("boss@example.com")}, "admin_left", "declare another"},
		"not alone":  {plan.Standing{Person: boss, Seen: shown("boss@example.com"), AnotherAdmin: true}, "admin_left", "is to be closed"},
	} {
		got := x.Of(c.s)
		if len(got) != 1 || string(got[0].Code) != c.code || !strings.Contains(got[0].Text, c.says) || c.code != "admin_ignored" && got[0].Severity != usher.SeverityWarning {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestTeamsThatDiffer: usher's teams alone count, and whoever has not come yet can be in none.
func TestTeamsThatDiffer(t *testing.T) {
	x := plan.Shown{Portal: usher.Portal{Teams: true}, Subscriptions: []usher.Subscription{{ID: "a", Name: "A", Purchased: 9}},
		Export: usher.Export{AsOf: 100, Complete: true}, Teams: []string{"Sales", "Support"}}
	for name, c := range map[string]struct {
		there, wanted []string
		status        string
		told          int
		says          string
	}{
		"in line":             {[]string{"sales "}, []string{"Sales"}, "Active", 0, ""},
		"in another":          {[]string{"Support", "By hand"}, []string{"Sales"}, "Active", 0, "is not in Sales; is in Support, and should not be"},
		"in none":             {[]string{}, []string{"Sales"}, "Active", 1, "is not in Sales"},
		"has not come yet":    {[]string{}, []string{"Sales"}, "Pending", 0, ""},
		"is not there yet":    {[]string{}, []string{"New"}, "Active", 0, ""},
		"teams are not shown": {nil, []string{"Sales"}, "Active", 0, ""},
		"told often enough":   {[]string{}, []string{"Sales"}, "Active", plan.TellAtMost, "is not in Sales; it was told 3 times and is told no more: see to it at the portal, or correct it here"},
	} {
		s := plan.Standing{Person: usher.Person{ID: "ann", Active: true}, Seats: []usher.Seat{{Subscription: "a", State: usher.Active, SeatedAt: 5, ChangedAt: 5}}, Told: c.told,
			Desired: &usher.Desired{Active: true, Teams: c.wanted}, Seen: &usher.Seen{RemoteID: "ann", Active: true, Status: c.status, Subscriptions: []string{"A"}, Teams: c.there}}
		var text string
		for _, d := range x.Of(s) {
			text += string(d.Code) + ": " + d.Text
		}
		if want := strings.TrimSuffix("team_differs: "+c.says, "team_differs: "); text != want {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// TestConcerns: a difference is about the seat that it names, or those that it lists.
func TestConcerns(t *testing.T) {
	a, b := usher.Subscription{ID: "a", Name: "A"}, usher.Subscription{ID: "b", Name: "B b"}
	for text, want := range map[string]string{
		"is not at the portal any more: A, B b":                                                   "ab",
		"nobody is known by this address; takes a seat there: B b; it could have joined: link it": "b",
		"administers the portal: A B":                                                             "",
		"":                                                                                        "",
	} {
		got := ""
		for _, sub := range []usher.Subscription{a, b} {
			if plan.Concerns(usher.Drift{Text: text}, sub) {
				got += string(sub.ID)
			}
		}
		if got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if d := (usher.Drift{Subscription: "a", Text: "one of many: B b"}); !plan.Concerns(d, a) || plan.Concerns(d, b) {
		t.Error("its own seat is what it is about")
	}
}

func TestSubscribed(t *testing.T) {
	two := []usher.Subscription{{Name: "A", Code: "P1"}, {Name: "B"}}
	yes := true
	tests := []struct {
		name    string
		subs    []usher.Subscription
		profile usher.Profile
		seen    usher.Seen
		want    string
	}{
		{"codes and names", two, usher.Profile{}, usher.Seen{Active: true, Subscriptions: []string{"B", "P1"}}, "[A B] []"},
		{"unknown", two, usher.Profile{}, usher.Seen{Active: true, Subscriptions: []string{"P9", "B"}}, "[B] [P9]"},
		{"not shown, of two", two, usher.Profile{}, usher.Seen{Active: true}, "[] []"},
		{"not shown, of one", two[:1], usher.Profile{}, usher.Seen{Active: true}, "[A] []"},
		{"off", two[:1], usher.Profile{}, usher.Seen{Subscriptions: []string{"A"}}, "[] []"},
		{"admin alone", two[:1], usher.Profile{}, usher.Seen{Active: true, Admin: &yes}, "[] []"},
		{"admin where that takes a seat", two[:1], usher.Profile{AdminSeats: true}, usher.Seen{Active: true, Admin: &yes, Subscriptions: []string{}}, "[A] []"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, unknown := plan.Shown{Portal: usher.Portal{Profile: tt.profile}, Subscriptions: tt.subs}.Subscribed(tt.seen)
			if text := fmt.Sprint(got.Subscriptions, unknown); text != tt.want {
				t.Errorf("got %s, want %s", text, tt.want)
			}
		})
	}
}

func TestCountsDifferWhereAccountsAreListedTwice(t *testing.T) {
	x := plan.Shown{Export: usher.Export{AsOf: 9, Complete: true}, Subscriptions: []usher.Subscription{{ID: "a", Name: "A", Purchased: 9}}}
	count := x.StartCounting()
	seen := usher.Seen{RemoteID: "ann@example.com", Active: true, Subscriptions: []string{"A"}}
	count.Add(plan.Standing{Person: usher.Person{ID: "ann"}, Seen: &seen, Seats: []usher.Seat{{Subscription: "a", State: usher.Active}}})
	if d := count.Drifts(); len(d) != 0 {
		t.Fatalf("nothing differs: %+v", d)
	}
	count.Again(seen)
	if d := count.Drifts(); len(d) != 1 || d[0].Code != usher.DriftCount || d[0].Subscription != "a" {
		t.Fatalf("listed twice: %+v", d)
	}
}
