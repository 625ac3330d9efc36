package store

import (
	"context"

	"usher/internal/usher"
)

const visitColumns = `id, portal_id, number, opened_at, urgent, told_at, reminded_at, done_at, done_by, closed_at`

func scanVisit(row scanner) (v usher.Visit, err error) {
	err = row.Scan(&v.ID, &v.Portal, &v.Number, &v.OpenedAt, &v.Urgent, &v.ToldAt, &v.RemindedAt, &v.DoneAt, &v.DoneBy, &v.ClosedAt)
	return v, err
}

// InsertVisit keeps a new visit, before its batches.
func (tx *Tx) InsertVisit(ctx context.Context, v usher.Visit) error {
	return named("visit", v.ID, tx.must(ctx, `insert into visit (`+visitColumns+`) values (`+marks(1, 10)+`)`,
		v.ID, v.Portal, v.Number, v.OpenedAt, v.Urgent, v.ToldAt, v.RemindedAt, v.DoneAt, v.DoneBy, v.ClosedAt))
}

// Visit finds a visit by id.
func (tx *Tx) Visit(ctx context.Context, id usher.ID) (usher.Visit, error) {
	v, err := one(ctx, tx, scanVisit, `select `+visitColumns+` from visit where id = $1`, id)
	return v, named("visit", id, err)
}

// VisitNumbered finds a portal's visit by number.
func (tx *Tx) VisitNumbered(ctx context.Context, portal usher.ID, number int64) (usher.Visit, error) {
	return one(ctx, tx, scanVisit, `select `+visitColumns+` from visit where portal_id = $1 and number = $2`, portal, number)
}

// LockVisit locks a visit by id.
func (tx *Tx) LockVisit(ctx context.Context, id usher.ID) (usher.Visit, error) {
	v, err := one(ctx, tx, scanVisit, `select `+visitColumns+` from visit where id = $1`+tx.dialect.forUpdate, id)
	return v, named("visit", id, err)
}

// UpdateVisit writes what was told and said of a visit that was locked.
func (tx *Tx) UpdateVisit(ctx context.Context, v usher.Visit) error {
	return named("visit", v.ID, tx.must(ctx, `
		update visit set told_at = $2, reminded_at = $3, done_at = $4, done_by = $5 where id = $1`,
		v.ID, v.ToldAt, v.RemindedAt, v.DoneAt, v.DoneBy))
}

// CarryBatch notes who carried a batch to its portal.
func (tx *Tx) CarryBatch(ctx context.Context, id usher.ID, by string) error {
	return named("batch", id, tx.must(ctx, `update batch set carried_at = $2, carried_by = $3 where id = $1`, id, tx.now, by))
}

// OverdueRow is one row of a batch, by the batch's name.
type OverdueRow struct {
	Batch string
	Row   int
}

// OverdueRows are open rows of batches that were carried to a portal until a time, the
// oldest batch first.
func (tx *Tx) OverdueRows(ctx context.Context, portal usher.ID, until usher.Time, limit int) ([]OverdueRow, error) {
	return all(ctx, tx, func(row scanner) (r OverdueRow, err error) {
		err = row.Scan(&r.Batch, &r.Row)
		return r, err
	}, `select b.name, r.row_number from batch b join batch_row r on r.batch_id = b.id
		where b.portal_id = $1 and b.closed_at = 0 and b.carried_at > 0 and b.carried_at <= $2 and r.state = 'open'
		order by b.number, r.row_number limit $3`, portal, until, limit)
}

// CountAwaiting says how many rows of a portal wait for somebody to confirm them.
func (tx *Tx) CountAwaiting(ctx context.Context, portal usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `
		select count(*) from batch b join batch_row r on r.batch_id = b.id where b.portal_id = $1 and b.closed_at = 0 and r.state = 'open'`, portal)
}

// OpenVisits are a portal's visits that have rows which are not settled, by number; an
// empty portal lists those of all.
func (tx *Tx) OpenVisits(ctx context.Context, portal usher.ID) ([]usher.Visit, error) {
	return all(ctx, tx, scanVisit, `
		select `+visitColumns+` from visit where closed_at = 0 and (portal_id = $1 or $1 = '') order by portal_id, number`, portal)
}

