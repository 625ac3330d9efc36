package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"usher/internal/usher"
)

const personColumns = `id, active, inactive, inactive_on, next_at, on_leave, attributes, address, name, manager_id, manager_directory_id, manager_key, sponsor, ends_at, revision, created_at, changed_at, left_at, newcomer, merged_into`

func scanPerson(row scanner) (p usher.Person, err error) {
	var name, key string
	err = row.Scan(&p.ID, &p.Active, &p.Inactive, &p.InactiveOn, &p.NextAt, &p.OnLeave, fromJSON{&p.Attributes}, &p.Address, &name, nullable[usher.ID]{&p.Manager}, &p.ManagerDirectory, &key,
		&p.Sponsor, &p.EndsAt, &p.Revision, &p.CreatedAt, &p.ChangedAt, &p.LeftAt, &p.Newcomer, nullable[usher.ID]{&p.MergedInto})
	return p, err
}

func personArgs(p usher.Person) ([]any, error) {
	attributes, err := toJSON(p.Attributes)
	return []any{
		p.ID, p.Active, p.Inactive, p.InactiveOn, p.NextAt, p.OnLeave, attributes, p.Address, usher.FoldText(p.Name()), orNull(p.Manager), p.ManagerDirectory, usher.FoldText(p.Attributes.Manager),
		p.Sponsor, p.EndsAt, p.Revision, p.CreatedAt, p.ChangedAt, p.LeftAt, p.Newcomer, orNull(p.MergedInto),
	}, err
}

// InsertPerson keeps a new person.
func (tx *Tx) InsertPerson(ctx context.Context, p usher.Person) error {
	values, err := personArgs(p)
	if err != nil {
		return err
	}
	err = tx.followed().must(ctx, `insert into person (`+personColumns+`) values (`+marks(1, 20)+`)`, values...)
	if err == nil {
		tx.memo.newPerson(p)
	}
	return named("person", p.ID, err)
}

// UpdatePerson writes a person that LockPersons gave.
func (tx *Tx) UpdatePerson(ctx context.Context, p usher.Person) error {
	var err error
	if old, known := tx.memo.people[p.ID]; known && sameIndexed(p, old) {
		err = tx.updatePersonOnly(ctx, p)
	} else {
		err = tx.updatePersonWhole(ctx, p)
	}
	if err == nil {
		tx.memo.changedPerson(p)
	}
	return named("person", p.ID, err)
}

// sameIndexed says that two states of a person are found in the same places: an update of
// columns writes their indexes as well, also where nothing changes.
func sameIndexed(p, old usher.Person) bool {
	return p.MergedInto == old.MergedInto && p.NextAt == old.NextAt && p.EndsAt == old.EndsAt && p.Name() == old.Name() &&
		p.Manager == old.Manager && p.ManagerDirectory == old.ManagerDirectory && p.Attributes.Manager == old.Attributes.Manager
}

// updatePersonOnly writes what no index holds.
func (tx *Tx) updatePersonOnly(ctx context.Context, p usher.Person) error {
	attributes, err := toJSON(p.Attributes)
	if err != nil {
		return err
	}
	return tx.followed().must(ctx, `
		update person set active = $2, inactive = $3, inactive_on = $4, on_leave = $5, attributes = $6, address = $7,
			sponsor = $8, revision = $9, changed_at = $10, left_at = $11, newcomer = $12
		where id = $1`,
		p.ID, p.Active, p.Inactive, p.InactiveOn, p.OnLeave, attributes, p.Address, p.Sponsor, p.Revision, p.ChangedAt, p.LeftAt, p.Newcomer)
}

func (tx *Tx) updatePersonWhole(ctx context.Context, p usher.Person) error {
	values, err := personArgs(p)
	if err != nil {
		return err
	}
	return tx.followed().must(ctx, `
		update person set active = $2, inactive = $3, inactive_on = $4, next_at = $5, on_leave = $6, attributes = $7, address = $8,
			name = $9, manager_id = $10, manager_directory_id = $11, manager_key = $12, sponsor = $13, ends_at = $14, revision = $15,
			created_at = $16, changed_at = $17, left_at = $18, newcomer = $19, merged_into = $20
		where id = $1`, values...)
}

