package store

import (
	"cmp"
	"context"
	"slices"

	"usher/internal/usher"
)

const grantColumns = `person_id, role, subscription, granted_by, reason, granted_at`

func scanGrant(row scanner) (g usher.RoleGrant, err error) {
	err = row.Scan(&g.Person, &g.Role, &g.Subscription, &g.By, &g.Reason, &g.At)
	return g, err
}

// Grants are all roles that were given to people, oldest first.
func (tx *Tx) Grants(ctx context.Context) ([]usher.RoleGrant, error) {
	return all(ctx, tx, scanGrant, `select `+grantColumns+` from role_grant order by granted_at, person_id, role, subscription`)
}

// InsertGrant keeps a role that was given; ErrConflict where the person has it.
func (tx *Tx) InsertGrant(ctx context.Context, g usher.RoleGrant) error {
	n, err := tx.exec(ctx, `insert into role_grant (`+grantColumns+`) values (`+marks(1, 6)+`) on conflict do nothing`,
		g.Person, g.Role, g.Subscription, g.By, g.Reason, g.At)
	if err == nil && n == 0 {
		err = named("role", g.Role, usher.ErrConflict)
	}
	return err
}

// DropGrant takes a role back.
func (tx *Tx) DropGrant(ctx context.Context, g usher.RoleGrant) error {
	return named("role", g.Role, tx.must(ctx, `delete from role_grant where person_id = $1 and role = $2 and subscription = $3`, g.Person, g.Role, g.Subscription))
}

func scanRoleAddress(row scanner) (a usher.RoleAddress, err error) {
	err = row.Scan(&a.Address, &a.Person, &a.Connection, &a.At)
	return a, err
}

// RoleAddresses are all addresses whose roles are somebody's.
func (tx *Tx) RoleAddresses(ctx context.Context) ([]usher.RoleAddress, error) {
	return all(ctx, tx, scanRoleAddress, `select address, person_id, connection, at from role_address order by address`)
}

// BindRoles makes the roles of an address a person's, unless they are somebody's. It says whether it did.
func (tx *Tx) BindRoles(ctx context.Context, a usher.RoleAddress) (bool, error) {
	n, err := tx.exec(ctx, `insert into role_address (address, person_id, connection, at) values ($1, $2, $3, $4) on conflict do nothing`,
		a.Address, a.Person, a.Connection, a.At)
	return n > 0, err
}

// UnbindRoles makes the roles of an address nobody's, and gives whose they were.
func (tx *Tx) UnbindRoles(ctx context.Context, address string) (usher.RoleAddress, error) {
	a, err := one(ctx, tx, scanRoleAddress, `delete from role_address where address = $1 returning address, person_id, connection, at`, address)
	return a, named("roles of address", address, err)
}

// HeldRoles is what somebody's roles come from, in one statement: it is asked for at every request. No newcomer is
// anybody's manager before somebody has said that they belong here.
func (tx *Tx) HeldRoles(ctx context.Context, person usher.ID) (held usher.HeldRoles, err error) {
	rows, err := all(ctx, tx, scanHeld, `
		select role, subscription, '' as address from role_grant where person_id = $1
		union all select '', '', address from role_address where person_id = $1
		union all select 'manager', '', '' from person m where m.id = $1 and m.newcomer <> 'unconfirmed'
			and exists (select 1 from person p where p.manager_id = m.id and p.active)`, person)
	for _, r := range rows {
		switch {
		case r.address != "":
			held.Addresses = append(held.Addresses, r.address)
		case r.role == usher.RoleManager:
			held.Reports = true
		default:
			held.Grants = append(held.Grants, usher.RoleGrant{Person: person, Role: r.role, Subscription: r.subscription})
		}
	}
	return held, err
}

type heldRow struct {
	role         usher.Role
	subscription usher.ID
	address      string
}

func scanHeld(row scanner) (h heldRow, err error) {
	err = row.Scan(&h.role, &h.subscription, &h.address)
	return h, err
}

// Owners are the active people who are owners: those to whom it was given, and those whose are the roles
// of one of the addresses, which the configuration makes owners. A newcomer whom nobody has confirmed is none.
func (tx *Tx) Owners(ctx context.Context, addresses []string) ([]usher.ID, error) {
	rows, err := all(ctx, tx, scanOwner, `
		select p.id, '' as address from person p join role_grant g on g.person_id = p.id where p.active and p.newcomer <> 'unconfirmed' and g.role = 'owner'
		union all select p.id, a.address from person p join role_address a on a.person_id = p.id where p.active and p.newcomer <> 'unconfirmed'`)
	var owners []usher.ID
	for _, r := range rows {
		if r.Address == "" || slices.Contains(addresses, r.Address) {
			owners = append(owners, r.Person)
		}
	}
	slices.Sort(owners)
	return slices.Compact(owners), err
}

func scanOwner(row scanner) (a usher.RoleAddress, err error) {
	err = row.Scan(&a.Person, &a.Address)
	return a, err
}

// Manager is somebody to whom active people report.
type Manager struct {
	Person  usher.ID
	Reports int
}

// Managers are all of them, those with most reports first.
func (tx *Tx) Managers(ctx context.Context) ([]Manager, error) {
	managers, err := all(ctx, tx, func(row scanner) (m Manager, err error) {
		err = row.Scan(&m.Person, &m.Reports)
		return m, err
	}, `select p.manager_id, count(*) from person p join person m on m.id = p.manager_id where p.active and m.newcomer <> 'unconfirmed' group by p.manager_id`)
	slices.SortFunc(managers, func(a, b Manager) int { return cmp.Or(b.Reports-a.Reports, cmp.Compare(a.Person, b.Person)) })
	return managers, err
}
