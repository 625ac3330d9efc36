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

// OpenVisits are a portal's visits that have rows which are not settled, by number; an
// empty portal lists those of all.
func (tx *Tx) OpenVisits(ctx context.Context, portal usher.ID) ([]usher.Visit, error) {
	return all(ctx, tx, scanVisit, `
		select `+visitColumns+` from visit where closed_at = 0 and (portal_id = $1 or $1 = '') order by portal_id, number`, portal)
}

// LastVisit is a portal's visit of the highest number; ErrNotFound before the first.
func (tx *Tx) LastVisit(ctx context.Context, portal usher.ID) (usher.Visit, error) {
	v, err := one(ctx, tx, scanVisit, `select `+visitColumns+` from visit where portal_id = $1 order by number desc limit 1`, portal)
	return v, named("visit of portal", portal, err)
}

// BatchesOf are the batches of a visit in the order in which they are carried, without
// content and rows.
func (tx *Tx) BatchesOf(ctx context.Context, visit usher.ID) ([]usher.Batch, error) {
	return all(ctx, tx, scanBatchHead, `select `+batchHead+` from batch where visit_id = $1 and visit_id <> '' order by number`, visit)
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

// closeSettled closes a batch, and then its visit, if nothing of it is open, and says whether
// it did. The visit is locked in a statement of its own: else two that settle the last two
// rows at once would each see the other's as open.
func (tx *Tx) closeSettled(ctx context.Context, batch usher.ID) (bool, error) {
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
