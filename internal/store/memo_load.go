package store

import (
	"context"
	"fmt"
	"slices"

	"usher/internal/usher"
)

// Around is what a run of changes to a directory's records is going to ask for.
type Around struct {
	Directory usher.ID
	// Records are to be changed: they and their people are locked, in the order of ids.
	Records []usher.ID
	// Identifiers are those of records that are to be made; whoever bears one is locked.
	Identifiers []usher.Identifier
	// References are what those who are to be changed call their managers.
	References []string
}

// Remember reads, with a few statements, what changes to people will ask for one by one,
// and has the transaction keep it for as long as it is true. It changes no answer.
func (tx *Tx) Remember(ctx context.Context, a Around) error {
	tx.memo.on = true
	people, err := tx.rememberRecords(ctx, a.Records)
	if err != nil {
		return fmt.Errorf("remember records: %w", err)
	}
	owners, err := tx.rememberIdentifiers(ctx, a.Identifiers)
	if err != nil {
		return fmt.Errorf("remember identifiers: %w", err)
	}
	people = slices.Compact(slices.Sorted(slices.Values(append(people, owners...))))
	if err := tx.rememberPeople(ctx, people, a.Records); err != nil {
		return fmt.Errorf("remember people: %w", err)
	}
	if _, err := tx.rememberIdentifiers(ctx, a.Identifiers); err != nil { // of owners who are locked now
		return fmt.Errorf("remember identifiers: %w", err)
	}
	if err := tx.rememberReferences(ctx, a.Directory, a.References); err != nil {
		return fmt.Errorf("remember managers: %w", err)
	}
	return nil
}

// ForgetReferences has whom manager references mean looked up again, by name and by address.
func (tx *Tx) ForgetReferences() { tx.memo.references, tx.memo.identifiers = nil, nil }

// among is "(list)" for keys in a statement, in which $from is the first of them. Their
// number is rounded up by repeating the last: statements are kept by their text, and lists
// of all lengths would be as many.
func among[T ~string](from int, keys []T, first ...any) (string, []any) {
	n := 1
	for n < len(keys) {
		n *= 2
	}
	list := args(keys, first...)
	for len(list)-len(first) < n {
		list = append(list, list[len(list)-1])
	}
	return "(" + marks(from, n) + ")", list
}

// rowsAmong reads the rows of some keys with the list of keys at the %s of text.
func rowsAmong[K ~string, T any](ctx context.Context, tx *Tx, keys []K, scan func(scanner) (T, error), text string, first ...any) ([]T, error) {
	var found []T
	err := chunked(keys, 512, func(part []K) error {
		in, list := among(len(first)+1, part, first...)
		rows, err := all(ctx, tx, scan, fmt.Sprintf(text, in), list...)
		found = append(found, rows...)
		return err
	})
	return found, err
}

// shelve sorts rows onto a shelf by whom they belong to; a key without rows has none.
func shelve[K ~string, T any](m *memo, shelf *map[K][]T, keys []K, rows []T, of func(T) K) {
	by := make(map[K][]T, len(keys))
	for _, row := range rows {
		by[of(row)] = append(by[of(row)], row)
	}
	for _, key := range keys {
		put(m, shelf, key, by[key])
	}
}

func (tx *Tx) rememberRecords(ctx context.Context, records []usher.ID) (people []usher.ID, err error) {
	rows, err := rowsAmong(ctx, tx, slices.Sorted(slices.Values(records)), scanRecord,
		`select `+recordColumns+` from record t where t.deleted_at = 0 and t.id in %s order by t.id`+tx.dialect.forUpdate)
	for _, r := range rows {
		hold(&tx.memo.records, r.ID, r)
		if r.Person != "" {
			people = append(people, r.Person)
		}
	}
	return people, err
}

func (tx *Tx) rememberIdentifiers(ctx context.Context, wanted []usher.Identifier) (owners []usher.ID, err error) {
	spaces := map[usher.IdentifierSpace][]string{}
	for _, i := range wanted {
		spaces[i.Space] = append(spaces[i.Space], i.Key)
		put(&tx.memo, &tx.memo.identifiers, identifierKey{i.Space, i.Key}, usher.Identifier{})
	}
	for space, keys := range spaces {
		rows, err := rowsAmong(ctx, tx, keys, scanIdentifier, `select `+identifierColumns+` from identifier where space = $1 and key in %s`, space)
		if err != nil {
			return nil, err
		}
		for _, i := range rows {
			put(&tx.memo, &tx.memo.identifiers, identifierKey{i.Space, i.Key}, i)
			owners = append(owners, i.Person)
		}
	}
	return owners, nil
}

// rememberPeople locks people and reads what is about them, and about the records.
func (tx *Tx) rememberPeople(ctx context.Context, people, records []usher.ID) error {
	m := &tx.memo
	rows, err := rowsAmong(ctx, tx, people, scanPerson, `select `+personColumns+` from person where id in %s order by id`+tx.dialect.forUpdate)
	if err != nil {
		return err
	}
	for _, p := range rows {
		hold(&m.people, p.ID, p)
	}
	others, err := tx.rememberRecordsOf(ctx, people)
	if err != nil {
		return err
	}
	records = append(slices.Clone(records), others...)
	for _, step := range []func(context.Context, []usher.ID) error{
		tx.rememberBorne, tx.rememberSeats, tx.rememberDecisions, tx.rememberDue, tx.rememberTeams,
	} {
		if err := step(ctx, people); err != nil {
			return err
		}
	}
	if err := tx.rememberGroups(ctx, records); err != nil {
		return err
	}
	return tx.rememberConflicts(ctx, append(records, people...))
}

