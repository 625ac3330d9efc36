package store

import (
	"context"
	"fmt"

	"usher/internal/usher"
)

const directoryColumns = `id, name, kind, rank, employee_numbers, lifecycle_owner, zone, lead_days,
	stands_in_for, stands_in_after, stands_in_since, created_at`

func scanDirectory(row scanner) (d usher.Directory, err error) {
	err = row.Scan(&d.ID, &d.Name, &d.Kind, &d.Rank, &d.EmployeeNumbers, &d.Owner, &d.Zone, &d.LeadDays,
		&d.StandIn.For, &d.StandIn.After, &d.StandIn.Since, &d.CreatedAt)
	return d, err
}

// PutDirectory makes the directory of that name, or brings its settings up to date,
// and gives its id. Whether it stands in is not a setting: SetStandIn says that.
func (tx *Tx) PutDirectory(ctx context.Context, d usher.Directory) (usher.ID, error) {
	return one(ctx, tx, scalar[usher.ID], `
		insert into directory (`+directoryColumns+`) values (`+marks(1, 12)+`)
		on conflict (name) do update set kind = excluded.kind, rank = excluded.rank,
			employee_numbers = excluded.employee_numbers, lifecycle_owner = excluded.lifecycle_owner,
			zone = excluded.zone, lead_days = excluded.lead_days,
			stands_in_for = excluded.stands_in_for, stands_in_after = excluded.stands_in_after
		returning id`,
		d.ID, d.Name, d.Kind, d.Rank, d.EmployeeNumbers, d.Owner, d.Zone, d.LeadDays,
		d.StandIn.For, d.StandIn.After, d.StandIn.Since, d.CreatedAt)
}

// Directories lists all directories by name.
func (tx *Tx) Directories(ctx context.Context) ([]usher.Directory, error) {
	return all(ctx, tx, scanDirectory, `select `+directoryColumns+` from directory order by name`)
}

// Directory finds a directory by id.
func (tx *Tx) Directory(ctx context.Context, id usher.ID) (usher.Directory, error) {
	d, err := one(ctx, tx, scanDirectory, `select `+directoryColumns+` from directory where id = $1`, id)
	return d, named("directory", id, err)
}

// DirectoryNamed finds a directory by name.
func (tx *Tx) DirectoryNamed(ctx context.Context, name string) (usher.Directory, error) {
	d, err := one(ctx, tx, scanDirectory, `select `+directoryColumns+` from directory where name = $1`, name)
	return d, named("directory", name, err)
}

// named says which thing an error is about.
func named[T ~string](noun string, id T, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %q: %w", noun, string(id), err)
}

// LockDirectory makes this transaction the only one that counts for the directory's
// guard.
func (tx *Tx) LockDirectory(ctx context.Context, id usher.ID) error {
	_, err := one(ctx, tx, scalar[string], `select id from directory where id = $1`+tx.dialect.forUpdate, id)
	return named("directory", id, err)
}

// GroupExists says whether any directory has pushed a group of that name.
func (tx *Tx) GroupExists(ctx context.Context, name string) (bool, error) {
	n, err := one(ctx, tx, scalar[int], `
		select count(*) from directory d where exists (
			select 1 from attribute_value v join pushed_group g on g.id = v.owner_id
			where v.directory_id = d.id and v.path = 'displayName' and substr(v.text, 1, 200) = substr($1, 1, 200) and v.text = $1)`,
		usher.FoldText(name))
	return n > 0, err
}
