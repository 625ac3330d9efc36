package store

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/usher"
)

// RosterRow is what the last accepted files of a directory said of one key.
type RosterRow struct {
	Directory usher.ID
	Key       string
	Record    usher.ID
	Hash      int64
	// Absences counts complete files in a row that did not name the key, since AbsentSince.
	Absences    int
	AbsentSince usher.Time
}

const rosterColumns = `directory_id, key, record_id, hash, absences, absent_since`

func scanRosterRow(row scanner) (r RosterRow, err error) {
	err = row.Scan(&r.Directory, &r.Key, &r.Record, &r.Hash, &r.Absences, &r.AbsentSince)
	return r, err
}

// PutRosterRow writes what a file said of a key, with others: see later.
func (tx *Tx) PutRosterRow(r RosterRow) { tx.later.rows = append(tx.later.rows, r) }

// putRosterRows writes rows in their order: of two for one key the later one counts.
func (tx *Tx) putRosterRows(ctx context.Context, rows []RosterRow) error {
	last := make(map[[2]string]int, len(rows))
	for i, r := range rows {
		last[[2]string{string(r.Directory), r.Key}] = i
	}
	kept := rows[:0]
	for i, r := range rows {
		if last[[2]string{string(r.Directory), r.Key}] == i {
			kept = append(kept, r)
		}
	}
	return chunked(kept, 50, func(part []RosterRow) error {
		values := make([]any, 0, len(part)*6)
		for _, r := range part {
			values = append(values, r.Directory, r.Key, r.Record, r.Hash, r.Absences, r.AbsentSince)
		}
		_, err := tx.followed().exec(ctx, `insert into roster_row (`+rosterColumns+`) values `+tuples(len(part), 6)+`
			on conflict (directory_id, key) do update set record_id = excluded.record_id, hash = excluded.hash,
				absences = excluded.absences, absent_since = excluded.absent_since`, values...)
		return err
	})
}

// DropRosterRow forgets a key.
func (tx *Tx) DropRosterRow(ctx context.Context, directory usher.ID, key string) error {
	_, err := tx.exec(ctx, `delete from roster_row where directory_id = $1 and key = $2`, directory, key)
	return err
}

// RosterRows hands over every key of a directory with the hash of what was last read of it,
// in no order, one at a time.
func (tx *Tx) RosterRows(ctx context.Context, directory usher.ID, each func(key string, hash int64) error) error {
	return eachPair(ctx, tx, each, `select key, hash from roster_row where directory_id = $1`, directory)
}

// AbsentRows hands over those keys of a directory that the last complete file did not name,
// with the number of such files in a row.
func (tx *Tx) AbsentRows(ctx context.Context, directory usher.ID, each func(key string, absences int) error) error {
	return eachPair(ctx, tx, each, `select key, absences from roster_row where directory_id = $1 and absences > 0`, directory)
}

func eachPair[A, B any](ctx context.Context, tx *Tx, each func(A, B) error, query string, args ...any) (err error) {
	rows, err := tx.q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a A
		var b B
		if err := rows.Scan(&a, &b); err != nil {
			return err
		}
		if err := each(a, b); err != nil {
			return err
		}
	}
	return rows.Err()
}

// CountRosterRows says how many keys a directory has.
func (tx *Tx) CountRosterRows(ctx context.Context, directory usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from roster_row where directory_id = $1`, directory)
}

// RosterRowsOf are the rows of some keys of a directory.
func (tx *Tx) RosterRowsOf(ctx context.Context, directory usher.ID, keys []string) (map[string]RosterRow, error) {
	found := make(map[string]RosterRow, len(keys))
	err := chunked(keys, 10_000, func(part []string) error {
		list, err := all(ctx, tx, scanRosterRow, `select `+rosterColumns+` from roster_row where directory_id = $1 and key in (`+marks(2, len(part))+`)`, args(part, directory)...)
		for _, r := range list {
			found[r.Key] = r
		}
		return err
	})
	return found, err
}

// RosterKeys are some keys of a directory.
func (tx *Tx) RosterKeys(ctx context.Context, directory usher.ID, limit int) ([]string, error) {
	return all(ctx, tx, scalar[string], `select key from roster_row where directory_id = $1 and absences = 0 limit $2`, directory, limit)
}

// KnownReference says whether a manager reference of a directory means somebody who is
// known: by the directory's own names, or by an address of anybody.
func (tx *Tx) KnownReference(ctx context.Context, directory usher.ID, reference string) (bool, error) {
	_, err := tx.RecordByReference(ctx, directory, reference)
	if err == nil || !isNotFound(err) {
		return err == nil, err
	}
	key, notAddress := usher.FoldAddress(reference)
	if notAddress != nil {
		return false, nil //nolint:nilerr // then nobody is called by it
	}
	found, err := tx.FindIdentifiers(ctx, []usher.Identifier{{Space: usher.SpaceAddress, Key: key}})
	return len(found) > 0, err
}

// RosterAbsences counts the keys that the last complete file did not name and that have
// not left yet.
func (tx *Tx) RosterAbsences(ctx context.Context, directory usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from roster_row where directory_id = $1 and absences > 0 and absences = 1`, directory) // the index is of those above 0
}

