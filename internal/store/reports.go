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
