package ascender

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// sample reads a file of testdata.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// read reads a JSON file of testdata.
func read[T any](t testing.TB, name string) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(sample(t, name), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// cellsOf are all cells of a workbook's or CSV's one table, its header first, and its sheet.
func cellsOf(t testing.TB, content []byte) (sheet string, cells [][]string) {
	t.Helper()
	read, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{HeaderOnly: true, KeyColumns: emailNames, FromPeople: !bytes.HasPrefix(content, []byte("PK"))})
	if err != nil {
		t.Fatal(err)
	}
	cells = [][]string{read.Header}
	for row, err := range read.Rows {
		if err != nil {
			t.Fatal(err)
		}
		cells = append(cells, slices.Clone(row.Cells))
	}
	return read.Name, cells
}

func sameCells(t testing.TB, got, want []byte) {
	t.Helper()
	gotSheet, gotCells := cellsOf(t, got)
	wantSheet, wantCells := cellsOf(t, want)
	if gotSheet != wantSheet || !reflect.DeepEqual(gotCells, wantCells) {
		t.Errorf("sheet %q:\n%q\nwant %q:\n%q", gotSheet, gotCells, wantSheet, wantCells)
	}
}

func connector() *Ascender {
	return New(Options{Columns: []string{"Region", "Functional Area"}, Subscriptions: map[string]string{"": "Ascender", "Methodology A": "Method A"}})
}

func template(t testing.TB, name string) []usher.Template {
	return []usher.Template{{Key: TemplateKey, Name: name, Content: sample(t, name)}}
}

func TestLearn(t *testing.T) {
	known := []string{"First Name", "Last Name", "Email", "Region", "Functional Area", "Title", "Reports To"}
	for name, c := range map[string]struct {
		options Options
		file    string
		want    connectors.Learned
	}{
		"plain":                 {Options{Columns: []string{"region", "Functional  Area"}}, "01_template.xlsx", connectors.Learned{Key: TemplateKey, Columns: known}},
		"custom fields":         {Options{Columns: []string{"Region", "Functional Area", "Cost Center"}}, "01_template_custom_fields.xlsx", connectors.Learned{Key: TemplateKey, Columns: append(slices.Clone(known), "Cost Center", "New Hire Cohort"), Unfilled: []string{"New Hire Cohort"}}},
		"nothing is configured": {Options{}, "01_template.xlsx", connectors.Learned{Key: TemplateKey, Columns: known, Unfilled: []string{"Region", "Functional Area"}, Notes: []string{"Functional Area is mandatory for new people, and no column of that name is configured: nobody can be invited until one is"}}},
		"a column too many":     {Options{Columns: []string{"Region", "Functional Area", "Site"}}, "01_template.xlsx", connectors.Learned{Key: TemplateKey, Columns: known, Notes: []string{`the column "Site" is configured, and the template has none of that name: its values are written nowhere`}}},
	} {
		got, err := New(c.options).Learn(sample(t, c.file))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v\nwant %+v", name, got, err, c.want)
		}
	}
}

func TestLearnRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"no key column": {sample(t, "04a_no_email_column.xlsx"), "lacks Email"},
		"CSV":           {sample(t, "04b_wrong_type.csv"), "takes .xlsx alone"},
		"text":          {[]byte("hello"), "takes .xlsx alone"},
		"empty":         {nil, "empty"},
		"another zip":   {[]byte("PK\x03\x04"), "no template of Ascender"},
	} {
		if got, err := connector().Learn(c.content); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, c.want)
		}
	}
}

// findings of a sample, as its JSON has them.
type findings []struct {
	Row           int
	Column, Code  string
	Severity      usher.Severity
	PortalMessage string `json:"portal_message"`
}

// check holds findings against those of a sample: place, code, severity, and what the portal says.
func (want findings) check(t *testing.T, got []usher.Finding) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d findings, want %d: %+v", len(got), len(want), got)
		return
	}
	for i, w := range want {
		g := got[i]
		says := strings.Contains(g.Text, "the portal says")
		if g.Row != w.Row || g.Column != w.Column || g.Code != w.Code || g.Severity != w.Severity || g.Text == "" ||
			says != (w.PortalMessage != "") || !strings.Contains(g.Text, fmt.Sprintf("%q", w.PortalMessage)) && says {
			t.Errorf("finding %d: %+v, want %+v", i+1, g, w)
		}
		if w.PortalMessage != "" && !understand(w.PortalMessage).known {
			t.Errorf("%q is not recognised", w.PortalMessage)
		}
	}
}

type caseContext struct {
	FunctionalAreas []string `json:"functional_areas"`
	Licenses        *struct{ Occupied, Purchased int }
	Users           []struct{ Email, Status, Person string } `json:"portal_users"`
}

