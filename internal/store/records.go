package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/internal/usher"
)

const recordColumns = `t.id, t.directory_id, t.person_id, t.document, t.attributes, t.version, t.create_hash, t.created_at, t.modified_at, t.deleted_at,
	t.started_at, t.ends_known_at, t.absent_since`

func scanRecord(row scanner) (r usher.Record, err error) {
	err = row.Scan(&r.ID, &r.Directory, nullable[usher.ID]{&r.Person}, &r.Document, fromJSON{&r.Attributes},
		&r.Version, &r.CreateHash, &r.CreatedAt, &r.ModifiedAt, &r.DeletedAt,
		&r.StartedAt, &r.EndsKnownAt, &r.AbsentSince)
	return r, err
}

func recordResource() resource {
	return resource{
		table:   "record",
		columns: recordColumns,
		live:    " and t.deleted_at = 0",
		keys: map[string]string{
			"userName":   "t.user_name_key",
			"externalId": "t.external_id",
			"active":     "case when t.active then 'true' else 'false' end",
		},
		linked: usher.PathGroups,
		own:    "member_id",
		other:  "group_id",
	}
}

// Record is a live record with its groups and seats. Its Values are never read back.
func (s *Store) Record(ctx context.Context, directory, id usher.ID) (r usher.Record, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		if r, err = tx.liveRecord(ctx, directory, "t.id = $2", string(id)); err != nil {
			return err
		}
		list := []usher.Record{r}
		if err := tx.fillRecords(ctx, list, true, true); err != nil {
			return err
		}
		r = list[0]
		return nil
	})
	return r, named("record", id, err)
}

// Records is the page of live records that q asks for.
func (s *Store) Records(ctx context.Context, q usher.Query) (page usher.Page[usher.Record], err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		page, err = tx.records(ctx, q)
		return err
	})
	return page, named("records of directory", q.Directory, err)
}

func (tx *Tx) records(ctx context.Context, q usher.Query) (usher.Page[usher.Record], error) {
	page, err := find(ctx, tx, recordResource(), scanRecord, q)
	if err != nil {
		return page, err
	}
	return page, tx.fillRecords(ctx, page.Items, q.Groups, q.Seats)
}

// fillRecords adds what is kept beside the documents, with one statement each.
func (tx *Tx) fillRecords(ctx context.Context, list []usher.Record, groups, seats bool) error {
	if groups {
		of, err := tx.groupsOf(ctx, ids(list, func(r usher.Record) usher.ID { return r.ID }))
		if err != nil {
			return err
		}
		for i := range list {
			list[i].Groups = of[list[i].ID]
		}
	}
	if seats {
		of, err := tx.seatsOf(ctx, ids(list, func(r usher.Record) usher.ID { return r.Person }))
		if err != nil {
			return err
		}
		for i := range list {
			list[i].Seats = of[list[i].Person]
		}
	}
	return nil
}

// seatsOf are the live seats of people. A place is that of Place, counted along the indexes of the
// queue and of what is kept back.
func (tx *Tx) seatsOf(ctx context.Context, people []usher.ID) (map[usher.ID][]usher.SeatView, error) {
	const ahead = `(q.priority > s.priority or q.priority = s.priority and (q.requested_at, q.id) < (s.requested_at, s.id))`
	const kept = `select count(*) from seat q where q.subscription_id = s.subscription_id and q.state = 'queued' and q.reserved_until > $1 and q.reserved_until > 0`
	return related(ctx, tx, people, func(row scanner) (person usher.ID, v usher.SeatView, err error) {
		err = row.Scan(&person, &v.Subscription, &v.Portal, &v.State, &v.Reason, &v.Place)
		return person, v, err
	}, `select s.person_id, u.name, p.name, s.state, s.reason,
			case when s.state <> 'queued' then 0
			when s.reserved_until > $1 then 1 + (`+kept+` and `+ahead+`)
			else 1 + (select count(*) from seat q where q.subscription_id = s.subscription_id and q.state = 'queued' and `+ahead+`)
				+ (`+kept+` and not `+ahead+`) end
		from seat s join subscription u on u.id = s.subscription_id join portal p on p.id = u.portal_id
		where s.state <> 'released' and s.person_id in (%s)
		order by u.name`, tx.now)
}

