package ascender

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usher/connectors"
	"usher/internal/usher"
)

// newcomer is somebody whom the portal does not know.
func newcomer(key string, change ...func(*usher.AccountChange)) usher.AccountChange {
	c := usher.AccountChange{Account: usher.ID("account-" + key), Kind: usher.AccountPerson, Generation: 1, Desired: usher.Desired{
		Active: true, Key: key, Address: key + "@example.com", GivenName: strings.ToUpper(key[:1]) + key[1:], FamilyName: "Lee", DisplayName: "Lee, " + key,
		Values: map[string]string{"Functional Area": "Sales"}, Subscriptions: []string{"Seats"},
	}}
	for _, f := range change {
		f(&c)
	}
	return c
}

// member is somebody whom the portal shows.
func member(key, status string, change ...func(*usher.AccountChange)) usher.AccountChange {
	return newcomer(key, slices.Concat([]func(*usher.AccountChange){func(c *usher.AccountChange) {
		d := c.Desired
		c.RemoteID = d.Address
		c.Seen = &usher.Seen{RemoteID: d.Address, Address: d.Address, Status: status, Active: status != statusInactive, GivenName: d.GivenName, FamilyName: d.FamilyName,
			Values: map[string]string{"Functional Area": "Sales"}, Subscriptions: []string{}}
		if c.Seen.Active {
			c.Seen.Subscriptions = []string{"Seats"}
		}
	}}, change)...)
}

func leaver(c *usher.AccountChange) {
	c.Desired.Active, c.Desired.Subscriptions, c.Releasing = false, nil, []string{"Seats"}
	c.Why = "left: end date 2026-02-28"
}

// again is of somebody in line whose invitation is to be sent again.
func again(c *usher.AccountChange) { c.Resend, c.InLine = true, true }

func managed(by string) func(*usher.AccountChange) {
	return func(c *usher.AccountChange) { c.Desired.Manager = usher.ID(by) }
}

func titled(title string) func(*usher.AccountChange) {
	return func(c *usher.AccountChange) { c.Desired.Title = title }
}

func moved(address string) func(*usher.AccountChange) {
	return func(c *usher.AccountChange) { c.Desired.Address = address }
}

func handed(t testing.TB, changes ...usher.AccountChange) connectors.Handover {
	return connectors.Handover{
		Changes: changes, Templates: template(t, "01_template_custom_fields.xlsx"),
		Pools: []connectors.Pool{{Subscription: "Seats", Code: "Ascender", Purchased: 20}, {Subscription: "Method", Code: "Methodology A", Purchased: 20}},
		Held:  []usher.Seen{{RemoteID: "held@example.com", Active: true, Status: statusActive}, {RemoteID: "gone@example.com", Status: statusInactive}},
	}
}

// rendered is what came of a handover: "file: action address cells" for each row, outcomes in words.
func rendered(t testing.TB, h connectors.Handover) (rows, refusals []string, files []connectors.File) {
	t.Helper()
	files, outcomes, err := connector().Render(h)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		_, cells := cellsOf(t, f.Content)
		for i, r := range f.Rows {
			row := fmt.Sprintf("%s: %s", f.Name, strings.Join(slices.DeleteFunc(slices.Clone(cells[i+1]), func(s string) bool { return s == "" }), "|"))
			if f.Kind == usher.BatchTasks {
				row = fmt.Sprintf("%s: %s", f.Name, r.Text)
			}
			rows = append(rows, fmt.Sprintf("%s +%s -%s", row, strings.Join(r.Gives, ","), strings.Join(r.Takes, ",")))
		}
	}
	for _, o := range outcomes {
		if o.Result == usher.Refused {
			refusals = append(refusals, o.Reason)
		}
	}
	return rows, refusals, files
}

