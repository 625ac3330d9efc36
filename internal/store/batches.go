package store

import (
	"context"
	"fmt"

	"usher/internal/usher"
)

const batchColumns = `id, portal_id, number, kind, visit_id, name, sha256, content, notes, created_at, written_at, carried_at, carried_by, closed_at`

func scanBatch(row scanner) (b usher.Batch, err error) {
	err = row.Scan(&b.ID, &b.Portal, &b.Number, &b.Kind, &b.Visit, &b.Name, &b.SHA256, &b.Content, fromJSON{&b.Notes}, &b.CreatedAt, &b.WrittenAt, &b.CarriedAt, &b.CarriedBy, &b.ClosedAt)
	return b, err
}

// batchHead is a batch without its content.
const batchHead = `id, portal_id, number, kind, visit_id, name, sha256, notes, created_at, written_at, carried_at, carried_by, closed_at`

func scanBatchHead(row scanner) (b usher.Batch, err error) {
	err = row.Scan(&b.ID, &b.Portal, &b.Number, &b.Kind, &b.Visit, &b.Name, &b.SHA256, fromJSON{&b.Notes}, &b.CreatedAt, &b.WrittenAt, &b.CarriedAt, &b.CarriedBy, &b.ClosedAt)
	return b, err
}

const batchRowColumns = `row_number, account_id, generation, action, text, told, gives, takes, state, note, settled_at, settled_by`

func scanBatchRow(row scanner) (r usher.BatchRow, err error) {
	err = row.Scan(&r.Row, &r.Account, &r.Generation, &r.Action, &r.Text, fromJSON{&r.Told}, fromJSON{&r.Gives}, fromJSON{&r.Takes}, &r.State, &r.Note, &r.SettledAt, &r.SettledBy)
	return r, err
}

// InsertBatch keeps a batch with its rows, before any file is written.
func (tx *Tx) InsertBatch(ctx context.Context, b usher.Batch) error {
	notes, err := toJSON(b.Notes)
	if err != nil {
		return err
	}
	err = tx.must(ctx, `insert into batch (`+batchColumns+`) values (`+marks(1, 14)+`)`,
		b.ID, b.Portal, b.Number, b.Kind, b.Visit, b.Name, b.SHA256, b.Content, notes, b.CreatedAt, b.WrittenAt, b.CarriedAt, b.CarriedBy, b.ClosedAt)
	if err != nil {
		return named("batch", b.Name, err)
	}
	return chunked(b.Rows, 200, func(part []usher.BatchRow) error {
		values := make([]any, 0, len(part)*13)
		for _, r := range part {
			told, err := toJSON(r.Told)
			if err != nil {
				return err
			}
			gives, err := toJSON(r.Gives)
			if err != nil {
				return err
			}
			takes, err := toJSON(r.Takes)
			if err != nil {
				return err
			}
			values = append(values, b.ID, r.Row, r.Account, r.Generation, r.Action, r.Text, told, gives, takes, r.State, r.Note, r.SettledAt, r.SettledBy)
		}
		_, err := tx.exec(ctx, `insert into batch_row (batch_id, `+batchRowColumns+`) values `+tuples(len(part), 13), values...)
		return named("batch", b.Name, err)
	})
}

// BatchWritten notes that a batch's file is in its place.
func (tx *Tx) BatchWritten(ctx context.Context, id usher.ID) error {
	return named("batch", id, tx.must(ctx, `update batch set written_at = $2 where id = $1`, id, tx.now))
}

// SettleBatchRow writes what became of an open row, and closes its batch and visit when
// nothing of them is open any more; closed says so of the batch. usher.ErrStale: the row is
// settled already.
func (tx *Tx) SettleBatchRow(ctx context.Context, batch usher.ID, r usher.BatchRow) (closed bool, err error) {
	n, err := tx.exec(ctx, `
		update batch_row set state = $3, note = $4, settled_at = $5, settled_by = $6
		where batch_id = $1 and row_number = $2 and state = 'open'`,
		batch, r.Row, r.State, r.Note, r.SettledAt, r.SettledBy)
	if err == nil && n == 0 {
		err = fmt.Errorf("row %d is settled: %w", r.Row, usher.ErrStale)
	}
	if err != nil {
		return false, named("batch", batch, err)
	}
	return tx.CloseSettled(ctx, batch)
}

// Batches lists a portal's batches without their content, newest first; an empty
// portal lists all.
func (tx *Tx) Batches(ctx context.Context, portal usher.ID) ([]usher.Batch, error) {
	return all(ctx, tx, scanBatchHead, `
		select `+batchHead+` from batch where portal_id = $1 or $1 = '' order by created_at desc, number desc`, portal)
}

// BatchNamed finds a batch with its rows by file name.
func (tx *Tx) BatchNamed(ctx context.Context, name string) (usher.Batch, error) {
	b, err := one(ctx, tx, scanBatch, `select `+batchColumns+` from batch where name = $1`, name)
	if err != nil {
		return b, named("batch", name, err)
	}
	b.Rows, err = tx.BatchRows(ctx, b.ID)
	return b, err
}

// BatchHead finds a batch by file name, without content and rows.
func (tx *Tx) BatchHead(ctx context.Context, name string) (usher.Batch, error) {
	b, err := one(ctx, tx, scanBatchHead, `select `+batchHead+` from batch where name = $1`, name)
	return b, named("batch", name, err)
}

