package proportal_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/connectors"
	"usher/connectors/proportal"
	"usher/internal/usher"
)

// someone is a person who is wanted with a seat; change it as the case needs.
func someone(alter func(*usher.AccountChange)) usher.AccountChange {
	c := usher.AccountChange{
		Account: "account-1", Kind: usher.AccountPerson, Generation: 7, Why: "why",
		Desired: usher.Desired{Active: true, Key: "p", Address: "Ann.Lee@Example.com", GivenName: "Ann", FamilyName: "Lee", Subscriptions: []string{seatName}},
	}
	if alter != nil {
		alter(&c)
	}
	return c
}

// there makes somebody known to the portal.
func there(c *usher.AccountChange, status string, admin bool, subs ...string) {
	c.RemoteID = "Ann.Lee@example.com"
	c.Seen = &usher.Seen{
		RemoteID: c.RemoteID, Address: c.RemoteID, GivenName: "Ann", FamilyName: "Lee", Status: status,
		Active: status != "Deactivated" || admin, Admin: &admin, Subscriptions: append([]string{}, subs...), Teams: []string{},
	}
}

func leaver(c *usher.AccountChange, releasing ...string) {
	c.Desired.Active, c.Desired.Admin, c.Desired.Subscriptions, c.Releasing = false, false, nil, releasing
}

func team(account, name string) usher.AccountChange {
	return usher.AccountChange{Account: usher.ID(account), Kind: usher.AccountTeam, Generation: 1, Desired: usher.Desired{Active: true, DisplayName: name}}
}

// rows are the list's rows without their numbers: "Action|First|Last|Email|Access|Team|Reason".
func rows(t *testing.T, p connectors.Whole, h connectors.Handover) ([]string, []usher.Outcome) {
	t.Helper()
	files, outcomes, err := p.Render(h)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range files {
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(f.Content), "\ufeff"))).ReadAll()
		if err != nil || len(lines) != len(f.Rows)+1 {
			t.Fatalf("%d lines for %d rows, %v", len(lines), len(f.Rows), err)
		}
		for i, line := range lines[1:] {
			if line[1] != f.Rows[i].Action {
				t.Errorf("line %d asks for %s, its row for %s", i+1, line[1], f.Rows[i].Action)
			}
			all = append(all, strings.Join(line[1:], "|"))
		}
	}
	return all, outcomes
}

// renderCase is what one or more changes become.
type renderCase struct {
	name    string
	changes []usher.AccountChange
	want    []string
}

func checkCases(t *testing.T, p connectors.Whole, pools []connectors.Pool, cases []renderCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, outcomes := rows(t, p, connectors.Handover{Changes: c.changes, Pools: pools})
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			for i, o := range outcomes {
				if o.Result == usher.Refused || len(c.want) == 0 && o.Result != usher.Done {
					t.Errorf("outcome %d: %+v", i, o)
				}
			}
		})
	}
}

// one is a case's change.
func one(alter func(*usher.AccountChange)) []usher.AccountChange {
	return []usher.AccountChange{someone(alter)}
}

