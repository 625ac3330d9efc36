package worklist_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"usher/connectors"
	"usher/connectors/connectortest"
	"usher/connectors/worklist"
	"usher/internal/usher"
)

func TestSuite(t *testing.T) {
	connectortest.Run(t, func(*testing.T) connectortest.Setup {
		return connectortest.Setup{Whole: worklist.New(worklist.Options{})}
	})
}

// story has one change of every action, written in the wrong order.
func story() []usher.AccountChange {
	person := func(key, name, given, family string) usher.AccountChange {
		address := key + "@example.com"
		return usher.AccountChange{
			Account: usher.ID("account-" + key), Kind: usher.AccountPerson, Generation: 3,
			Desired: usher.Desired{
				Active: true, Key: key, UserName: address, Address: address, DisplayName: name, GivenName: given, FamilyName: family,
				Title: "Consultant", Department: "Sales", Subscriptions: []string{"Ascender", "MEDDIC"}, Teams: []string{"Sales"},
			},
		}
	}
	seen := func(c usher.AccountChange) usher.AccountChange {
		c.RemoteID = c.Desired.Address
		c.Seen = &usher.Seen{RemoteID: c.RemoteID, Active: true, Address: c.Desired.Address, DisplayName: c.Desired.DisplayName, Department: c.Desired.Department}
		return c
	}
	report := person("ann", "Ann Report", "Ann", "Report")
	report.Desired.Manager = "zoe"
	boss := person("zoe", "Zoë Boss", "Zoë", "Boss")
	leaver := seen(person("leo", "Leo Leaver", "Leo", "Leaver"))
	leaver.Desired.Active = false
	back := seen(person("bea", "Bea Back", "Bea", "Back"))
	back.Seen.Active = false
	back.Desired.Manager = "somebody-else"
	renamed := seen(person("new.name", "New Name", "New", "Name"))
	renamed.RemoteID, renamed.Seen.Address, renamed.Seen.DisplayName = "old.name@example.com", "old.name@example.com", "Old Name"
	renamed.ManagerRemoteID = "zoe@example.com"
	hostile := person("eve", `=HYPERLINK("http://x"; "Eve")`, "+Eve", "-1")
	hostile.Desired.Title = "@SUM(A1), \"quoted\"\nand a line"
	hostile.Desired.Subscriptions, hostile.Desired.Teams = nil, nil
	team := usher.AccountChange{
		Account: "account-sales", Kind: usher.AccountTeam, Generation: 1, MemberRemoteIDs: []string{"old.name@example.com"},
		Desired: usher.Desired{Active: true, Key: "team", DisplayName: "Sales", Members: []usher.ID{"ann", "leo", "zoe"}},
	}
	ended := team
	ended.Account, ended.Desired = "account-ended", usher.Desired{DisplayName: "Legal"}
	ended.MemberRemoteIDs, ended.RemoteID, ended.Seen = nil, "Legal", &usher.Seen{RemoteID: "Legal", DisplayName: "Legal"}
	moved := ended
	moved.Account, moved.Desired = "account-moved", usher.Desired{Active: true, DisplayName: "Research"}
	moved.MemberRemoteIDs = []string{"zoe@example.com"}
	return []usher.AccountChange{report, hostile, moved, renamed, team, back, boss, ended, leaver}
}