// BatchContent finds a batch by file name, without its rows.
func (tx *Tx) BatchContent(ctx context.Context, name string) (usher.Batch, error) {
	b, err := one(ctx, tx, scanBatch, `select `+batchColumns+` from batch where name = $1`, name)
	return b, named("batch", name, err)
}

// BatchOfContent is the name of a portal's batch with those bytes; ErrNotFound for none.
func (tx *Tx) BatchOfContent(ctx context.Context, portal usher.ID, sha256 string) (string, error) {
	return one(ctx, tx, scalar[string], `select name from batch where portal_id = $1 and sha256 = $2 order by number desc limit 1`, portal, sha256)
}

// LastBatches are the last of a portal's batches with their files, without their rows, newest first.
func (tx *Tx) LastBatches(ctx context.Context, portal usher.ID, limit int) ([]usher.Batch, error) {
	return all(ctx, tx, scanBatch, `select `+batchColumns+` from batch where portal_id = $1 order by number desc limit $2`, portal, limit)
}

// UnwrittenBatches are a portal's batches whose file may not be in its place.
func (tx *Tx) UnwrittenBatches(ctx context.Context, portal usher.ID) ([]usher.Batch, error) {
	return all(ctx, tx, scanBatch, `select `+batchColumns+` from batch where portal_id = $1 and written_at = 0 order by number`, portal)
}

// OpenBatches says how many of a portal's batches have rows that are not settled.
func (tx *Tx) OpenBatches(ctx context.Context, portal usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from batch where portal_id = $1 and closed_at = 0`, portal)
}

// BatchRows are a batch's rows.
func (tx *Tx) BatchRows(ctx context.Context, batch usher.ID) ([]usher.BatchRow, error) {
	return all(ctx, tx, scanBatchRow, `select `+batchRowColumns+` from batch_row where batch_id = $1 order by row_number`, batch)
}

const sheetRowColumns = `row_number, text, gives, takes, state`

func scanSheetRow(row scanner) (r usher.BatchRow, err error) {
	err = row.Scan(&r.Row, &r.Text, fromJSON{&r.Gives}, fromJSON{&r.Takes}, &r.State)
	return r, err
}

// SheetRows are a batch's rows as a sheet shows them: their accounts, and what the portal is told of these, are not read.
func (tx *Tx) SheetRows(ctx context.Context, batch usher.ID) ([]usher.BatchRow, error) {
	return all(ctx, tx, scanSheetRow, `select `+sheetRowColumns+` from batch_row where batch_id = $1 order by row_number`, batch)
}

// FirstTasks are the first open rows of a list of tasks, as a sheet shows them: those that free a seat and give none before all others.
func (tx *Tx) FirstTasks(ctx context.Context, batch usher.ID, limit int) ([]usher.BatchRow, error) {
	return all(ctx, tx, scanSheetRow, `
		select `+sheetRowColumns+` from batch_row where batch_id = $1 and state = 'open'
		order by case when gives in ('null', '[]') and takes not in ('null', '[]') then 0 else 1 end, row_number limit $2`, batch, limit)
}

// SupersededRows are the rows of a batch of which something else is wanted by now, as a sheet shows them.
func (tx *Tx) SupersededRows(ctx context.Context, batch usher.ID) ([]usher.BatchRow, error) {
	return all(ctx, tx, scanSheetRow, `select `+sheetRowColumns+` from batch_row where batch_id = $1 and state = 'superseded' order by row_number`, batch)
}

// BatchRowsAfter are a batch's rows after a number.
func (tx *Tx) BatchRowsAfter(ctx context.Context, batch usher.ID, after, limit int) ([]usher.BatchRow, error) {
	return all(ctx, tx, scanBatchRow, `select `+batchRowColumns+` from batch_row where batch_id = $1 and row_number > $2 order by row_number limit $3`, batch, after, limit)
}

// OpenRows are the numbers of a batch's rows that are not settled.
func (tx *Tx) OpenRows(ctx context.Context, batch usher.ID) (map[int]bool, error) {
	rows, err := all(ctx, tx, scalar[int], `select row_number from batch_row where batch_id = $1 and state = 'open'`, batch)
	open := map[int]bool{}
	for _, r := range rows {
		open[r] = true
	}
	return open, err
}

// SupersedeRows settles an account's open rows because a newer batch asks for its present
// state. It gives the batches that they belonged to, for CloseSettled.
func (tx *Tx) SupersedeRows(ctx context.Context, account usher.ID) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		update batch_row set state = 'superseded', settled_at = $2 where account_id = $1 and state = 'open' returning batch_id`, account, tx.now)
}

// BatchRowOf is one row of the batch of that name, and the batch without content and rows.
func (tx *Tx) BatchRowOf(ctx context.Context, name string, row int) (usher.Batch, usher.BatchRow, error) {
	b, err := one(ctx, tx, scanBatchHead, `select `+batchHead+` from batch where name = $1`, name)
	if err != nil {
		return b, usher.BatchRow{}, named("batch", name, err)
	}
	r, err := one(ctx, tx, scanBatchRow, `select `+batchRowColumns+` from batch_row where batch_id = $1 and row_number = $2`, b.ID, row)
	if isNotFound(err) {
		rows, err := one(ctx, tx, scalar[int], `select count(*) from batch_row where batch_id = $1`, b.ID)
		if err != nil {
			return b, r, named("batch", name, err)
		}
		return b, r, &usher.InvalidError{Attribute: "row", Problem: fmt.Sprintf("batch %s has rows 1 to %d", name, rows)}
	}
	return b, r, named("batch", name, err)
}
