package roster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/roster/rostertest"
)

const small = "employee_id,first_name,last_name,email,upn,department,title,manager_email,status,start_date,end_date\n" +
	"1,Ann,Lee,ann@example.com,,IT,,bob@example.com,active,2024-01-01,\n" +
	"2,Bob,Ray,bob@example.com,,IT,,,active,2024-01-01,\n"

// acceptedOf remembers the rows of a reading.
func acceptedOf(r result) func(string, int64) bool {
	hashes := map[string]int64{}
	for _, row := range r.rows {
		if !row.Refused() {
			hashes[row.Key] = row.Hash
		}
	}
	return func(key string, hash int64) bool { h, found := hashes[key]; return found && h == hash }
}

func TestUnchangedRowsAreNotMappedAgain(t *testing.T) {
	mapper := compiled(t, sampleMapping())
	first := readBytes(t, []byte(small), mapper, Options{})
	same := acceptedOf(first)
	for name, c := range map[string]struct {
		content string
		mapping func(*Mapping)
		same    []bool
	}{
		"the same file":              {content: small, same: []bool{true, true}},
		"CR LF and another order":    {content: "employee_id,first_name,last_name,email,upn,department,title,manager_email,status,start_date,end_date\r\n2,Bob,Ray,bob@example.com,,IT,,,active,2024-01-01,\r\n1,Ann,Lee,ann@example.com,,IT,,bob@example.com,active,2024-01-01,\r\n", same: []bool{true, true}},
		"a cell":                     {content: strings.Replace(small, "Lee", "Li", 1), same: []bool{false, true}},
		"a column that nobody reads": {content: strings.NewReplacer("end_date\n", "end_date,x\n", ",\n", ",,y\n").Replace(small), same: []bool{true, true}},
		"text moved to the next cell": {
			content: strings.Replace(small, "Ann,Lee", ",AnnLee", 1), same: []bool{false, true},
		},
		"the mapping": {content: small, mapping: func(m *Mapping) { m.Leave = []string{"away"}; m.Active = []string{"active"} }, same: []bool{false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			m := sampleMapping()
			if c.mapping != nil {
				c.mapping(&m)
			}
			got := readBytes(t, []byte(c.content), compiled(t, m), Options{Same: same})
			var flags []bool
			for _, row := range got.rows {
				flags = append(flags, row.Same)
				if row.Same && (len(row.Record.Document) > 0 || row.Key == "") {
					t.Errorf("%+v", row)
				}
			}
			if !slices.Equal(flags, c.same) {
				t.Errorf("same: %v, want %v", flags, c.same)
			}
		})
	}
}

func TestUnchangedRowsTakePartInTheWhole(t *testing.T) {
	mapper := compiled(t, sampleMapping())
	same := acceptedOf(readBytes(t, []byte(small), mapper, Options{}))
	more := small + "1,Ann,Lee,ann2@example.com,,IT,,,active,2024-01-01,\n3,Cid,Lee,cid@example.com,,IT,,ann@example.com,active,2024-01-01,\n"
	got := readBytes(t, []byte(more), mapper, Options{Same: same})
	if want := []string{"4 employee_id row.duplicate_id error"}; !slices.Equal(brief(got.findings()), want) {
		t.Errorf("%v", got.findings())
	}
	if !got.rows[0].Same || !got.rows[1].Same || got.rows[3].Same {
		t.Errorf("%+v", got.rows)
	}
}

// findingsOf reads one row under a mapping of all attributes and says what is found.
func findingsOf(t *testing.T, cells map[string]string, o Options) ([]string, usher.Attributes) {
	t.Helper()
	m := Mapping{Columns: map[string]string{"x.shift": "shift"}}
	header, row, other := []string{"shift"}, []string{cells["x.shift"]}, []string{""}
	for _, name := range Attributes() {
		if name == "externalId" || name == "userName" && cells[name] == "" {
			continue
		}
		m.Columns[name] = name
		header, row = append(header, name), append(row, cells[name])
		other = append(other, map[string]string{"employeeNumber": "boss", "email": "boss@example.com", "status": "active"}[name])
	}
	m.Key = "employeeNumber"
	line := func(cells []string) string { return `"` + strings.Join(cells, `","`) + `"` + "\n" }
	got := readBytes(t, []byte(line(header)+line(row)+line(other)), compiled(t, m), o)
	return brief(got.findings()), got.rows[0].Record.Attributes
}