// rememberRecordsOf reads all records of people, tombstones too, oldest first, and gives the
// ids of those that are not locked. The others need not be read again.
func (tx *Tx) rememberRecordsOf(ctx context.Context, people []usher.ID) (others []usher.ID, err error) {
	type linked struct{ id, person usher.ID }
	links, err := rowsAmong(ctx, tx, people, func(row scanner) (l linked, err error) {
		err = row.Scan(&l.id, &l.person)
		return l, err
	}, `select id, person_id from record where person_id in %s order by created_at, id`)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if _, locked := tx.memo.records[l.id]; !locked {
			others = append(others, l.id)
		}
	}
	read, err := tx.RecordsByID(ctx, others)
	if err != nil {
		return nil, err
	}
	of := make(map[usher.ID][]usher.Record, len(people))
	for _, l := range links {
		r, locked := tx.memo.records[l.id]
		if !locked {
			r = read[l.id]
		}
		of[l.person] = append(of[l.person], r)
	}
	for _, id := range people {
		put(&tx.memo, &tx.memo.recordsOf, id, of[id])
	}
	return others, nil
}

func (tx *Tx) rememberBorne(ctx context.Context, people []usher.ID) error {
	rows, err := rowsAmong(ctx, tx, people, scanIdentifier, `select `+identifierColumns+` from identifier where person_id in %s order by space, key`)
	if err == nil {
		shelve(&tx.memo, &tx.memo.identifiersOf, people, rows, func(i usher.Identifier) usher.ID { return i.Person })
	}
	return err
}

// rememberSeats reads the seats of people, where anything is to be remembered.
func (tx *Tx) rememberSeats(ctx context.Context, people []usher.ID) error {
	if !tx.memo.on {
		return nil
	}
	seats, err := rowsAmong(ctx, tx, people, scanSeat, `select `+seatColumns+` from seat where state <> 'released' and person_id in %s order by subscription_id`)
	if err == nil {
		shelve(&tx.memo, &tx.memo.seatsOf, people, seats, func(s usher.Seat) usher.ID { return s.Person })
	}
	return err
}

func (tx *Tx) rememberDecisions(ctx context.Context, people []usher.ID) error {
	decisions, err := rowsAmong(ctx, tx, people, scanDecisionAndRank, decisionsFor(`in %[1]s`))
	if err == nil {
		shelve(&tx.memo, &tx.memo.decisionsOf, people, decisions, func(d usher.Decision) usher.ID { return d.Person })
	}
	return err
}

func (tx *Tx) rememberDue(ctx context.Context, people []usher.ID) error {
	rows, err := rowsAmong(ctx, tx, people, scanDue, `select person_id, cause, why, caution from person_due where person_id in %s`)
	if err != nil {
		return err
	}
	for _, id := range people {
		put(&tx.memo, &tx.memo.due, id, DuePerson{})
	}
	for _, d := range rows {
		put(&tx.memo, &tx.memo.due, d.Person, d)
	}
	return nil
}

func (tx *Tx) rememberTeams(ctx context.Context, people []usher.ID) error {
	type member struct{ team, person usher.ID }
	rows, err := rowsAmong(ctx, tx, people, func(row scanner) (m member, err error) {
		err = row.Scan(&m.team, &m.person)
		return m, err
	}, `select team_id, person_id from team_member where person_id in %s`)
	if err != nil {
		return err
	}
	of := map[usher.ID][]usher.ID{}
	for _, m := range rows {
		of[m.person] = append(of[m.person], m.team)
	}
	for _, id := range people {
		put(&tx.memo, &tx.memo.teamsOf, id, of[id])
	}
	return nil
}

func (tx *Tx) rememberGroups(ctx context.Context, records []usher.ID) error {
	of, err := tx.groupsOf(ctx, records)
	if err != nil {
		return err
	}
	for _, id := range records {
		put(&tx.memo, &tx.memo.groupsOf, id, of[id])
	}
	return nil
}

func (tx *Tx) rememberConflicts(ctx context.Context, about []usher.ID) error {
	m := &tx.memo
	for _, id := range about {
		put(m, &m.undisputed, id, true)
	}
	for _, text := range []string{
		`select ` + conflictColumns + ` from conflict where closed_at = 0 and record_id <> '' and record_id in %s`,
		`select ` + conflictColumns + ` from conflict where closed_at = 0 and person_id <> '' and person_id in %s`,
	} {
		rows, err := rowsAmong(ctx, tx, about, scanConflict, text)
		if err != nil {
			return err
		}
		for _, c := range rows {
			delete(m.undisputed, c.Record)
			delete(m.undisputed, c.Person)
		}
	}
	return nil
}