func TestRows(t *testing.T) {
	for name, c := range map[string]struct {
		changes []usher.AccountChange
		want    []string
	}{
		"invited": {[]usher.AccountChange{newcomer("ann", moved("  ANN@Example.COM "), func(c *usher.AccountChange) { c.Desired.Values["cost  center"] = "000123" })},
			[]string{"upload.xlsx: Ann|Lee|ann@example.com|Sales|000123 +Seats -"}},
		"asked for again": {[]usher.AccountChange{newcomer("ann", func(c *usher.AccountChange) { c.RemoteID = "Ann.Old@example.com" })},
			[]string{"upload.xlsx: Ann|Lee|Ann.Old@example.com|Sales +Seats -", "tasks-after.csv: change the address of Lee, ann <Ann.Old@example.com> to ann@example.com + -"}},
		"leaves": {[]usher.AccountChange{member("ann", "Active", leaver)}, []string{"tasks-first.csv: deactivate Lee, ann <ann@example.com> + -Seats"}},
		"leaves with a methodology": {[]usher.AccountChange{member("ann", "Active", leaver, func(c *usher.AccountChange) { c.Seen.Subscriptions = []string{"Method", "Seats"} })},
			[]string{"tasks-first.csv: take back Methodology A from Lee, ann <ann@example.com> + -Method", "tasks-first.csv: deactivate Lee, ann <ann@example.com> + -Seats"}},
		"left before they were seen": {[]usher.AccountChange{newcomer("ann", leaver)}, []string{"tasks-first.csv: deactivate Lee, ann <ann@example.com> + -Seats"}},
		"keeps a methodology alone": {[]usher.AccountChange{member("ann", "Active", func(c *usher.AccountChange) {
			c.Desired.Subscriptions, c.Seen.Subscriptions = []string{"Method"}, []string{"Method", "Seats"}
		})}, []string{"tasks-first.csv: deactivate Lee, ann <ann@example.com> + -Seats"}},
		"a subscription that is no more": {[]usher.AccountChange{member("ann", "Active", leaver, func(c *usher.AccountChange) { c.Releasing = []string{"Former", "Seats"} })},
			[]string{"tasks-first.csv: deactivate Lee, ann <ann@example.com> + -Former,Seats"}},
		"a title":            {[]usher.AccountChange{member("ann", "Active", titled("Lead"))}, []string{"upload.xlsx: ann@example.com|Lead + -"}},
		"a title, Waiting":   {[]usher.AccountChange{member("ann", "Waiting", titled("Lead"))}, []string{"tasks-after.csv: edit Lee, ann <ann@example.com> (Title: Lead) + -"}},
		"a title, transfer":  {[]usher.AccountChange{member("ann", "Pending Transfer", titled("Lead"))}, []string{"tasks-after.csv: edit Lee, ann <ann@example.com> (Title: Lead) + -"}},
		"a title, no status": {[]usher.AccountChange{member("ann", "", titled("Lead"))}, []string{"tasks-after.csv: edit Lee, ann <ann@example.com> (Title: Lead) + -"}},
		"comes back":         {[]usher.AccountChange{member("ann", "Inactive", titled("Lead"))}, []string{"tasks-after.csv: reactivate Lee, ann <ann@example.com> (Title: Lead) +Seats -"}},
		"a new address, Active": {[]usher.AccountChange{member("ann", "Active", titled("Lead"), moved("new@example.com"))},
			[]string{"upload.xlsx: ann@example.com|Lead + -", "tasks-after.csv: change the address of Lee, ann <ann@example.com> to new@example.com + -"}},
		"another spelling": {[]usher.AccountChange{member("ann", "Active", titled("Lead"), moved("ANN@example.com"))}, []string{"upload.xlsx: ann@example.com|Lead + -"}},
		"nothing differs":  {[]usher.AccountChange{member("ann", "Active")}, []string{"upload.xlsx: Ann|Lee|ann@example.com|Sales + -"}},
		"nothing differs, Waiting": {[]usher.AccountChange{member("ann", "Waiting")},
			[]string{"tasks-after.csv: resend the invitation of Lee, ann <ann@example.com> + -"}},
		"resent": {[]usher.AccountChange{member("ann", "Waiting", again)}, []string{"tasks-after.csv: resend the invitation of Lee, ann <ann@example.com> + -"}},
		"resent, whatever else the portal shows": {[]usher.AccountChange{member("ann", "Waiting", again, titled("Lead"), func(c *usher.AccountChange) {
			c.Desired.Unmapped, c.Seen.Subscriptions = []string{"Area"}, []string{"Method"}
		})}, []string{"tasks-after.csv: resend the invitation of Lee, ann <ann@example.com> + -"}},
		"resent beside a change": {[]usher.AccountChange{member("ann", "Waiting", again, titled("Lead"), func(c *usher.AccountChange) { c.InLine = false })},
			[]string{"tasks-after.csv: edit Lee, ann <ann@example.com> (Title: Lead) + -", "tasks-after.csv: resend the invitation of Lee, ann <ann@example.com> + -"}},
		"resent, and came meanwhile": {[]usher.AccountChange{member("ann", "Active", again)}, nil},
		"seats that are not shown":   {[]usher.AccountChange{member("ann", "Active", titled("Lead"), func(c *usher.AccountChange) { c.Seen.Subscriptions = nil })}, []string{"upload.xlsx: ann@example.com|Lead +Seats -"}},
		"a methodology": {[]usher.AccountChange{member("ann", "Waiting", func(c *usher.AccountChange) { c.Desired.Subscriptions = []string{"Method", "Seats"} })},
			[]string{"tasks-after.csv: give Methodology A to Lee, ann <ann@example.com> +Method -"}},
		"a methodology less": {[]usher.AccountChange{member("ann", "Active", func(c *usher.AccountChange) { c.Seen.Subscriptions = []string{"Method", "Seats"} })},
			[]string{"tasks-first.csv: take back Methodology A from Lee, ann <ann@example.com> + -Method"}},
		"an admin": {[]usher.AccountChange{newcomer("ann", func(c *usher.AccountChange) { c.Desired.Admin = true })},
			[]string{"upload.xlsx: Ann|Lee|ann@example.com|Sales +Seats -", "tasks-after.csv: make Lee, ann <ann@example.com> an admin + -"}},
		"an admin no more": {[]usher.AccountChange{member("ann", "Active", func(c *usher.AccountChange) { yes := true; c.Seen.Admin = &yes })},
			[]string{"tasks-after.csv: take admin permissions from Lee, ann <ann@example.com> + -"}},
		"an address like a formula": {[]usher.AccountChange{member("ann", "Active", titled("Lead"), func(c *usher.AccountChange) { c.RemoteID, c.Desired.Address = "+ann@example.com", "+ann@example.com" })},
			[]string{"tasks-after.csv: edit Lee, ann <+ann@example.com> (Title: Lead) + -"}},
		"names cleaned": {[]usher.AccountChange{newcomer("ann", func(c *usher.AccountChange) {
			c.Desired.GivenName, c.Desired.FamilyName = " Zoe\u0308\u200b ", "O\u2019Neill,\u00a0 \"Jr\"\x01"
		})}, []string{"upload.xlsx: Zoë|O\u2019Neill, \"Jr\"|ann@example.com|Sales +Seats -"}},
		"a name cut elsewhere": {[]usher.AccountChange{member("ann", "Active", titled("Lead"), func(c *usher.AccountChange) {
			c.Desired.GivenName, c.Desired.FamilyName, c.Seen.GivenName, c.Seen.FamilyName = "Ann May", "Lee", "Ann", "May Lee"
		})}, []string{"upload.xlsx: ann@example.com|Lead + -"}},
		"a name of three words that is shown": {[]usher.AccountChange{member("ann", "Active", titled("Lead"), func(c *usher.AccountChange) {
			c.Desired.GivenName, c.Seen.GivenName, c.Seen.FamilyName, c.Seen.Values["Name"] = "Ann May", "", "", "Ann May Lee"
		})}, []string{"upload.xlsx: ann@example.com|Lead + -"}},
		"a manager's address like a formula": {[]usher.AccountChange{newcomer("ann", func(c *usher.AccountChange) { c.ManagerRemoteID = "+boss@example.com" })},
			[]string{"upload.xlsx: Ann|Lee|ann@example.com|Sales +Seats -", "tasks-after.csv: edit Lee, ann <ann@example.com> (Reports To: +boss@example.com) + -"}},
		"frees first": {[]usher.AccountChange{newcomer("ann"), member("bob", "Active", leaver), member("cy", "Inactive")}, []string{
			"tasks-first.csv: deactivate Lee, bob <bob@example.com> + -Seats", "upload.xlsx: Ann|Lee|ann@example.com|Sales +Seats -", "tasks-after.csv: reactivate Lee, cy <cy@example.com> +Seats -",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, refusals, _ := rendered(t, handed(t, c.changes...))
			if !slices.Equal(rows, c.want) || len(refusals) > 0 {
				t.Errorf("%q\nwant %q\nrefused %q", rows, c.want, refusals)
			}
		})
	}
}

