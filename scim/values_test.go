package scim

import (
	"reflect"
	"testing"

	"usher/internal/usher"
)

func TestValues(t *testing.T) {
	k := users()
	got := k.values(document(t, k, ann))
	want := []usher.Value{
		{Path: "externalId", Text: "Ext1X"},
		{Path: "userName", Text: "ann@example.com"},
		{Path: "name.familyName", Text: "lee"},
		{Path: "name.givenName", Text: "ann"},
		{Path: "displayName", Text: `a"b\c café`},
		{Path: "title", Text: "xt7y"},
		{Path: "active", Text: "true"},
		{Path: "emails.value", Text: "ann@example.com"},
		{Path: "emails.type", Text: "work"},
		{Path: "emails.primary", Text: "true"},
		{Path: "emails.value", Element: 1, Text: "lee@home.org"},
		{Path: "emails.type", Element: 1, Text: "home"},
		{Path: "addresses.country", Text: "us"},
		{Path: "addresses.type", Text: "work"},
		{Path: enterpriseSchema + ":employeeNumber", Text: "0042"},
		{Path: enterpriseSchema + ":department", Text: "r&d"},
		{Path: enterpriseSchema + ":manager.value", Text: "m1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	team := document(t, groups(), `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Ops","externalId":"E","members":[{"value":"a"}]}`)
	if got := groups().values(team); !reflect.DeepEqual(got, []usher.Value{{Path: "externalId", Text: "E"}, {Path: "displayName", Text: "ops"}}) {
		t.Errorf("group: got %v", got)
	}
}

func TestAttributesOf(t *testing.T) {
	doc := document(t, users(), `{
		"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
		"userName": "Ann@x.com", "externalId": "e1", "active": "False", "displayName": "Ann Lee", "title": "T", "userType": "Intern",
		"name": {"givenName": "Ann", "familyName": "Lee"},
		"emails": [{"value": "a@x.com", "type": "work", "primary": "True"}, {"type": "home"}, {"value": "b@x.com"}],
		"addresses": [{"country": "FR"}, {"type": "work", "country": "US"}, {"primary": true}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": 7, "department": "D", "division": "V",
			"organization": "O", "costCenter": "C", "manager": "m1"},
		"urn:example:custom:2.0:User": {"tag": "x", "list": [1]}
	}`)
	want := usher.Attributes{
		UserName: "Ann@x.com", ExternalID: "e1", DisplayName: "Ann Lee", GivenName: "Ann", FamilyName: "Lee", Title: "T",
		EmployeeType: "Intern", EmployeeNumber: "7", Department: "D", Division: "V", Organization: "O", CostCenter: "C", Country: "US", Manager: "m1",
		Emails: []usher.Email{{Value: "a@x.com", Type: "work", Primary: true}, {Value: "b@x.com"}},
		Custom: map[string]any{"urn:example:custom:2.0:User:tag": "x", "urn:example:custom:2.0:User:list": []any{1.0}},
	}
	if got := attributesOf(doc); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if got := attributesOf(map[string]any{}); !reflect.DeepEqual(got, usher.Attributes{Active: true}) {
		t.Errorf("of nothing: got %+v", got)
	}
	for addresses, want := range map[string]string{
		`[{"country":"FR"},{"country":"US"}]`:                               "FR",
		`[{"country":"FR"},{"country":"US","type":"work"}]`:                 "US",
		`[{"country":"FR","type":"work"},{"country":"US","primary":true}]`:  "US",
		`[{"type":"work"},{"country":"US","type":"home"},{"country":"FR"}]`: "US",
	} {
		if got := attributesOf(document(t, users(), user(`,"addresses":`+addresses))).Country; got != want {
			t.Errorf("%s: the country is %s, want %s", addresses, got, want)
		}
	}
}