// LockRecord reads a live record for change and keeps others from changing it. Its
// Values, groups and seats stay empty.
func (tx *Tx) LockRecord(ctx context.Context, directory, id usher.ID) (usher.Record, error) {
	if r, ok := tx.memo.records[id]; ok && r.Directory == directory {
		return r, nil
	}
	r, err := tx.liveRecord(ctx, directory, "t.id = $2"+tx.dialect.forUpdate, string(id))
	if err == nil {
		hold(&tx.memo.records, id, r)
	}
	return r, named("record", id, err)
}

// InsertRecord adds a record with its Values. It is false, and nothing is written, when
// a live record of the directory has that userName or external id already.
func (tx *Tx) InsertRecord(ctx context.Context, r usher.Record) (bool, error) {
	columns, err := recordRow(r)
	if err != nil {
		return false, named("record", r.ID, err)
	}
	n, err := tx.followed().exec(ctx, `insert into record
			(id, directory_id, person_id, external_id, user_name_key, active, document, attributes, version, modified_at, deleted_at,
			 started_at, ends_known_at, absent_since, create_hash, created_at)
		values (`+marks(1, 16)+`) on conflict do nothing`,
		append(columns, r.CreateHash, r.CreatedAt)...)
	if err == nil && n == 1 {
		tx.memo.newRecord(r)
		err = tx.addValues(ctx, r.ID, r.Directory, r.Values)
	}
	return n == 1, named("record", r.ID, err)
}

// UpdateRecord writes a record that LockRecord gave. It is false, and nothing is written,
// when another live record of the directory has its userName or external id. A rival that
// commits the same name at this very moment breaks the unique index on PostgreSQL: Write
// then comes out as ErrConflict.
//
// Nil Values leave the stored ones as they are; a tombstone keeps none.
func (tx *Tx) UpdateRecord(ctx context.Context, r usher.Record) (bool, error) {
	n, err := tx.updateRecord(ctx, r)
	if err == nil && n == 1 {
		tx.memo.changedRecord(r)
	}
	switch {
	case err != nil || n == 0:
	case r.DeletedAt != 0:
		err = tx.dropValues(ctx, r.ID)
	case r.Values != nil:
		err = tx.putValues(ctx, r.ID, r.Directory, r.Values)
	}
	return n == 1, named("record", r.ID, err)
}

func (tx *Tx) updateRecord(ctx context.Context, r usher.Record) (int64, error) {
	columns, err := recordRow(r)
	if err != nil {
		return 0, err
	}
	if old, known := tx.memo.records[r.ID]; known && sameNames(r, old) {
		n, err := tx.followed().exec(ctx, `update record set
				document = $4, attributes = $5, version = $6, modified_at = $7, started_at = $8, ends_known_at = $9, absent_since = $10
			where id = $1 and directory_id = $2 and user_name_key = $3`,
			slices.Concat(columns[:2], columns[4:5], columns[6:10], columns[11:])...)
		if n == 1 || err != nil {
			return n, err
		} // else it was vacated, and does not bear the name that it has
	}
	return tx.followed().exec(ctx, `update record set
			person_id = $3, external_id = $4, user_name_key = $5, active = $6, document = $7, attributes = $8, version = $9, modified_at = $10, deleted_at = $11,
			started_at = $12, ends_known_at = $13, absent_since = $14
		where id = $1 and directory_id = $2 and (cast($11 as bigint) <> 0 or (
			not exists (select 1 from record o where o.directory_id = $2 and o.user_name_key = $5 and o.deleted_at = 0 and o.id <> $1) and
			not exists (select 1 from record o where o.directory_id = $2 and o.external_id = $4 and o.deleted_at = 0 and o.id <> $1)))`,
		columns...)
}

// sameNames says that two states of a live record have equal values in all columns that an
// index holds: these are written only where one differs, because each costs as much as the
// row.
func sameNames(r, old usher.Record) bool {
	return r.DeletedAt == 0 && r.Person == old.Person && r.Directory == old.Directory && r.Attributes.Active == old.Attributes.Active &&
		r.Attributes.ExternalID == old.Attributes.ExternalID && r.Attributes.UserName == old.Attributes.UserName
}

// VacateName gives a record a name that no other can have, until UpdateRecord writes the
// one that its attributes say.
func (tx *Tx) VacateName(ctx context.Context, record usher.ID) error {
	return named("record", record, tx.must(ctx, `update record set user_name_key = ' ' || id where id = $1`, record))
}

