package store

import (
	"context"

	"usher/internal/usher"
)

// AnyDue says whether one of the people waits to be computed again.
func (tx *Tx) AnyDue(ctx context.Context, people []usher.ID) (bool, error) {
	found := 0
	err := chunked(people, 400, func(part []usher.ID) error {
		n, err := one(ctx, tx, scalar[int], `select count(*) from person_due where person_id in (`+marks(1, len(part))+`)`, args(part)...)
		found += n
		return err
	})
	return found > 0, err
}

// DueOf is how a person waits to be computed again; ErrNotFound when they do not.
func (tx *Tx) DueOf(ctx context.Context, person usher.ID) (DuePerson, error) {
	if d, ok := tx.memo.due[person]; ok {
		return d, found(d.Person)
	}
	return one(ctx, tx, scanDue, `select person_id, cause, why, caution from person_due where person_id = $1`, person)
}

func scanDue(row scanner) (d DuePerson, err error) {
	err = row.Scan(&d.Person, &d.Cause, &d.Why, &d.Caution)
	return d, err
}