// Person finds a person by id.
func (tx *Tx) Person(ctx context.Context, id usher.ID) (usher.Person, error) {
	if p, ok := tx.memo.people[id]; ok {
		return p, nil
	}
	p, err := one(ctx, tx, scanPerson, `select `+personColumns+` from person where id = $1`, id)
	return p, named("person", id, err)
}

// LockPersons locks people in the order of their ids, which every transaction keeps.
func (tx *Tx) LockPersons(ctx context.Context, ids ...usher.ID) ([]usher.Person, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	list := make([]usher.Person, 0, len(ids))
	for _, id := range ids {
		if p, ok := tx.memo.people[id]; ok {
			list = append(list, p)
			continue
		}
		p, err := one(ctx, tx, scanPerson, `select `+personColumns+` from person where id = $1`+tx.dialect.forUpdate, id)
		if err != nil {
			return nil, named("person", id, err)
		}
		hold(&tx.memo.people, id, p)
		list = append(list, p)
	}
	return list, nil
}

// People lists people by (created, id) after the given one; empty starts at the first.
func (tx *Tx) People(ctx context.Context, after usher.Person, limit int) ([]usher.Person, error) {
	return all(ctx, tx, scanPerson, `
		select `+personColumns+` from person where (created_at, id) > ($1, $2) order by created_at, id limit $3`,
		after.CreatedAt, after.ID, limit)
}

// CountPeople says how many people are active, and how many there are in all.
func (tx *Tx) CountPeople(ctx context.Context) (active, all int, err error) {
	err = tx.q.QueryRowContext(ctx, `select count(*) filter (where active), count(*) from person where merged_into is null`).Scan(&active, &all)
	return active, all, err
}

// EndedPeople are active guests whose end date has come.
func (tx *Tx) EndedPeople(ctx context.Context, limit int) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select id from person where ends_at > 0 and ends_at <= $1 and active order by id limit $2`, tx.now, limit)
}

// CountDated says for how many people a date has come, so that whether they are active is
// to be computed again.
func (tx *Tx) CountDated(ctx context.Context) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from person where next_at > 0 and next_at <= $1`, tx.now)
}