func (c caseContext) context() Context {
	out := Context{Renamed: map[string]string{}, Values: map[string][]string{"Functional Area": c.FunctionalAreas}}
	if c.Licenses != nil {
		out.Pool = &connectors.Pool{Subscription: "Ascender", Purchased: c.Licenses.Purchased, Occupied: c.Licenses.Occupied}
	}
	for _, u := range c.Users {
		out.Held = append(out.Held, usher.Seen{RemoteID: u.Email, Status: u.Status, Active: u.Status != statusInactive})
		if u.Person != "" {
			out.Renamed[u.Person+"@example.com"] = u.Email
		}
	}
	return out
}

func TestCheck(t *testing.T) {
	type sampleCase struct {
		File     string
		Context  caseContext
		Findings findings
	}
	cases := append(read[[]sampleCase](t, "04_upload_errors.findings.json"), read[sampleCase](t, "03_review_errors.findings.json"))
	for _, c := range cases {
		t.Run(c.File, func(t *testing.T) { c.Findings.check(t, Check(sample(t, c.File), c.Context.context())) })
	}
	if got := Check(sample(t, "02_invite_valid.expected.xlsx"), Context{Held: []usher.Seen{{RemoteID: "active.manager@example.com", Active: true}}}); len(got) > 0 {
		t.Errorf("a good file has findings: %+v", got)
	}
}

func TestInvite(t *testing.T) {
	in := read[struct {
		Changes  []map[string]string
		Licenses struct{ Occupied, Purchased int }
		Template string
	}](t, "02_invite_valid.changes.json")
	h := connectors.Handover{Templates: template(t, in.Template), Pools: []connectors.Pool{{Subscription: "Ascender", Purchased: in.Licenses.Purchased, Occupied: in.Licenses.Occupied}},
		Held: []usher.Seen{{RemoteID: "active.manager@example.com", Active: true, Status: statusActive}}}
	for i, row := range in.Changes {
		c := usher.AccountChange{Account: usher.ID(fmt.Sprintf("account-%02d", i)), Kind: usher.AccountPerson, Generation: 1, Desired: usher.Desired{
			Active: true, Key: row["Email"], Address: row["Email"], GivenName: row["First Name"], FamilyName: row["Last Name"], Title: row["Title"],
			Manager: usher.ID(row["Reports To"]), Subscriptions: []string{"Ascender"},
			Values: map[string]string{"Region": row["Region"], "Functional Area": row["Functional Area"]},
		}}
		if row["Reports To"] == "active.manager@example.com" {
			c.ManagerRemoteID = "active.manager@example.com"
		}
		h.Changes = append(h.Changes, c)
	}
	files, outcomes, err := connector().Render(h)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, o := range outcomes {
		if o.Result != usher.Awaiting {
			t.Errorf("%+v", o)
		}
	}
	sameCells(t, files[0].Content, sample(t, "02_invite_valid.expected.xlsx"))
	want := read[struct {
		Findings findings
		Header   []string
		Rows     [][]string
	}](t, "02_invite_valid.expected.json")
	if _, cells := cellsOf(t, files[0].Content); !reflect.DeepEqual(cells, append([][]string{want.Header}, want.Rows...)) {
		t.Errorf("cells %q, want %q", cells, want.Rows)
	}
	v := newVisit(h, columnsOf(want.Header))
	v.decide()
	want.Findings.check(t, v.uploadFindings(1))
	if note := files[0].Notes[len(files[0].Notes)-1]; !strings.HasPrefix(note, "row 7, Reports To: left blank (ascender.manager_unknown)") {
		t.Errorf("note %q", note)
	}
}

func TestUpdate(t *testing.T) {
	type person struct {
		Email, Region, Title, Status string
		FunctionalArea               string `json:"functional_area"`
		ReportsTo                    string `json:"reports_to"`
	}
	in := read[struct {
		Rows     [][]string                       `json:"expected_rows"`
		Users    []person                         `json:"portal_users"`
		Want     []person                         `json:"wanted"`
		Tasks    []struct{ Action, Email string } `json:"expected_tasks"`
		Template string
	}](t, "05_update.case.json")
	values := func(p person) map[string]string {
		return map[string]string{"Region": p.Region, "Functional Area": p.FunctionalArea}
	}
	h := connectors.Handover{Templates: template(t, in.Template), Pools: []connectors.Pool{{Subscription: "Ascender", Purchased: 9, Occupied: 3}}}
	for i, w := range in.Want {
		u := in.Users[i]
		seen := usher.Seen{RemoteID: u.Email, Address: u.Email, Status: u.Status, Active: u.Status != statusInactive, Title: u.Title, Values: values(u), Subscriptions: []string{}}
		if seen.Active {
			seen.Subscriptions = []string{"Ascender"}
		}
		h.Changes = append(h.Changes, usher.AccountChange{Account: usher.ID(u.Email), Kind: usher.AccountPerson, Generation: 2, RemoteID: u.Email, Seen: &seen, Desired: usher.Desired{
			Active: true, Key: w.Email, Address: w.Email, Title: w.Title, Manager: usher.ID(w.ReportsTo), Values: values(w), Subscriptions: []string{"Ascender"},
		}})
	}
	files, _, err := connector().Render(h)
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	sameCells(t, files[0].Content, sample(t, "05_update.expected.xlsx"))
	if _, cells := cellsOf(t, files[0].Content); !reflect.DeepEqual(cells[1:], in.Rows) {
		t.Errorf("rows %q, want %q", cells[1:], in.Rows)
	}
	var got []string
	_, cells := cellsOf(t, files[1].Content)
	for _, row := range cells[1:] {
		got = append(got, row[1]+" "+row[3])
	}
	var want []string
	for _, task := range in.Tasks {
		want = append(want, task.Action+" "+task.Email)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("tasks %q, want %q", got, want)
	}
}