// TestManagers reads Reports To in the upload; "" is a blank cell, a note tells why.
func TestManagers(t *testing.T) {
	remote := func(address string) func(*usher.AccountChange) {
		return func(c *usher.AccountChange) { c.Desired.Manager, c.ManagerRemoteID = "somebody", address }
	}
	for name, c := range map[string]struct {
		changes []usher.AccountChange // the first one is looked at
		want    string
		note    string // a part of it
	}{
		"held":                 {[]usher.AccountChange{newcomer("ann", remote("held@example.com"))}, "held@example.com", ""},
		"told, not seen":       {[]usher.AccountChange{newcomer("ann", remote("Told@example.com"))}, "Told@example.com", ""},
		"Inactive":             {[]usher.AccountChange{newcomer("ann", remote("gone@example.com"))}, "", "manager_unknown"},
		"nobody there":         {[]usher.AccountChange{newcomer("ann", managed("else"))}, "", "manager_unknown"},
		"in the file":          {[]usher.AccountChange{newcomer("ann", managed("bob")), newcomer("bob", moved("BOB@example.com"))}, "bob@example.com", ""},
		"in the file, Waiting": {[]usher.AccountChange{newcomer("ann", managed("bob")), member("bob", "Waiting", titled("Lead"))}, "bob@example.com", ""},
		"under the old address": {[]usher.AccountChange{newcomer("ann", managed("bob")), member("bob", "Active", moved("new@example.com"))},
			"bob@example.com", ""},
		"leaves":                  {[]usher.AccountChange{newcomer("ann", managed("bob")), member("bob", "Active", leaver)}, "", "deactivated in this visit"},
		"is refused":              {[]usher.AccountChange{newcomer("ann", managed("bob")), newcomer("bob", func(c *usher.AccountChange) { c.Desired.GivenName = "" })}, "", "cannot be invited now"},
		"is refused, but there":   {[]usher.AccountChange{newcomer("ann", managed("bob")), member("bob", "Active", titled("=1"))}, "bob@example.com", ""},
		"themselves":              {[]usher.AccountChange{newcomer("ann", managed("ann"))}, "", "manager_self"},
		"themselves, by address":  {[]usher.AccountChange{member("ann", "Active", titled("Lead"), remote("ANN@example.com"))}, "", "manager_self"},
		"a circle":                {[]usher.AccountChange{newcomer("ann", managed("bob")), newcomer("bob", managed("cy")), newcomer("cy", managed("ann"))}, "", "manager_cycle"},
		"above a circle":          {[]usher.AccountChange{newcomer("ann", managed("bob")), newcomer("bob", managed("cy")), newcomer("cy", managed("bob"))}, "bob@example.com", "manager_cycle"},
		"the manager she has":     {[]usher.AccountChange{member("ann", "Active", titled("Lead"), remote("held@example.com"), func(c *usher.AccountChange) { c.Seen.Manager = "HELD@example.com" })}, "", ""},
		"another than she has":    {[]usher.AccountChange{member("ann", "Active", remote("held@example.com"), func(c *usher.AccountChange) { c.Seen.Manager = "x@example.com" })}, "held@example.com", ""},
		"no manager is no change": {[]usher.AccountChange{member("ann", "Active", titled("Lead"), func(c *usher.AccountChange) { c.Seen.Manager = "x@example.com" })}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, files := rendered(t, handed(t, c.changes...))
			i := slices.IndexFunc(files, func(f connectors.File) bool { return f.Kind == usher.BatchUpload })
			_, cells := cellsOf(t, files[i].Content)
			at := slices.IndexFunc(cells, func(row []string) bool { return row[2] == "ann@example.com" })
			if cells[at][6] != c.want {
				t.Errorf("reports to %q, want %q", cells[at][6], c.want)
			}
			notes := strings.Join(files[i].Notes[1:], "\n")
			if (c.note == "") != (notes == "") || !strings.Contains(notes, c.note) {
				t.Errorf("notes %q, want %q", notes, c.note)
			}
		})
	}
}

