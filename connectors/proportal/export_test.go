package proportal_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/connectors"
	"usher/connectors/proportal"
	"usher/connectors/proportal/fakeportal"
	"usher/internal/usher"
)

func TestExportWords(t *testing.T) {
	const header = "Email,Status,Access\n"
	for _, c := range []struct {
		row      string
		active   bool
		admin    string // "yes", "no" or "" for not shown
		seats    int
		findings string
	}{
		{row: "a@x.org,Active,Subscription", active: true, admin: "no", seats: 1},
		{row: "a@x.org,ACTIVE,itprotv  subscription", active: true, admin: "no", seats: 1},
		{row: "a@x.org,Invited,Both", active: true, admin: "yes", seats: 1},
		{row: "a@x.org,Active,ProPortal Admin", active: true, admin: "yes"},
		{row: "a@x.org,Deactivated,Subscription", admin: "no"},
		{row: "a@x.org,Deactivated,", admin: ""},
		{row: "a@x.org,Deactivated,Both", active: true, admin: "yes"},
		{row: "a@x.org,Active,", active: true, seats: 1, findings: "export.access"},
		{row: "a@x.org,Active,Superuser", active: true, seats: 1, findings: "export.access"},
		{row: "a@x.org,Frozen,Subscription", active: true, admin: "no", seats: 1, findings: "export.status"},
	} {
		all, findings := users(t, proportal.New(proPortalOptions()), []byte(header+c.row+"\n"))
		if len(all) != 1 {
			t.Fatalf("%s: %d accounts", c.row, len(all))
		}
		s := all[0]
		if s.Active != c.active || shown(s.Admin) != c.admin || len(s.Subscriptions) != c.seats || codes(findings) != c.findings {
			t.Errorf("%s: %+v, admin %q, findings %+v", c.row, s, shown(s.Admin), findings)
		}
	}
}

func shown(b *bool) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return "yes"
	}
	return "no"
}

func codes(findings []usher.Finding) string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Code)
	}
	return strings.Join(all, " ")
}

