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