// TestManagerInHeldCircle: the portal has bob, who is not in the file, below ann already.
func TestManagerInHeldCircle(t *testing.T) {
	h := handed(t, member("ann", "Active", titled("Lead"), func(c *usher.AccountChange) {
		c.Desired.Manager, c.ManagerRemoteID = "bob", "bob@example.com"
	}))
	h.Held = []usher.Seen{{RemoteID: "bob@example.com", Active: true, Manager: "ann@example.com"}}
	rows, _, files := rendered(t, h)
	if want := []string{"upload.xlsx: ann@example.com|Lead + -"}; !slices.Equal(rows, want) || !strings.Contains(fmt.Sprint(files[0].Notes), codeManagerCycle) {
		t.Errorf("%q, want %q; notes %q", rows, want, files[0].Notes)
	}
}

// TestManagerWhoComesBack: the file is read before the reactivation is done, so it cannot name them.
func TestManagerWhoComesBack(t *testing.T) {
	rows, _, _ := rendered(t, handed(t, newcomer("ann", managed("bob")), member("bob", "Inactive"), member("cy", "Waiting", managed("bob"))))
	want := []string{
		"upload.xlsx: Ann|Lee|ann@example.com|Sales +Seats -", "tasks-after.csv: reactivate Lee, bob <bob@example.com> +Seats -",
		"tasks-after.csv: edit Lee, ann <ann@example.com> (Reports To: bob@example.com) + -", "tasks-after.csv: edit Lee, cy <cy@example.com> (Reports To: bob@example.com) + -",
	}
	if !slices.Equal(rows, want) {
		t.Errorf("%q\nwant %q", rows, want)
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change usher.AccountChange
		want   string
	}{
		"no first name":         {newcomer("ann", func(c *usher.AccountChange) { c.Desired.GivenName = " " }), "First Name is empty"},
		"no last name":          {newcomer("ann", func(c *usher.AccountChange) { c.Desired.FamilyName = "" }), "Last Name is empty"},
		"no functional area":    {newcomer("ann", func(c *usher.AccountChange) { c.Desired.Values = nil }), "Functional Area is empty"},
		"no address":            {newcomer("ann", moved("")), "Email is empty"},
		"no syntax":             {newcomer("ann", moved("ann@@example.com")), "Email: not usable"},
		"formula":               {newcomer("ann", func(c *usher.AccountChange) { c.Desired.GivenName = "=1+1" }), "First Name starts like a formula"},
		"formula in a title":    {member("ann", "Active", titled("@lead")), "Title starts like a formula"},
		"formula of an address": {newcomer("ann", moved("+ann@example.com")), "Email starts like a formula"},
		"line break":            {newcomer("ann", func(c *usher.AccountChange) { c.Desired.FamilyName = "Lee\nLee" }), "Last Name has a line break"},
		"too long":              {newcomer("ann", titled(strings.Repeat("x", maxCell+1))), "Title is longer"},
		"no text":               {newcomer("ann", titled("\xff")), "Title is not text"},
		"unmapped":              {newcomer("ann", func(c *usher.AccountChange) { c.Desired.Unmapped = []string{"Region: no word for Atlantis"} }), "Region: no word for Atlantis"},
		"held by somebody":      {newcomer("ann", moved("HELD@example.com")), "Email: somebody else"},
		"no seat":               {newcomer("ann", func(c *usher.AccountChange) { c.Desired.Subscriptions = nil }), "without a seat"},
		"a methodology alone":   {newcomer("ann", func(c *usher.AccountChange) { c.Desired.Subscriptions = []string{"Method"} }), "without a seat"},
		"a strange pool":        {newcomer("ann", func(c *usher.AccountChange) { c.Desired.Subscriptions = []string{"Else"} }), `"Else" is none`},
		"a team":                {usher.AccountChange{Account: "team", Kind: usher.AccountTeam, Desired: usher.Desired{Active: true, DisplayName: "Sales"}}, "`teams`"},
		"nobody knows whom":     {newcomer("ann", leaver, moved("")), "Email is empty"},
		"a methodology for who leaves": {member("ann", "Active", func(c *usher.AccountChange) { c.Desired.Subscriptions = []string{"Method"} }),
			"a methodology licence needs an Ascender seat"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, refusals, _ := rendered(t, handed(t, c.change))
			if len(rows) > 0 || len(refusals) != 1 || !strings.Contains(refusals[0], c.want) {
				t.Errorf("rows %q, refused %q, want %q", rows, refusals, c.want)
			}
		})
	}
}

