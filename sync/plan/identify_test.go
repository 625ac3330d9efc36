package plan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"usher/internal/usher"
	"usher/sync/plan"
)

func TestIdentifiers(t *testing.T) {
	plain := usher.Directory{ID: "d1", Name: "okta"}
	numbered := usher.Directory{ID: "d1", Name: "okta", EmployeeNumbers: "hr"}
	for _, c := range []struct {
		name   string
		dir    usher.Directory
		a      usher.Attributes
		want   []string // kind, space, key
		errors []string
	}{
		{"nothing", plain, usher.Attributes{}, nil, nil},
		{
			"all, in the order of trust", numbered,
			usher.Attributes{
				UserName: "Ann@X.com", ExternalID: "00uA", EmployeeNumber: " 007 ",
				Emails: []usher.Email{{Value: "A.Smith@x.com"}, {Value: "ann@private.org"}},
			},
			[]string{
				`external id external "d1\n00uA"`,
				`employee number employee "hr\n007"`,
				`UPN address "ann@x.com"`,
				`e-mail address "a.smith@x.com"`,
				`e-mail address "ann@private.org"`,
			},
			nil,
		},
		{"external ids keep their case", plain, usher.Attributes{ExternalID: "AbC"}, []string{`external id external "d1\nAbC"`}, nil},
		{"numbers need a namespace", plain, usher.Attributes{EmployeeNumber: "7"}, nil, nil},
		{"a blank number is none", numbered, usher.Attributes{EmployeeNumber: "  "}, nil, nil},
		{"numbers keep their zeros", numbered, usher.Attributes{EmployeeNumber: "A07"}, []string{`employee number employee "hr\na07"`}, nil},
		{"a login name is no address", plain, usher.Attributes{UserName: "ann"}, nil, nil},
		{
			"one address comes once, as what is trusted more", plain,
			usher.Attributes{UserName: "ann@x.com", Emails: []usher.Email{{Value: "ANN@x.com"}, {Value: "b@x.com"}, {Value: "B@x.com"}}},
			[]string{`UPN address "ann@x.com"`, `e-mail address "b@x.com"`},
			nil,
		},
		{
			"a bad address is told and the others stay", plain,
			usher.Attributes{UserName: "\u212aim@x.com", Emails: []usher.Email{{Value: ""}, {Value: "no address"}, {Value: "b@x.com"}}},
			[]string{`e-mail address "b@x.com"`},
			[]string{"userName: ", "emails[1]: "},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, errs := plan.Identifiers(c.dir, usher.Record{Attributes: c.a})
			var got []string
			for _, i := range found {
				got = append(got, fmt.Sprintf("%s %s %q", i.Kind, i.Space, i.Key))
				if i.Shown == "" || i.Person != "" || i.Since != 0 {
					t.Errorf("%+v", i)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if len(errs) != len(c.errors) {
				t.Fatalf("got errors %v, want %q", errs, c.errors)
			}
			for i, err := range errs {
				if !strings.HasPrefix(err.Error(), c.errors[i]) || !errors.Is(err, usher.ErrAddress) || strings.Contains(err.Error(), "im@x.com") {
					t.Errorf("got error %q, want %q, without the address", err, c.errors[i])
				}
			}
		})
	}
}

func TestIdentifiersOfTwoDirectoriesNeverMeetByExternalID(t *testing.T) {
	rec := usher.Record{Attributes: usher.Attributes{ExternalID: "1", EmployeeNumber: "1"}}
	a, _ := plan.Identifiers(usher.Directory{ID: "d1", EmployeeNumbers: "hr"}, rec)
	b, _ := plan.Identifiers(usher.Directory{ID: "d2", EmployeeNumbers: "hr"}, rec)
	if a[0].Key == b[0].Key {
		t.Error("the same external id of two directories is two keys")
	}
	if a[1].Key != b[1].Key {
		t.Error("the same number in one namespace is one key")
	}
}