// TakeDated locks some of them; whom another transaction has locked is passed over.
func (tx *Tx) TakeDated(ctx context.Context, limit int) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select id from person where next_at > 0 and next_at <= $1 order by next_at, id limit $2`+tx.dialect.skipLocked, tx.now, limit)
}

// ManagerOf is the found manager of a person; empty for none.
func (tx *Tx) ManagerOf(ctx context.Context, id usher.ID) (manager usher.ID, err error) {
	if p, ok := tx.memo.people[id]; ok {
		return p.Manager, nil
	}
	if manager, ok := tx.memo.managers[id]; ok {
		return manager, nil
	}
	err = tx.q.QueryRowContext(ctx, `select manager_id from person where id = $1`, id).Scan(nullable[usher.ID]{&manager})
	if err == nil {
		put(&tx.memo, &tx.memo.managers, id, manager)
	}
	return manager, named("manager of person", id, err)
}

// Reports are the people whose manager a person is.
func (tx *Tx) Reports(ctx context.Context, id usher.ID) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `select id from person where manager_id = $1 order by id`, id)
}

// PeopleReferringTo are the people whose directory calls their manager by one of the
// keys, which are folded; those of whatever directory where it is empty.
func (tx *Tx) PeopleReferringTo(ctx context.Context, directory usher.ID, keys []string) ([]usher.ID, error) {
	if directory == "" {
		return rowsAmong(ctx, tx, keys, scalar[usher.ID], `select id from person where manager_key <> '' and manager_key in %s order by id`)
	}
	return rowsAmong(ctx, tx, keys, scalar[usher.ID], `
		select id from person where manager_directory_id = $1 and manager_key <> '' and manager_key in %s order by id`, directory)
}

// PeopleNamed finds people whose name, folded, is the given one; nobody who was merged into another.
func (tx *Tx) PeopleNamed(ctx context.Context, name string) ([]usher.Person, error) {
	return all(ctx, tx, scanPerson, `select `+personColumns+` from person where name = $1 and merged_into is null order by id`, usher.FoldText(name))
}

const identifierColumns = `space, key, kind, person_id, shown, since, retired_at`

func scanIdentifier(row scanner) (i usher.Identifier, err error) {
	err = row.Scan(&i.Space, &i.Key, &i.Kind, &i.Person, &i.Shown, &i.Since, &i.RetiredAt)
	return i, err
}

// FindIdentifiers finds who the given identifiers belong to; only those that exist.
func (tx *Tx) FindIdentifiers(ctx context.Context, wanted []usher.Identifier) ([]usher.Identifier, error) {
	var found []usher.Identifier
	for _, w := range wanted {
		key := identifierKey{w.Space, w.Key}
		i, known := tx.memo.identifiers[key]
		if !known {
			var err error
			i, err = one(ctx, tx, scanIdentifier, `select `+identifierColumns+` from identifier where space = $1 and key = $2`, w.Space, w.Key)
			if err != nil && !isNotFound(err) {
				return nil, fmt.Errorf("find identifier: %w", err)
			}
			put(&tx.memo, &tx.memo.identifiers, key, i)
		}
		if i.Person != "" {
			found = append(found, i)
		}
	}
	return found, nil
}

// IdentifiersOf are a person's identifiers.
func (tx *Tx) IdentifiersOf(ctx context.Context, person usher.ID) ([]usher.Identifier, error) {
	if list, ok := tx.memo.identifiersOf[person]; ok {
		return slices.Clone(list), nil
	}
	return all(ctx, tx, scanIdentifier, `select `+identifierColumns+` from identifier where person_id = $1 order by space, key`, person)
}

// PutIdentifier gives an identifier to a person, or refreshes it there. False: it
// belongs to somebody else.
func (tx *Tx) PutIdentifier(ctx context.Context, i usher.Identifier) (bool, error) {
	n, err := tx.followed().exec(ctx, `
		insert into identifier (`+identifierColumns+`) values (`+marks(1, 7)+`)
		on conflict (space, key) do update set kind = excluded.kind, shown = excluded.shown, retired_at = excluded.retired_at
		where identifier.person_id = excluded.person_id`,
		i.Space, i.Key, i.Kind, i.Person, i.Shown, i.Since, i.RetiredAt)
	delete(tx.memo.identifiers, identifierKey{i.Space, i.Key})
	delete(tx.memo.identifiersOf, i.Person)
	return n == 1, err
}

// DropIdentifier takes an identifier from a person.
func (tx *Tx) DropIdentifier(ctx context.Context, i usher.Identifier) error {
	_, err := tx.exec(ctx, `delete from identifier where space = $1 and key = $2 and person_id = $3`, i.Space, i.Key, i.Person)
	return err
}

// DuePerson is a person whose seats must be computed again.
type DuePerson struct {
	Person usher.ID
	// Cause is the directory whose change it was, or empty.
	Cause usher.ID
	Why   string
	// Caution says how the releases that come of it are to be treated.
	Caution Caution
}

// Caution says whether releases go by themselves; of two causes the greater counts.
type Caution int

// The degrees of caution.
const (
	CautionApproved Caution = iota // a human saw the releases by name
	CautionGuard                   // the guards decide
	CautionEnds                    // the guards decide, about last days that were announced as well
	CautionHold                    // held from the first person
)

// MarkDue notes people to compute again; who is noted already stays noted, with the
// greater caution and what called for it.
func (tx *Tx) MarkDue(ctx context.Context, people []usher.ID, d DuePerson) error {
	return chunked(people, 400, func(part []usher.ID) error {
		list := make([]any, 0, len(part)*5)
		for _, id := range part {
			list = append(list, id, d.Cause, d.Why, d.Caution, tx.now)
		}
		_, err := tx.followed().exec(ctx, `
			insert into person_due (person_id, cause, why, caution, at) values `+tuples(len(part), 5)+onDue, list...)
		for _, id := range part {
			delete(tx.memo.due, id)
		}
		return err
	})
}

const onDue = `
	on conflict (person_id) do update set
		cause = case when person_due.caution > excluded.caution then person_due.cause else excluded.cause end,
		why = case when person_due.caution > excluded.caution then person_due.why else excluded.why end,
		caution = case when person_due.caution > excluded.caution then person_due.caution else excluded.caution end`

// MarkEveryoneDue is MarkDue for all people.
func (tx *Tx) MarkEveryoneDue(ctx context.Context, d DuePerson) error {
	_, err := tx.exec(ctx, `
		insert into person_due (person_id, cause, why, caution, at) select id, $1, $2, $3, $4 from person where true`+onDue,
		d.Cause, d.Why, d.Caution, tx.now)
	return err
}

// MarkPortalDue is MarkDue for everybody who has an account at a portal.
func (tx *Tx) MarkPortalDue(ctx context.Context, portal usher.ID, d DuePerson) error {
	_, err := tx.exec(ctx, `
		insert into person_due (person_id, cause, why, caution, at)
		select subject_id, $1, $2, $3, $4 from account where portal_id = $5 and kind = 'person' and subject_id <> ''`+onDue,
		d.Cause, d.Why, d.Caution, tx.now, portal)
	return err
}

// TakeDue takes some people off the list for this transaction, and locks them: whom another
// transaction has locked is passed over, because that one may be about to note them as due.
func (tx *Tx) TakeDue(ctx context.Context, limit int) ([]DuePerson, error) {
	list, err := all(ctx, tx, scanDue, `select d.person_id, d.cause, d.why, d.caution from person_due d join person p on p.id = d.person_id
		order by d.at, d.person_id limit $1`+tx.dialect.skipLocked, limit)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		if err := tx.must(ctx, `delete from person_due where person_id = $1`, d.Person); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// CountDue says how many people are waiting to be computed again.
func (tx *Tx) CountDue(ctx context.Context) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from person_due`)
}

