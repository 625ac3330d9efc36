package ascender

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/table"
	"usher/internal/usher"
)

// workbook writes rows as a workbook.
func workbook(t testing.TB, header []string, rows ...[]string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := table.WriteXLSX(&out, header, rows, table.Options{Sheet: "Users"}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func exported(t testing.TB, a *Ascender, content string) ([]usher.Seen, []usher.Finding) {
	t.Helper()
	var got []usher.Seen
	findings, err := a.ReadExport([]byte(content), func(s usher.Seen) error { got = append(got, s); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return got, findings
}

// TestExportKeepsWhatThePortalHas: addresses byte for byte, statuses verbatim, values as text.
func TestExportKeepsWhatThePortalHas(t *testing.T) {
	got, findings := exported(t, connector(), "\ufeffFirst Name;Last Name;Email Address;User Status;Reports To;Cost Center;Invited On;Last Login;Admin Permissions\r\n"+
		"Ann May;Lee;  ANN@Example.COM;active;Bob@example.com;000123;2026-03-01;2026-03-02 10:11:12;Manage Users\r\n"+
		"Bob;Roe;bob@example.com;Deactivated;boss@example.com;;;;None\r\n")
	yes, no := true, false
	want := []usher.Seen{
		{RemoteID: "  ANN@Example.COM", Address: "  ANN@Example.COM", Status: "active", Active: true, GivenName: "Ann May", FamilyName: "Lee", Manager: "bob@example.com",
			Values: map[string]string{"Cost Center": "000123"}, InvitedAt: usher.TimeOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)), LastActiveAt: usher.TimeOf(time.Date(2026, 3, 2, 10, 11, 12, 0, time.UTC)), Admin: &yes},
		{RemoteID: "bob@example.com", Address: "bob@example.com", Status: "Deactivated", GivenName: "Bob", FamilyName: "Roe", Manager: "boss@example.com", Admin: &no},
	}
	if !reflect.DeepEqual(got, want) || len(findings) > 0 {
		t.Errorf("%+v\nwant %+v\n%+v", got, want, findings)
	}
}

// TestExportNamesColumnsAsConfigured: one spelling, or what is shown could not be compared.
func TestExportNamesColumnsAsConfigured(t *testing.T) {
	got, _ := exported(t, connector(), "Email,User Status,functional  AREA,Site\nann@example.com,Active,Sales,Bern\n")
	if want := map[string]string{"Functional Area": "Sales", "Site": "Bern"}; !reflect.DeepEqual(got[0].Values, want) {
		t.Errorf("%v, want %v", got[0].Values, want)
	}
}

// TestExportTellsSeatsOnlyWhereItShowsThem: a hidden column is no information.
func TestExportTellsSeatsOnlyWhereItShowsThem(t *testing.T) {
	const hidden, shown = "Email,User Status\nann@example.com,Active\n", "Email,User Status,Methodology Access\nann@example.com,Active,\"Other, methodology  a\"\n"
	for _, c := range []struct {
		options Options
		export  string
		want    []string
	}{
		{Options{}, shown, nil},
		{Options{Subscriptions: map[string]string{"": "Seats"}}, hidden, []string{"Seats"}},
		{Options{Subscriptions: map[string]string{"ascender": "Seats", "Methodology A": "Method"}}, hidden, nil},
		{Options{Subscriptions: map[string]string{"Ascender": "Seats", "Methodology A": "Method"}}, shown, []string{"Method", "Seats"}},
		{Options{Subscriptions: map[string]string{"Ascender": "Seats", "Methodology B": "Method"}}, shown, []string{"Seats"}},
	} {
		if got, _ := exported(t, New(c.options), c.export); !reflect.DeepEqual(got[0].Subscriptions, c.want) {
			t.Errorf("%+v: %#v, want %#v", c.options, got[0].Subscriptions, c.want)
		}
	}
}

func TestExportFindings(t *testing.T) {
	got, findings := exported(t, connector(), "Name,Email,User Status,Reports To,Invited\n"+
		"Ann Lee,ann@example.com,Active,Nobody Here,03/04/2026\n"+
		"Ann Lee,ann.two@example.com,Active,,\n"+
		"Bob Roe,,Active,,\n"+
		"Ann Lee,ANN@example.com,Waiting,,\n"+
		"Cy Poe,cy@example.com,Suspended,,\n"+
		"Dan Van Orr,dan@example.com,Waiting,Ann Lee,\n"+
		"Eve \"Fay,eve@example.com,Active,,\n")
	var said []string
	for _, f := range findings {
		said = append(said, fmt.Sprintf("%d %s %s %s", f.Row, f.Column, f.Code, f.Severity))
	}
	want := []string{
		"2 Invited field.date warning", "2 Reports To ascender.manager_unknown info", "4 Email field.required error", "5 Email row.duplicate_email error",
		"6 User Status ascender.status_unknown error", "7 Reports To ascender.manager_unknown info", "8 Name row.quote error",
	}
	if !slices.Equal(said, want) {
		t.Errorf("%q\nwant %q", said, want)
	}
	if len(got) != 3 || got[2].GivenName != "" || got[2].Values["Name"] != "Dan Van Orr" || got[0].Manager != "" {
		t.Errorf("%+v", got)
	}
}

func TestExportRefused(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"empty":             {"", "empty"},
		"no status":         {"Name,Email\nAnn Lee,ann@example.com\n", `no column "User Status"`},
		"no address":        {"Name,User Status\nAnn Lee,Active\n", `no column "Email"`},
		"nobody":            {"Email,User Status\n", "ends after its header"},
		"twice":             {"Email,Email,User Status\na@example.com,b@example.com,Active\n", "same name"},
		"cut":               {"Name,Email,User Status\nAnn Lee,ann@example.com,Active\nBob R", "ends inside"},
		"an upload":         {"First Name,Last Name,Email,Region,Functional Area,Title,Reports To\nAnn,Lee,ann@example.com,,Sales,,\n", "Invite/Change via Upload"},
		"of another portal": {"First Name,Last Name,Email Address,Active Tools\nAnn,Lee,ann@example.com,Proxima\n", `no column "User Status"`},
	} {
		findings, err := connector().ReadExport([]byte(c.content), func(usher.Seen) error { return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) || len(findings) > 0 {
			t.Errorf("%s: %v, %+v; want %q", name, err, findings, c.want)
		}
	}
	if _, err := connector().ReadExport(sample(t, "02_invite_valid.expected.xlsx"), func(usher.Seen) error { return nil }); err == nil || !strings.Contains(err.Error(), "Invite/Change via Upload") {
		t.Errorf("an upload as a workbook: %v", err)
	}
	enough := errors.New("enough")
	if _, err := connector().ReadExport(sample(t, "07_my_team_export_assumed.csv"), func(usher.Seen) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the caller's error became %v", err)
	}
}

func TestRefusalLayouts(t *testing.T) {
	h := handed(t, newcomer("ann"), newcomer("bob"), newcomer("cy"))
	_, _, files := rendered(t, h)
	b := usher.Batch{Name: "0007-upload.xlsx", Kind: files[0].Kind, Content: files[0].Content, Rows: files[0].Rows}
	form := []string{"First Name", "Last Name", "Email", "Region", "Functional Area", "Title", "Reports To", "Cost Center", "New Hire Cohort"}
	const seats = "You have 1 Ascender license available and your file contains 3 new users. Remove 2 new users from your spreadsheet and reupload."
	for name, c := range map[string]struct {
		answer []byte
		want   []string
	}{
		"two messages in a cell": {workbook(t, append(slices.Clone(form), "Errors"), []string{"Bob", "Lee", "bob@example.com", "", "Sales", "", "", "", "", "Mandatory: Region\nBad: worse; worst"}),
			[]string{"2 known Mandatory: Region", "2 Bad: worse; worst"}},
		"another order": {workbook(t, []string{"Reason", "Row", "Email Address"}, []string{"too young", "4", "CY@example.com"}, []string{"too old", "2", "ann@example.com"}),
			[]string{"3 too young", "1 too old"}},
		"unknown layout": {[]byte("User,What,Who\nBob Lee,\"already, there\",\nx,no such area,ANN@example.com\n"),
			[]string{"0 Bob Lee", "0 already, there", "1 x", "1 no such area"}},
		"a column of problems": {[]byte("User,Problem\nBob Lee,\"already, there\"\nann@example.com,no such area\n"),
			[]string{"0 already, there", "1 no such area"}},
		"addresses alone": {[]byte("User,Region\nbob@example.com,NA\n"), []string{"2 "}},
		"file as a whole": {[]byte(" " + seats + "\r\n"), []string{"0 known " + seats}},
		"no column":       {[]byte("\ufeffEmail field is required."), []string{"0 known Email field is required."}},
		"in a sheet":      {workbook(t, []string{"Message"}, []string{seats}), []string{"0 known " + seats}},
		"no address, by its place": {workbook(t, append(slices.Clone(form[:2]), "Errors"), []string{"Ann", "Lee", "a"}, []string{"Cy", "Lee", "c"}),
			[]string{"1 a", "3 c"}},
		"nothing wrong": {workbook(t, append(slices.Clone(form), "Errors"), []string{"Bob", "Lee", "bob@example.com", "", "Sales", "", "", "", "", ""}), nil},
	} {
		t.Run(name, func(t *testing.T) {
			refusals, err := connector().ReadRefusals(c.answer, b)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range refusals {
				word := ""
				if r.Known {
					word = "known "
				}
				if (r.Known || r.Message == "") != (r.Hint != "") {
					t.Errorf("hint %q of %+v", r.Hint, r)
				}
				got = append(got, fmt.Sprintf("%d %s%s", r.Row, word, r.Message))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	for name, c := range map[string]struct {
		answer []byte
		batch  usher.Batch
		want   string
	}{
		"the upload":   {b.Content, b, "the upload itself"},
		"another list": {[]byte("Email,Region\nx@example.com,NA\n"), usher.Batch{Kind: usher.BatchUpload, Content: workbook(t, []string{"Email", "Region"}, []string{"y@example.com", "NA"})}, "no message and no address"},
		"nothing":      {nil, b, "no list of errors"},
		"of tasks":     {sample(t, "03_review_errors_download_assumed.xlsx"), usher.Batch{Name: "tasks", Kind: usher.BatchTasks, Content: []byte("a,b\n1,2\n")}, "is no upload"},
		"a web page":   {[]byte("<html>"), b, "no list of errors"},
	} {
		got, err := connector().ReadRefusals(c.answer, c.batch)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, c.want)
		}
	}
}

func TestMessages(t *testing.T) {
	for text, want := range map[string]message{
		"Email field is required.":                        {known: true, whole: true},
		"Invalid file format. Formats allowed: *xlsx":     {known: true, whole: true},
		"Mandatory: Functional Area":                      {known: true},
		tooFewSeats(0, 1):                                 {known: true, whole: true},
		"You have # Ascender licenses available":          {},
		"Mandatory:":                                      {},
		"email field is required":                         {},
		"Reports To: user not found":                      {},
		"You have 3 Ascender licenses available and more": {},
	} {
		got := understand(text)
		if (got.hint != "") != want.known {
			t.Errorf("%q: hint %q", text, got.hint)
		}
		if got.hint = ""; got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}