func TestProPortal(t *testing.T) {
	const known, fresh = "Ann|Lee|Ann.Lee@example.com", "Ann|Lee|ann.lee@example.com"
	checkCases(t, proportal.New(proPortalOptions()), nil, []renderCase{
		{"new, in lower case", one(nil), []string{"Invite|" + fresh + "|ITProTV Subscription||why"}},
		{"new admin", one(func(c *usher.AccountChange) { c.Desired.Admin, c.Desired.Subscriptions = true, nil }), []string{"Invite|" + fresh + "|ProPortal Admin||why"}},
		{"new admin with a seat", one(func(c *usher.AccountChange) { c.Desired.Admin = true }), []string{"Invite|" + fresh + "|Both||why"}},
		{"asked for before", one(func(c *usher.AccountChange) { c.RemoteID = "ann.lee@example.com" }),
			[]string{"Invite|" + fresh + "|ITProTV Subscription||why; only if the portal does not list them yet"}},
		{"in two teams", one(func(c *usher.AccountChange) { c.Desired.Teams = []string{"A", "B"} }),
			[]string{"Invite|" + fresh + "|ITProTV Subscription|A|why", "Add to Team|" + fresh + "||B|why; once the account is active"}},
		{"in line", one(func(c *usher.AccountChange) { there(c, "Active", false, seatName); c.Desired.Title = "Lead" }), nil},
		{"back", one(func(c *usher.AccountChange) { there(c, "Deactivated", false); c.Desired.Teams = []string{"A"} }),
			[]string{"Activate Subscription|" + known + "|||why", "Add to Team|" + known + "||A|why"}},
		{"becomes an admin", one(func(c *usher.AccountChange) { there(c, "Active", false, seatName); c.Desired.Admin = true }), []string{"Invite|" + known + "|Both||why"}},
		{"back as an admin with a seat", one(func(c *usher.AccountChange) { there(c, "Deactivated", false); c.Desired.Admin = true }),
			[]string{"Activate Subscription|" + known + "|||why", "Invite|" + known + "|Both||why"}},
		{"an admin gets a seat", one(func(c *usher.AccountChange) { there(c, "Active", true); c.Desired.Admin = true }), []string{"Activate Subscription|" + known + "|||why"}},
		{"an admin loses the seat", one(func(c *usher.AccountChange) {
			there(c, "Active", true, seatName)
			c.Desired.Admin, c.Desired.Subscriptions, c.Releasing = true, nil, []string{seatName}
		}), []string{"Deactivate Subscription|" + known + "|||why"}},
		{"no admin any more", one(func(c *usher.AccountChange) { there(c, "Active", true, seatName) }), []string{"Remove Admin Rights|" + known + "|||why"}},
		{"leaver", one(func(c *usher.AccountChange) { there(c, "Active", false, seatName); leaver(c, seatName) }), []string{"Deactivate Subscription|" + known + "|||why"}},
		{"leaver with both", one(func(c *usher.AccountChange) { there(c, "Active", true, seatName); leaver(c, seatName) }),
			[]string{"Deactivate Subscription|" + known + "|||why", "Remove Admin Rights|" + known + "|||why"}},
		{"leaver whose rights are not shown", one(func(c *usher.AccountChange) {
			there(c, "Active", false, seatName)
			c.Seen.Admin = nil
			leaver(c, seatName)
		}), []string{"Deactivate Subscription|" + known + "|||why; look for admin rights as well"}},
		{"leaving admin", one(func(c *usher.AccountChange) { there(c, "Active", true); leaver(c) }), []string{"Remove Admin Rights|" + known + "|||why"}},
		{"leaver who never came", one(func(c *usher.AccountChange) { there(c, "Pending", false, seatName); leaver(c, seatName) }), []string{"Deactivate Subscription|" + known + "|||why"}},
		{"leaver who was never seen", one(func(c *usher.AccountChange) { leaver(c, seatName) }), []string{"Deactivate Subscription|" + fresh + "|||why; if they have it"}},
		{"leaver who is gone", one(func(c *usher.AccountChange) { there(c, "Deactivated", false); leaver(c) }), nil},
		{"leaver who is gone, and asked for again meanwhile", one(func(c *usher.AccountChange) { there(c, "Deactivated", false); leaver(c, seatName) }),
			[]string{"Deactivate Subscription|" + known + "|||why; if they have it"}},
		{"another name and address", one(func(c *usher.AccountChange) {
			there(c, "Active", false, seatName)
			c.Desired.FamilyName, c.Desired.Address = "O'Neill", "Ann.Oneill@example.com"
		}), []string{"Change Name|Ann|O'Neill|Ann.Lee@example.com|||why", "Change Email|Ann|O'Neill|Ann.Lee@example.com|||why; new address ann.oneill@example.com"}},
		{"moved from team to team", append(one(func(c *usher.AccountChange) {
			there(c, "Active", false, seatName)
			c.Seen.Teams, c.Desired.Teams = []string{"A", "Made by hand"}, []string{"B"}
		}), team("team-a", "A"), team("team-b", "B")), []string{
			"Create Team|||||A|first member", "Create Team|||||B|first member",
			"Remove from Team|" + known + "||A|why", "Add to Team|" + known + "||B|why",
		}},
		{"pending and in a team", one(func(c *usher.AccountChange) { there(c, "Pending", false, seatName); c.Desired.Teams = []string{"A"} }),
			[]string{"Add to Team|" + known + "||A|why; once the account is active"}},
		{"a formula", one(func(c *usher.AccountChange) { c.Desired.GivenName, c.Desired.FamilyName = "=1+1", "Lee\r\nX" }),
			[]string{"Invite|'=1+1|Lee X|ann.lee@example.com|ITProTV Subscription||why"}},
		{"the subscription has another name now", one(func(c *usher.AccountChange) { there(c, "Active", false, "Old") }), []string{"Check Subscription|" + known + "|||why"}},
	})
}

