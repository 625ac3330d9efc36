package store

import (
	"cmp"
	"context"
	"slices"

	"usher/internal/usher"
)

// addValues writes the leaves of a record or group that has none yet.
func (tx *Tx) addValues(ctx context.Context, owner, directory usher.ID, values []usher.Value) error {
	return chunked(values, 500, func(values []usher.Value) error {
		list := make([]any, 0, 5*len(values))
		for _, v := range values {
			list = append(list, string(owner), string(directory), v.Path, v.Element, v.Text)
		}
		_, err := tx.exec(ctx, `insert into attribute_value (owner_id, directory_id, path, element, text) values `+tuples(len(values), 5), list...)
		return err
	})
}

// putValues makes values the leaves of their owner. It writes only when they differ from
// those that are kept: most changes of a record are about one attribute or none.
func (tx *Tx) putValues(ctx context.Context, owner, directory usher.ID, values []usher.Value) error {
	kept, err := all(ctx, tx, scanValue, `select path, element, text from attribute_value where owner_id = $1`, owner)
	if err != nil {
		return err
	}
	values = slices.Clone(values)
	slices.SortFunc(kept, compareValues)
	slices.SortFunc(values, compareValues)
	if slices.Equal(kept, values) {
		return nil
	}
	if err := tx.dropValues(ctx, owner); err != nil {
		return err
	}
	return tx.addValues(ctx, owner, directory, values)
}

func (tx *Tx) dropValues(ctx context.Context, owner usher.ID) error {
	_, err := tx.exec(ctx, `delete from attribute_value where owner_id = $1`, owner)
	return err
}

func scanValue(row scanner) (v usher.Value, err error) {
	err = row.Scan(&v.Path, &v.Element, &v.Text)
	return v, err
}

func compareValues(a, b usher.Value) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Element, b.Element), cmp.Compare(a.Text, b.Text))
}
