package plan_test

import (
	"errors"
	"reflect"
	"testing"

	"usher/internal/usher"
	"usher/sync/plan"
)

func TestCheckAttribute(t *testing.T) {
	for name, want := range map[string]string{
		"department": "", "country": "", "email": "", "guest": "", `custom["urn:x:User:site"]`: "",
		"departmnt": "did you mean department?", "Country": "did you mean country?",
		"groups":       "known: userName, email, domain, displayName, givenName, familyName, title, department, division, organization, costCenter, country, employeeType, employeeNumber, guest",
		"reportsTo":    "known: userName, email, domain, displayName, givenName, familyName, title, department, division, organization, costCenter, country, employeeType, employeeNumber, guest",
		"custom":       `one that usher does not know is written custom["urn:attribute"]; known: userName, email, domain, displayName, givenName, familyName, title, department, division, organization, costCenter, country, employeeType, employeeNumber, guest`,
		`custom[""]`:   `one that usher does not know is written custom["urn:attribute"]; known: userName, email, domain, displayName, givenName, familyName, title, department, division, organization, costCenter, country, employeeType, employeeNumber, guest`,
		`custom[site]`: `one that usher does not know is written custom["urn:attribute"]; known: userName, email, domain, displayName, givenName, familyName, title, department, division, organization, costCenter, country, employeeType, employeeNumber, guest`,
		"":             `one that usher does not know is written custom["urn:attribute"]; known: userName, email, domain, displayName, givenName, familyName, title, department, division, organization, costCenter, country, employeeType, employeeNumber, guest`,
	} {
		err := plan.CheckAttribute(name)
		got := ""
		if e, ok := errors.AsType[*plan.RuleError](err); ok {
			got = e.Hint
		}
		if got != want {
			t.Errorf("%s: hint %q, want %q", name, got, want)
		}
	}
}

func TestCells(t *testing.T) {
	areas := map[string]string{"Sales": "Selling", "field sales ": "Selling", "Interns": ""}
	column := func(from string, values map[string]string) []usher.Column {
		return []usher.Column{{Name: "Functional Area", From: from, Values: values}}
	}
	correction := []usher.Correction{{Column: "Functional Area", Value: "Other"}}
	p := usher.Person{Address: "Ann@x.com", Attributes: usher.Attributes{Country: "DE", Custom: map[string]any{
		"urn:x:grade": 1200000.0, "urn:x:site": " Bonn ", "urn:x:vip": true, "urn:x:list": []any{"a"},
	}}}
	for _, c := range []struct {
		name, department string
		columns          []usher.Column
		corrections      []usher.Correction
		want             plan.Cell
	}{
		{"as it is", " Sales ", column("department", nil), nil, plan.Cell{Source: "Sales", Value: "Sales"}},
		{"through the table", "Sales", column("department", areas), nil, plan.Cell{Source: "Sales", Value: "Selling"}},
		{"in another spelling", "FIELD SALES", column("department", areas), nil, plan.Cell{Source: "FIELD SALES", Value: "Selling"}},
		{"nothing in the table", "Quality", column("department", areas), nil, plan.Cell{Source: "Quality", Unmapped: `Functional Area: nothing for department "Quality"`}},
		{"an empty word says nothing", "Interns", column("department", areas), nil, plan.Cell{Source: "Interns"}},
		{"an empty attribute is no value", "", column("department", areas), nil, plan.Cell{}},
		{"corrected", "Sales", column("department", areas), correction, plan.Cell{Source: "Sales", Value: "Other", Corrected: true}},
		{"corrected, for want of a word", "Quality", column("department", areas), correction, plan.Cell{Source: "Quality", Value: "Other", Corrected: true}},
		{"corrected, for want of an attribute", "", column("department", areas), correction, plan.Cell{Value: "Other", Corrected: true}},
		{"another column corrected", "Sales", column("department", nil), []usher.Correction{{Column: "functional area", Value: "Other"}}, plan.Cell{Source: "Sales", Value: "Sales"}},
		{"a number", "", column(`custom["urn:x:grade"]`, nil), nil, plan.Cell{Source: "1200000", Value: "1200000"}},
		{"a text", "", column(`custom["urn:x:site"]`, nil), nil, plan.Cell{Source: "Bonn", Value: "Bonn"}},
		{"yes or no", "", column(`custom["urn:x:vip"]`, nil), nil, plan.Cell{Source: "true", Value: "true"}},
		{"a list is no value", "", column(`custom["urn:x:list"]`, nil), nil, plan.Cell{}},
		{"nothing of the kind", "", column(`custom["urn:x:none"]`, nil), nil, plan.Cell{}},
		{"an address", "", column("email", nil), nil, plan.Cell{Source: "ann@x.com", Value: "ann@x.com"}},
	} {
		p.Attributes.Department, c.want.Column = c.department, "Functional Area"
		if got := plan.Cells(c.columns, p, c.corrections); !reflect.DeepEqual(got, []plan.Cell{c.want}) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestDesiredValues(t *testing.T) {
	columns := []usher.Column{
		{Name: "Region", From: "country"}, {Name: "Level", From: `custom["urn:x:level"]`},
		{Name: "Functional Area", From: "department", Values: map[string]string{"Sales": "Selling"}},
	}
	p := usher.Person{ID: "p1", Active: true, Attributes: usher.Attributes{
		UserName: "ann", DisplayName: "Annie", GivenName: "Ann", FamilyName: "Smith", Department: "Quality", Country: "DE",
	}}
	at := plan.Place{Profile: usher.Profile{Columns: columns}, Occupied: []string{"a"}, Had: true}
	want := &usher.Desired{
		Active: true, Key: "p1", UserName: "ann", DisplayName: "Annie", GivenName: "Ann", FamilyName: "Smith", Department: "Quality",
		Subscriptions: []string{"a"}, Values: map[string]string{"Region": "DE"}, Unmapped: []string{`Functional Area: nothing for department "Quality"`},
	}
	if got := plan.DesiredPerson(p, at); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}

	at.Corrections = []usher.Correction{{Column: "Functional Area", Value: "Other"}, {Column: plan.FirstName, Value: "Anne"}, {Column: plan.LastName, Value: "Smith-Jones"}}
	want.GivenName, want.FamilyName, want.DisplayName, want.Unmapped = "Anne", "Smith-Jones", "Anne Smith-Jones", nil
	want.Values = map[string]string{"Region": "DE", "Functional Area": "Other"}
	if got := plan.DesiredPerson(p, at); !reflect.DeepEqual(got, want) {
		t.Errorf("corrected:\ngot  %+v\nwant %+v", got, want)
	}

	at.Occupied = nil
	if got := plan.DesiredPerson(p, at); got.Active || got.Values != nil || got.Unmapped != nil {
		t.Errorf("an account that is to end waits for no value: %+v", got)
	}
}