// RecordsByID are some records, tombstones too, without their Values.
func (tx *Tx) RecordsByID(ctx context.Context, wanted []usher.ID) (map[usher.ID]usher.Record, error) {
	found := make(map[usher.ID]usher.Record, len(wanted))
	err := chunked(wanted, 10_000, func(part []usher.ID) error {
		list, err := all(ctx, tx, scanRecord, `select `+recordColumns+` from record t where t.id in (`+marks(1, len(part))+`)`, args(part)...)
		for _, r := range list {
			found[r.ID] = r
		}
		return err
	})
	return found, err
}

// RecordsNamed are the live records of a directory that bear one of the user names, which
// are folded, by name.
func (tx *Tx) RecordsNamed(ctx context.Context, directory usher.ID, names []string) (map[string]usher.Record, error) {
	found := map[string]usher.Record{}
	err := chunked(names, 10_000, func(part []string) error {
		list, err := all(ctx, tx, scanRecord, `select `+recordColumns+` from record t
			where t.directory_id = $1 and t.deleted_at = 0 and t.user_name_key in (`+marks(2, len(part))+`)`, args(part, directory)...)
		for _, r := range list {
			found[usher.FoldText(r.Attributes.UserName)] = r
		}
		return err
	})
	return found, err
}

// RestoreName gives a record whose name was vacated the one again that its attributes say;
// ErrConflict where another has it.
func (tx *Tx) RestoreName(ctx context.Context, directory, record usher.ID) error {
	r, err := tx.LockRecord(ctx, directory, record)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, `update record set user_name_key = $3 where id = $1 and not exists (
		select 1 from record o where o.directory_id = $2 and o.user_name_key = $3 and o.deleted_at = 0 and o.id <> $1)`,
		record, directory, usher.FoldText(r.Attributes.UserName))
	if err == nil && n == 0 {
		err = fmt.Errorf("another has its user name: %w", usher.ErrConflict)
	}
	return named("record", record, err)
}

// PeopleByID are some people.
func (tx *Tx) PeopleByID(ctx context.Context, wanted []usher.ID) (map[usher.ID]usher.Person, error) {
	found := make(map[usher.ID]usher.Person, len(wanted))
	err := chunked(wanted, 10_000, func(part []usher.ID) error {
		list, err := all(ctx, tx, scanPerson, `select `+personColumns+` from person where id in (`+marks(1, len(part))+`)`, args(part)...)
		for _, p := range list {
			found[p.ID] = p
		}
		return err
	})
	return found, err
}

// OtherRecords are the records that are linked to some people, tombstones too, beside some
// thousand that are known already.
func (tx *Tx) OtherRecords(ctx context.Context, people, known []usher.ID) ([]usher.Record, error) {
	var found []usher.Record
	err := chunked(people, 10_000, func(part []usher.ID) error {
		where := `t.person_id in (` + marks(1, len(part)) + `) and t.id not in (` + marks(1+len(part), len(known)) + `)`
		list, err := all(ctx, tx, scanRecord, `select `+recordColumns+` from record t where `+where, append(args(part), args(known)...)...)
		found = append(found, list...)
		return err
	})
	return found, err
}

// GroupsOfRecords are the groups that some records are in, by record, in the order of their
// names.
func (tx *Tx) GroupsOfRecords(ctx context.Context, records []usher.ID) (map[usher.ID][]usher.GroupRef, error) {
	return tx.groupsOf(ctx, records)
}

// LiveSeatsOfPeople are people's seats that are not released, as LiveSeatsOf has them.
func (tx *Tx) LiveSeatsOfPeople(ctx context.Context, people []usher.ID) (map[usher.ID][]usher.Seat, error) {
	return related(ctx, tx, people, func(row scanner) (usher.ID, usher.Seat, error) {
		s, err := scanSeat(row)
		return s.Person, s, err
	}, `select `+seatColumns+` from seat where person_id in (%s) and state <> 'released' order by subscription_id`)
}

// DecisionsForPeople are the decisions about people, as DecisionsFor has them.
func (tx *Tx) DecisionsForPeople(ctx context.Context, people []usher.ID) (map[usher.ID][]usher.Decision, error) {
	return related(ctx, tx, people, func(row scanner) (usher.ID, usher.Decision, error) {
		d, err := scanDecisionAndRank(row)
		return d.Person, d, err
	}, decisionsFor(`in (%[1]s)`))
}

// KnownKeys says which keys of a space belong to anybody.
func (tx *Tx) KnownKeys(ctx context.Context, space usher.IdentifierSpace, keys []string) (map[string]bool, error) {
	known := map[string]bool{}
	err := chunked(keys, 10_000, func(part []string) error {
		list, err := all(ctx, tx, scalar[string], `select key from identifier where space = $1 and key in (`+marks(2, len(part))+`)`, args(part, space)...)
		for _, key := range list {
			known[key] = true
		}
		return err
	})
	return known, err
}
