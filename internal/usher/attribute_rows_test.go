package usher

import "testing"

// TestCompareAttributes: one row for each attribute of which anybody says anything, with a mark at the first record whose word it is.
func TestCompareAttributes(t *testing.T) {
	hr := Attributes{Title: "Lead", Custom: map[string]any{"urn:level": "7"}, Active: true}
	okta := Attributes{UserName: "mara@example.com", Title: "Lead", Department: "Sales", Emails: []Email{{Value: "mara@example.com"}, {Value: "m@example.com"}}}
	gone := Attributes{Department: "R&D"}
	merged := Attributes{UserName: "mara@example.com", Title: "Lead", Department: "Sales", Emails: okta.Emails, Custom: hr.Custom}
	got := map[string]string{}
	for _, row := range CompareAttributes(merged, []Attributes{hr, okta, gone}) {
		for _, c := range row.Cells {
			if c.Counts {
				got[row.Name] += "!"
			}
			got[row.Name] += c.Value + "|"
		}
		got[row.Name] += row.Value
	}
	want := map[string]string{
		"user name": "|!mara@example.com||mara@example.com", "title": "!Lead|Lead||Lead", "department": "|!Sales|R&D|Sales",
		"emails": "|!mara@example.com m@example.com||mara@example.com m@example.com", "custom: urn:level": "!7|||7",
	}
	if len(got) != len(want) {
		t.Errorf("%d rows: %q", len(got), got)
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s: %q, want %q", name, got[name], text)
		}
	}
}
