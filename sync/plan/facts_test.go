package plan_test

import (
	"reflect"
	"testing"

	"usher/internal/usher"
	"usher/sync/plan"
)

func TestFactsOf(t *testing.T) {
	p := usher.Person{
		ID: "p1", Active: true, Address: "Ann@X.com", Sponsor: "bob",
		Attributes: usher.Attributes{
			UserName: "ANN", ExternalID: "e1", Active: true, DisplayName: "Ann Smith", GivenName: "Ann", FamilyName: "Smith",
			Title: "Head", EmployeeType: "Employee", EmployeeNumber: "007", Department: "Sales", Division: "EMEA",
			Organization: "X", CostCenter: "4711", Country: "DE",
			Emails: []usher.Email{{Value: "Ann@X.com", Primary: true}, {Value: "no address"}},
			Custom: map[string]any{"urn:x:grade": 7},
		},
	}
	got := plan.FactsOf(p, []string{"Everyone"}, []string{"Bob@X.com", "CEO@x.com"}, "okta")
	want := &plan.Facts{
		UserName: "ANN", Email: "ann@x.com", Emails: []string{"ann@x.com", "no address"}, Domain: "x.com",
		DisplayName: "Ann Smith", GivenName: "Ann", FamilyName: "Smith", Title: "Head", Department: "Sales",
		Division: "EMEA", Organization: "X", CostCenter: "4711", Country: "DE", EmployeeType: "Employee",
		EmployeeNumber: "007", Groups: []string{"Everyone"}, Managers: []string{"bob@x.com", "ceo@x.com"},
		Directory: "okta", Guest: true, Custom: map[string]any{"urn:x:grade": 7},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestFactsOfNobodySpecial(t *testing.T) {
	f := plan.FactsOf(usher.Person{}, nil, nil, "")
	for text, want := range map[string]bool{
		`email == "" and domain == "" and not guest`:  true,
		`len(groups) + len(emails) + len(custom) > 0`: false,
		`inGroup("") or reportsTo("a@x.com")`:         false,
	} {
		if got, err := compileRule(t, text).Entitled(f); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}