func TestMyACI(t *testing.T) {
	const known, fresh = "Ann|Lee|Ann.Lee@example.com", "Ann|Lee|ann.lee@example.com"
	both := func(c *usher.AccountChange) { c.Desired.Subscriptions = []string{userName, contentName} }
	checkCases(t, proportal.NewMyACI(proportal.Options{}), myACIPools(), []renderCase{
		{"new", one(both), []string{"Add User|" + fresh + "|User||why", "Assign Content License|" + fresh + "|Essentials||why; once the account is active"}},
		{"pending", one(func(c *usher.AccountChange) { both(c); there(c, "Pending", false, userName) }),
			[]string{"Assign Content License|" + known + "|Essentials||why; once the account is active"}},
		{"came", one(func(c *usher.AccountChange) { both(c); there(c, "Active", false, userName) }), []string{"Assign Content License|" + known + "|Essentials||why"}},
		{"in line", one(func(c *usher.AccountChange) { both(c); there(c, "Active", false, userName, contentName) }), nil},
		{"content alone goes", one(func(c *usher.AccountChange) {
			there(c, "Active", false, userName, contentName)
			c.Desired.Subscriptions, c.Releasing = []string{userName}, []string{contentName}
		}), []string{"Remove Content License|" + known + "|Essentials||why"}},
		{"back", one(func(c *usher.AccountChange) { both(c); there(c, "Deactivated", false) }),
			[]string{"Assign User License|" + known + "|||why", "Assign Content License|" + known + "|Essentials||why"}},
		{"leaver", one(func(c *usher.AccountChange) {
			there(c, "Active", true, userName, contentName)
			leaver(c, userName, contentName)
		}), []string{"Remove Content License|" + known + "|Essentials||why", "Remove User License|" + known + "|||why", "Remove Admin Role|" + known + "|User||why; by the vendor's support"}},
		{"leaver who has content left", one(func(c *usher.AccountChange) {
			there(c, "Deactivated", false, contentName)
			c.Seen.Active = true
			leaver(c, contentName)
		}), []string{"Remove Content License|" + known + "|Essentials||why"}},
		{"leaver who was never seen", one(func(c *usher.AccountChange) { leaver(c, userName) }),
			[]string{"Remove Content License|" + fresh + "|||why; if they have it", "Remove User License|" + fresh + "|||why; if they have it"}},
		{"leaver who is gone", one(func(c *usher.AccountChange) { there(c, "Deactivated", false); leaver(c) }), nil},
		{"becomes an admin", one(func(c *usher.AccountChange) {
			both(c)
			there(c, "Active", false, userName, contentName)
			c.Desired.Admin = true
		}), []string{"Give Admin Role|" + known + "|Admin||why; by the vendor's support"}},
		{"in a team", one(func(c *usher.AccountChange) {
			c.Desired.Subscriptions, c.Desired.Teams = []string{userName}, []string{"A"}
		}), []string{"Add User|" + fresh + "|User||why", "Add to Team|" + fresh + "||A|why; once the account is active"}},
	})
}

