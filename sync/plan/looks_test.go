package plan

import (
	"reflect"
	"testing"
)

func TestLooks(t *testing.T) {
	facts := &Facts{
		Department: "R&D", CostCenter: "4711", Groups: []string{"Interns", "Pilots"}, Managers: []string{"ceo@example.com"},
		Guest: true, Custom: map[string]any{`urn:x:"size"`: 3, "urn:x:none": nil},
	}
	tests := []struct {
		rule string
		want []Fact
	}{
		{"", nil},
		{"true", nil},
		{`department == "Sales"`, []Fact{{Name: "department", Values: []string{"R&D"}}}},
		{`title == "" or costCenter in ["1", "2"] or title == "x"`, []Fact{{Name: "title"}, {Name: "costCenter", Values: []string{"4711"}}}},
		{`inGroup("Pilots") and "Interns" in groups`, []Fact{{Name: "groups", Values: []string{"Interns", "Pilots"}, Many: true}}},
		{`reportsTo("ceo@example.com") and not guest`, []Fact{{Name: "managers", Values: []string{"ceo@example.com"}, Many: true}, {Name: "guest", Values: []string{"true"}}}},
		{`any(emails, # endsWith "@example.com")`, []Fact{{Name: "emails", Many: true}}},
		{`custom["urn:x:\"size\""] == 3`, []Fact{{Name: `custom["urn:x:\"size\""]`, Values: []string{"3"}}}},
		{`custom["urn:x:none"] != nil`, []Fact{{Name: `custom["urn:x:none"]`}}},
	}
	for _, tt := range tests {
		rule, err := CompileRule(tt.rule)
		if err != nil {
			t.Fatal(err)
		}
		if got := rule.Looks(facts); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s\n got %#v\nwant %#v", tt.rule, got, tt.want)
		}
	}
}

func TestNoun(t *testing.T) {
	for name, want := range map[string]string{"department": "department", "costCenter": "cost center", `custom["urn:x:costCode"]`: `custom["urn:x:costCode"]`} {
		if got := (Fact{Name: name}).Noun(); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
