package roster

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// mistakes are the keys and problems of a mapping that does not compile.
func mistakes(t *testing.T, m Mapping) map[string]string {
	t.Helper()
	_, err := Compile(m)
	out := map[string]string{}
	if err == nil {
		return out
	}
	all, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%T", err)
	}
	for _, err := range all.Unwrap() {
		e, ok := errors.AsType[*MappingError](err)
		if !ok {
			t.Fatalf("%T: %v", err, err)
		}
		out[e.Key] += e.Problem
	}
	return out
}

func TestCompileNamesEveryMistakeAtOnce(t *testing.T) {
	got := mistakes(t, Mapping{
		Columns: map[string]string{
			"mail": "E-Mail", "title": " ", "displayName": "= first_name +", "x.": "a", "x.a b": "b",
			"givenName": `=replace(first_name, 1, "b")`, "familyName": "= row[first_name]", "department": "= let a = 1; a",
		},
		Key: "status", Required: []string{"upn", "nothing"}, KeyPattern: "(", Active: []string{"a", ""}, Left: []string{"A"},
		DateFormat: "DD.MM", Encoding: "latin1", Separator: "::", MinRows: -1, MaxBytes: -1, MaxRows: -1,
	})
	for key, want := range map[string]string{
		"columns.mail":        "did you mean email?",
		"columns.title":       "names no column",
		"columns.displayName": "line 1, column",
		"columns.x.":          "x. and letters",
		"columns.x.a b":       "x. and letters",
		"columns.givenName":   "line 1",
		"columns.familyName":  "in quotes",
		"columns.department":  "line 1",
		"format.key":          "does not tell people apart",
		"format.required":     "upn has no column",
		"format.key_pattern":  "no regular expression",
		"status.active":       "empty word",
		"status.left":         "in another list",
		"format.dates":        "one year",
		"format.encoding":     "windows-1252",
		"format.separator":    "is not known",
		"format.min_rows":     "negative", "max_bytes": "negative", "max_rows": "negative",
	} {
		if !strings.Contains(got[key], want) {
			t.Errorf("%s: %q, want %q", key, got[key], want)
		}
		delete(got, key)
	}
	if len(got) > 0 {
		t.Errorf("more: %v", got)
	}
}

func TestCompileOfKeys(t *testing.T) {
	for name, c := range map[string]struct {
		columns string
		key     string
		want    string // the key, or what is wrong
	}{
		"number first":             {columns: "email employeeNumber", want: "employeeNumber"},
		"else the address":         {columns: "email title", want: "email"},
		"external id before all":   {columns: "email employeeNumber externalId", want: "externalId"},
		"as named":                 {columns: "email employeeNumber", key: "email", want: "email"},
		"nothing":                  {columns: "title", want: "nothing tells people apart"},
		"not mapped":               {columns: "title email", key: "upn", want: "has no column"},
		"two ids":                  {columns: "externalId email", key: "email", want: "must be externalId"},
		"the header decides":       {want: ""},
		"the header decides, but":  {key: "email", want: "email"},
		"the header cannot decide": {key: "title", want: "does not tell people apart"},
	} {
		t.Run(name, func(t *testing.T) {
			m := Mapping{Key: c.key, Columns: map[string]string{}}
			for a := range strings.FieldsSeq(c.columns) {
				m.Columns[a] = "column of " + a
			}
			mapper, err := Compile(m)
			if err != nil {
				if c.want == "" || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v, want %q", err, c.want)
				}
				return
			}
			got := ""
			if mapper.key < attributes {
				got = mapper.key.String()
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestFingerprintFollowsTheMapping(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range []Mapping{
		{}, sampleMapping(), {Columns: map[string]string{"email": "E"}}, {Columns: map[string]string{"email": "F"}}, {Left: []string{"x"}}, {Full: true},
	} {
		seen[m.Fingerprint()] = true
	}
	if len(seen) != 6 || sampleMapping().Fingerprint() != compiled(t, sampleMapping()).Fingerprint() {
		t.Errorf("%d fingerprints", len(seen))
	}
}

func TestAttributesHaveNames(t *testing.T) {
	if len(Attributes()) != int(attributes) {
		t.Fatalf("%d names for %d attributes", len(Attributes()), attributes)
	}
	for a, want := range map[attribute]string{externalID: "externalId", upn: "upn", manager: "manager", zone: "zone", status: "status"} {
		if a.String() != want {
			t.Errorf("%s, want %s", a, want)
		}
	}
	if names := slices.Clone(Attributes()); len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Error("two attributes have one name")
	}
}

func FuzzMapping(f *testing.F) {
	for _, seed := range []string{"first_name", "= first_name", `= row["A b"] + " " + trim(c)`, `=split(a, "@")[0]`, "= a ? b : c", "=1..9", `= replace(a, "", "b")`, "=$env", "= len(a) > 3 ? a : upper(b)", "=[a, b][-1]", "= row", "=row.x", "= a matches b"} {
		f.Add(seed, "D.M.YYYY", "[0-9]+")
	}
	f.Fuzz(func(t *testing.T, column, date, pattern string) {
		m := Mapping{Columns: map[string]string{"email": "mail", "title": column}, DateFormat: date, KeyPattern: pattern}
		mapper, err := Compile(m)
		if err != nil {
			for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
				if _, ok := errors.AsType[*MappingError](err); !ok {
					t.Fatalf("%T: %v", err, err)
				}
			}
			return
		}
		readBytes(t, []byte("mail,a,b,c,first_name,A b,row\nx@y.zz,1,2,3,4,5,6\nq@y.zz,,,,,,\n"), mapper, Options{})
	})
}