func TestTeams(t *testing.T) {
	made := func(c usher.AccountChange, there string) usher.AccountChange {
		c.RemoteID, c.Seen = there, &usher.Seen{RemoteID: there, DisplayName: there, Active: true}
		return c
	}
	ended := made(team("team-1", "Legal"), "Legal")
	ended.Desired.Active = false
	gone := ended
	gone.Seen = &usher.Seen{RemoteID: "Legal", DisplayName: "Legal"}
	member := someone(func(c *usher.AccountChange) {
		there(c, "Active", false, seatName)
		c.Seen.Teams, c.Desired.Teams = []string{"Old", "Legal"}, []string{"New"}
	})
	checkCases(t, proportal.New(proPortalOptions()), nil, []renderCase{
		{"new", []usher.AccountChange{team("team-1", "Legal")}, []string{"Create Team|||||Legal|first member"}},
		{"its members moved", []usher.AccountChange{made(team("team-1", "Legal"), "legal")}, nil},
		{"ended", []usher.AccountChange{ended, member}, []string{"Add to Team|Ann|Lee|Ann.Lee@example.com||New|why", "Delete Team|||||Legal|"}},
		{"is gone", []usher.AccountChange{gone}, nil},
		{"has another name", []usher.AccountChange{made(team("team-1", "New"), "Old"), ended, member}, []string{"Rename Team|||||Old|new name New", "Delete Team|||||Legal|"}},
	})
}

func TestRefusals(t *testing.T) {
	twin := func(account usher.ID) usher.AccountChange {
		return someone(func(c *usher.AccountChange) { c.Account = account })
	}
	held := someone(func(c *usher.AccountChange) { c.Account = "account-2"; there(c, "Active", false, seatName) })
	sales := team("team-2", "sales")
	sales.Seen = &usher.Seen{DisplayName: "Sales", Active: true}
	for _, c := range []struct {
		name    string
		h       connectors.Handover
		refused []usher.ID
		says    string
	}{
		{"no first name", connectors.Handover{Changes: one(func(c *usher.AccountChange) { c.Desired.GivenName = " \u200b" })}, []usher.ID{"account-1"}, "first name"},
		{"no last name", connectors.Handover{Changes: one(func(c *usher.AccountChange) { c.Desired.FamilyName = "" })}, []usher.ID{"account-1"}, "last name"},
		{"no address", connectors.Handover{Changes: one(func(c *usher.AccountChange) { c.Desired.Address = "Ann Lee <a@b>" })}, []usher.ID{"account-1"}, "e-mail address"},
		{"without a counterpart", connectors.Handover{Changes: one(func(c *usher.AccountChange) { c.Desired.Unmapped = []string{"Region: no word for it"} })}, []usher.ID{"account-1"}, "Region"},
		{"two subscriptions", connectors.Handover{Changes: one(func(c *usher.AccountChange) { c.Desired.Subscriptions = []string{"A", "B"} })}, []usher.ID{"account-1"}, "A, B"},
		{"the same new address", connectors.Handover{Changes: []usher.AccountChange{twin("account-1"), twin("account-2")}}, []usher.ID{"account-1", "account-2"}, "another person"},
		{"somebody known has it", connectors.Handover{Changes: []usher.AccountChange{twin("account-1"), held}}, []usher.ID{"account-1"}, "somebody else's"},
		{"somebody else there has it", connectors.Handover{Changes: one(nil), Held: []usher.Seen{{RemoteID: "ANN.LEE@example.com"}}}, []usher.ID{"account-1"}, "somebody else's"},
		{"two teams of a name", connectors.Handover{Changes: []usher.AccountChange{team("team-1", "Sales"), sales}}, []usher.ID{"team-1"}, "unique"},
		{"a team without a name", connectors.Handover{Changes: []usher.AccountChange{team("team-1", " ")}}, []usher.ID{"team-1"}, "no name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files, outcomes, err := proportal.New(proPortalOptions()).Render(c.h)
			if err != nil {
				t.Fatal(err)
			}
			var refused []usher.ID
			for i, o := range outcomes {
				if o.Result != usher.Refused {
					continue
				}
				refused = append(refused, c.h.Changes[i].Account)
				if !strings.Contains(o.Reason, c.says) {
					t.Errorf("reason %q", o.Reason)
				}
			}
			if !slices.Equal(refused, c.refused) {
				t.Errorf("refused %v, want %v", refused, c.refused)
			}
			for _, f := range files {
				for _, r := range f.Rows {
					if slices.Contains(refused, r.Account) {
						t.Errorf("row %+v of a refused change", r)
					}
				}
			}
		})
	}
}

