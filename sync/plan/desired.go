package plan

import (
	"cmp"
	"slices"

	"usher/internal/usher"
)

// Place is what is known of a person at one portal.
type Place struct {
	Profile usher.Profile
	// Occupied are the names of the portal's subscriptions in which the person has a seat that is not queued, releasing or
	// released, nor parked.
	Occupied []string
	// Foreign are the names of those that the portal shows with the person who never had a seat of ours in them: they are
	// not ours to take.
	Foreign []string
	Teams   []string
	// Manager is empty when unknown or not at the portal.
	Manager usher.ID
	// Had says that usher took on an account of the person there.
	Had         bool
	Admin       Admin
	Corrections []usher.Correction
}

// DesiredPerson is what a portal should hold for p. Without a seat, and without being its admin where admins take none, the
// account is not active and in no team; and if usher never took on an account there, nothing is wanted: nil.
func DesiredPerson(p usher.Person, at Place) *usher.Desired {
	subscriptions := at.subscriptions(p)
	admin := at.Admin.Administers(p) || at.Admin.Declared && len(at.Occupied) > 0 // while a release settles nothing may reach the portal
	active := len(subscriptions) > 0 || admin && !at.Profile.AdminSeats && (at.Had || p.Active && at.Admin.Declared)
	if !active && !at.Had {
		return nil
	}
	a := p.Attributes
	d := &usher.Desired{
		Active: active, Key: string(p.ID), UserName: cmp.Or(a.UserName, p.Address), Address: p.Address,
		DisplayName: p.Name(), GivenName: a.GivenName, FamilyName: a.FamilyName, Title: a.Title, Department: a.Department,
		Manager: at.Manager, Subscriptions: subscriptions,
	}
	if active {
		d.Teams, d.Admin = set(at.Teams), admin
		at.fill(d, p)
	}
	return d
}

// subscriptions are those that the portal should show. What it gave to somebody without us stays while they are here, and
// is alone no reason to take their account on.
func (at Place) subscriptions(p usher.Person) []string {
	ours := len(at.Occupied) > 0 || p.Active && (at.Had || at.Admin.Declared && !at.Profile.AdminSeats)
	if !ours {
		return nil
	}
	return set(slices.Concat(at.Occupied, at.Foreign))
}

// fill gives the portal's own columns their values, and lets corrections win.
func (at Place) fill(d *usher.Desired, p usher.Person) {
	for _, cell := range Cells(at.Profile.Columns, p, at.Corrections) {
		switch {
		case cell.Unmapped != "":
			d.Unmapped = append(d.Unmapped, cell.Unmapped)
		case cell.Value != "":
			if d.Values == nil {
				d.Values = map[string]string{}
			}
			d.Values[cell.Column] = cell.Value
		}
	}
	first, one := correction(at.Corrections, FirstName)
	last, other := correction(at.Corrections, LastName)
	if one {
		d.GivenName = first
	}
	if other {
		d.FamilyName = last
	}
	if (one || other) && d.GivenName != "" && d.FamilyName != "" {
		d.DisplayName = d.GivenName + " " + d.FamilyName
	}
}

// Admin is what decides whether somebody administers a portal.
type Admin struct {
	Declared bool // the portal's profile names an address of theirs
	Shown    bool // the portal shows them as one
	// OtherThere says that another declared admin is active and has an active account at the portal.
	OtherThere bool
}

// Administers says whether p is to be an admin of the portal: whom the profile declares and who is active; and, so that
// there is always one, whoever is one there until a declared one is. A leaver whom nobody declared is not kept for it.
func (a Admin) Administers(p usher.Person) bool {
	switch {
	case a.Declared && p.Active:
		return true
	case a.OtherThere:
		return false
	}
	return a.Declared || a.Shown && p.Active
}

// Last says that p is kept as an admin only because no other declared one is there.
func (a Admin) Last(p usher.Person) bool { return a.Declared && !p.Active && !a.OtherThere }

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
