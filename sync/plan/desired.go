package plan

import (
	"slices"

	"usher/internal/usher"
)

// DesiredPerson is what a portal should hold for p. occupied are the names of the portal's subscriptions in which p has
// a seat that is not queued, releasing or released; with none the account is not active and in no team. had says that
// usher took on an account of p there; without that and without a seat nothing is wanted: nil. manager is empty
// when it is unknown or has no account there.
func DesiredPerson(p usher.Person, occupied, teams []string, manager usher.ID, had bool) *usher.Desired {
	active := len(occupied) > 0
	if !active && !had {
		return nil
	}
	a := p.Attributes
	d := &usher.Desired{
		Active: active, Key: string(p.ID), UserName: a.UserName, Address: p.Address,
		DisplayName: p.Name(), GivenName: a.GivenName, FamilyName: a.FamilyName, Title: a.Title, Department: a.Department,
		Manager: manager, Subscriptions: set(occupied),
	}
	if d.UserName == "" {
		d.UserName = p.Address
	}
	if active {
		d.Teams = set(teams)
	}
	return d
}

// DesiredTeam is what a portal should hold for t. members are the persons of the team who have an account there; a team
// without any is not begun (nil without had), but one that is there stays until t is retired.
func DesiredTeam(t usher.Team, members []usher.ID, had bool) *usher.Desired {
	active := t.RetiredAt == 0 && (had || len(members) > 0)
	if !active && !had {
		return nil
	}
	d := &usher.Desired{Active: active, Key: string(t.ID), DisplayName: t.Name}
	if active {
		d.Members = set(members)
	}
	return d
}

// set is a sorted copy without repetition; nil when there is nothing.
func set[T ~string](list []T) []T {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}