// TestNotes: the list says what is to be minded.
func TestNotes(t *testing.T) {
	h := connectors.Handover{
		Changes: one(func(c *usher.AccountChange) { c.Desired.Admin, c.Desired.Teams = true, []string{"A", "B"} }),
		Pools:   []connectors.Pool{{Subscription: seatName, Purchased: 6, Occupied: 5}},
	}
	files, _, err := proportal.New(proPortalOptions()).Render(h)
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(files[0].Notes, "\n")
	for _, want := range []string{"next login", "Leave a row open"} {
		if !strings.Contains(notes, want) {
			t.Errorf("nothing of %q in %q", want, notes)
		}
	}
	if strings.Contains(notes, "than are free") {
		t.Errorf("notes %q", notes)
	}
}

// TestWithoutASeatNoRow: whoever finds no seat is held back with the reason, the last of them first; a seat
// that the list frees counts, and releases and admins without a seat go on.
func TestWithoutASeatNoRow(t *testing.T) {
	person := func(n string, alter func(*usher.AccountChange)) usher.AccountChange {
		return someone(func(c *usher.AccountChange) {
			c.Account, c.Desired.Address = usher.ID("account-"+n), n+"@example.com"
			alter(c)
		})
	}
	joins := func(*usher.AccountChange) {}
	leaves := func(held ...string) func(*usher.AccountChange) {
		return func(c *usher.AccountChange) {
			c.RemoteID, c.Releasing = c.Desired.Address, []string{seatName}
			c.Seen = &usher.Seen{RemoteID: c.RemoteID, Active: true, Status: "Active", Subscriptions: append([]string{}, held...)}
			c.Desired.Active, c.Desired.Subscriptions = false, nil
		}
	}
	admin := func(c *usher.AccountChange) { c.Desired.Admin, c.Desired.Subscriptions = true, nil }
	for name, c := range map[string]struct {
		changes []usher.AccountChange
		free    int
		refused string
	}{
		"enough":                {[]usher.AccountChange{person("b", joins), person("a", joins)}, 2, ""},
		"one too many":          {[]usher.AccountChange{person("b", joins), person("a", joins)}, 1, "account-b"},
		"none":                  {[]usher.AccountChange{person("b", joins), person("a", joins)}, 0, "account-b account-a"},
		"oversold":              {[]usher.AccountChange{person("a", joins)}, -3, "account-a"},
		"one leaves":            {[]usher.AccountChange{person("a", joins), person("z", leaves(seatName))}, 0, ""},
		"perhaps one leaves":    {[]usher.AccountChange{person("a", joins), person("z", leaves())}, 0, "account-a"},
		"an admin takes no one": {[]usher.AccountChange{person("a", admin), person("b", joins)}, 1, ""},
	} {
		h := connectors.Handover{Changes: c.changes, Pools: []connectors.Pool{{Subscription: seatName, Purchased: 5, Occupied: 5 - c.free}}}
		files, outcomes, err := proportal.New(proPortalOptions()).Render(h)
		must(t, err)
		var refused []string
		for i, o := range outcomes {
			if o.Result == usher.Refused {
				refused = append(refused, string(c.changes[i].Account))
				if !o.NoSeats || !strings.Contains(o.Reason, "5 were bought") {
					t.Errorf("%s: %+v", name, o)
				}
			}
		}
		if got := strings.Join(refused, " "); got != c.refused {
			t.Errorf("%s: refused %q, want %q", name, got, c.refused)
		}
		for _, f := range files {
			for _, row := range f.Rows {
				if slices.Contains(refused, string(row.Account)) {
					t.Errorf("%s: row %+v", name, row)
				}
			}
		}
	}
}