func TestFindingsOfARow(t *testing.T) {
	good := map[string]string{"employeeNumber": "E7", "email": "ann@example.com", "status": "active"}
	for name, c := range map[string]struct {
		cells map[string]string
		want  []string
	}{
		"good":              {},
		"key":               {map[string]string{"employeeNumber": ""}, []string{"2 employeeNumber field.required error"}},
		"address":           {map[string]string{"email": "ann"}, []string{"2 email email.invalid error"}},
		"upn":               {map[string]string{"upn": `CORP\ann`}, []string{"2 upn email.invalid error"}},
		"aliases":           {map[string]string{"alias": "a@x.yy; b"}, []string{"2 alias email.invalid warning"}},
		"empty status":      {map[string]string{"status": ""}, []string{"2 status status.unknown error"}},
		"leave":             {map[string]string{"status": "On  Leave"}, nil},
		"zone":              {map[string]string{"zone": "Europe/Wien"}, []string{"2 zone zone.unknown warning"}},
		"good zone":         {map[string]string{"zone": "Europe/Vienna"}, nil},
		"local zone":        {map[string]string{"zone": "Local"}, []string{"2 zone zone.unknown warning"}},
		"path for a zone":   {map[string]string{"zone": "../../etc/passwd"}, []string{"2 zone zone.unknown warning"}},
		"date":              {map[string]string{"starts": "soon"}, []string{"2 starts date.invalid error"}},
		"starts never":      {map[string]string{"starts": "9999-12-31"}, []string{"2 starts date.invalid error"}},
		"open end":          {map[string]string{"starts": "2024-01-01", "ends": "9999-12-31"}, nil},
		"ends as it starts": {map[string]string{"starts": "2024-01-01", "ends": "2024-01-01"}, nil},
		"dates in disorder": {map[string]string{"starts": "2024-01-02", "ends": "2024-01-01"}, []string{"2 ends date.order error"}},
		"to come":           {map[string]string{"starts": "2026-07-02"}, []string{"2 starts person.not_started info"}},
		"today":             {map[string]string{"starts": "2026-07-01"}, nil},
		"to come, and left": {map[string]string{"starts": "2026-07-02", "status": "left"}, nil},
		"manager":           {map[string]string{"manager": "BOSS@example.com"}, nil},
		"manager by number": {map[string]string{"manager": "Boss"}, nil},
		"nobody":            {map[string]string{"manager": "nobody@example.com"}, []string{"2 manager manager.unknown warning"}},
		"known elsewhere":   {map[string]string{"manager": "Chief@Example.com"}, nil},
		"self":              {map[string]string{"manager": "ANN@example.com"}, []string{"2 manager manager.self warning"}},
		"self by number":    {map[string]string{"manager": "e7"}, []string{"2 manager manager.self warning"}},
		"space":             {map[string]string{"givenName": "Ann\u00a0"}, []string{"2 givenName field.outer_space info"}},
		"formula":           {map[string]string{"title": "@SUM(A1)"}, []string{"2 title field.formula error"}},
		"minus formula":     {map[string]string{"title": "-2+cmd|' /C calc'!A0"}, []string{"2 title field.formula error"}},
		"protected formula": {map[string]string{"title": "'=1+1"}, []string{"2 title field.formula error"}},
		"phone number":      {map[string]string{"title": "+43 (1) 234-56", "division": "-", "country": "-5"}, nil},
		"control":           {map[string]string{"title": "a\x07b"}, []string{"2 title field.control error"}},
		"invisible":         {map[string]string{"title": "a\u202eb"}, []string{"2 title field.control error"}},
		"lost character":    {map[string]string{"title": "a\ufffdb"}, []string{"2 title field.control error"}},
		"joiner of Persian": {map[string]string{"familyName": "می\u200cخواهم"}, nil},
		"own attribute":     {map[string]string{"x.shift": "=1+A1"}, []string{"2 shift field.formula error"}},
		"long key":          {map[string]string{"employeeNumber": strings.Repeat("7", maxIdentity+1)}, []string{"2 employeeNumber field.too_long error"}},
		"two people":        {map[string]string{"employeeNumber": "BOSS"}, []string{"3 employeeNumber row.duplicate_id error"}},
		"two addresses":     {map[string]string{"email": "Boss@Example.com."}, []string{"3 email row.duplicate_email error"}},
		"two login names":   {map[string]string{"userName": "ann"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			cells := maps.Clone(good)
			maps.Copy(cells, c.cells)
			asked := ""
			got, _ := findingsOf(t, cells, Options{Today: "2026-07-01", KnownManager: func(who string) bool { asked = who; return who == "chief@example.com" }})
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q (asked for %q)", got, c.want, asked)
			}
		})
	}
}

