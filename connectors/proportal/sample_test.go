package proportal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"usher/connectors"
	"usher/connectors/proportal"
	"usher/connectors/proportal/fakeportal"
	"usher/internal/usher"
)

// wish is what the sample 02 wants of one person.
type wish struct{ Email, First, Last, Reason, State, Access, Team string }

type worklistSample struct {
	Portal   []struct{ Access, Email, Status string }
	Wanted   []wish
	Seats    struct{ Allocated, Purchased int }
	Queued   []string `json:"expected_waiting"`
	Expected string
}

// changes are those of the sample whom the ledger gave a seat, and the team that is new.
func (s worklistSample) changes() []usher.AccountChange {
	changes := []usher.AccountChange{{
		Account: "team", Kind: usher.AccountTeam, Generation: 1, Why: "first member",
		Desired: usher.Desired{Active: true, DisplayName: "Network Operations"},
	}}
	for i, w := range s.Wanted {
		if slices.Contains(s.Queued, w.Email) {
			continue
		}
		c := usher.AccountChange{
			Account: usher.ID(fmt.Sprintf("account-%d", i)), Kind: usher.AccountPerson, Generation: 1, Why: w.Reason,
			Desired: usher.Desired{Active: w.State != "released", Address: w.Email, GivenName: w.First, FamilyName: w.Last, Admin: w.Access == "admin" || w.Access == "both"},
		}
		if w.Team != "" {
			c.Desired.Teams = []string{w.Team}
		}
		switch {
		case !c.Desired.Active:
			c.Desired.Admin, c.Releasing = false, []string{seatName}
		case w.Access != "admin":
			c.Desired.Subscriptions = []string{seatName}
		}
		for _, p := range s.Portal {
			if p.Email == w.Email {
				admin := p.Access == "both"
				c.RemoteID, c.Seen = p.Email, &usher.Seen{RemoteID: p.Email, Active: p.Status == "active", Admin: &admin, Subscriptions: []string{}}
				if c.Seen.Active {
					c.Seen.Subscriptions = []string{seatName}
				}
			}
		}
		changes = append(changes, c)
	}
	return changes
}