// TestWithoutASeatAtMyACI: a user licence alone is no content licence, and neither is written where the
// other has none left.
func TestWithoutASeatAtMyACI(t *testing.T) {
	pools := myACIPools()
	pools[1].Occupied = pools[1].Purchased
	c := someone(func(c *usher.AccountChange) { c.Desired.Subscriptions = []string{userName, contentName} })
	files, outcomes, err := proportal.NewMyACI(myACIOptions()).Render(connectors.Handover{Changes: []usher.AccountChange{c}, Pools: pools})
	if err != nil || len(files) != 0 || !outcomes[0].NoSeats || !strings.Contains(outcomes[0].Reason, contentName) {
		t.Errorf("%+v, %+v, %v", files, outcomes, err)
	}
}

// TestGoldenMyACI is a visit with one of every task of myACI, byte for byte.
func TestGoldenMyACI(t *testing.T) {
	person := func(n string, alter func(*usher.AccountChange)) usher.AccountChange {
		return someone(func(c *usher.AccountChange) {
			c.Account, c.Desired.Address, c.Desired.GivenName = usher.ID("account-"+n), n+"@Example.com", n
			c.Desired.Subscriptions = []string{userName, contentName}
			alter(c)
			if c.Seen != nil {
				c.RemoteID, c.Seen.RemoteID = n+"@Example.com", n+"@Example.com"
			}
		})
	}
	h := connectors.Handover{Pools: myACIPools(), Changes: []usher.AccountChange{
		person("Lea", func(c *usher.AccountChange) {
			there(c, "Active", true, userName, contentName)
			leaver(c, userName, contentName)
		}),
		person("New", func(c *usher.AccountChange) {
			c.Desired.Teams, c.Desired.FamilyName, c.Why = []string{"Sales"}, "Ó \"Né\", jr.", "joined"
		}),
		person("Bea", func(c *usher.AccountChange) { there(c, "Deactivated", false) }),
		person("Ada", func(c *usher.AccountChange) {
			there(c, "Active", false, userName, contentName)
			c.Desired.Admin, c.Desired.Address = true, "ada.new@example.com"
		}),
		team("team-sales", "Sales"),
	}}
	files, _, err := proportal.NewMyACI(proportal.Options{}).Render(h)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	golden := filepath.Join("testdata", "myaci.golden.csv")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, files[0].Content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := sample(t, "myaci.golden.csv"); !bytes.Equal(files[0].Content, want) {
		t.Errorf("%s differs (UPDATE_GOLDEN=1 writes it anew):\n%s", golden, files[0].Content)
	}
}

// TestManyTasks has a list for 10,000 people written within two seconds and 100 MB.
func TestManyTasks(t *testing.T) {
	h := connectors.Handover{Pools: []connectors.Pool{{Subscription: seatName, Purchased: 20_000}}}
	for i := range 10_000 {
		h.Changes = append(h.Changes, someone(func(c *usher.AccountChange) {
			c.Account, c.Desired.Address = usher.ID(fmt.Sprintf("account-%05d", i*7919%10_000)), fmt.Sprintf("U%05d@example.com", i)
			c.Desired.Teams = []string{fmt.Sprintf("Team %d", i%50)}
		}))
	}
	p := proportal.New(proPortalOptions())
	taken := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			files, _, err := p.Render(h)
			if err != nil || len(files) != 1 || len(files[0].Rows) != 10_000 {
				b.Fatalf("%d files, %v", len(files), err)
			}
		}
	})
	t.Logf("10,000 people: %s, %d bytes", time.Duration(taken.NsPerOp()), taken.AllocedBytesPerOp())
	if taken.N == 0 || taken.NsPerOp() > int64(2*time.Second) || taken.AllocedBytesPerOp() > 100<<20 {
		t.Errorf("%d runs: %s, %d bytes", taken.N, time.Duration(taken.NsPerOp()), taken.AllocedBytesPerOp())
	}
}
