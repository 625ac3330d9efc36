package plan_test

import (
	"reflect"
	"slices"
	"testing"

	"usher/internal/usher"
	"usher/sync/plan"
)

func TestSamePerson(t *testing.T) {
	desired := usher.Desired{
		Active: true, Key: "p1", UserName: "Ann@x.com", Address: "Ann@x.com", DisplayName: "Ann Smith", GivenName: "Ann",
		FamilyName: "Smith", Title: "Head", Department: "Sales", Manager: "p2", Subscriptions: []string{"a", "b"}, Teams: []string{"Sales"},
		Admin: true, Values: map[string]string{"Region": "EMEA", "Functional Area": "Sales"},
	}
	seen := usher.Seen{
		RemoteID: "r1", Active: true, Key: "p1", UserName: "ann@X.com", Address: "ann@x.com", DisplayName: "Ann Smith", GivenName: "Ann",
		FamilyName: "Smith", Title: "Head", Department: "Sales", Manager: "r2", Subscriptions: []string{"b", "a"}, Version: "7",
	}
	for _, c := range []struct {
		name   string
		change func(d *usher.Desired, s *usher.Seen)
		want   []string
	}{
		{"in line", func(*usher.Desired, *usher.Seen) {}, nil},
		{"nothing shown but active", func(_ *usher.Desired, s *usher.Seen) { *s = usher.Seen{Active: true} }, nil},
		{"nothing to say but active", func(d *usher.Desired, s *usher.Seen) {
			*d = usher.Desired{Active: true}
			s.Manager, s.Subscriptions = "", nil
		}, nil},
		{"not active there", func(_ *usher.Desired, s *usher.Seen) { s.Active = false }, []string{"active: there false, wanted true"}},
		{"active there, and nothing else counts", func(d *usher.Desired, s *usher.Seen) { d.Active, s.Title = false, "x" }, []string{"active: there true, wanted false"}},
		{"neither active, and nothing else counts", func(d *usher.Desired, s *usher.Seen) { d.Active, s.Active, s.Title = false, false, "x" }, nil},
		{"external id", func(_ *usher.Desired, s *usher.Seen) { s.Key = "x" }, []string{`external id: there "x", wanted "p1"`}},
		{"user name", func(_ *usher.Desired, s *usher.Seen) { s.UserName = "x" }, []string{`user name: there "x", wanted "Ann@x.com"`}},
		{"address", func(_ *usher.Desired, s *usher.Seen) { s.Address = "x" }, []string{`address: there "x", wanted "Ann@x.com"`}},
		{"display name, by case alone", func(_ *usher.Desired, s *usher.Seen) { s.DisplayName = "ann smith" }, []string{`display name: there "ann smith", wanted "Ann Smith"`}},
		{"given name", func(_ *usher.Desired, s *usher.Seen) { s.GivenName = "x" }, []string{`given name: there "x", wanted "Ann"`}},
		{"family name", func(_ *usher.Desired, s *usher.Seen) { s.FamilyName = "x" }, []string{`family name: there "x", wanted "Smith"`}},
		{"title", func(_ *usher.Desired, s *usher.Seen) { s.Title = "x" }, []string{`title: there "x", wanted "Head"`}},
		{"department", func(_ *usher.Desired, s *usher.Seen) { s.Department = "x" }, []string{`department: there "x", wanted "Sales"`}},
		{"manager", func(_ *usher.Desired, s *usher.Seen) { s.Manager = "x" }, []string{`manager: there "x", wanted "r2"`}},
		{"subscriptions", func(_ *usher.Desired, s *usher.Seen) { s.Subscriptions = []string{"a", "c", "d", "c"} }, []string{"subscriptions: missing b; too much c, d"}},
		{"subscriptions shown as none", func(_ *usher.Desired, s *usher.Seen) { s.Subscriptions = []string{} }, []string{"subscriptions: missing a, b"}},
		{"teams", func(_ *usher.Desired, s *usher.Seen) { s.Teams = []string{"Ops"} }, []string{"teams: missing Sales; too much Ops"}},
		{"teams in line", func(_ *usher.Desired, s *usher.Seen) { s.Teams = []string{"Sales"} }, nil},
		{"no admin", func(_ *usher.Desired, s *usher.Seen) { s.Admin = new(false) }, []string{"admin: there false, wanted true"}},
		{"an admin", func(d *usher.Desired, s *usher.Seen) { d.Admin, s.Admin = false, new(true) }, []string{"admin: there true, wanted false"}},
		{"an admin as wanted", func(_ *usher.Desired, s *usher.Seen) { s.Admin = new(true) }, nil},
		{"columns", func(_ *usher.Desired, s *usher.Seen) {
			s.Values = map[string]string{"Region": "APAC", "Functional Area": "Sales", "Level": "3"} // nothing is to be said of the level
		}, []string{`Region: there "APAC", wanted "EMEA"`}},
		{"a column shown as empty", func(_ *usher.Desired, s *usher.Seen) { s.Values = map[string]string{"Region": ""} }, nil},
		{"two things", func(_ *usher.Desired, s *usher.Seen) { s.Active, s.Title = false, "x" }, []string{"active: there false, wanted true", `title: there "x", wanted "Head"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, s := desired, seen
			c.change(&d, &s)
			same, diff := plan.Same(d, s, "r2", nil)
			if same != (len(c.want) == 0) || !slices.Equal(diff, c.want) {
				t.Errorf("got %v %q, want %q", same, diff, c.want)
			}
		})
	}
}

func TestSameManagerWhoHasNoAccountThere(t *testing.T) {
	d, s := usher.Desired{Active: true, Manager: "p2"}, usher.Seen{Active: true, Manager: "r9"}
	if same, diff := plan.Same(d, s, "", nil); !same {
		t.Errorf("the manager cannot be set yet: got %q", diff)
	}
}

func TestSameTeam(t *testing.T) {
	d := usher.Desired{Active: true, Key: "t1", DisplayName: "Sales", Members: []usher.ID{"p1", "p2"}}
	for _, c := range []struct {
		name            string
		members, remote []string
		want            []string
	}{
		{"in line", []string{"r2", "r1"}, []string{"r1", "r2"}, nil},
		{"not shown", nil, []string{"r1"}, nil},
		{"shown as empty", []string{}, []string{"r1"}, []string{"members: missing r1"}},
		{"empty and shown as empty", []string{}, nil, nil},
		{"nobody wanted", []string{"r1"}, nil, []string{"members: too much r1"}},
		{"both", []string{"r1", "r3"}, []string{"r2", "r1"}, []string{"members: missing r2; too much r3"}},
	} {
		s := usher.Seen{Active: true, Key: "t1", DisplayName: "Sales", Members: c.members}
		if same, diff := plan.Same(d, s, "", c.remote); same != (len(c.want) == 0) || !slices.Equal(diff, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, diff, c.want)
		}
	}
}

// A text field added to both usher.Desired and usher.Seen must not be forgotten here.
func TestSameLooksAtEveryText(t *testing.T) {
	fields := 0
	for field, value := range reflect.ValueOf(&usher.Desired{}).Elem().Fields() {
		other := reflect.ValueOf(&usher.Seen{}).Elem().FieldByName(field.Name)
		if field.Name == "Manager" || value.Kind() != reflect.String || !other.IsValid() {
			continue
		}
		fields++
		d, s := usher.Desired{Active: true}, usher.Seen{Active: true}
		reflect.ValueOf(&d).Elem().FieldByName(field.Name).SetString("wanted")
		reflect.ValueOf(&s).Elem().FieldByName(field.Name).SetString("there")
		if same, diff := plan.Same(d, s, "", nil); same || len(diff) != 1 {
			t.Errorf("%s: got %q", field.Name, diff)
		}
	}
	if fields != 8 {
		t.Errorf("looked at %d fields", fields)
	}
}
