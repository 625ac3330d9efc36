package store

import (
	"context"
	"slices"

	"usher/internal/usher"
)

const holdColumns = `id, number, class, subscription_id, directory_id, why, opened_at, closed_at, closed_by, decision`

func scanHold(row scanner) (h usher.Hold, err error) {
	err = row.Scan(&h.ID, &h.Number, &h.Class, nullable[usher.ID]{&h.Subscription}, nullable[usher.ID]{&h.Directory}, &h.Why, &h.OpenedAt, &h.ClosedAt, &h.ClosedBy, &h.Decision)
	return h, err
}

// InsertHold keeps a new hold.
func (tx *Tx) InsertHold(ctx context.Context, h usher.Hold) error {
	return named("hold", h.ID, tx.must(ctx, `insert into hold (`+holdColumns+`) values (`+marks(1, 10)+`)`,
		h.ID, h.Number, h.Class, orNull(h.Subscription), orNull(h.Directory), h.Why, h.OpenedAt, h.ClosedAt, h.ClosedBy, h.Decision))
}

// CloseHold writes how a hold ended.
func (tx *Tx) CloseHold(ctx context.Context, h usher.Hold) error {
	return named("hold", h.ID, tx.must(ctx, `
		update hold set closed_at = $2, closed_by = $3, decision = $4 where id = $1 and closed_at = 0`, h.ID, h.ClosedAt, h.ClosedBy, h.Decision))
}

// OpenHold is the open hold of a class on a subscription or directory; ErrNotFound for
// none.
func (tx *Tx) OpenHold(ctx context.Context, class usher.HoldClass, subscription, directory usher.ID) (usher.Hold, error) {
	return one(ctx, tx, scanHold, `
		select `+holdColumns+` from hold where class = $1 and closed_at = 0
		and coalesce(subscription_id, '') = $2 and coalesce(directory_id, '') = $3`, class, subscription, directory)
}

// LockHold locks a hold by its number.
func (tx *Tx) LockHold(ctx context.Context, number int64) (usher.Hold, error) {
	return one(ctx, tx, scanHold, `select `+holdColumns+` from hold where number = $1`+tx.dialect.forUpdate, number)
}

// Hold finds a hold by id.
func (tx *Tx) Hold(ctx context.Context, id usher.ID) (usher.Hold, error) {
	h, err := one(ctx, tx, scanHold, `select `+holdColumns+` from hold where id = $1`, id)
	return h, named("hold", id, err)
}

// HoldNumbered finds a hold by its number.
func (tx *Tx) HoldNumbered(ctx context.Context, number int64) (usher.Hold, error) {
	return one(ctx, tx, scanHold, `select `+holdColumns+` from hold where number = $1`, number)
}

// Holds lists holds, newest first; open says whether only open ones.
func (tx *Tx) Holds(ctx context.Context, open bool) ([]usher.Hold, error) {
	return all(ctx, tx, scanHold, `select `+holdColumns+` from hold where closed_at = 0 or not $1 order by number desc`, open)
}

const conflictColumns = `id, number, kind, record_id, person_id, others, detail, opened_at, closed_at, closed_by, decision`

func scanConflict(row scanner) (c usher.Conflict, err error) {
	err = row.Scan(&c.ID, &c.Number, &c.Kind, &c.Record, &c.Person, fromJSON{&c.Others}, &c.Detail, &c.OpenedAt, &c.ClosedAt, &c.ClosedBy, &c.Decision)
	return c, err
}

// OpenConflict keeps a conflict unless the same one is open already; false then.
func (tx *Tx) OpenConflict(ctx context.Context, c usher.Conflict) (bool, error) {
	others, err := toJSON(c.Others)
	if err != nil {
		return false, err
	}
	n, err := tx.followed().exec(ctx, `insert into conflict (`+conflictColumns+`) values (`+marks(1, 11)+`) on conflict do nothing`,
		c.ID, c.Number, c.Kind, c.Record, c.Person, others, c.Detail, c.OpenedAt, c.ClosedAt, c.ClosedBy, c.Decision)
	tx.memo.dispute(c)
	return n == 1, err
}

// CloseConflict writes how a conflict ended.
func (tx *Tx) CloseConflict(ctx context.Context, c usher.Conflict) error {
	tx.memo.dispute(c)
	return named("conflict", c.ID, tx.followed().must(ctx, `
		update conflict set closed_at = $2, closed_by = $3, decision = $4 where id = $1 and closed_at = 0`, c.ID, c.ClosedAt, c.ClosedBy, c.Decision))
}

// LockConflict locks a conflict by its number.
func (tx *Tx) LockConflict(ctx context.Context, number int64) (usher.Conflict, error) {
	return one(ctx, tx, scanConflict, `select `+conflictColumns+` from conflict where number = $1`+tx.dialect.forUpdate, number)
}

// Conflicts lists conflicts, newest first; open says whether only open ones.
func (tx *Tx) Conflicts(ctx context.Context, open bool) ([]usher.Conflict, error) {
	return all(ctx, tx, scanConflict, `select `+conflictColumns+` from conflict where closed_at = 0 or not $1 order by number desc`, open)
}

// OpenConflictNumbers are the numbers of the open conflicts, oldest first.
func (tx *Tx) OpenConflictNumbers(ctx context.Context) ([]int64, error) {
	return all(ctx, tx, scalar[int64], `select number from conflict where closed_at = 0 order by number`)
}

// OpenConflictsOf are the open conflicts about a record or a person.
func (tx *Tx) OpenConflictsOf(ctx context.Context, record, person usher.ID) ([]usher.Conflict, error) {
	if (record == "" || tx.memo.undisputed[record]) && (person == "" || tx.memo.undisputed[person]) {
		return nil, nil
	}
	return all(ctx, tx, scanConflict, `
		select `+conflictColumns+` from conflict
		where closed_at = 0 and ((record_id <> '' and record_id = $1) or (person_id <> '' and person_id = $2)) order by number`, record, person)
}

// NextNumber counts in the named sequence, from 1, without gaps.
func (tx *Tx) NextNumber(ctx context.Context, name string) (int64, error) {
	return one(ctx, tx, scalar[int64], `
		insert into counter (name, value) values ($1, 1)
		on conflict (name) do update set value = counter.value + 1 returning value`, name)
}

// OpenConflictsOfKind are the open conflicts of a kind.
func (tx *Tx) OpenConflictsOfKind(ctx context.Context, kind usher.ConflictKind) ([]usher.Conflict, error) {
	if list, ok := tx.memo.conflictsOf[kind]; ok {
		return slices.Clone(list), nil
	}
	list, err := all(ctx, tx, scanConflict, `select `+conflictColumns+` from conflict where closed_at = 0 and kind = $1 order by number`, kind)
	if err == nil {
		put(&tx.memo, &tx.memo.conflictsOf, kind, list)
	}
	return list, err
}