func TestOneAddressOfTwo(t *testing.T) {
	rows, refusals, _ := rendered(t, handed(t, newcomer("ann"), newcomer("bob", moved("ANN@example.com")), newcomer("cy")))
	if len(rows) != 1 || len(refusals) != 2 {
		t.Errorf("rows %q, refused %q", rows, refusals)
	}
	rows, refusals, _ = rendered(t, handed(t, member("ann", "Active", titled("Lead")), newcomer("bob", moved("ann@example.com"))))
	if len(rows) != 1 || len(refusals) != 1 {
		t.Errorf("known: rows %q, refused %q", rows, refusals)
	}
}

// TestSeatsAreCounted: two are free, and what is freed in the same visit is not yet.
func TestSeatsAreCounted(t *testing.T) {
	h := handed(t, newcomer("dan", managed("zoe")), newcomer("eve"), newcomer("zoe"), newcomer("fay", managed("eve")), member("gil", "Inactive"), member("hal", "Active", leaver), member("ida", "Active", titled("Lead")))
	h.Pools[0].Purchased, h.Pools[0].Occupied = 10, 8
	files, outcomes, err := connector().Render(h)
	if err != nil {
		t.Fatal(err)
	}
	const words = "You have 2 Ascender licenses available and your file contains 4 new user. Remove 2 new user from your spreadsheet and re-upload."
	for i, want := range []string{"", words, "", words, `a reactivation needs a free seat, and "Seats" has none left: buy more, or release somebody`, "", ""} {
		if o := outcomes[i]; o.Reason != want || o.NoSeats != (want != "") || (o.Result == usher.Refused) != (want != "") {
			t.Errorf("change %d: %+v, want %q", i, o, want)
		}
	}
	_, cells := cellsOf(t, files[1].Content)
	var order []string
	for _, row := range cells[1:] {
		order = append(order, row[2])
	}
	if want := []string{"zoe@example.com", "dan@example.com", "ida@example.com"}; !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
	if m := understand(words); !m.known || !m.whole {
		t.Error("the portal's words are not recognised")
	}
}

