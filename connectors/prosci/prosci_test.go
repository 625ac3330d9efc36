package prosci_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usher/connectors"
	"usher/connectors/connectortest"
	"usher/connectors/prosci"
	"usher/internal/table"
	"usher/internal/usher"
)

// subscriptions are those of the samples.
var subscriptions = map[string]string{"Proxima": "P410", "Research Hub": "P1432", "eToolkit": "P34"}

func portal(t testing.TB, options ...func(*prosci.Options)) *prosci.Portal {
	t.Helper()
	o := prosci.Options{Subscriptions: subscriptions}
	for _, set := range options {
		set(&o)
	}
	p, err := prosci.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func pools() []connectors.Pool {
	return []connectors.Pool{
		{Subscription: "Proxima", Code: "P410", Purchased: 3},
		{Subscription: "Research Hub", Code: "p1432 ", Purchased: 5},
		{Subscription: "eToolkit", Code: "[P34]", Purchased: 9},
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func decode(t testing.TB, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(sample(t, name), into); err != nil {
		t.Fatal(err)
	}
}

// single is a template for one tool, as the portal gives it out.
func single(heading string) usher.Template {
	return usher.Template{Name: "single.csv", Content: []byte("First Name,Last Name,Email Address,3 day graduation date," + heading + ",Access Expires\r\nExample,User,example.user@example.com,,Y,\r\n")}
}

func double(t testing.TB) usher.Template {
	t.Helper()
	return usher.Template{Name: "double.csv", Content: sample(t, "01_template_p410_p1432.csv")}
}

func workbook(t testing.TB) usher.Template {
	t.Helper()
	return usher.Template{Name: "double.xlsx", Content: sample(t, "06_template_excel_variant.xlsx")}
}

func templates(t testing.TB) []usher.Template {
	t.Helper()
	return []usher.Template{double(t), single("Practitioner eToolkit [P34]")}
}

func TestSuite(t *testing.T) {
	for name, templates := range map[string]func(testing.TB) []usher.Template{
		"one for both": templates,
		"workbook":     func(t testing.TB) []usher.Template { return []usher.Template{workbook(t)} },
		"one for each": func(testing.TB) []usher.Template {
			return []usher.Template{single("Proxima [P410]"), single("Research Hub [P1432]")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			connectortest.Run(t, func(t *testing.T) connectortest.Setup {
				return connectortest.Setup{
					Whole: portal(t), Templates: templates(t), Pools: pools(),
					Adapt: func(c *usher.AccountChange) { c.Desired.Subscriptions = []string{"Proxima", "Research Hub"} },
				}
			})
		})
	}
}

// asked are the changes of a sample.
type asked struct {
	Changes []struct {
		Ref    string
		Person struct{ First, Last, Email string }
		Tools  map[string]string
		Email  string `json:"portal_email"`
	}
}

// changes makes of a sample what the engine would ask for.
func (a asked) changes() []usher.AccountChange {
	names := map[string]string{}
	for name, code := range subscriptions {
		names[code] = name
	}
	var out []usher.AccountChange
	for _, in := range a.Changes {
		ref := in.Ref[:1] + strings.Repeat("0", 3-len(in.Ref)) + in.Ref[1:]
		c := usher.AccountChange{
			Account: usher.ID(ref), Kind: usher.AccountPerson, Generation: 1, RemoteID: in.Email,
			Desired: usher.Desired{Key: in.Ref, Address: in.Person.Email, GivenName: in.Person.First, FamilyName: in.Person.Last},
		}
		for code, letter := range in.Tools {
			if c.Desired.Active = letter == "Y"; c.Desired.Active {
				c.Desired.Subscriptions = append(c.Desired.Subscriptions, names[code])
			} else {
				c.Releasing = append(c.Releasing, names[code])
				c.RemoteID, c.Left = in.Person.Email, true
			}
		}
		slices.Sort(c.Desired.Subscriptions)
		slices.Sort(c.Releasing)
		out = append(out, c)
	}
	return out
}

// uploads are the files for the portal among files.
func uploads(files []connectors.File) []connectors.File {
	return slices.DeleteFunc(slices.Clone(files), func(f connectors.File) bool { return f.Kind != usher.BatchUpload })
}

// TestSamplesRendered: 01, 02 and 03 come out byte for byte.
func TestSamplesRendered(t *testing.T) {
	for _, test := range []struct{ in, name, want string }{
		{"02_add_valid.changes.json", "upload-P410-P1432.csv", "02_add_valid.expected.csv"},
		{"03_remove_split.changes.json", "upload-P34-take.csv", "03_remove_split.expected-P34.csv"},
		{"03_remove_split.changes.json", "upload-P410-P1432-take.csv", "03_remove_split.expected-P410-P1432.csv"},
	} {
		var in asked
		decode(t, test.in, &in)
		files, outcomes, err := portal(t).Render(connectors.Handover{Changes: in.changes(), Templates: templates(t), Pools: pools()})
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			if o.Result != usher.Awaiting {
				t.Errorf("%s: change %d: %+v", test.in, i, o)
			}
		}
		i := slices.IndexFunc(files, func(f connectors.File) bool { return f.Name == test.name })
		if i < 0 {
			t.Fatalf("%s: no file %s", test.in, test.name)
		}
		if want := sample(t, test.want); !bytes.Equal(files[i].Content, want) {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, files[i].Content, want)
		}
		if wanted := strings.Count(test.in, "remove") + 1; len(uploads(files)) != wanted {
			t.Errorf("%s: %d uploads, want %d", test.in, len(uploads(files)), wanted)
		}
	}
}

// TestLearn: every template of the samples is what it is for.
func TestLearn(t *testing.T) {
	header := []string{"First Name", "Last Name", "Email Address", "3 day graduation date", "Proxima [P410]", "Access Expires", "Research Hub [P1432]", "Access Expires"}
	for name, content := range map[string][]byte{
		"plain":       sample(t, "01_template_p410_p1432.csv"),
		"european":    sample(t, "05_european_semicolon_bom.csv"),
		"workbook":    sample(t, "06_template_excel_variant.xlsx"),
		"header only": []byte(strings.Join(header, ",")),
	} {
		got, err := portal(t).Learn(content)
		if err != nil || got.Key != "P410+P1432" || !slices.Equal(got.Columns, header) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if want := []string{"3 day graduation date", "Access Expires", "Access Expires"}; !slices.Equal(got.Unfilled, want) {
			t.Errorf("%s: unfilled %q", name, got.Unfilled)
		}
	}
	filled := portal(t, func(o *prosci.Options) { o.Columns = []string{"access expires [P1432]", "3 Day Certified Date"} })
	if got, err := filled.Learn(sample(t, "01_template_p410_p1432.csv")); err != nil || len(got.Unfilled) != 1 || len(got.Notes) != 1 {
		t.Errorf("with columns configured: %+v, %v", got, err)
	}
	odd := portal(t, func(o *prosci.Options) { o.Columns, o.Subscriptions = []string{"Region"}, nil })
	if got, err := odd.Learn(sample(t, "01_template_p410_p1432.csv")); err != nil || len(got.Notes) != 4 {
		t.Errorf("a column and codes that nobody has: %+v, %v", got, err)
	}
}

func TestLearnOtherSpellings(t *testing.T) {
	for header, key := range map[string]string{
		"first name;LAST  NAME;;E-mail address;3 Day Certified Date;Zed [P900];expiration override;Ada [p34];expiration override": "P34+P900",
		"First Name,Last Name,Email,Y/N,expiration override":                                                                      "Y/N",
		"First Name,Last Name,Email,Proxima [ P410 ] Y/N":                                                                         "P410",
		"First Name,Last Name,Email,Region,Proxima [P410],Access Expires,Notes":                                                   "P410",
	} {
		got, err := portal(t).Learn([]byte(header + "\n"))
		if err != nil || got.Key != key {
			t.Errorf("%s: %+v, %v", header, got, err)
		}
	}
}

// TestLearnRefuses: a file that is no template says what is wrong and how to mend it.
func TestLearnRefuses(t *testing.T) {
	for content, word := range map[string]string{
		"":                          "empty",
		"First Name,Last Name\nA,B": "Email Address",
		"First Name,Last Name,Email Address\nA,B,c@d.e":                     "tool",
		"First Name,Last Name,Email,Email Address,A [P1]\n":                 "columns 3 and 4",
		"First Name,Last Name,Email,A [P1],B [P1]\n":                        "tool P1",
		"First Name,Last Name,Email,Access Expires,A [P1]\n":                "no tool left of it",
		"First Name,Last Name,Email,A [P1],Access Expires,Access Expires\n": "no tool left of it",
		"First Name,Last Name,Email,A [P1],Y/N\n":                           "does not say of which",
		"First Name,Last Name,Email,Y/N,Y/N\n":                              "columns 4 and 5",
		"First Name,Last Name,Email,Customer Type,A [P1]\n":                 "report of users",
		"<html><table>":            "web page",
		"PK\x03\x04 and no more":   "",
		"\xd0\xcf\x11\xe0 old xls": "xlsx",
	} {
		if _, err := portal(t).Learn([]byte(content)); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%.40q: %v, want a word on %q", content, err, word)
		}
	}
}

