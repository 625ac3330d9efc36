package plan_test

import (
	"reflect"
	"slices"
	"testing"

	"usher/internal/usher"
	"usher/sync/plan"
)

func TestDesiredPerson(t *testing.T) {
	p := usher.Person{
		ID: "p1", Active: true, Address: "ann@x.com",
		Attributes: usher.Attributes{UserName: "ANN", GivenName: "Ann", FamilyName: "Smith", Title: "Head", Department: "Sales", Country: "DE"},
	}
	profile := usher.Desired{
		Key: "p1", UserName: "ANN", Address: "ann@x.com", DisplayName: "Ann Smith", GivenName: "Ann", FamilyName: "Smith",
		Title: "Head", Department: "Sales", Manager: "p2",
	}
	seated := profile
	seated.Active, seated.Subscriptions, seated.Teams = true, []string{"a", "b"}, []string{"Sales", "X"}

	occupied, teams := []string{"b", "a", "b"}, []string{"X", "Sales", "X"}
	for _, c := range []struct {
		name     string
		occupied []string
		had      bool
		want     *usher.Desired
	}{
		{"never there, no seat", nil, false, nil},
		{"never there, seated", occupied, false, &seated},
		{"there, seated", occupied, true, &seated},
		{"there, no seat left: in no team either", nil, true, &profile},
	} {
		if got := plan.DesiredPerson(p, plan.Place{Occupied: c.occupied, Teams: teams, Manager: "p2", Had: c.had}); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.name, got, c.want)
		}
	}
	if occupied[0] != "b" || teams[0] != "X" {
		t.Error("the caller's lists were sorted")
	}
}

func TestDesiredPersonWithoutNames(t *testing.T) {
	got := plan.DesiredPerson(usher.Person{ID: "p1", Address: "ann@x.com"}, plan.Place{Occupied: []string{"a"}})
	want := &usher.Desired{Active: true, Key: "p1", UserName: "ann@x.com", Address: "ann@x.com", DisplayName: "ann@x.com", Subscriptions: []string{"a"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

// There is always an admin: whoever was declared stays until another declared one is there, and while a release of theirs
// settles the portal hears nothing.
func TestDesiredAdmin(t *testing.T) {
	free, seats := usher.Profile{}, usher.Profile{AdminSeats: true}
	declared, other, shown := plan.Admin{Declared: true}, plan.Admin{Declared: true, OtherThere: true}, plan.Admin{Shown: true}
	const nothing, inactive, active, admin = "nothing", "inactive", "active", "admin"
	for _, c := range []struct {
		name   string
		active bool
		at     plan.Place
		want   string
	}{
		{"declared, no seat needed", true, plan.Place{Profile: free, Admin: declared}, admin},
		{"declared, another there", true, plan.Place{Profile: free, Admin: other}, admin},
		{"declared, and has a seat", true, plan.Place{Profile: free, Admin: declared, Occupied: []string{"a"}}, admin},
		{"declared where a seat is needed, and has none", true, plan.Place{Profile: seats, Admin: declared}, nothing},
		{"the same, and there", true, plan.Place{Profile: seats, Admin: declared, Had: true}, inactive},
		{"declared where a seat is needed, and has one", true, plan.Place{Profile: seats, Admin: declared, Occupied: []string{"a"}}, admin},
		{"left, never there", false, plan.Place{Profile: free, Admin: declared}, nothing},
		{"left, the last one", false, plan.Place{Profile: free, Admin: declared, Had: true}, admin},
		{"left, another there", false, plan.Place{Profile: free, Admin: other, Had: true}, inactive},
		{"left, another there, the seat still settles", false, plan.Place{Profile: seats, Admin: other, Had: true, Occupied: []string{"a"}}, admin},
		{"shown as one, nobody declared is there", true, plan.Place{Profile: free, Admin: shown, Occupied: []string{"a"}}, admin},
		{"the same without a seat, not ours", true, plan.Place{Profile: free, Admin: shown}, nothing},
		{"the same without a seat, ours", true, plan.Place{Profile: free, Admin: shown, Had: true}, admin},
		{"shown as one, a declared one is there", true, plan.Place{Profile: free, Admin: plan.Admin{Shown: true, OtherThere: true}, Occupied: []string{"a"}}, active},
		{"shown as one, and left", false, plan.Place{Profile: free, Admin: shown, Had: true}, inactive},
	} {
		got := nothing
		switch d := plan.DesiredPerson(usher.Person{ID: "p1", Active: c.active, Address: "ann@x.com"}, c.at); {
		case d == nil:
		case d.Admin && d.Active:
			got = admin
		case d.Active:
			got = active
		case !d.Admin:
			got = inactive
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// What the portal gave to somebody without us is not taken, and alone gives nobody an account of ours.
func TestDesiredKeepsWhatIsForeign(t *testing.T) {
	for _, c := range []struct {
		name   string
		active bool
		at     plan.Place
		want   []string
	}{
		{"beside a seat", true, plan.Place{Occupied: []string{"b"}}, []string{"a", "b"}},
		{"after our seat was released", true, plan.Place{Had: true}, []string{"a"}},
		{"an admin without a seat", true, plan.Place{Admin: plan.Admin{Declared: true}}, []string{"a"}},
		{"never ours", true, plan.Place{}, nil},
		{"left, our seat still settles", false, plan.Place{Had: true, Occupied: []string{"b"}}, []string{"a", "b"}},
		{"left", false, plan.Place{Had: true}, nil},
	} {
		c.at.Foreign = []string{"a"}
		var got []string
		d := plan.DesiredPerson(usher.Person{ID: "p1", Active: c.active}, c.at)
		if d != nil {
			got = d.Subscriptions
		}
		if !slices.Equal(got, c.want) || d != nil && d.Active != (len(got) > 0) {
			t.Errorf("%s: %+v, want %q", c.name, d, c.want)
		}
	}
}

func TestDesiredTeam(t *testing.T) {
	team := usher.Team{ID: "t1", Name: "Sales", Source: "department", Key: "sales"}
	over := team
	over.RetiredAt = 1
	members := []usher.ID{"p2", "p1", "p2"}
	for _, c := range []struct {
		name    string
		team    usher.Team
		members []usher.ID
		had     bool
		want    *usher.Desired
	}{
		{"never there, nobody in it", team, nil, false, nil},
		{"never there, somebody in it", team, members, false, &usher.Desired{Active: true, Key: "t1", DisplayName: "Sales", Members: []usher.ID{"p1", "p2"}}},
		{"there, nobody left in it", team, nil, true, &usher.Desired{Active: true, Key: "t1", DisplayName: "Sales"}},
		{"retired, never there", over, members, false, nil},
		{"retired, there", over, members, true, &usher.Desired{Key: "t1", DisplayName: "Sales"}},
	} {
		if got := plan.DesiredTeam(c.team, c.members, c.had); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.name, got, c.want)
		}
	}
	if members[0] != "p2" {
		t.Error("the caller's list was sorted")
	}
}