// recordRow is what an update of a record can write, after its id and directory.
func recordRow(r usher.Record) ([]any, error) {
	if err := errors.Join(keyable("userName", r.Attributes.UserName), keyable("externalId", r.Attributes.ExternalID)); err != nil {
		return nil, err
	}
	attributes, err := toJSON(r.Attributes)
	return []any{
		r.ID, r.Directory, orNull(r.Person), orNull(r.Attributes.ExternalID), usher.FoldText(r.Attributes.UserName),
		r.Attributes.Active, string(r.Document), attributes, r.Version, r.ModifiedAt, r.DeletedAt,
		r.StartedAt, r.EndsKnownAt, r.AbsentSince,
	}, err
}

// maxKey is how long a text may be, in bytes, that has to be unique: an index entry of
// PostgreSQL holds 2,704.
const maxKey = 512

func keyable(attribute, text string) error {
	if len(text) <= maxKey {
		return nil
	}
	return &usher.InvalidError{Attribute: attribute, Problem: fmt.Sprintf("is %d bytes long; send %d at the most", len(text), maxKey)}
}

// RecordsOfPerson are all records linked to a person, tombstones too, oldest first.
func (tx *Tx) RecordsOfPerson(ctx context.Context, person usher.ID) ([]usher.Record, error) {
	if list, ok := tx.memo.recordsOf[person]; ok {
		return slices.Clone(list), nil
	}
	list, err := all(ctx, tx, scanRecord, `select `+recordColumns+` from record t where t.person_id = $1 order by t.created_at, t.id`, person)
	return list, named("records of person", person, err)
}

// FindRecord is the live record that stands in the way of a new one: the one with that
// userName in any spelling, else the one with that external id.
func (tx *Tx) FindRecord(ctx context.Context, directory usher.ID, userName, externalID string) (usher.Record, error) {
	r, err := tx.liveRecord(ctx, directory, "t.user_name_key = $2", usher.FoldText(userName))
	if errors.Is(err, usher.ErrNotFound) {
		r, err = tx.liveRecord(ctx, directory, "t.external_id = $2", externalID)
	}
	return r, named("record in directory", directory, err)
}

// RecordByReference is the live record that a manager reference means: by record id, else
// by external id, else by userName.
func (tx *Tx) RecordByReference(ctx context.Context, directory usher.ID, ref string) (r usher.Record, err error) {
	key := referenceKey{directory, usher.FoldText(ref)}
	if r, ok := tx.memo.references[key][ref]; ok {
		return r, named("record in directory", directory, found(r.ID))
	}
	for _, by := range []struct{ where, key string }{
		{"t.id = $2", ref},
		{"t.external_id = $2", ref},
		{"t.user_name_key = $2", usher.FoldText(ref)},
	} {
		r, err = tx.liveRecord(ctx, directory, by.where, by.key)
		if !errors.Is(err, usher.ErrNotFound) {
			break
		}
	}
	if err == nil || isNotFound(err) {
		tx.memo.refers(key, ref, r)
	}
	return r, named("record in directory", directory, err)
}

// found is ErrNotFound for no id.
func found(id usher.ID) error {
	if id == "" {
		return usher.ErrNotFound
	}
	return nil
}

func (tx *Tx) liveRecord(ctx context.Context, directory usher.ID, where, key string) (usher.Record, error) {
	return one(ctx, tx, scanRecord, `select `+recordColumns+` from record t where t.directory_id = $1 and t.deleted_at = 0 and `+where, directory, key)
}

// ids are the ids of a list, without the empty ones.
func ids[T any](list []T, of func(T) usher.ID) []usher.ID {
	found := make([]usher.ID, 0, len(list))
	for _, v := range list {
		if id := of(v); id != "" {
			found = append(found, id)
		}
	}
	return found
}

// related reads what belongs to owners, with the owners' marks at the %s of text, after those of what
// comes first.
func related[T any](ctx context.Context, tx *Tx, owners []usher.ID, scan func(scanner) (usher.ID, T, error), text string, first ...any) (map[usher.ID][]T, error) {
	of := map[usher.ID][]T{}
	err := chunked(owners, 10_000, func(owners []usher.ID) error {
		_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
			owner, v, err := scan(row)
			of[owner] = append(of[owner], v)
			return struct{}{}, err
		}, fmt.Sprintf(text, marks(1+len(first), len(owners))), args(owners, first...)...)
		return err
	})
	return of, err
}