// TestVerbatim: header cells, order, separator and line ends come back as they were; the rows
// do not.
func TestVerbatim(t *testing.T) {
	change := usher.AccountChange{
		Account: "a", Kind: usher.AccountPerson,
		Desired: usher.Desired{Active: true, Address: "ann@example.com", GivenName: "Ann", FamilyName: "Lee; Jr.", Subscriptions: []string{"Proxima"}},
	}
	for name, test := range map[string]struct {
		template, want string
		set            func(*prosci.Options)
	}{
		"semicolons, LF, empty headings": {
			"LAST NAME;;E-Mail Address;First  Name;proxima [p410];\nUser;;example@example.com;Example;Y;\n",
			"\ufeffLAST NAME;;E-Mail Address;First  Name;proxima [p410];\n\"Lee; Jr.\";;ann@example.com;Ann;Y;\n", nil,
		},
		"tabs, no line end": {
			"First Name\tLast Name\tEmail Address\t\"The \"\"Tool\"\" [P410]\"\tAccess Expires",
			"\ufeffFirst Name\tLast Name\tEmail Address\t\"The \"\"Tool\"\" [P410]\"\tAccess Expires\r\nAnn\tLee; Jr.\tann@example.com\tY\t\r\n", nil,
		},
		"no mark, LF, as told": {
			"\ufeffFirst Name,Last Name,Email Address,A [P410]\r\n",
			"First Name,Last Name,Email Address,A [P410]\nAnn,Lee; Jr.,ann@example.com,Y\n", func(o *prosci.Options) { o.NoBOM, o.LF = true, true },
		},
		"line break in a heading": {
			"First Name,Last Name,Email Address,\"A\n[P410]\"\r\n,,,",
			"\ufeffFirst Name,Last Name,Email Address,\"A\n[P410]\"\r\nAnn,Lee; Jr.,ann@example.com,Y\r\n", nil,
		},
	} {
		set := test.set
		if set == nil {
			set = func(*prosci.Options) {}
		}
		files, _, err := portal(t, set).Render(connectors.Handover{
			Changes: []usher.AccountChange{change}, Pools: pools(), Templates: []usher.Template{{Name: "x", Content: []byte(test.template)}},
		})
		if err != nil || len(files) != 1 {
			t.Errorf("%s: %d files, %v", name, len(files), err)
		} else if string(files[0].Content) != test.want {
			t.Errorf("%s: %d files, %v:\n%q\nwant\n%q", name, len(files), err, files[0].Content, test.want)
		}
	}
}

// TestWorkbook: the Excel variant comes back as a workbook with the same sheet and headings,
// all cells text.
func TestWorkbook(t *testing.T) {
	var in asked
	decode(t, "02_add_valid.changes.json", &in)
	files, _, err := portal(t).Render(connectors.Handover{Changes: in.changes(), Templates: []usher.Template{workbook(t)}, Pools: pools()})
	if err != nil || len(files) != 1 || files[0].Name != "upload-P410-P1432.xlsx" {
		t.Fatalf("%+v, %v", files, err)
	}
	sheet, got := rowsOf(t, files[0].Content)
	_, want := rowsOf(t, sample(t, "02_add_valid.expected.csv"))
	if sheet.Format != table.XLSX || sheet.Name != "Users" || !slices.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Errorf("sheet %q:\n%q\nwant\n%q", sheet.Name, got, want)
	}
}

// rowsOf are the cells of a file below its header.
func rowsOf(t testing.TB, content []byte) (*table.Sheet, [][]string) {
	t.Helper()
	sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{HeaderOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for row, err := range sheet.Rows {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, slices.Clone(row.Cells))
	}
	return sheet, rows
}