func readWorklistSample(t *testing.T) worklistSample {
	t.Helper()
	var s worklistSample
	if err := json.Unmarshal(sample(t, "02_worklist.changes.json"), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSampleWorklist(t *testing.T) {
	s := readWorklistSample(t)
	changes := s.changes()
	pools := []connectors.Pool{{Subscription: seatName, Purchased: s.Seats.Purchased, Occupied: s.Seats.Allocated}}
	for range 2 {
		files, outcomes, err := proportal.New(proPortalOptions()).Render(connectors.Handover{Changes: changes, Pools: pools})
		if err != nil || len(files) != 1 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		if want := sample(t, s.Expected); !bytes.Equal(files[0].Content, want) {
			t.Errorf("got\n%s\nwant\n%s", files[0].Content, want)
		}
		for i, o := range outcomes {
			if o.Result != usher.Awaiting {
				t.Errorf("change %d: %+v", i, o)
			}
		}
		if files[0].Kind != usher.BatchTasks {
			t.Errorf("kind %s", files[0].Kind)
		}
		slices.Reverse(changes)
	}
}

// TestSampleWorklistAtThePortal works through the sample: everything is done, and then nobody
// fits any more.
func TestSampleWorklistAtThePortal(t *testing.T) {
	s, now := readWorklistSample(t), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	p := fakeportal.New(s.Seats.Purchased)
	must(t, p.Do(fakeportal.Task{Action: "Invite", First: "Gone", Last: "Person", Email: "gone.person@example.com", Access: "Both"}, now))
	must(t, p.Do(fakeportal.Task{Action: "Invite", First: "Ravi", Last: "Iyer", Email: "ravi.iyer@example.com", Access: "ITProTV Subscription"}, now))
	must(t, p.Accept("ravi.iyer@example.com", now))
	must(t, p.Do(fakeportal.Task{Action: "Deactivate Subscription", Email: "ravi.iyer@example.com"}, now))
	for i := 1; i < s.Seats.Allocated; i++ {
		must(t, p.Do(fakeportal.Task{Action: "Invite", First: "Some", Last: "Body", Email: fmt.Sprintf("u%d@example.com", i), Access: "ITProTV Subscription"}, now))
	}
	answers, err := p.Work(sample(t, s.Expected), now)
	must(t, err)
	for i, answer := range answers {
		if answer != nil {
			t.Errorf("row %d: %v", i+1, answer)
		}
	}
	if _, allocated, available := p.Seats(fakeportal.Subscription); allocated != 32 || available != 0 {
		t.Errorf("%d seats taken, %d left", allocated, available)
	}
	for _, email := range s.Queued {
		err := p.Do(fakeportal.Task{Action: "Invite", First: "Late", Last: "Comer", Email: email, Access: "ITProTV Subscription"}, now)
		if refused, ok := errors.AsType[*fakeportal.Refusal](err); !ok || !refused.NoSeats {
			t.Errorf("%s: %v", email, err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestSampleUsers reads the list of sample 03 as the drift cases want it seen.
func TestSampleUsers(t *testing.T) {
	got, findings := users(t, proportal.New(proPortalOptions()), sample(t, "03_users_assumed.csv"))
	if len(findings) > 0 {
		t.Errorf("findings %+v", findings)
	}
	day := func(m time.Month, d int) usher.Time { return usher.TimeOf(time.Date(2026, m, d, 0, 0, 0, 0, time.UTC)) }
	yes, no := true, false
	seat, none := []string{seatName}, []string{}
	team := []string{"Network Operations"}
	account := func(address, given, family, status string, active bool, admin *bool, subs, teams []string, last usher.Time) usher.Seen {
		return usher.Seen{RemoteID: address, Address: address, GivenName: given, FamilyName: family, Status: status, Active: active, Admin: admin, Subscriptions: subs, Teams: teams, LastActiveAt: last}
	}
	want := []usher.Seen{
		account("amara.okafor@example.com", "Amara", "Okafor", "Active", true, &no, seat, team, day(3, 1)),
		account("Sean.OBrien@example.com", "Seán", "O'Brien", "Active", true, &yes, seat, team, day(3, 3)),
		account("lic.admin@example.com", "Lic", "Admin", "Active", true, &yes, none, none, day(3, 4)),
		account("gone.person@example.com", "Gone", "Person", "Active", true, &no, seat, none, day(2, 27)),
		account("ravi.iyer@example.com", "Ravi", "Iyer", "Deactivated", false, nil, none, none, usher.TimeOf(time.Date(2025, 1, 15, 0, 0, 0, 0, time.UTC))),
		account("never.came@example.com", "Never", "Came", "Pending", true, &no, seat, none, 0),
	}
	if a, b := asJSON(t, got), asJSON(t, want); a != b {
		t.Errorf("got\n%s\nwant\n%s", a, b)
	}
	var drift struct{ Expected struct{ Allocated int } }
	must(t, json.Unmarshal(sample(t, "03_drift.case.json"), &drift))
	allocated := 0
	for _, s := range got {
		allocated += len(s.Subscriptions)
	}
	if allocated != drift.Expected.Allocated {
		t.Errorf("%d seats taken, want %d", allocated, drift.Expected.Allocated)
	}
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	must(t, err)
	return string(text)
}

func TestSampleActivity(t *testing.T) {
	for name, want := range map[string][]string{
		"04_activity_viewings_assumed.xlsx": {"amara.okafor@example.com 2026-03-01T09:12:00Z", "Sean.OBrien@example.com 2026-03-03T15:40:00Z"},
		"04_activity_labs_assumed.xlsx":     {"amara.okafor@example.com 2026-03-01T10:05:00Z"},
		"04_activity_logins_assumed.xlsx": {
			"amara.okafor@example.com 2026-03-01T09:10:00Z", "Sean.OBrien@example.com 2026-03-03T15:38:00Z", "gone.person@example.com 2026-02-27T08:00:00Z",
		},
	} {
		for _, p := range []*proportal.Connector{proportal.New(proportal.Options{}), proportal.NewMyACI(proportal.Options{})} {
			var got []string
			findings, err := p.ReadActivity(sample(t, name), func(address string, at usher.Time) error {
				got = append(got, address+" "+at.Std().Format(time.RFC3339))
				return nil
			})
			if err != nil || len(findings) > 0 || !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q (%v, %v)", name, got, want, findings, err)
			}
		}
	}
}

// TestSampleManyUsers has 10,000 people read within two seconds and 100 MB.
func TestSampleManyUsers(t *testing.T) {
	list := sample(t, "06_users_10k_assumed.csv")
	p := proportal.New(proPortalOptions())
	taken := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			users(b, p, list)
		}
	})
	t.Logf("10,000 people: %s, %d bytes", time.Duration(taken.NsPerOp()), taken.AllocedBytesPerOp())
	if taken.NsPerOp() > int64(2*time.Second) || taken.AllocedBytesPerOp() > 100<<20 {
		t.Errorf("%s, %d bytes", time.Duration(taken.NsPerOp()), taken.AllocedBytesPerOp())
	}
	if got, findings := users(t, p, list); len(got) != 10_000 || len(findings) > 0 {
		t.Errorf("%d people, findings %v", len(got), findings)
	}
}
