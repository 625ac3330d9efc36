package scim

import (
	"reflect"
	"strings"
	"testing"
)

func TestPath(t *testing.T) {
	const enterprise, custom = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "urn:example:custom:2.0:User"
	for text, want := range map[string]struct {
		attribute, sub string
		seed           map[string]any
	}{
		`members`:                            {},
		`userName`:                           {attribute: "userName"},
		`USERNAME`:                           {attribute: "userName"},
		` title `:                            {attribute: "title"},
		`name`:                               {attribute: "name"},
		`NAME.GIVENNAME`:                     {attribute: "name", sub: "name.givenName"},
		`addresses`:                          {attribute: "addresses"},
		`emails.value`:                       {attribute: "emails", sub: "emails.value"},
		`addresses[type eq "work"]`:          {attribute: "addresses", seed: map[string]any{"type": "work"}},
		`emails[type eq "Work"].value`:       {attribute: "emails", sub: "emails.value", seed: map[string]any{"type": "Work"}},
		`EMAILS[TYPE EQ "work"].VALUE`:       {attribute: "emails", sub: "emails.value", seed: map[string]any{"type": "work"}},
		`roles[primary eq "True"].display`:   {attribute: "roles", sub: "roles.display", seed: map[string]any{"primary": true}},
		`emails[type eq "a" and value eq B]`: {},
		`emails[type eq "a" and value eq "B"].display`: {attribute: "emails", sub: "emails.display", seed: map[string]any{"type": "a", "value": "B"}},
		`emails[type eq "a" or value eq "B"]`:          {attribute: "emails"},
		`emails[not (type eq "a")]`:                    {attribute: "emails"},
		`emails[value co "a"].type`:                    {attribute: "emails", sub: "emails.type"},
		`emails[display pr]`:                           {attribute: "emails"},
		enterprise:                                     {attribute: enterprise},
		enterprise + `:manager`:                        {attribute: enterprise + ":manager"},
		enterprise + `:manager.value`:                  {attribute: enterprise + ":manager", sub: enterprise + ":manager.value"},
		strings.ToUpper(enterprise) + `:DEPARTMENT`:    {attribute: enterprise + ":department"},
		`manager`:                                    {attribute: enterprise + ":manager"},
		`employeeNumber`:                             {attribute: enterprise + ":employeeNumber"},
		userSchema + `:displayName`:                  {attribute: "displayName"},
		userSchema + `:name.familyName`:              {attribute: "name", sub: "name.familyName"},
		userSchema + `:emails[type eq "work"].value`: {attribute: "emails", sub: "emails.value", seed: map[string]any{"type": "work"}},
		custom:                                {attribute: custom},
		custom + `:costTag`:                   {attribute: custom + ":costTag"},
		custom + `:a.b`:                       {},
		userSchema:                            {},
		userSchema + `:nothing`:               {},
		enterprise + `:nothing`:               {},
		``:                                    {},
		`favouriteColour`:                     {},
		`name.nothing`:                        {},
		`emails[type eq`:                      {},
		`emails[type eq "work"`:               {},
		`emails[type eq "work"].`:             {},
		`emails[type eq "work"].no`:           {},
		`emails[type eq "work"]x`:             {},
		`emails.value[type eq "a"]`:           {},
		`name[givenName eq "a"]`:              {},
		`emails[nothing eq "a"]`:              {},
		`title title`:                         {},
		`urn:`:                                {},
		`urn:x`:                               {},
		`urn::`:                               {},
		`emails[` + strings.Repeat("(", 4000): {},
		strings.Repeat("a", maxFilterBytes+1): {},
	} {
		got, err := users().parsePath(text)
		if want.attribute == "" {
			if err == nil {
				t.Errorf("%.50q: accepted as %+v", text, got)
				continue
			}
			wantProblem(t, err, 400, invalidPath)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		sub := ""
		if got.sub != nil {
			sub = got.sub.path
		}
		if got.attribute.path != want.attribute || sub != want.sub || !reflect.DeepEqual(got.seed, want.seed) {
			t.Errorf("%s: got %s, %s, %v", text, got.attribute.path, sub, got.seed)
		}
		if (got.filter != nil) != strings.Contains(text, "[") {
			t.Errorf("%s: the filter is %#v", text, got.filter)
		}
	}
}

func TestSortPath(t *testing.T) {
	for text, want := range map[string]string{
		"userName": "userName", "USERNAME": "userName", "name.familyName": "name.familyName", "emails": "emails.value",
		"meta.lastModified": "meta.lastModified", "department": enterpriseSchema + ":department", "id": "id",
		"name": "", "password": "", "groups": "", "nothing": "", "": "", "userName x": "", "emails[type eq \"a\"]": "",
	} {
		got, err := users().sortPath(text)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
		if err != nil {
			wantProblem(t, err, 400, invalidPath)
		}
	}
}