func TestReadExport(t *testing.T) {
	values := func(area, region, name string) map[string]string {
		return map[string]string{"Functional Area": area, "Region": region, "Name": name}
	}
	seat, both := []string{"Ascender"}, []string{"Ascender", "Method A"}
	want := []usher.Seen{
		{RemoteID: "amara.okafor@example.com", Status: "Active", Active: true, GivenName: "Amara", FamilyName: "Okafor", Title: "VP Sales", Subscriptions: both, Values: values("Sales", "EMEA", "Amara Okafor")},
		{RemoteID: "Zoe.Mueller@example.com", Status: "Active", Active: true, GivenName: "Zoë", FamilyName: "Müller-Łukasiewicz", Title: "Regional Director", Manager: "amara.okafor@example.com", Subscriptions: both, Values: values("Sales", "EMEA", "Zoë Müller-Łukasiewicz")},
		{RemoteID: "sean.obrien@example.com", Status: "Waiting", Active: true, GivenName: "Seán", FamilyName: "O'Brien", Title: "Account Executive", Manager: "amara.okafor@example.com", Subscriptions: seat, Values: values("Sales", "EMEA", "Seán O'Brien")},
		{RemoteID: "dana.katz@example.com", Status: "Pending Transfer", Active: true, GivenName: "Dana", FamilyName: "Katz", Title: "CSM", Subscriptions: seat, Values: values("Customer Success", "NA", "Dana Katz")},
		{RemoteID: "gone.person@example.com", Status: "Active", Active: true, GivenName: "Gone", FamilyName: "Person", Title: "AE", Manager: "Zoe.Mueller@example.com", Subscriptions: seat, Values: values("Sales", "NA", "Gone Person")},
		{RemoteID: "left.already@example.com", Status: "Inactive", GivenName: "Left", FamilyName: "Already", Title: "AE", Subscriptions: []string{"Method A"}, Kept: []string{"Method A"}, Values: values("Sales", "NA", "Left Already")},
	}
	for i := range want {
		want[i].Address = want[i].RemoteID
	}
	occupied := read[struct{ Expected struct{ Occupied int } }](t, "07_drift.case.json").Expected.Occupied
	for _, name := range []string{"07_my_team_export_assumed.xlsx", "07_my_team_export_assumed.csv"} {
		var got []usher.Seen
		findings, err := connector().ReadExport(sample(t, name), func(s usher.Seen) error { got = append(got, s); return nil })
		if err != nil || len(findings) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %+v\n%+v\nwant\n%+v", name, err, findings, got, want)
		}
		taken := 0
		for _, s := range got {
			if s.Active {
				taken++
			}
		}
		if taken != occupied {
			t.Errorf("%s: %d occupy a seat, want %d", name, taken, occupied)
		}
	}
}

func TestReadRefusals(t *testing.T) {
	b := usher.Batch{Name: "upload.xlsx", Kind: usher.BatchUpload, Content: sample(t, "03_review_errors.xlsx")}
	got, err := connector().ReadRefusals(sample(t, "03_review_errors_download_assumed.xlsx"), b)
	if err != nil {
		t.Fatal(err)
	}
	want := []connectors.Refusal{
		{Row: 1, Message: "Mandatory: Email", Known: true},
		{Row: 2, Message: "Mandatory: First Name", Known: true},
		{Row: 3, Message: "Mandatory: Last Name", Known: true},
		{Row: 4, Message: "Mandatory: Functional Area", Known: true},
		{Row: 5, Message: "Reports To: user not found"},
	}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if (got[i].Hint != "") != want[i].Known {
			t.Errorf("hint %q of %q", got[i].Hint, got[i].Message)
		}
		if got[i].Hint = ""; got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}