// LinkRecord links a record to a person.
func (tx *Tx) LinkRecord(ctx context.Context, record, person usher.ID) error {
	err := tx.followed().must(ctx, `update record set person_id = $2 where id = $1`, record, person)
	if r, ok := tx.memo.records[record]; ok {
		r.Person = person
		tx.memo.changedRecord(r)
	} else {
		tx.memo.forget("record")
	}
	return named("record", record, err)
}

// BuryRecord turns a record into a tombstone: its names become free, its identity stays.
func (tx *Tx) BuryRecord(ctx context.Context, r usher.Record) error {
	if err := tx.dropValues(ctx, r.ID); err != nil {
		return named("record", r.ID, err)
	}
	return named("record", r.ID, tx.must(ctx, `
		update record set deleted_at = $2, modified_at = $2, version = $3 where id = $1`, r.ID, r.DeletedAt, r.Version))
}

// PeopleOfRecords are the people to whom the given records, or the records in the given
// groups, are linked.
func (tx *Tx) PeopleOfRecords(ctx context.Context, members []usher.ID) ([]usher.ID, error) {
	found := map[usher.ID]bool{}
	err := chunked(members, 400, func(part []usher.ID) error {
		ids, err := all(ctx, tx, scalar[usher.ID], `
			select person_id from record where person_id is not null and id in (`+marks(1, len(part))+`)`, args(part)...)
		for _, id := range ids {
			found[id] = true
		}
		return err
	})
	return slices.Sorted(maps.Keys(found)), err
}

// PeopleInGroup are the people whose records are in a group.
func (tx *Tx) PeopleInGroup(ctx context.Context, group usher.ID) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select distinct r.person_id from group_member m join record r on r.id = m.member_id
		where m.group_id = $1 and r.person_id is not null order by r.person_id`, group)
}

// LockRecordAny locks a live record of any directory.
func (tx *Tx) LockRecordAny(ctx context.Context, id usher.ID) (usher.Record, error) {
	r, err := one(ctx, tx, scanRecord, `select `+recordColumns+` from record t where t.id = $1 and t.deleted_at = 0`+tx.dialect.forUpdate, id)
	return r, named("record", id, err)
}

// ApproveDue notes that a human saw by name what becomes of the given people.
func (tx *Tx) ApproveDue(ctx context.Context, people []usher.ID, why string) error {
	return chunked(people, 400, func(part []usher.ID) error {
		_, err := tx.exec(ctx, `update person_due set caution = 0 where why = $1 and person_id in (`+marks(2, len(part))+`)`, args(part, why)...)
		return err
	})
}
