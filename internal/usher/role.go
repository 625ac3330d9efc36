package usher

import "slices"

// Role is what somebody may do at usher beyond their own seats. Roles come from the configuration, from an owner, or
// from being somebody's manager; never from a directory, a roster or a portal.
type Role string

// The roles.
const (
	RoleOwner     Role = "owner"      // everything, and gives roles
	RoleSeatAdmin Role = "seat_admin" // decides about the seats of some subscriptions, or of all
	RoleAuditor   Role = "auditor"    // reads everything and changes nothing
	RoleManager   Role = "manager"    // sees and answers for those who report to them; derived, never given
	RoleEmployee  Role = "employee"   // sees and asks for their own; everybody who is signed in
)

// RoleGrant is a role that an owner gave to somebody.
type RoleGrant struct {
	Person ID
	Role   Role
	// Subscription is the one that a seat admin is for; empty: all.
	Subscription ID
	By           string
	Reason       string
	At           Time
}

// RoleAddress is whose the roles are that the configuration gives to an address: of the person who first signed in
// with it. The address alone gives nobody anything, because directories write addresses.
type RoleAddress struct {
	// Address is folded ([FoldAddress]).
	Address string
	Person  ID
	// Connection is the one that vouched for the address.
	Connection string
	At         Time
}

// HeldRoles is what the store knows of somebody's roles.
type HeldRoles struct {
	Grants []RoleGrant
	// Addresses are those whose roles in the configuration are theirs, folded.
	Addresses []string
	// Reports says that somebody active reports to them.
	Reports bool
}

// GivenRoles are the roles that can be given to somebody; the others come by themselves.
func GivenRoles() []Role { return []Role{RoleOwner, RoleSeatAdmin, RoleAuditor} }

// Rights are what somebody may do: what all of their roles allow together. The zero value
// is an employee's.
type Rights struct {
	Owner   bool
	Auditor bool
	// Manager says that somebody reports to them.
	Manager bool
	// AllSeats says that they are a seat admin of every subscription, Seats of which else.
	AllSeats bool
	Seats    []ID
}

// Add adds what a role allows; the subscriptions are those that a seat admin is for, all where none is given.
func (r *Rights) Add(role Role, subscriptions ...ID) {
	switch role {
	case RoleOwner:
		r.Owner = true
	case RoleAuditor:
		r.Auditor = true
	case RoleManager:
		r.Manager = true
	case RoleSeatAdmin:
		r.AllSeats = r.AllSeats || len(subscriptions) == 0
		r.Seats = append(r.Seats, subscriptions...)
	}
}

// MaySeat says whether they decide about the seats of a subscription.
func (r Rights) MaySeat(subscription ID) bool {
	return r.Owner || r.AllSeats || slices.Contains(r.Seats, subscription)
}

// MayRead says whether they see everybody's seats in a subscription.
func (r Rights) MayRead(subscription ID) bool { return r.Auditor || r.MaySeat(subscription) }

// Access says who may use a route.
type Access string

// Who may use a route.
const (
	AccessAnyone    Access = "anyone"      // signed in or not
	AccessSignedIn  Access = "signed in"   // everybody about themselves
	AccessManagers  Access = "managers"    // about those who report to them
	AccessSeats     Access = "seat admins" // about the subscriptions that they have; and owners
	AccessReaders   Access = "readers"     // whoever sees other people: owners, auditors, seat admins about theirs
	AccessOverseers Access = "overseers"   // whoever sees everything: owners, auditors, seat admins of all subscriptions
	AccessDeciders  Access = "deciders"    // about everybody, as plans and portals are: owners, seat admins of all subscriptions
	AccessOwners    Access = "owners"
	AccessAnswers   Access = "managers and seat admins" // about those who report to them, and their subscriptions
)

// Allows says whether somebody who is signed in with these rights may use the route. What of it they see is up to
// the handler.
func (a Access) Allows(r Rights) bool {
	seats := r.Owner || r.AllSeats || len(r.Seats) > 0
	switch a {
	case AccessAnyone, AccessSignedIn:
		return true
	case AccessManagers:
		return r.Manager
	case AccessSeats:
		return seats
	case AccessReaders:
		return seats || r.Auditor
	case AccessAnswers:
		return r.Manager || seats
	case AccessOverseers:
		return r.Owner || r.AllSeats || r.Auditor
	case AccessDeciders:
		return r.Owner || r.AllSeats
	case AccessOwners:
		return r.Owner
	}
	return false
}