func TestAttributesOfARow(t *testing.T) {
	_, got := findingsOf(t, map[string]string{
		"employeeNumber": " E7 ", "email": "Ann@Example.com", "upn": "ann@corp.example.com", "userName": "alee", "displayName": "Ann Lee", "givenName": "Ann",
		"familyName": "Lee", "title": "Engineer", "department": "R\r\nD", "division": "V", "organization": "O", "costCenter": "0042", "country": "AT",
		"employeeType": "Intern", "manager": "Boss", "alias": "a@example.com,ann@corp.example.com;a@example.com", "status": "LOA", "starts": "2024-01-01",
		"ends": "2030-12-31", "zone": "Europe/Vienna", "x.shift": "night",
	}, Options{})
	want := usher.Attributes{
		UserName: "alee", ExternalID: "e7", Active: true, DisplayName: "Ann Lee", GivenName: "Ann", FamilyName: "Lee", Title: "Engineer", EmployeeType: "Intern",
		EmployeeNumber: "E7", Department: "R\nD", Division: "V", Organization: "O", CostCenter: "0042", Country: "AT", TimeZone: "Europe/Vienna",
		Starts: "2024-01-01", Ends: "2030-12-31", OnLeave: true, Manager: "boss", Custom: map[string]any{"x.shift": "night"},
		Emails: []usher.Email{{Value: "Ann@Example.com", Type: "work", Primary: true}, {Value: "ann@corp.example.com", Type: "other"}, {Value: "a@example.com", Type: "other"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestDocument(t *testing.T) {
	mapper := compiled(t, sampleMapping())
	record := readBytes(t, []byte(small), mapper, Options{}).rows[0].Record
	const want = `{"active":true,"emails":[{"primary":true,"type":"work","value":"ann@example.com"}],"externalId":"1",` +
		`"name":{"familyName":"Lee","givenName":"Ann"},"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",` +
		`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","urn:usher:params:scim:schemas:extension:roster:2.0:User"],` +
		`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"IT","employeeNumber":"1","manager":{"value":"bob@example.com"}},` +
		`"urn:usher:params:scim:schemas:extension:roster:2.0:User":{"starts":"2024-01-01"},"userName":"ann@example.com"}`
	if string(record.Document) != want {
		t.Errorf("got\n%s\nwant\n%s", record.Document, want)
	}
	values := []usher.Value{
		{Path: "externalId", Text: "1"},
		{Path: "userName", Text: "ann@example.com"},
		{Path: "name.familyName", Text: "lee"},
		{Path: "name.givenName", Text: "ann"},
		{Path: "active", Text: "true"},
		{Path: "emails.value", Text: "ann@example.com"},
		{Path: "emails.type", Text: "work"},
		{Path: "emails.primary", Text: "true"},
		{Path: enterpriseSchema + ":employeeNumber", Text: "1"},
		{Path: enterpriseSchema + ":department", Text: "it"},
		{Path: enterpriseSchema + ":manager.value", Text: "bob@example.com"},
	}
	if !reflect.DeepEqual(record.Values, values) {
		t.Errorf("got\n%v\nwant\n%v", record.Values, values)
	}
}

// A document is what encoding/json makes of it, so that roster and SCIM records compare.
func TestDocumentsAreCanonical(t *testing.T) {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "", "x", `<&>"\`, "ü\u2028", "a\nb"}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		a := usher.Attributes{
			UserName: "u", Active: rapid.Bool().Draw(t, "active"), OnLeave: rapid.Bool().Draw(t, "leave"),
			DisplayName: text.Draw(t, "display"), GivenName: text.Draw(t, "given"), Title: text.Draw(t, "title"), Department: text.Draw(t, "department"),
			Country: text.Draw(t, "country"), Manager: text.Draw(t, "manager"), Starts: text.Draw(t, "starts"), TimeZone: text.Draw(t, "zone"),
			Custom: map[string]any{"x.b": text.Draw(t, "b"), "x.a": text.Draw(t, "a")},
		}
		if v := text.Draw(t, "email"); v != "" {
			a.Emails = []usher.Email{{Value: v, Type: "work", Primary: true}, {Value: v + v}}
		}
		var v map[string]any
		got := document(a)
		if err := json.Unmarshal(got, &v); err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		if want, err := json.Marshal(v); err != nil || string(want) != string(got) {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

func TestExpressions(t *testing.T) {
	content := []byte("id,First name,LAST NAME,mail\n1,Ann,Lee,ann@example.com\n2,,Ray,bob@example.com\n")
	for _, c := range []struct{ text, ann, bob string }{
		{`= first_name + " " + last_name`, "Ann Lee", "Ray"},
		{`= upper(row["last name"])`, "LEE", "RAY"},
		{`= row.mail`, "ann@example.com", "bob@example.com"},
		{`= split(mail, "@")[0]`, "ann", "bob"},
		{`= first_name == "" ? "none" : lower(trim(first_name))`, "ann", "none"},
		{`= replace(mail, "example.com", "example.org")`, "ann@example.org", "bob@example.org"},
		{`= mail contains "ann" ? "a" : "b"`, "a", "b"},
		{`= "IT"`, "IT", "IT"},
		{`= len(first_name) > 0 ? "y" : "n"`, "y", "n"},
	} {
		m := Mapping{Columns: map[string]string{"employeeNumber": "id", "email": "mail", "title": c.text}}
		got := readBytes(t, content, compiled(t, m), Options{})
		if len(got.findings()) > 0 || got.rows[0].Record.Attributes.Title != c.ann || got.rows[1].Record.Attributes.Title != c.bob {
			t.Errorf("%s: %q %q %v", c.text, got.rows[0].Record.Attributes.Title, got.rows[1].Record.Attributes.Title, got.findings())
		}
	}
}

func TestExpressionsFailForTheirRowAlone(t *testing.T) {
	m := Mapping{Columns: map[string]string{"employeeNumber": "id", "title": `= split(a, "-")[1]`}}
	got := readBytes(t, []byte("id,a\n1,x-secret\n2,secret\n"), compiled(t, m), Options{})
	if want := []string{"3 a field.expression error"}; !slices.Equal(brief(got.findings()), want) || got.rows[0].Record.Attributes.Title != "secret" {
		t.Errorf("%+v", got)
	}
	if text := got.findings()[0].Text; strings.Contains(text, "secret") {
		t.Error(text)
	}
	big := Mapping{Columns: map[string]string{"employeeNumber": "id", "title": `= replace(replace(a, "x", a), "x", a)`}}
	got = readBytes(t, []byte("id,a\n1,"+strings.Repeat("x", 3000)+"\n2,x\n"), compiled(t, big), Options{})
	if want := []string{"2 a field.expression error"}; !slices.Equal(brief(got.findings()), want) {
		t.Errorf("%q", brief(got.findings()))
	}
}

func TestColumnsThatAreMissing(t *testing.T) {
	m := sampleMapping()
	m.Columns["title"] = `= job_titel + x`
	got := readBytes(t, []byte("employee id,first_name,last_name,e-mail,upn,department,job title,manager_email,status,start_date,end_date\n1,,,,,,,,,,\n"), compiled(t, m), Options{})
	var texts []string
	for _, f := range got.summary.Findings {
		texts = append(texts, f.Code+" "+f.Text)
	}
	all := strings.Join(texts, "\n")
	for _, want := range []string{
		`there is no column "employee_id" for employeeNumber; did you mean employee id?`, `"email" for email; did you mean e-mail?`,
		`"job_titel" for title; did you mean job title?`, `"x" for title`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%s\nlacks %s", all, want)
		}
	}
	if len(got.rows) > 0 || len(texts) != 4 || !got.summary.RefusedFile() {
		t.Errorf("%+v", got)
	}
}

func TestTrailer(t *testing.T) {
	const header = "employee_id,first_name,last_name,email,upn,department,title,manager_email,status,start_date,end_date\n"
	rows := strings.TrimPrefix(small, header)
	m := sampleMapping()
	m.Trailer = true
	for name, c := range map[string]struct {
		content string
		fine    bool
	}{
		"a cell":              {small + "TRAILER,2,,,,,,,,,\n", true},
		"padded":              {small + "T,000002,,,,,,,,,\n", true},
		"another width":       {small + "TRAILER,2\n", true},
		"with a row refused":  {header + "x\n" + rows + "T,3,,,,,,,,,\n", true},
		"wrong":               {small + "TRAILER,3,,,,,,,,,\n", false},
		"lost":                {small, false},
		"alone":               {header + "T,0,,,,,,,,,\n", false},
		"a row behind it too": {small + "T,2,,,,,,,,,\n" + "3,A,B,c@example.com,,,,,active,,\n", false}, // whose key happens to be the number,
	} {
		got := readBytes(t, []byte(c.content), compiled(t, m), Options{})
		if got.summary.RefusedFile() == c.fine {
			t.Errorf("%s: %+v", name, got.summary)
		}
	}
}

func TestThresholds(t *testing.T) {
	mapper := compiled(t, Mapping{Columns: rostertest.Columns(), MinRows: 5})
	// damaged makes n good rows of which the first bad ones have another cell in a column.
	damaged := func(n, bad, column int, cell string) []byte {
		return rostertest.Table(n, func(i int, row []string) []string {
			if i < bad {
				row[column] = cell
			}
			return row
		})
	}
	for _, c := range []struct {
		n, bad, column int
		cell, code     string
	}{
		{19, 18, rostertest.Status, "?", ""},
		{19, 19, rostertest.Status, "?", fileRows},
		{20, 2, rostertest.Status, "?", ""},
		{20, 3, rostertest.Status, "?", profileStatus},
		{400, 8, rostertest.Status, "?", ""},
		{400, 9, rostertest.Status, "?", profileStatus},
		{400, 8, rostertest.Email, "x", ""},
		{400, 9, rostertest.Email, "", profileAddress},
		{400, 9, rostertest.UPN, "x", profileAddress},
		{400, 9, rostertest.Start, "x", profileDates},
		{400, 3, rostertest.ID, "000800", profileTwice},
		{400, 2, rostertest.ID, "000800", ""},
		{400, 200, rostertest.Manager, "Jane Doe", ""},
		{400, 250, rostertest.Manager, "Jane Doe", profileManager},
		{4, 0, rostertest.Title, "", fileRows},
	} {
		got := readBytes(t, damaged(c.n, c.bad, c.column, c.cell), mapper, Options{})
		var codes []string
		for _, f := range got.summary.Findings {
			if f.Row == 0 && f.Severity == usher.SeverityError {
				codes = append(codes, f.Code)
			}
		}
		if strings.Join(codes, " ") != c.code {
			t.Errorf("%d of %d in column %d: %q, want %q", c.bad, c.n, c.column, codes, c.code)
		}
	}
}

// Without a status column an old last day contradicts nothing.
func TestLastDaysThatAreOver(t *testing.T) {
	content := rostertest.Table(100, func(_ int, row []string) []string { row[rostertest.End] = "2025-12-31"; return row })
	columns := rostertest.Columns()
	if got := readBytes(t, content, compiled(t, Mapping{Columns: columns}), Options{Today: "2026-07-01"}); !got.summary.RefusedFile() {
		t.Errorf("%+v", got.summary)
	}
	delete(columns, "status")
	got := readBytes(t, content, compiled(t, Mapping{Columns: columns}), Options{Today: "2026-07-01"})
	if all := got.findings(); len(all) != 1 || !strings.Contains(fmt.Sprint(all), statusUnread) || got.rows[0].Record.Attributes.Ends != "2025-12-31" || !got.rows[0].Record.Attributes.Active {
		t.Errorf("%+v", got.summary)
	}
}

func TestFindingsOfWorkbooks(t *testing.T) {
	mapper := compiled(t, Mapping{Columns: rostertest.Columns()})
	want := map[string]string{
		"workbook: half of the rows hidden":               rowHidden + " info",
		"workbook: addresses as formulas without a value": table.CellNoValue + " error",
	}
	for _, c := range rostertest.Corruptions(0) {
		finding, wanted := want[c.Name]
		if !wanted {
			continue
		}
		delete(want, c.Name)
		got := readBytes(t, c.Damage(rostertest.GoodWorkbook(300)), mapper, Options{})
		n := 0
		for _, f := range got.findings() {
			if f.Code+" "+string(f.Severity) == finding {
				n++
			}
		}
		if n < 148 {
			t.Errorf("%s: %d findings of %s", c.Name, n, finding)
		}
	}
	if len(want) > 0 {
		t.Errorf("no such kinds: %v", want)
	}
}

func TestValuesOfFindingsAreBounded(t *testing.T) {
	long := strings.Repeat("ü", 5000)
	got := readBytes(t, []byte("id,title\n1,=x"+long+"\n2,\""+long+"\n3,x\n"), compiled(t, Mapping{Columns: map[string]string{"employeeNumber": "id", "title": "title"}}), Options{})
	if len(got.findings()) != 2 {
		t.Fatalf("%v", brief(got.findings()))
	}
	for _, f := range got.findings() {
		if len(f.Value) < 100 || len(f.Value) > maxValue+len("…") || !utf8.ValidString(f.Value) {
			t.Errorf("%d bytes", len(f.Value))
		}
	}
}

func TestLateFindingsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,mail,manager\n")
	for i := range maxLate + 5 {
		fmt.Fprintf(&b, "%d,p%d@example.com,nobody%d@example.com\n", i, i, i)
	}
	m := Mapping{Columns: map[string]string{"employeeNumber": "id", "email": "mail", "manager": "manager"}}
	got := readBytes(t, []byte(b.String()), compiled(t, m), Options{})
	last := got.summary.Findings[len(got.summary.Findings)-1]
	if len(got.summary.Findings) != maxLate+1 || last.Code != managerMore || !strings.HasPrefix(last.Text, "5 more") || got.summary.RefusedFile() {
		t.Errorf("%d, %+v", len(got.summary.Findings), last)
	}
}

func TestReadEndsWithItsCaller(t *testing.T) {
	mapper := compiled(t, sampleMapping())
	enough := errors.New("enough")
	_, err := Read(t.Context(), strings.NewReader(small), int64(len(small)), mapper, Options{}, func(usher.RosterRow) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Read(ctx, strings.NewReader(small), int64(len(small)), mapper, Options{}, func(usher.RosterRow) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	_, err = Read(t.Context(), brokenFile{strings.NewReader(small)}, int64(len(small)), mapper, Options{}, func(usher.RosterRow) error { return nil })
	if !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
}

var errBroken = errors.New("connection lost")

// brokenFile cannot be read to its end.
type brokenFile struct{ io.ReaderAt }

func (b brokenFile) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > 200 {
		return 0, errBroken
	}
	return b.ReaderAt.ReadAt(p, at)
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{small, "\ufeff" + small, strings.ReplaceAll(small, ",", ";"), small + "\"", small[:150], "sep=;\n" + small, strings.ReplaceAll(small, "\n", "\r"), small + small} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	m := sampleMapping()
	named, err := Compile(m)
	if err != nil {
		f.Fatal(err)
	}
	automatic, err := Compile(Mapping{Trailer: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte, auto bool) {
		mapper := named
		if auto {
			mapper = automatic
		}
		got := readBytes(t, content, mapper, Options{Today: "2026-07-01"})
		again := readBytes(t, content, mapper, Options{Today: "2026-07-01", Same: acceptedOf(got)})
		if len(again.rows) != len(got.rows) {
			t.Fatalf("%d rows, then %d", len(got.rows), len(again.rows))
		}
		for i, row := range again.rows {
			if row.Refused() != got.rows[i].Refused() || row.Same == row.Refused() {
				t.Fatalf("row %d: %+v, then %+v", i, got.rows[i], row)
			}
		}
		if got.summary.RefusedFile() {
			return
		}
		var sheet bytes.Buffer
		if err := WriteErrors(&sheet, table.CSV, bytes.NewReader(content), int64(len(content)), mapper, got.findings(), SheetOptions{All: true}); err != nil {
			t.Fatal(err)
		}
	})
}
