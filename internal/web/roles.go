package web

import (
	"context"
	"slices"
	"strconv"

	"usher/internal/usher"
)

// RoleHolder is somebody with a role, and where it comes from.
type RoleHolder struct {
	// Person, Name and Address are empty where it is whoever comes first, or whoever is in a group.
	Person        usher.ID
	Name, Address string
	// Left says that they are not active, so the role gives nothing.
	Left bool
	Role usher.Role
	// Subscription is the name of the one that a seat admin is for; empty: all.
	Subscription string
	From         string
	// Given is the grant of an owner, which one can take back; nil for roles from elsewhere.
	Given *usher.RoleGrant
}

// Roles are who may do what.
type Roles interface {
	// RoleHolders are those of the configuration, and those to whom roles were given.
	RoleHolders(ctx context.Context) ([]RoleHolder, error)
	// SubscriptionNames are those for which there can be seat admins.
	SubscriptionNames(ctx context.Context) ([]string, error)
	// GiveRole names a person by address and a subscription by name, empty for all. The reason is that of the
	// principal. *usher.InvalidError: it cannot be, and why.
	GiveRole(ctx context.Context, by usher.Principal, address string, role usher.Role, subscription string) error
	// TakeRole takes back what was given.
	TakeRole(ctx context.Context, by usher.Principal, given usher.RoleGrant) error
}

var roleRoutes = []Route{
	{Method: "GET", Path: "/roles", Access: usher.AccessOwners, serve: showRoles},
	{Method: "POST", Path: "/roles/give", Access: usher.AccessOwners, Fresh: true, serve: giveRole},
	{Method: "POST", Path: "/roles/take", Access: usher.AccessOwners, Fresh: true, serve: takeRole},
}

// rolePart is how many holders a page lists.
const rolePart = 50

type rolesPage struct {
	Holders []RoleHolder
	// First says that they begin with the first; Next is where those begin who follow, 0: there are none.
	First         bool
	Next          int
	Roles         []usher.Role
	Subscriptions []string
}

func showRoles(v *visit) error {
	holders, err := v.o.Roles.RoleHolders(v.r.Context())
	if err != nil {
		return err
	}
	subscriptions, err := v.o.Roles.SubscriptionNames(v.r.Context())
	if err != nil {
		return err
	}
	slices.Sort(subscriptions)
	from, _ := strconv.Atoi(v.r.URL.Query().Get("from"))
	from = min(max(from, 0), len(holders))
	page := rolesPage{First: from == 0, Roles: usher.GivenRoles(), Subscriptions: subscriptions}
	page.Holders = holders[from:min(from+rolePart, len(holders))]
	if to := from + len(page.Holders); to < len(holders) {
		page.Next = to
	}
	return v.show("roles", page)
}

func giveRole(v *visit) error {
	err := v.o.Roles.GiveRole(v.r.Context(), v.withReason(), v.r.PostFormValue("address"), usher.Role(v.r.PostFormValue("role")), v.r.PostFormValue("subscription"))
	if err != nil {
		return err
	}
	return v.done("/roles", "role-given")
}

func takeRole(v *visit) error {
	given := usher.RoleGrant{Person: usher.ID(v.r.PostFormValue("person")), Role: usher.Role(v.r.PostFormValue("role")), Subscription: usher.ID(v.r.PostFormValue("subscription"))}
	if err := v.o.Roles.TakeRole(v.r.Context(), v.withReason(), given); err != nil {
		return err
	}
	return v.done("/roles", "role-taken")
}

// withReason is who acts, for the reason that stands in the form.
func (v *visit) withReason() usher.Principal {
	by := v.By
	by.Reason = v.r.PostFormValue("reason")
	return by
}
