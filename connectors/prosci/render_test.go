package prosci_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usher/connectors"
	"usher/connectors/prosci"
	"usher/internal/usher"
)

// someone is a person who is to have tools.
func someone(key string, subscriptions ...string) usher.AccountChange {
	return usher.AccountChange{
		Account: usher.ID("account-" + key), Kind: usher.AccountPerson, Generation: 2, Why: "joined",
		Desired: usher.Desired{
			Active: true, Key: key, Address: key + "@example.com", GivenName: "Zoë", FamilyName: key,
			DisplayName: "Zoë " + key, Subscriptions: subscriptions,
		},
	}
}

// seen is the same person as the portal shows them.
func seen(c usher.AccountChange, subscriptions ...string) usher.AccountChange {
	c.RemoteID = c.Desired.Address
	c.Seen = &usher.Seen{
		RemoteID: c.RemoteID, Address: c.RemoteID, Active: true,
		GivenName: c.Desired.GivenName, FamilyName: c.Desired.FamilyName, Subscriptions: subscriptions,
	}
	return c
}

// leaver is somebody whose seats are all released.
func leaver(key string, subscriptions ...string) usher.AccountChange {
	c := seen(someone(key), subscriptions...)
	c.Releasing, c.Left, c.Why = subscriptions, true, "left: end date 2026-02-28"
	c.Desired.Active, c.Desired.Subscriptions = false, nil
	return c
}

// render renders with what every test has.
func render(t testing.TB, p *prosci.Portal, changes ...usher.AccountChange) ([]connectors.File, []usher.Outcome) {
	t.Helper()
	files, outcomes, err := p.Render(connectors.Handover{Changes: changes, Templates: full(t), Pools: pools()})
	if err != nil {
		t.Fatal(err)
	}
	return files, outcomes
}

// full are templates for both tools of the samples, and for each of three alone.
func full(t testing.TB) []usher.Template {
	t.Helper()
	return append(templates(t), single("Proxima [P410]"), single("Research Hub [P1432]"))
}

func names(files []connectors.File) []string {
	var out []string
	for _, f := range files {
		out = append(out, f.Name)
	}
	return out
}

// story has a change of every sort, in the wrong order.
func story() []usher.AccountChange {
	yes := false
	admin := someone("new.admin")
	admin.Desired.Admin = true
	made := seen(someone("made.admin", "Proxima"), "Proxima")
	made.Desired.Admin, made.Seen.Admin = true, &yes
	renamed := seen(someone("new.name", "Proxima"))
	renamed.RemoteID, renamed.Seen.FamilyName = "Old.Name@example.com", "Old"
	back := seen(someone("back", "Proxima", "Research Hub"))
	back.Seen.Active = false
	unsure := seen(someone("keeps", "Proxima"), "Proxima")
	unsure.ReadBack = true
	hostile := leaver("odd", "eToolkit")
	hostile.Why = "=cmd|'/c calc'!A1"
	return []usher.AccountChange{
		admin, made, renamed, back, hostile,
		someone("joins", "Research Hub", "Proxima"),
		someone("o'dd", "Proxima", "Research Hub"),
		seen(someone("swaps", "Proxima"), "Research Hub"),
		seen(someone("three", "Proxima", "Research Hub", "eToolkit")),
		unsure,
		leaver("leaves", "Proxima", "Research Hub"),
	}
}

// TestGolden: every file of a visit, byte for byte, in the order in which it is carried.
func TestGolden(t *testing.T) {
	files, outcomes := render(t, portal(t), story()...)
	for i, o := range outcomes {
		if o.Result != usher.Awaiting {
			t.Errorf("change %d: %+v", i, o)
		}
	}
	want := []string{
		"upload-P34-take.csv", "upload-P410-P1432-take.csv", "tasks-delete-profiles.csv", "upload-P410-P1432-swap.csv",
		"upload-P34.csv", "upload-P410.csv", "upload-P410-P1432.csv", "upload-P1432.csv", "tasks-profiles.csv",
	}
	if !slices.Equal(names(files), want) {
		t.Errorf("files %q, want %q", names(files), want)
	}
	for _, f := range files {
		sameAsGolden(t, f.Name, f.Content)
		sameAsGolden(t, f.Name+".txt", text(f))
	}
}

