package plan_test

import (
	"reflect"
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
		if got := plan.DesiredPerson(p, c.occupied, teams, "p2", c.had); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.name, got, c.want)
		}
	}
	if occupied[0] != "b" || teams[0] != "X" {
		t.Error("the caller's lists were sorted")
	}
}

func TestDesiredPersonWithoutNames(t *testing.T) {
	got := plan.DesiredPerson(usher.Person{ID: "p1", Address: "ann@x.com"}, []string{"a"}, nil, "", false)
	want := &usher.Desired{Active: true, Key: "p1", UserName: "ann@x.com", Address: "ann@x.com", DisplayName: "ann@x.com", Subscriptions: []string{"a"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
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