// VisitsToCarry are those of a portal's open visits of which something is still to be carried there,
// as far as anybody said; by number.
func (tx *Tx) VisitsToCarry(ctx context.Context, portal usher.ID) ([]usher.Visit, error) {
	return all(ctx, tx, scanVisit, `
		select `+visitColumns+` from visit v where closed_at = 0 and portal_id = $1
		and exists (select 1 from batch b where b.visit_id = v.id and b.closed_at = 0 and b.carried_at = 0) order by number`, portal)
}

// AwaitedAt are the accounts of a portal of which a row is open, and whose they are.
func (tx *Tx) AwaitedAt(ctx context.Context, portal usher.ID) (map[usher.ID]usher.ID, error) {
	awaited := map[usher.ID]usher.ID{}
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var account, subject usher.ID
		err := row.Scan(&account, &subject)
		awaited[account] = subject
		return struct{}{}, err
	}, `select distinct a.id, a.subject_id from batch b join batch_row r on r.batch_id = b.id join account a on a.id = r.account_id
		where b.portal_id = $1 and b.closed_at = 0 and r.state = 'open'`, portal)
	return awaited, err
}

// BatchesOf are the batches of a visit in the order in which they are carried, without
// content and rows.
func (tx *Tx) BatchesOf(ctx context.Context, visit usher.ID) ([]usher.Batch, error) {
	return all(ctx, tx, scanBatchHead, `select `+batchHead+` from batch where visit_id = $1 and visit_id <> '' order by number`, visit)
}

// OvertakenRow is an open row of a file or list that nobody carried to the portal yet, whose account is desired otherwise since.
type OvertakenRow struct {
	Batch   usher.ID
	Row     int
	Gives   []string
	Desired *usher.Desired // now
}

// OvertakenRows are those of a visit, in the order of its batches and their rows.
func (tx *Tx) OvertakenRows(ctx context.Context, visit usher.ID) ([]OvertakenRow, error) {
	return all(ctx, tx, func(row scanner) (r OvertakenRow, err error) {
		err = row.Scan(&r.Batch, &r.Row, fromJSON{&r.Gives}, fromJSON{&r.Desired})
		return r, err
	}, `
		select b.id, r.row_number, r.gives, a.desired
		from batch b join batch_row r on r.batch_id = b.id join account a on a.id = r.account_id
		where b.visit_id = $1 and b.visit_id <> '' and b.carried_at = 0 and r.state = 'open' and a.generation > r.generation
		order by b.number, r.row_number`, visit)
}

// RowsInVisit are the rows of one account in all batches of a visit, in their order.
func (tx *Tx) RowsInVisit(ctx context.Context, visit, account usher.ID) ([]usher.BatchRow, error) {
	return all(ctx, tx, scanBatchRow, `
		select `+batchRowColumns+` from batch_row r
		where r.account_id = $2 and exists (select 1 from batch b where b.id = r.batch_id and b.visit_id = $1)
		order by (select b.number from batch b where b.id = r.batch_id), row_number`, visit, account)
}

// RowsOfAccount are all rows that ever asked for something of an account, oldest first.
func (tx *Tx) RowsOfAccount(ctx context.Context, account usher.ID) ([]usher.BatchRow, error) {
	return all(ctx, tx, scanBatchRow, `
		select `+batchRowColumns+` from batch_row r where r.account_id = $1
		order by (select b.number from batch b where b.id = r.batch_id), row_number`, account)
}

// CloseSettled closes a batch, and then its visit, if nothing of it is open, and says whether
// it did. The visit is locked in a statement of its own: else two that settle the last two
// rows at once would each see the other's as open.
func (tx *Tx) CloseSettled(ctx context.Context, batch usher.ID) (bool, error) {
	visits, err := all(ctx, tx, scalar[usher.ID], `
		select id from visit where id = (select visit_id from batch where id = $1)`+tx.dialect.forUpdate, batch)
	if err != nil {
		return false, named("visit of batch", batch, err)
	}
	n, err := tx.exec(ctx, `
		update batch set closed_at = $2
		where id = $1 and closed_at = 0 and not exists (select 1 from batch_row where batch_id = $1 and state = 'open')`, batch, tx.now)
	if err != nil || n == 0 {
		return false, named("batch", batch, err)
	}
	for _, visit := range visits {
		_, err := tx.exec(ctx, `
			update visit set closed_at = $2
			where id = $1 and closed_at = 0 and not exists (select 1 from batch where visit_id = $1 and closed_at = 0)`, visit, tx.now)
		if err != nil {
			return false, named("visit", visit, err)
		}
	}
	return true, nil
}
