package ascenderportal

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"usher/internal/table"
	"usher/internal/usher"
)

var form = []string{"First Name", "Last Name", "Email", "Region", "Functional Area", "Title", "Reports To"}

func file(t *testing.T, header []string, rows ...[]string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := table.WriteXLSX(&out, header, rows, table.Options{Sheet: "Users"}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// someone is a row of somebody new.
func someone(key, boss string) []string {
	return []string{strings.ToUpper(key), "Lee", key + "@example.com", "", "Sales", "", boss}
}

// upload wants a file to be taken on.
func upload(t *testing.T, p *Portal, rows ...[]string) Review {
	t.Helper()
	review, err := p.Upload(file(t, form, rows...))
	if err != nil || len(review.Errors) > 0 {
		t.Fatalf("%+v, %v", review, err)
	}
	return review
}

func do(t *testing.T, p *Portal, action, address string, change ...func(*Task)) error {
	t.Helper()
	task := Task{Action: action, Address: address}
	for _, f := range change {
		f(&task)
	}
	return p.Do(task)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func licence(name string) func(*Task) { return func(t *Task) { t.Licence = name } }

func user(t *testing.T, p *Portal, email string) User {
	t.Helper()
	for _, u := range p.Users() {
		if u.Email == email {
			return u
		}
	}
	t.Fatalf("nobody is known as %s", email)
	return User{}
}

func TestWholeFileIsRefused(t *testing.T) {
	p := New(Options{Purchased: 3})
	upload(t, p, someone("ann", ""))
	must(t, p.Login("ann@example.com"))
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"no Email":   {file(t, slices.Delete(slices.Clone(form), 2, 3), []string{"Ann", "Lee", "", "Sales", "", ""}), "Email field is required."},
		"CSV":        {[]byte("Email\nx@example.com\n"), "Invalid file format. Formats allowed: *xlsx"},
		"damaged":    {[]byte("PK\x03\x04"), "Invalid file format. Formats allowed: *xlsx"},
		"over":       {file(t, form, someone("bob", ""), someone("cy", ""), someone("dan", ""), []string{"", "", "ann@example.com", "", "", "AE", ""}), "You have 2 Ascender licenses available and your file contains 3 new user. Remove 1 new user from your spreadsheet and re-upload."},
		"other case": {file(t, form, someone("bob", ""), someone("cy", ""), []string{"Ann", "Lee", "ANN@example.com", "", "Sales", "", ""}), "You have 2 Ascender licenses available and your file contains 3 new user. Remove 1 new user from your spreadsheet and re-upload."},
	} {
		_, err := p.Upload(c.content)
		if refused := (*Refused)(nil); !errors.As(err, &refused) || refused.Message != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if p.Occupied() != 1 || user(t, p, "ann@example.com").Values["Title"] != "" {
		t.Errorf("a refused file left something behind: %+v", p.Users())
	}
}

func TestReview(t *testing.T) {
	p := New(Options{Purchased: 20, Lists: map[string][]string{"Functional Area": {"Sales"}}})
	upload(t, p, someone("act", ""), someone("wait", ""), someone("gone", "act@example.com"))
	must(t, p.Login("act@example.com"))
	must(t, do(t, p, "deactivate", "gone@example.com"))
	before := p.Users()
	review, err := p.Upload(file(t, form,
		[]string{"Ann", "Lee", "", "", "Sales", "", ""},
		[]string{"", "", "bob@example.com", "", "", "", ""},
		[]string{"", "", "act@example.com", "", "", "AE", ""},
		[]string{"", "", "wait@example.com", "", "", "AE", ""},
		[]string{"", "", "gone@example.com", "", "", "AE", ""},
		someone("cy", "nobody@example.com"), someone("dan", "gone@example.com"), someone("eve", "eve@example.com"),
		someone("fay", "gil@example.com"), someone("gil", "fay@example.com"), someone("hal", ""), someone("HAL", ""),
		[]string{"Ida", "Lee", "ida@example.com", "", "Sails", "", "hal@example.com"}, someone("jo@", ""),
	))
	must(t, err)
	var got []string
	for _, e := range review.Errors {
		got = append(got, fmt.Sprintf("%d %s", e.Row, e.Message))
	}
	want := []string{
		"2 Mandatory: Email", "3 Mandatory: First Name", "3 Mandatory: Last Name", "3 Mandatory: Functional Area",
		"5 Email: only active users can be updated, this user is Waiting", "6 Email: only active users can be updated, this user is Inactive",
		"7 Reports To: user not found", "8 Reports To: user not found", "9 Reports To: a user cannot report to themselves",
		"10 Reports To: a user cannot report to themselves", "11 Reports To: a user cannot report to themselves",
		"12 Email: occurs more than once", "13 Email: occurs more than once", "14 Functional Area: value not found", "15 Email: not valid",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if !reflect.DeepEqual(p.Users(), before) {
		t.Error("a file with errors left something behind")
	}
	checkErrorDownload(t, p)
}

// checkErrorDownload: the list has the rows where they were, with what is wrong behind them.
func checkErrorDownload(t *testing.T, p *Portal) {
	t.Helper()
	content, err := p.ErrorDownload()
	must(t, err)
	sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{KeyColumns: []string{"Email"}})
	must(t, err)
	rows := 0
	for row, err := range sheet.Rows {
		must(t, err)
		if rows++; row.Line == 3 && row.Cells[7] != "Mandatory: First Name\nMandatory: Last Name\nMandatory: Functional Area" || row.Line == 4 && row.Cells[7] != "" {
			t.Errorf("line %d: %q", row.Line, row.Cells)
		}
	}
	if rows != 14 || sheet.Header[7] != "Errors" {
		t.Errorf("%d rows under %q", rows, sheet.Header)
	}
	upload(t, p, someone("zoe", ""))
	if _, err := p.ErrorDownload(); err == nil {
		t.Error("a good review has errors to download")
	}
}

func TestLife(t *testing.T) {
	now := usher.Time(0)
	p := New(Options{Purchased: 2, Transfers: func(a string) bool { return a == "bob@example.com" }, Now: func() usher.Time { return now }})
	if got := upload(t, p, someone("bob", "ann@example.com"), someone("ann", "")); got.Invited != 2 || got.Changed != 0 {
		t.Errorf("%+v", got)
	}
	for email, want := range map[string]string{"ann@example.com": Waiting, "bob@example.com": PendingTransfer} {
		if u := user(t, p, email); u.Status != want || !u.Seated() || u.Mails != 1 {
			t.Errorf("%+v", u)
		}
		must(t, do(t, p, "resend_invitation", email))
		must(t, p.Login(strings.ToUpper(email)))
		if u := user(t, p, email); u.Status != Active || u.Mails != 2 {
			t.Errorf("%+v", u)
		}
	}
	if err := do(t, p, "resend_invitation", "ann@example.com"); !errors.Is(err, ErrStatus) {
		t.Errorf("resent to somebody Active: %v", err)
	}
	if got := upload(t, p, []string{"", "", "ann@example.com", "EMEA", "", "", ""}); got.Changed != 1 {
		t.Errorf("%+v", got)
	}
	if u := user(t, p, "ann@example.com"); u.Values["Region"] != "EMEA" || u.Values["First Name"] != "ANN" {
		t.Errorf("a blank cell changed something: %+v", u)
	}
}

func TestDeactivateAndReactivate(t *testing.T) {
	p := New(Options{Purchased: 3})
	upload(t, p, someone("top", ""), someone("mid", "top@example.com"), someone("low", "mid@example.com"))
	must(t, p.Login("mid@example.com"))
	must(t, do(t, p, "deactivate", "mid@example.com"))
	must(t, do(t, p, "deactivate", "mid@example.com"))
	if u := user(t, p, "low@example.com"); u.Manager != "top@example.com" || p.Occupied() != 2 {
		t.Errorf("%+v, %d seats taken", u, p.Occupied())
	}
	if p.Login("mid@example.com") == nil {
		t.Error("somebody Inactive signed in")
	}
	upload(t, p, someone("new", ""))
	if err := do(t, p, "reactivate", "mid@example.com"); !errors.Is(err, ErrNoSeat) {
		t.Errorf("reactivated without a seat: %v", err)
	}
	p.Purchase(4)
	must(t, do(t, p, "reactivate", "mid@example.com", func(task *Task) { task.Values = map[string]string{"Title": "Lead"} }))
	if u := user(t, p, "mid@example.com"); u.Status != Active || u.Values["Title"] != "Lead" || u.Mails != 2 {
		t.Errorf("%+v", u)
	}
	if err := do(t, p, "deactivate", "nobody@example.com"); err == nil {
		t.Error("nobody was deactivated")
	}
	if err := do(t, p, "dance", "mid@example.com"); err == nil {
		t.Error("the portal can dance")
	}
}

func TestMethodologies(t *testing.T) {
	for _, enterprise := range []bool{false, true} {
		p := New(Options{Purchased: 5, Methodologies: map[string]int{"A": 1}, Enterprise: enterprise})
		upload(t, p, someone("ann", ""), someone("bob", ""))
		must(t, do(t, p, "give_methodology", "ann@example.com", licence("A")))
		must(t, do(t, p, "give_methodology", "ann@example.com", licence("A")))
		if err := do(t, p, "give_methodology", "bob@example.com", licence("A")); !errors.Is(err, ErrNoSeat) {
			t.Errorf("two have one licence: %v", err)
		}
		must(t, do(t, p, "deactivate", "ann@example.com"))
		if p.InUse("A") != 0 {
			t.Error("a reserved licence was kept")
		}
		must(t, do(t, p, "reactivate", "ann@example.com"))
		must(t, p.Login("ann@example.com"))
		must(t, do(t, p, "give_methodology", "ann@example.com", licence("A")))
		must(t, p.Open("ann@example.com", "A"))
		if err := do(t, p, "take_back_methodology", "ann@example.com", licence("A")); !errors.Is(err, ErrConsumed) {
			t.Errorf("a consumed licence was taken back: %v", err)
		}
		must(t, do(t, p, "deactivate", "ann@example.com"))
		if kept := p.InUse("A") == 1; kept == enterprise {
			t.Errorf("enterprise %t: the consumed licence is kept: %t", enterprise, kept)
		}
		if enterprise {
			must(t, do(t, p, "give_methodology", "bob@example.com", licence("A")))
			if err := do(t, p, "reactivate", "ann@example.com"); !errors.Is(err, ErrNoSeat) {
				t.Errorf("reactivated without her methodology: %v", err)
			}
		}
		if do(t, p, "give_methodology", "bob@example.com", licence("B")) == nil {
			t.Error("B was never bought")
		}
	}
}

func TestEditAndAddress(t *testing.T) {
	p := New(Options{Purchased: 9, Lists: map[string][]string{"Region": {"EMEA"}}, Who: func(a string) string { return strings.ToLower(a[:3]) }})
	upload(t, p, someone("ann", ""), someone("bob", "ann@example.com"))
	values := func(column, text string) func(*Task) {
		return func(task *Task) { task.Values = map[string]string{column: text} }
	}
	must(t, do(t, p, "edit_user", "ANN@example.com", values("Title", "Lead")))
	must(t, do(t, p, "give_admin_permissions", "ann@example.com"))
	for name, change := range map[string]func(*Task){
		"a value": values("Region", "Mars"), "a circle": values("Reports To", "bob@example.com"), "a stranger": values("Reports To", "x@example.com"),
	} {
		if do(t, p, "edit_user", "ann@example.com", change) == nil {
			t.Errorf("%s was entered", name)
		}
	}
	if do(t, p, "change_address", "ann@example.com", func(task *Task) { task.NewAddress = "bob@example.com" }) == nil || do(t, p, "change_address", "ann@example.com") == nil {
		t.Error("an address of two")
	}
	must(t, do(t, p, "change_address", "ann@example.com", func(task *Task) { task.NewAddress = "anne@example.com" }))
	if u := user(t, p, "anne@example.com"); u.Values["Title"] != "Lead" || !u.Admin || user(t, p, "bob@example.com").Manager != "anne@example.com" {
		t.Errorf("%+v", p.Users())
	}
	upload(t, p, someone("ann", "")) // the old address is somebody new to the portal
	if got := p.Invitations(); got["ann"] != 2 || got["bob"] != 1 {
		t.Errorf("the second invitation was not counted: %v", got)
	}
}

func TestExport(t *testing.T) {
	p := New(Options{Purchased: 9, Methodologies: map[string]int{"A": 1, "B": 1}, CustomFields: []string{"Cost Center"}})
	header := append(slices.Clone(form), "Cost Center")
	if _, err := p.Upload(file(t, header, append(someone("ann", ""), "000123"), append(someone("bob", "ann@example.com"), ""))); err != nil {
		t.Fatal(err)
	}
	must(t, do(t, p, "give_methodology", "bob@example.com", licence("B")))
	must(t, do(t, p, "give_methodology", "bob@example.com", licence("A")))
	must(t, p.Login("ann@example.com"))
	const want = "Name,Email,Title,Region,Functional Area,Reports To,User Status,Methodology Access,Cost Center\n" +
		"ANN Lee,ann@example.com,,,Sales,,Active,,000123\nBOB Lee,bob@example.com,,,Sales,ANN Lee,Waiting,\"A, B\",\n"
	got, err := p.Export(table.CSV)
	if err != nil || string(got) != want {
		t.Errorf("%s\n%v", got, err)
	}
	one, err := p.Export(table.XLSX)
	must(t, err)
	if two, err := p.Export(table.XLSX); err != nil || !bytes.Equal(one, two) {
		t.Errorf("the same list has other bytes, %v", err)
	}
	p.View([]string{"Email", "User Status", "Admin Permissions", "Invited"}, Waiting)
	if got, err := p.Export(table.CSV); err != nil || string(got) != "Email,User Status,Admin Permissions,Invited\nbob@example.com,Waiting,,\n" {
		t.Errorf("%s\n%v", got, err)
	}
}

func TestTemplate(t *testing.T) {
	p := New(Options{CustomFields: []string{"Cohort"}})
	content, err := p.Template()
	must(t, err)
	sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{HeaderOnly: true})
	if err != nil || !slices.Equal(sheet.Header, append(slices.Clone(form), "Cohort")) || sheet.Name != "Users" {
		t.Errorf("%+v, %v", sheet, err)
	}
}

func TestTasks(t *testing.T) {
	got, err := Tasks([]byte("row,action,person,address,status,Title,new address,licence,why,how\n1,edit_user,Ann,ann@example.com,Waiting,'=1,new@example.com,A,,\n"))
	if err != nil || len(got) != 1 || got[0].Row != 1 || got[0].Action != "edit_user" || got[0].Address != "ann@example.com" || got[0].Values["Title"] != "=1" ||
		got[0].NewAddress != "new@example.com" || got[0].Licence != "A" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "a,b\n1,2\n", "row,action,address,new address,licence\nx,,,,\n"} {
		if got, err := Tasks([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}
