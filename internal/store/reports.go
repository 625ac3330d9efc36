package store

import (
	"context"

	"usher/internal/usher"
)

// HasReports says whether somebody is a manager: people who are active report to them, and they are no newcomer of whom
// nobody has said that they belong here.
func (tx *Tx) HasReports(ctx context.Context, person usher.ID) (bool, error) {
	n, err := one(ctx, tx, scalar[int], `
		select count(*) from person m where m.id = $1 and m.newcomer <> 'unconfirmed'
		and exists (select 1 from person p where p.manager_id = m.id and p.active)`, person)
	return n > 0, err
}

// ActiveReports are the active people who report to somebody directly, by name.
func (tx *Tx) ActiveReports(ctx context.Context, manager usher.ID) ([]usher.Person, error) {
	return all(ctx, tx, scanPerson, `select `+personColumns+` from person where manager_id = $1 and active order by name, id`, manager)
}

// CountBelow is how many active people report to somebody, directly or through others.
func (tx *Tx) CountBelow(ctx context.Context, manager usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `
		with recursive below (id) as (
			select id from person where manager_id = $1
			union
			select p.id from person p join below b on p.manager_id = b.id
		)
		select count(*) from person where active and id <> $1 and id in (select id from below)`, manager)
}
