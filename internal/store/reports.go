package store

import (
	"context"

	"usher/internal/usher"
)

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

// FirstReports are some of those who report to somebody directly and are active, by name, and how many these are in all.
func (tx *Tx) FirstReports(ctx context.Context, manager usher.ID, limit int) (first []usher.Person, count int, err error) {
	first, err = all(ctx, tx, scanPerson, `select `+personColumns+` from person where manager_id = $1 and active order by name, id limit $2`, manager, limit)
	if err != nil || len(first) < limit {
		return first, len(first), err
	}
	count, err = one(ctx, tx, scalar[int], `select count(*) from person where manager_id = $1 and active`, manager)
	return first, count, err
}
