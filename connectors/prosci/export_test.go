package prosci_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/connectors/prosci"
	"usher/internal/usher"
)

// exported reads a report.
func exported(t testing.TB, p *prosci.Portal, report []byte) ([]usher.Seen, []usher.Finding, error) {
	t.Helper()
	var out []usher.Seen
	findings, err := p.ReadExport(report, func(s usher.Seen) error {
		out = append(out, s)
		return nil
	})
	return out, findings, err
}

// two knows the tools that the report of the samples shows.
func two(o *prosci.Options) {
	o.Subscriptions = map[string]string{"Proxima": "P410", "Research Hub": "P1432"}
}

// TestSampleExport: 08 is read as it stands.
func TestSampleExport(t *testing.T) {
	got, findings, err := exported(t, portal(t, two), sample(t, "08_users_report_assumed.csv"))
	if err != nil || len(findings) > 0 {
		t.Fatalf("%+v, %v", findings, err)
	}
	day := func(text string) usher.Time {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return usher.TimeOf(at)
	}
	yes, no := true, false
	both := []string{"Proxima", "Research Hub"}
	want := []usher.Seen{
		{RemoteID: "amara.okafor@example.com", GivenName: "Amara", FamilyName: "Okafor", Active: true, Admin: &no, Subscriptions: both, LastActiveAt: day("2026-03-02")},
		{RemoteID: "Sean.OBrien@example.com", GivenName: "Sean", FamilyName: "OBrien", Active: true, Admin: &no, Subscriptions: both[:1]},
		{RemoteID: "gone.person@example.com", GivenName: "Gone", FamilyName: "Person", Active: true, Admin: &no, Subscriptions: both, LastActiveAt: day("2025-08-19")},
		{RemoteID: "lic.admin@example.com", GivenName: "Lic", FamilyName: "Admin", Active: true, Admin: &yes, Subscriptions: []string{}, LastActiveAt: day("2026-03-04")},
		{RemoteID: "zoe.mueller@old-example.net", GivenName: "Zoë", FamilyName: "Müller", Active: true, Admin: &no, Subscriptions: both, LastActiveAt: day("2026-02-11")},
		{RemoteID: "walk.in@example.com", GivenName: "Walk", FamilyName: "In", Active: true, Admin: &no, Subscriptions: both[1:], LastActiveAt: day("2026-03-05")},
	}
	for i := range want {
		want[i].Address = want[i].RemoteID
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}

// TestExportRefuses: what is no report, or does not show every subscription, proves nothing.
func TestExportRefuses(t *testing.T) {
	for report, word := range map[string]string{
		"": "empty",
		"Email Address,Proxima [P410],Research Hub [P1432]\n":                   "nobody",
		"Name,Proxima [P410],Research Hub [P1432]\nA,Y,Y\n":                     "Email Address",
		"Email Address,Proxima [P410]\na@example.com,Y\n":                       "P1432",
		"Email,Email Address,A [P410],B [P1432]\na@b.c,a@b.c,Y,Y\n":             "columns 1 and 2",
		"Email,A [P410],B [P1432],C [P410]\na@b.c,Y,Y,Y\n":                      "columns 2 and 4",
		"<table><tr><td>Email":                                                  "web page",
		"First Name,Last Name,Email Address,Functional Area\na,b,c@d.e,Sales\n": "[P410]",
		"Email,A [P410],B [P1432]\na@example.com,Y,Y\nb@example.com,Y":          "cut off",
	} {
		got, _, err := exported(t, portal(t, two), []byte(report))
		if err == nil || !strings.Contains(err.Error(), word) || len(got) > 0 {
			t.Errorf("%.40q: %d accounts, %v; want a word on %q", report, len(got), err, word)
		}
	}
}

// TestNoTemplateIsAReport: whoever saved the form of the upload last, and however, it says what was
// asked for, and would confirm it.
func TestNoTemplateIsAReport(t *testing.T) {
	p := portal(t, two)
	for name, file := range map[string][]byte{
		"the template":       sample(t, "01_template_p410_p1432.csv"),
		"an upload":          sample(t, "02_add_valid.expected.csv"),
		"saved by Excel":     sample(t, "05_european_semicolon_bom.csv"),
		"the Excel variant":  sample(t, "06_template_excel_variant.xlsx"),
		"of one tool":        sample(t, "03_remove_split.expected-P34.csv"),
		"without graduation": []byte("First Name,Last Name,E-mail,Proxima [P410],Expiration Override,Research Hub [P1432],Expiration Override\nA,B,a@example.com,Y,,Y,\n"),
	} {
		got, _, err := exported(t, p, file)
		if err == nil || !strings.Contains(err.Error(), "batch upload template") || len(got) > 0 {
			t.Errorf("%s: %d accounts, %v", name, len(got), err)
		}
	}
	for _, header := range []string{
		"First Name,Last Name,Email Address,Proxima [P410],Research Hub [P1432]",
		"First Name,Last Name,Email Address,Customer Type,Proxima [P410],Access Expires,Research Hub [P1432]",
		"First Name,Last Name,Email Address,3 day graduation date,Last Login,Proxima [P410],Research Hub [P1432]",
		"Email Address,Proxima [P410],Access Expires,Research Hub [P1432],Access Expires",
	} {
		row := "Ann,Lee,a@example.com,Y,Y,Y,Y,Y"
		if strings.HasPrefix(header, "Email") {
			row = "a@example.com,Y,,Y,Y"
		}
		cells := strings.Split(row, ",")[:strings.Count(header, ",")+1]
		if got, _, err := exported(t, p, []byte(header+"\n"+strings.Join(cells, ",")+"\n")); err != nil || len(got) != 1 {
			t.Errorf("%s: %d accounts, %v", header, len(got), err)
		}
	}
}

// TestExportMapped: columns that are called otherwise are found by the settings.
func TestExportMapped(t *testing.T) {
	p := portal(t, two, func(o *prosci.Options) {
		o.Export = map[string]string{"email": "Login", "firstName": "Vorname", "lastName": "Nachname", "access": "Rolle", "lastLogin": "Zuletzt", "[P410]": "Proxima-Zugang"}
		o.Columns = []string{"Region"}
	})
	report := "Login;Vorname;Nachname;Rolle;Zuletzt;Proxima-Zugang;Hub [P1432];Other [P9];Region\nANN@example.com ;Ann;Lee;License Admin;2026-03-01T10:00:00Z;yes;;Y;EMEA\nbob@example.com;Bob;Ray;;;;;Y;\n"
	got, findings, err := exported(t, p, []byte(report))
	if err != nil || len(got) != 2 || len(findings) != 1 || findings[0].Code != "email.syntax" {
		t.Fatalf("%+v, %+v, %v", got, findings, err)
	}
	ann, bob := got[0], got[1]
	if ann.RemoteID != "ANN@example.com " || !*ann.Admin || !slices.Equal(ann.Subscriptions, []string{"Proxima"}) || ann.Values["Region"] != "EMEA" || ann.LastActiveAt.Std().Hour() != 10 {
		t.Errorf("%+v", ann)
	}
	if bob.Admin != nil || !bob.Active || bob.Subscriptions == nil || len(bob.Subscriptions) > 0 {
		t.Errorf("a tool that is no subscription: %+v", bob)
	}
	if _, _, err := exported(t, p, []byte("Login,Vorname\na@b.c,A\n")); err == nil || !strings.Contains(err.Error(), "Nachname") {
		t.Errorf("a mapped column is missing: %v", err)
	}
}

// TestExportRows: what is wrong with one row is said of it, and guesses nothing.
func TestExportRows(t *testing.T) {
	report := "Email,A [P410],B [P1432],Last Login\n" +
		"ann@example.com,maybe,Y,2026-03-01\n" +
		",Y,Y,\n" +
		"bob@example.com,Y,N,01/02/2026\n" +
		"BOB@example.com,N,Y,\n" +
		"short,Y\n" +
		"\n" +
		"eve@example.com,N,N,\n"
	got, findings, err := exported(t, portal(t, two), []byte(report))
	want := []place{
		{2, "A [P410]", 0, "prosci.tool_value", usher.SeverityError},
		{3, "Email", 0, "field.required", usher.SeverityError},
		{4, "Last Login", 0, "date.ambiguous", usher.SeverityWarning},
		{5, "Email", 0, "row.duplicate_email", usher.SeverityWarning},
		{6, "", 0, "row.short", usher.SeverityError},
		{7, "", 0, "row.empty", usher.SeverityInfo},
	}
	if err != nil || !slices.Equal(placesOf(findings), want) || len(got) != 3 {
		t.Fatalf("%+v, %+v, %v", got, placesOf(findings), err)
	}
	if ann := got[0]; ann.Subscriptions != nil || !ann.Active {
		t.Errorf("tools that cannot be read: %+v", ann)
	}
	if bob := got[1]; bob.RemoteID != "bob@example.com" || len(bob.Subscriptions) != 2 {
		t.Errorf("twice: %+v", bob)
	}
	if eve := got[2]; eve.Active {
		t.Errorf("without tools: %+v", eve)
	}
	enough := errors.New("enough")
	if _, err := portal(t, two).ReadExport([]byte(report), func(usher.Seen) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the caller's error: %v", err)
	}
}

// TestExportOneTool: the only subscription needs no code.
func TestExportOneTool(t *testing.T) {
	p := portal(t, func(o *prosci.Options) { o.Subscriptions = map[string]string{"Tool": ""} })
	got, _, err := exported(t, p, []byte("Email,Any [P9]\na@example.com,Y\n"))
	if err != nil || len(got) != 1 || !slices.Equal(got[0].Subscriptions, []string{"Tool"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzReadExport(f *testing.F) {
	f.Add(sample(f, "08_users_report_assumed.csv"))
	f.Add([]byte("Email,A [P410],B [P1432],Last Login\n\"a\nb\",Y,Y,\n,,,\nx@y.z,N,maybe,2026-01-01\n"))
	f.Add([]byte("sep=|\nE-mail|[P410]|[p1432]\n\nx@y.z|Y|\nX@Y.Z||Y\n"))
	p := portal(f, two)
	f.Fuzz(func(t *testing.T, report []byte) {
		met := map[string]bool{}
		findings, err := p.ReadExport(report, func(s usher.Seen) error {
			if strings.TrimSpace(s.RemoteID) == "" || met[s.RemoteID] || s.RemoteID != s.Address {
				t.Fatalf("%+v", s)
			}
			if len(s.Subscriptions) > 0 && !s.Active || !slices.IsSorted(s.Subscriptions) {
				t.Fatalf("%+v", s)
			}
			met[s.RemoteID] = true
			return nil
		})
		if err == nil && len(met) == 0 && len(findings) == 0 {
			t.Fatal("nothing was read, and nothing was said")
		}
	})
}

func FuzzLearn(f *testing.F) {
	for _, name := range []string{"01_template_p410_p1432.csv", "05_european_semicolon_bom.csv", "06_template_excel_variant.xlsx", "08_users_report_assumed.csv"} {
		f.Add(sample(f, name))
	}
	f.Add([]byte("First Name,Last Name,Email,Y/N,expiration override"))
	p := portal(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		learned, err := p.Learn(content)
		if err != nil {
			return
		}
		if learned.Key == "" || len(learned.Columns) < 4 || len(learned.Unfilled) > len(learned.Columns)-4 {
			t.Fatalf("%+v", learned)
		}
		p := portal(t, func(o *prosci.Options) { o.Subscriptions = nil })
		c := someone("ann")
		for i, code := range strings.Split(learned.Key, "+") {
			if code == "Y/N" {
				return
			}
			c.Desired.Subscriptions = append(c.Desired.Subscriptions, code)
			_ = i
		}
		checkRendered(t, p, content, c)
	})
}