func TestExportOfMyACI(t *testing.T) {
	list := "Email,Status,Role,Licenses,Teams\n" +
		"a@x.org,Active,User,Essentials,A; B\n" +
		"b@x.org,Pending,Teams Manager,,\n" +
		"c@x.org,Deactivated,User,essentials; Other,\n" +
		"d@x.org,Deactivated,User,,\n" +
		"e@x.org,Active,Admin,User,\n"
	all, findings := users(t, proportal.NewMyACI(myACIOptions()), []byte(list))
	want := []string{
		"a@x.org true no myACI+myACI content A+B", "b@x.org true no myACI ", "c@x.org true no myACI content ",
		"d@x.org false no  ", "e@x.org true yes myACI ",
	}
	var got []string
	for _, s := range all {
		got = append(got, strings.Join([]string{s.RemoteID, map[bool]string{true: "true", false: "false"}[s.Active], shown(s.Admin), strings.Join(s.Subscriptions, "+"), strings.Join(s.Teams, "+")}, " "))
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if codes(findings) != "export.licence" || findings[0].Row != 4 || findings[0].Value != "Other" {
		t.Errorf("findings %+v", findings)
	}
}

// TestExportOfWhatIsNotShown: nothing is made up for a column that is not there.
func TestExportOfWhatIsNotShown(t *testing.T) {
	list := []byte("Email,Status\na@x.org,Active\n")
	for name, c := range map[string]struct {
		p     *proportal.Connector
		seats []string
	}{
		"the one subscription":       {proportal.New(proPortalOptions()), []string{seatName}},
		"without its name":           {proportal.New(proportal.Options{}), nil},
		"myACI with content":         {proportal.NewMyACI(myACIOptions()), nil},
		"myACI with users alone":     {proportal.NewMyACI(proportal.Options{Subscriptions: map[string]string{"": userName}}), []string{userName}},
		"myACI without subscription": {proportal.NewMyACI(proportal.Options{}), nil},
	} {
		all, _ := users(t, c.p, list)
		if len(all) != 1 || !slices.Equal(all[0].Subscriptions, c.seats) || (all[0].Subscriptions == nil) != (c.seats == nil) || all[0].Admin != nil || all[0].Teams != nil {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

func TestExportRows(t *testing.T) {
	list := "Email,Status,Last Login\n" +
		"a@x.org,Active,2026-03-01T10:30:00Z\n" +
		"A@X.org,Active,\n" + // twice
		",Active,\n" + // nobody
		"b@x.org,Active,03/04/2026\n" + // which month?
		"c@x.org,Active\n" + // too short
		" d@x.org ,Active,\n" // the portal's own spaces stay
	all, findings := users(t, proportal.New(proPortalOptions()), []byte(list))
	var ids []string
	for _, s := range all {
		ids = append(ids, s.RemoteID)
	}
	if want := []string{"a@x.org", "b@x.org", " d@x.org "}; !slices.Equal(ids, want) {
		t.Errorf("accounts %q, want %q", ids, want)
	}
	if got, want := codes(findings), "export.twice export.no_address export.date row.width"; got != want {
		t.Errorf("findings %q, want %q", got, want)
	}
	for i, row := range []int{3, 4, 5, 6} {
		if findings[i].Row != row || strings.Contains(findings[i].Text, "x.org") {
			t.Errorf("finding %d: %+v", i, findings[i])
		}
	}
}

func TestExportIsMapped(t *testing.T) {
	o := proPortalOptions()
	o.Export = proportal.ExportColumns{Email: "Konto", Status: "Zustand", Access: "Zugang", Teams: "Gruppen", LastActive: "Zuletzt", Invited: "Eingeladen"}
	o.Words = proportal.Words{Active: []string{"Aktiv"}, Pending: []string{"Eingeladen"}, Inactive: []string{"Gesperrt"}, Both: []string{"Beides"}}
	o.Dates, o.ListSeparator, o.Zone = "DD.MM.YYYY hh:mm", "|", time.FixedZone("", 3600)
	list := "Konto;Zustand;Zugang;Gruppen;Zuletzt;Eingeladen\nann@x.org;Aktiv;Beides;A|B;01.02.2026 10:30;2026-01-31\n"
	all, findings := users(t, proportal.New(o), []byte(list))
	if len(all) != 1 || len(findings) > 0 {
		t.Fatalf("%d accounts, findings %+v", len(all), findings)
	}
	s := all[0]
	if s.LastActiveAt.RFC3339() != "2026-02-01T09:30:00.000000Z" || s.InvitedAt.RFC3339() != "2026-01-30T23:00:00.000000Z" || !slices.Equal(s.Teams, []string{"A", "B"}) || shown(s.Admin) != "yes" {
		t.Errorf("%+v", s)
	}
}

// TestWhatIsNoList is refused as a whole, with what is missing and where to say it.
func TestWhatIsNoList(t *testing.T) {
	mapped := proPortalOptions()
	mapped.Export.Teams = "Squads"
	told := proPortalOptions()
	told.Export.Status = "Action"
	for name, c := range map[string]struct {
		p          *proportal.Connector
		list, says string
	}{
		"empty":                  {proportal.New(proPortalOptions()), "", "is empty"},
		"header alone":           {proportal.New(proPortalOptions()), "Email,Status\n", "header"},
		"of another portal":      {proportal.New(proPortalOptions()), "First Name,Email Address,Proxima [P410]\nA,a@x.org,Y\n", "columns.status"},
		"no address":             {proportal.New(proPortalOptions()), "Name,Status\nA,Active\n", "columns.email"},
		"a column is named":      {proportal.New(mapped), "Email,Status\na@x.org,Active\n", "columns.teams"},
		"the same column twice":  {proportal.New(proPortalOptions()), "Email,Status,status\na@x.org,Active,Pending\n", "both named Status"},
		"a list of tasks":        {proportal.New(proPortalOptions()), "Step;Action;First Name;Last Name;Email;Access;Team;Reason\n1;Invite;A;B;a@x.org;Both;;\n", "list of tasks"},
		"one with the settings":  {proportal.New(told), "Step;Action;First Name;Last Name;Email;Access;Team;Reason\n1;Invite;A;B;a@x.org;Both;;\n", "list of tasks"},
		"a web page":             {proportal.New(proPortalOptions()), "<html><body>Sign in</body></html>", "page"},
		"an old workbook":        {proportal.New(proPortalOptions()), "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"},
		"cut off inside a quote": {proportal.New(proPortalOptions()), "Email,Status\na@x.org,\"Acti", "ends"},
	} {
		_, err := c.p.ReadExport([]byte(c.list), func(usher.Seen) error { return nil })
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "x.org") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := proportal.New(proPortalOptions()).ReadActivity([]byte("Email,Minutes\na@x.org,3\n"), nil); err == nil || !strings.Contains(err.Error(), "columns.at") {
		t.Errorf("activity without a time: %v", err)
	}
}

func TestReadingEndsWithTheCaller(t *testing.T) {
	enough := errors.New("enough")
	p := proportal.New(proPortalOptions())
	calls := 0
	_, err := p.ReadExport([]byte("Email,Status\na@x.org,Active\nb@x.org,Active\n"), func(usher.Seen) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("after %d accounts: %v", calls, err)
	}
	_, err = p.ReadActivity([]byte("Email,Login At\na@x.org,2026-01-01\nb@x.org,2026-01-01\n"), func(string, usher.Time) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 2 {
		t.Errorf("after %d accounts: %v", calls, err)
	}
}

func TestActivityRows(t *testing.T) {
	list := "Email,Login At\na@x.org,2026-03-01 10:30\n,2026-03-01\nb@x.org,yesterday\nc@x.org,\na@x.org,2026-03-02\n"
	var got []string
	findings, err := proportal.New(proportal.Options{}).ReadActivity([]byte(list), func(address string, at usher.Time) error {
		got = append(got, address+" "+at.Std().Format(time.DateTime))
		return nil
	})
	if err != nil || !slices.Equal(got, []string{"a@x.org 2026-03-01 10:30:00", "a@x.org 2026-03-02 00:00:00"}) || codes(findings) != "activity.no_address activity.date" {
		t.Errorf("%q, %+v, %v", got, findings, err)
	}
}

// TestAdminWithoutAUserLicence: at a myACI an admin whose user licence was removed may not enter and takes
// none; at a ProPortal an admin may, and takes none either.
func TestAdminWithoutAUserLicence(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	aci := fakeportal.NewMyACI(1, map[string]int{"Essentials": 1})
	for _, action := range []string{"Add User", "Give Admin Role", "Remove User License"} {
		must(t, aci.Do(fakeportal.Task{Action: action, First: "Ann", Last: "Lee", Email: "ann@example.com", Access: "Admin"}, now))
	}
	pro := fakeportal.New(1)
	must(t, pro.Do(fakeportal.Task{Action: "Invite", First: "Ann", Last: "Lee", Email: "ann@example.com", Access: "ProPortal Admin"}, now))
	for name, c := range map[string]struct {
		p      connectors.ExportReader
		list   []byte
		active bool
	}{
		"myaci":     {proportal.NewMyACI(myACIOptions()), aci.Users(), false},
		"proportal": {proportal.New(proPortalOptions()), pro.Users(), true},
	} {
		all, findings := users(t, c.p, c.list)
		if len(all) != 1 || len(findings) != 0 || all[0].Admin == nil || !*all[0].Admin || all[0].Active != c.active || len(all[0].Subscriptions) != 0 {
			t.Errorf("%s: %+v, %+v", name, all, findings)
		}
	}
	if _, taken, _ := aci.Seats(fakeportal.User); taken != 0 {
		t.Errorf("%d user licences are taken", taken)
	}
}