func sameAsGolden(t *testing.T, name string, content []byte) {
	t.Helper()
	golden := filepath.Join("testdata", "golden", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || !bytes.Equal(content, want) {
		t.Errorf("%s differs (UPDATE_GOLDEN=1 writes it anew), %v:\n%s", golden, err, content)
	}
}

// text is what stands beside a file: its rows in words, and its notes.
func text(f connectors.File) []byte {
	var out strings.Builder
	for _, r := range f.Rows {
		out.WriteString(r.Action + " | " + r.Text + " | +" + strings.Join(r.Gives, ",") + " -" + strings.Join(r.Takes, ",") + "\n")
	}
	for _, note := range f.Notes {
		out.WriteString("note: " + note + "\n")
	}
	return []byte(out.String())
}

// TestHeldBack: what cannot be written is refused with its column, and has no row.
func TestHeldBack(t *testing.T) {
	for word, spoil := range map[string]func(*usher.AccountChange){
		"First Name is empty":          func(c *usher.AccountChange) { c.Desired.GivenName = " \u00a0\u200b" },
		"Last Name is empty":           func(c *usher.AccountChange) { c.Desired.FamilyName = "" },
		"Email Address is empty":       func(c *usher.AccountChange) { c.Desired.Address = " " },
		"Email Address: not usable":    func(c *usher.AccountChange) { c.Desired.Address = "ann(at)example.com" },
		"U+200B":                       func(c *usher.AccountChange) { c.Desired.Address = "an\u200bn@example.com" },
		"First Name starts with":       func(c *usher.AccountChange) { c.Desired.GivenName = "=1+1" },
		"Last Name starts with":        func(c *usher.AccountChange) { c.Desired.FamilyName = " -Berg" },
		"Email Address starts with":    func(c *usher.AccountChange) { c.Desired.Address = "+ann@example.com" },
		"starts with a character":      func(c *usher.AccountChange) { c.Desired.GivenName = "\tAnn" },
		"First Name holds a line":      func(c *usher.AccountChange) { c.Desired.GivenName = "An\nn" },
		"Last Name holds a line break": func(c *usher.AccountChange) { c.Desired.FamilyName = "Lee\r" },
		"Last Name is longer":          func(c *usher.AccountChange) { c.Desired.FamilyName = strings.Repeat("x", 1001) },
		"country: no region for XX":    func(c *usher.AccountChange) { c.Desired.Unmapped = []string{"country: no region for XX"} },
		"no subscription \"Gone\"":     func(c *usher.AccountChange) { c.Desired.Subscriptions = []string{"Gone"} },
		"no teams":                     func(c *usher.AccountChange) { c.Kind = usher.AccountTeam },
		"Access Expires is no date":    func(c *usher.AccountChange) { c.Desired.Values = map[string]string{"Access Expires": "31.12.2026"} },
	} {
		bad := someone("ann", "Proxima")
		spoil(&bad)
		files, outcomes := render(t, portal(t), bad, someone("bob", "Proxima"))
		if o := outcomes[0]; o.Result != usher.Refused || !strings.Contains(o.Reason, word) || !strings.Contains(o.Reason, "; ") && !strings.Contains(word, "country") {
			t.Errorf("%s: %+v", word, o)
		}
		if outcomes[1].Result != usher.Awaiting || len(files) != 1 || len(files[0].Rows) != 1 {
			t.Errorf("%s: the other one suffers: %+v, %q", word, outcomes[1], names(files))
		}
	}
}

// TestReleaseIsNotHeldBack: what stands in the way of giving keeps nobody's seat.
func TestReleaseIsNotHeldBack(t *testing.T) {
	gone := leaver("gone", "Proxima")
	gone.Desired.GivenName, gone.Desired.FamilyName, gone.Desired.Address = "", "", ""
	gone.Desired.Unmapped, gone.Desired.Values = []string{"country"}, map[string]string{"Access Expires": "soon"}
	files, outcomes := render(t, portal(t), gone)
	if outcomes[0].Result != usher.Awaiting || len(files) != 2 || !bytes.Contains(files[0].Content, []byte("Zoë,gone,gone@example.com,,N,\r\n")) {
		t.Errorf("%+v:\n%s", outcomes, files[0].Content)
	}
}

// TestTwins: nobody shares an address; whom the portal knows by it is not kept waiting.
func TestTwins(t *testing.T) {
	alias := func(key, address string) usher.AccountChange {
		c := someone(key, "Proxima")
		c.Desired.Address = address
		return c
	}
	moved := seen(someone("moved", "Proxima"), "Proxima")
	moved.RemoteID = "before@example.com"
	held := []usher.Seen{{RemoteID: "Held@Example.com"}}
	for name, test := range map[string]struct {
		changes []usher.AccountChange
		refused []bool
	}{
		"two newcomers":             {[]usher.AccountChange{alias("a", "ann@example.com"), alias("b", "ANN@example.com"), alias("c", "c@example.com")}, []bool{true, true, false}},
		"a leaver and a newcomer":   {[]usher.AccountChange{leaver("ann", "Proxima"), alias("b", " Ann@example.com")}, []bool{false, true}},
		"somebody who is held":      {[]usher.AccountChange{alias("a", "held@example.com")}, []bool{true}},
		"a new address that is had": {[]usher.AccountChange{moved, someone("moved2"), alias("c", "moved@example.com")}, []bool{true, false, false}},
	} {
		files, outcomes, err := portal(t).Render(connectors.Handover{Changes: test.changes, Templates: full(t), Pools: pools(), Held: held})
		if err != nil {
			t.Fatal(err)
		}
		for i, refused := range test.refused {
			if (outcomes[i].Result == usher.Refused) != refused {
				t.Errorf("%s: %d: %+v", name, i, outcomes[i])
			}
		}
		for _, f := range files {
			for _, r := range f.Rows {
				for i, c := range test.changes {
					if c.Account == r.Account && test.refused[i] {
						t.Errorf("%s: a row for %s", name, c.Account)
					}
				}
			}
		}
	}
}

// TestNewAddress: the new address of somebody whom the portal knows stands in a task alone.
func TestNewAddress(t *testing.T) {
	c := seen(someone("new", "Proxima"))
	c.RemoteID, c.Desired.Address = "OLD@Example.com", " New@Example.com"
	files, outcomes := render(t, portal(t), c)
	if !slices.Equal(names(files), []string{"upload-P410.csv", "tasks-profiles.csv"}) || outcomes[0].RemoteID != "OLD@Example.com" {
		t.Fatalf("%q, %+v", names(files), outcomes)
	}
	if !bytes.Contains(files[0].Content, []byte(",OLD@Example.com,")) || bytes.Contains(bytes.ToLower(files[0].Content), []byte("new@")) {
		t.Errorf("the file says\n%s", files[0].Content)
	}
	if !bytes.Contains(files[1].Content, []byte("edit profile,Zoë new,OLD@Example.com,new@example.com,")) {
		t.Errorf("the list says\n%s", files[1].Content)
	}
	c.Desired.Address = "old@example.com"
	if files, _ := render(t, portal(t), c); len(files) != 1 {
		t.Errorf("another case is no other address: %q", names(files))
	}
}

// TestNoTemplate: whoever has to bring one learns which.
func TestNoTemplate(t *testing.T) {
	changes := []usher.AccountChange{someone("ann", "Proxima", "Research Hub"), someone("bob", "eToolkit")}
	files, outcomes, err := portal(t).Render(connectors.Handover{Changes: changes, Templates: []usher.Template{single("eToolkit [P34]"), single("Proxima [P410]")}, Pools: pools()})
	if err != nil || len(files) != 1 || outcomes[1].Result != usher.Awaiting {
		t.Fatalf("%q, %+v, %v", names(files), outcomes, err)
	}
	for _, word := range []string{"Proxima [P410] + Research Hub [P1432] together", "none for P1432 alone", "usher portal learn", "Batch Upload"} {
		if !strings.Contains(outcomes[0].Reason, word) {
			t.Errorf("%q says nothing of %q", outcomes[0].Reason, word)
		}
	}
}

// TestNewestTemplate: of two for the same tools the newer one is filled.
func TestNewestTemplate(t *testing.T) {
	older, newer := single("Proxima [P410]"), single("Proxima 2 [P410]")
	older.LearnedAt, newer.LearnedAt = 1, 2
	files, _, err := portal(t).Render(connectors.Handover{Changes: []usher.AccountChange{someone("a", "Proxima")}, Templates: []usher.Template{newer, older}, Pools: pools()})
	if err != nil || !bytes.Contains(files[0].Content, []byte("Proxima 2 [P410]")) {
		t.Errorf("%v:\n%s", err, files[0].Content)
	}
}

// TestValues: configured columns are filled where a tool is given, and nowhere else.
func TestValues(t *testing.T) {
	c := someone("ann", "Proxima", "Research Hub")
	c.Desired.Values = map[string]string{"access expires": "2026-12-31", "Access Expires [P1432]": "2027-06-30", "3 day graduation date": "2026-02-01", "Region": "unused"}
	files, _ := render(t, portal(t), c)
	if want := "Zoë,ann,ann@example.com,2026-02-01,Y,2026-12-31,Y,2027-06-30\r\n"; !bytes.Contains(files[0].Content, []byte(want)) {
		t.Errorf("%s\nwant %s", files[0].Content, want)
	}
	swap := seen(c, "Research Hub")
	swap.Desired.Subscriptions = []string{"Proxima"}
	files, _ = render(t, portal(t), swap)
	if want := "Zoë,ann,ann@example.com,2026-02-01,Y,2026-12-31,N,\r\n"; !bytes.Contains(files[0].Content, []byte(want)) {
		t.Errorf("%s\nwant %s", files[0].Content, want)
	}
}

// TestOneTool: a portal with one subscription needs no code; a template that names no tool
// will do.
func TestOneTool(t *testing.T) {
	for name, code := range map[string]string{"without a code": "", "with a code": "P7"} {
		p := portal(t, func(o *prosci.Options) { o.Subscriptions = map[string]string{"Tool": code} })
		for _, heading := range []string{"Y/N", "Tool [P7]"} {
			files, outcomes, err := p.Render(connectors.Handover{
				Changes: []usher.AccountChange{someone("ann", "Tool")}, Templates: []usher.Template{single(heading)},
				Pools: []connectors.Pool{{Subscription: "Tool", Code: code}},
			})
			if err != nil || len(files) != 1 || !bytes.Contains(files[0].Content, []byte(",Y,\r\n")) {
				t.Errorf("%s, %s: %+v, %v", name, heading, outcomes, err)
			}
		}
	}
	two := someone("ann", "Proxima")
	_, outcomes, err := portal(t).Render(connectors.Handover{Changes: []usher.AccountChange{two}, Templates: []usher.Template{single("Y/N")}, Pools: pools()})
	if err != nil || outcomes[0].Result != usher.Refused {
		t.Errorf("of three subscriptions, one is Y/N: %+v, %v", outcomes, err)
	}
}

// TestProfilesKept: where profiles stay, nobody is asked to delete them; nor is that of
// somebody who is on leave or lost their seats, and did not leave.
func TestProfilesKept(t *testing.T) {
	keeps := portal(t, func(o *prosci.Options) { o.KeepProfiles = true })
	if files, _ := render(t, keeps, leaver("ann", "Proxima")); len(files) != 1 || files[0].Name != "upload-P410-take.csv" {
		t.Errorf("%q", names(files))
	}
	away := leaver("ann", "Proxima")
	away.Left = false
	for _, releasing := range [][]string{nil, away.Releasing} {
		away.Releasing = releasing
		if files, _ := render(t, portal(t), away); len(files) != 1 || files[0].Name != "upload-P410-take.csv" {
			t.Errorf("%q", names(files))
		}
	}
}

// TestSoftLeaver: of a pool that gives seats on at once no seat is being released any more, and the
// profile is to be deleted all the same.
func TestSoftLeaver(t *testing.T) {
	gone := leaver("ann", "Proxima")
	gone.Releasing = nil
	if files, _ := render(t, portal(t), gone); !slices.Equal(names(files), []string{"upload-P410-take.csv", "tasks-delete-profiles.csv"}) {
		t.Errorf("%q", names(files))
	}
}

// TestAdminsWhoAreToHaveNothing: who has no tool and is an Admin all the same is asked nothing about, unless
// they left; then their profile goes, or at least the rights.
func TestAdminsWhoAreToHaveNothing(t *testing.T) {
	yes := true
	admin := leaver("ann")
	admin.Seen.Admin, admin.Seen.Subscriptions = &yes, []string{}
	keeps := portal(t, func(o *prosci.Options) { o.KeepProfiles = true })
	for _, c := range []struct {
		p      *prosci.Portal
		left   bool
		action string
	}{{portal(t), true, "delete profile"}, {keeps, true, "make User"}, {portal(t), false, ""}, {keeps, false, ""}} {
		admin.Left = c.left
		files, outcomes := render(t, c.p, admin)
		if c.action == "" && (len(files) != 0 || outcomes[0].Result != usher.Done) || c.action != "" && (len(files) != 1 || files[0].Rows[0].Action != c.action) {
			t.Errorf("left %v: %q, %+v; want %q", c.left, names(files), outcomes, c.action)
		}
	}
	admin.Seen.Subscriptions = nil // which are not shown: somebody looks
	if files, _ := render(t, portal(t), admin); len(files) != 1 || files[0].Rows[0].Action != "check profile" {
		t.Errorf("%q", names(files))
	}
}

// TestValuesAreChecked: a value that the report shows as it should be is no task, and another one is
// named in the task.
func TestValuesAreChecked(t *testing.T) {
	c := seen(someone("ann", "Proxima"), "Proxima")
	c.Desired.Values = map[string]string{"Access Expires": "2026-12-31"}
	c.Seen.Values = map[string]string{"Access Expires": "2026-12-31"}
	if files, outcomes := render(t, portal(t), c); len(files) != 0 || outcomes[0].Result != usher.Done {
		t.Errorf("%q, %+v", names(files), outcomes)
	}
	c.Seen.Values = map[string]string{"Access Expires": "2026-06-30"}
	if files, _ := render(t, portal(t), c); len(files) != 1 || !strings.Contains(files[0].Rows[0].Text, "should have Proxima; Access Expires: 2026-12-31") {
		t.Errorf("%q", names(files))
	}
}

// TestNothingToDo: of a change that the portal knows nothing of, such as a title, nobody is asked
// anything; where it was not seen whether all is as it should be, somebody is to look.
func TestNothingToDo(t *testing.T) {
	same := seen(someone("ann", "Proxima"), "Proxima")
	same.Desired.Title = "Director"
	if files, outcomes := render(t, portal(t), same); len(files) != 0 || outcomes[0].Result != usher.Done || outcomes[0].RemoteID != same.RemoteID {
		t.Errorf("%q, %+v", names(files), outcomes)
	}
	for name, alter := range map[string]func(*usher.AccountChange){
		"outcome unknown": func(c *usher.AccountChange) { c.ReadBack = true },
		"admin not shown": func(c *usher.AccountChange) { c.Desired.Admin = true },
		"a column":        func(c *usher.AccountChange) { c.Desired.Values = map[string]string{"Access Expires": "2026-12-31"} },
	} {
		c := same
		alter(&c)
		if files, outcomes := render(t, portal(t), c); len(files) != 1 || files[0].Name != "tasks-profiles.csv" || outcomes[0].Result != usher.Awaiting {
			t.Errorf("%s: %q, %+v", name, names(files), outcomes)
		}
	}
}

// TestSettings: what cannot be meant is refused at the start.
func TestSettings(t *testing.T) {
	for word, o := range map[string]prosci.Options{
		"same code P1":  {Subscriptions: map[string]string{"a": "P1", "b": " [p1]"}},
		"no column \"x": {Export: map[string]string{"x": "y"}},
	} {
		if _, err := prosci.New(o); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	_, _, err := portal(t).Render(connectors.Handover{
		Changes: []usher.AccountChange{someone("a", "Proxima")}, Pools: append(pools(), connectors.Pool{Subscription: "New", Code: "P410"}),
	})
	if err == nil || !strings.Contains(err.Error(), "same code P410") {
		t.Errorf("two subscriptions of one tool: %v", err)
	}
	if _, _, err := portal(t).Render(connectors.Handover{Changes: story(), Templates: []usher.Template{{Name: "bad.csv", Content: []byte("a,b\n")}}}); err == nil || !strings.Contains(err.Error(), "bad.csv") {
		t.Errorf("a template that is none: %v", err)
	}
}
