package store

import (
	"context"
	"slices"

	"usher/internal/usher"
)

// rememberReferences reads whom manager references mean, in the order of RecordByReference.
func (tx *Tx) rememberReferences(ctx context.Context, directory usher.ID, references []string) error {
	meant := map[string]usher.Record{}
	take := func(where string, fold func(string) string, name func(usher.Record) string, first ...any) error {
		var missing []string
		for _, ref := range references {
			if meant[ref].ID == "" {
				missing = append(missing, fold(ref))
			}
		}
		rows, err := rowsAmong(ctx, tx, missing, scanRecord, `select `+recordColumns+` from record t where `+where+` in %s`, first...)
		by := make(map[string]usher.Record, len(rows))
		for _, r := range rows {
			if r.Directory == directory && r.DeletedAt == 0 {
				by[name(r)] = r
			}
		}
		for _, ref := range references {
			if r, ok := by[fold(ref)]; ok && meant[ref].ID == "" {
				meant[ref] = r
			}
		}
		return err
	}
	asWritten := func(s string) string { return s }
	const here = "t.directory_id = $1 and t.deleted_at = 0 and "
	for _, err := range []error{
		take("t.id", asWritten, func(r usher.Record) string { return string(r.ID) }),
		take(here+"t.external_id", asWritten, func(r usher.Record) string { return r.Attributes.ExternalID }, directory),
		take(here+"t.user_name_key", usher.FoldText, func(r usher.Record) string { return usher.FoldText(r.Attributes.UserName) }, directory),
	} {
		if err != nil {
			return err
		}
	}
	var managers []usher.ID
	var addresses []usher.Identifier // of whom no record of the directory is
	for _, ref := range references {
		tx.memo.refers(referenceKey{directory, usher.FoldText(ref)}, ref, meant[ref])
		if id := meant[ref].Person; id != "" {
			managers = append(managers, id)
		} else if key, err := usher.FoldAddress(ref); err == nil {
			addresses = append(addresses, usher.Identifier{Space: usher.SpaceAddress, Key: key})
		}
	}
	owners, err := tx.rememberIdentifiers(ctx, addresses)
	if err != nil {
		return err
	}
	return tx.rememberLines(ctx, append(managers, owners...))
}

// rememberLines reads who is above people, and above those, as far as it goes: a line that comes back to where it was
// ends there.
func (tx *Tx) rememberLines(ctx context.Context, people []usher.ID) error {
	for {
		people = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(people))), func(id usher.ID) bool {
			_, locked := tx.memo.people[id]
			_, known := tx.memo.managers[id]
			return locked || known
		})
		if len(people) == 0 {
			return nil
		}
		above, err := rowsAmong(ctx, tx, people, func(row scanner) (manager usher.ID, err error) {
			var id usher.ID
			err = row.Scan(&id, nullable[usher.ID]{&manager})
			put(&tx.memo, &tx.memo.managers, id, manager)
			return manager, err
		}, `select id, manager_id from person where id in %s`)
		if err != nil {
			return err
		}
		people = slices.DeleteFunc(above, func(id usher.ID) bool { return id == "" })
	}
}