func TestTemplates(t *testing.T) {
	h := handed(t, newcomer("ann"), member("bob", "Active", leaver))
	h.Templates = nil
	if _, _, err := connector().Render(h); err == nil || !strings.Contains(err.Error(), "usher portal learn") {
		t.Errorf("without a template: %v", err)
	}
	h.Changes = h.Changes[1:]
	if files, _, err := connector().Render(h); err != nil || len(files) != 1 {
		t.Errorf("tasks need no template: %d files, %v", len(files), err)
	}
	h.Changes, h.Templates = handed(t, newcomer("ann")).Changes, template(t, "04a_no_email_column.xlsx")
	if _, _, err := connector().Render(h); err == nil || !strings.Contains(err.Error(), "04a_no_email_column.xlsx") {
		t.Errorf("with a bad template: %v", err)
	}
}

// TestGoldenTasks holds the lists of tasks byte for byte.
func TestGoldenTasks(t *testing.T) {
	yes := true
	h := handed(t,
		member("ann", "Active", leaver, func(c *usher.AccountChange) { c.Seen.Subscriptions = []string{"Method", "Seats"} }),
		member("bob", "Waiting", titled("Lead"), moved("bob.new@example.com"), func(c *usher.AccountChange) { c.Desired.Values["Cost Center"] = "000123" }),
		member("cy", "Inactive", titled("=HYPERLINK(\"x\")"), func(c *usher.AccountChange) { c.Desired.DisplayName = "+Cy; \"Lee\"" }),
		member("dan", "Active", moved("dan.new@example.com"), func(c *usher.AccountChange) { c.Desired.Admin = true; c.Seen.Admin = new(bool) }),
		member("eve", "Waiting"), newcomer("fay", leaver),
		member("gil", "Active", func(c *usher.AccountChange) {
			c.Desired.Subscriptions = []string{"Method", "Seats"}
			c.Seen.Admin = &yes
		}),
		member("hal", "Active", func(c *usher.AccountChange) { c.Seen.Subscriptions = []string{"Method", "Seats"} }),
		member("ida", "Inactive", leaver), member("jo", ""),
	)
	files, _, err := connector().Render(h)
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		golden := filepath.Join("testdata", "golden-"+f.Name)
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(golden, f.Content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.Content, want) {
			t.Errorf("%s differs (UPDATE_GOLDEN=1 writes it anew):\n%s", golden, f.Content)
		}
		if len(f.Notes) == 0 {
			t.Errorf("%s has no notes", f.Name)
		}
	}
}

// TestWhatRowsTold: a row is about the address that it has, and so is what it told.
func TestWhatRowsTold(t *testing.T) {
	_, _, files := rendered(t, handed(t, newcomer("ann", moved("ANN@example.com")), member("bob", "Active", titled("Lead"), moved("new@example.com"))))
	var got []string
	for _, f := range files {
		for _, r := range f.Rows {
			got = append(got, r.Action+" "+r.Told.Address+" "+r.Told.Title)
		}
	}
	if want := []string{"invite ann@example.com ", "change bob@example.com Lead", "change_address new@example.com Lead"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