func TestGolden(t *testing.T) {
	for name, options := range map[string]worklist.Options{
		"plain.csv": {},
		"excel.csv": {Separator: ';', BOM: true, CRLF: true},
	} {
		files, _, err := worklist.New(options).Render(connectors.Handover{Changes: story()})
		if err != nil || len(files) != 1 {
			t.Fatalf("%d files, error %v", len(files), err)
		}
		golden := filepath.Join("testdata", name)
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(golden, files[0].Content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(files[0].Content, want) {
			t.Errorf("%s differs (UPDATE_GOLDEN=1 writes it anew):\n%s", golden, files[0].Content)
		}
	}
}

// TestRows: the file and the batch rows are the same list, in working order.
func TestRows(t *testing.T) {
	files, _, err := worklist.New(worklist.Options{}).Render(connectors.Handover{Changes: story()})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(files[0].Content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for i, r := range files[0].Rows {
		actions = append(actions, r.Action)
		if lines[i+1][1] != r.Action {
			t.Errorf("line %d asks to %s, its row to %s", i+1, lines[i+1][1], r.Action)
		}
	}
	want := []string{"release", "end team", "create team", "reactivate", "invite", "invite", "invite", "change", "change team"}
	if !slices.Equal(actions, want) {
		t.Errorf("actions %v, want %v", actions, want)
	}
	if first, last := lines[6][2], lines[7][2]; first != "Zoë Boss" || last != "Ann Report" {
		t.Errorf("invited in the order %q, %q: the manager comes first", first, last)
	}
}

// TestManagersInACircle: nobody is above anybody, and the list still comes.
func TestManagersInACircle(t *testing.T) {
	var changes []usher.AccountChange
	for _, pair := range [][2]string{{"a", "b"}, {"b", "c"}, {"c", "a"}, {"d", "a"}, {"e", "e"}} {
		changes = append(changes, usher.AccountChange{
			Account: usher.ID(pair[0]), Kind: usher.AccountPerson,
			Desired: usher.Desired{Active: true, Key: pair[0], Address: pair[0] + "@example.com", Manager: usher.ID(pair[1])},
		})
	}
	files, _, err := worklist.New(worklist.Options{}).Render(connectors.Handover{Changes: changes})
	if err != nil {
		t.Fatal(err)
	}
	var order []usher.ID
	for _, r := range files[0].Rows {
		order = append(order, r.Account)
	}
	if want := []usher.ID{"e", "a", "b", "c", "d"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
}

// TestWhatAChangeChanges reads in the rows of changes what is to be changed.
func TestWhatAChangeChanges(t *testing.T) {
	want := usher.Desired{Active: true, Key: "p1", Address: "p@example.com", DisplayName: "P", Title: "Lead", Manager: "p2", Subscriptions: []string{"adkar"}}
	seen := usher.Seen{Active: true, Address: "p@example.com", DisplayName: "P", Title: "Lead", Subscriptions: []string{"adkar"}}
	for name, tt := range map[string]struct {
		change func(c *usher.AccountChange)
		want   string
	}{
		"a manager who was not confirmed": {func(c *usher.AccountChange) { c.ManagerRemoteID = "m@example.com" }, "change P <p@example.com> (manager: m@example.com)"},
		"a title":                         {func(c *usher.AccountChange) { c.ManagerRemoteID, c.Desired.Title = "m@example.com", "Head" }, "change P <p@example.com> (title: Head)"},
		"two": {
			func(c *usher.AccountChange) { c.Desired.Title, c.Desired.Subscriptions = "", []string{"adkar", "hub"} },
			"change P <p@example.com> (title: none; subscriptions: adkar; hub)",
		},
		"another manager": {func(c *usher.AccountChange) { c.ManagerRemoteID, c.Seen.Manager = "m@example.com", "old@example.com" }, "change P <p@example.com> (manager: m@example.com)"},
		"nothing":         {func(c *usher.AccountChange) { c.Desired.Manager = "" }, "change P <p@example.com> (nothing that is known; to be checked)"},
	} {
		mine := seen
		c := usher.AccountChange{Account: "a1", Kind: usher.AccountPerson, RemoteID: "p@example.com", Desired: want, Seen: &mine}
		tt.change(&c)
		files, _, err := worklist.New(worklist.Options{}).Render(connectors.Handover{Changes: []usher.AccountChange{c}})
		if err != nil {
			t.Fatal(err)
		}
		if got := files[0].Rows[0].Text; got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestSeparatorThatCannotBe(t *testing.T) {
	if _, _, err := worklist.New(worklist.Options{Separator: '"'}).Render(connectors.Handover{Changes: story()}); err == nil {
		t.Error("a quote was taken as separator")
	}
}

// What only some portals have stands in words: admins, and columns of the portal's own. What
// has no word there is not asked for.
func TestProfile(t *testing.T) {
	change := func(key string, d usher.Desired, seen *usher.Seen) usher.AccountChange {
		d.Active, d.Key, d.Address, d.DisplayName = true, key, key+"@example.com", key
		c := usher.AccountChange{Account: usher.ID(key), Kind: usher.AccountPerson, Generation: 1, Desired: d, Seen: seen}
		if seen != nil {
			seen.Active, seen.RemoteID, seen.Address, seen.DisplayName = true, d.Address, d.Address, key
			c.RemoteID = d.Address
		}
		return c
	}
	adkar, values := []string{"adkar"}, map[string]string{"Region": "EMEA", "Area": "Sales"}
	changes := []usher.AccountChange{
		change("a", usher.Desired{Admin: true}, nil),
		change("b", usher.Desired{Admin: true, Subscriptions: adkar, Values: values}, nil),
		change("c", usher.Desired{Subscriptions: adkar, Unmapped: []string{`Area: nothing for department "Quality"`}}, nil),
		change("d", usher.Desired{Subscriptions: adkar, Values: values}, &usher.Seen{Subscriptions: adkar, Admin: new(true), Values: map[string]string{"Region": "APAC", "Area": "Sales"}}),
	}
	files, outcomes, err := worklist.New(worklist.Options{}).Render(connectors.Handover{Changes: changes})
	if err != nil || len(files) != 1 || len(outcomes) != 4 {
		t.Fatalf("%d files, %d outcomes, %v", len(files), len(outcomes), err)
	}
	for i, want := range []usher.OutcomeResult{usher.Awaiting, usher.Awaiting, usher.Refused, usher.Awaiting} {
		if outcomes[i].Result != want {
			t.Errorf("change %d: %+v", i, outcomes[i])
		}
	}
	var texts, why []string
	for _, row := range files[0].Rows {
		texts = append(texts, row.Text)
	}
	records, err := csv.NewReader(bytes.NewReader(files[0].Content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		why = append(why, record[13])
	}
	if want := []string{
		"invite a <a@example.com> as an admin", "invite b <b@example.com> for adkar as an admin",
		"change d <d@example.com> (admin: no; Region: EMEA)",
	}; !slices.Equal(texts, want) {
		t.Errorf("texts %q", texts)
	}
	if want := []string{
		"administers the portal, without a seat", "has a seat and was not seen here; administers the portal; Area: Sales; Region: EMEA",
		"differs here (admin: no; Region: EMEA)",
	}; !slices.Equal(why, want) {
		t.Errorf("why %q", why)
	}
	if _, outcomes, err := worklist.New(worklist.Options{}).Render(connectors.Handover{Changes: changes[2:3]}); err != nil || len(outcomes) != 1 {
		t.Errorf("nothing to list: %+v, %v", outcomes, err)
	}
}
