package store

import (
	"context"

	"usher/internal/usher"
)

// AccountsBehind are a portal's accounts that are not in line, by their next try, after one of them.
func (tx *Tx) AccountsBehind(ctx context.Context, portal usher.ID, after usher.Mark, limit int) ([]usher.Account, error) {
	return all(ctx, tx, scanAccount, `
		select `+accountColumns+` from account
		where portal_id = $1 and (generation > confirmed or resend) and generation > confirmed and desired is not null and (next_try_at, id) > ($2, $3)
		order by next_try_at, id limit $4`, portal, after.At, after.ID, limit)
}

// CountBehind says how many of a portal's accounts are not in line, and how many of these it refused for a reason that only a person
// can mend.
func (tx *Tx) CountBehind(ctx context.Context, portal usher.ID) (behind, refused int, err error) {
	n, err := one(ctx, tx, func(row scanner) (n [2]int, err error) {
		err = row.Scan(&n[0], &n[1])
		return n, err
	}, `
		select count(*), count(case when refused then 1 end) from account
		where portal_id = $1 and (generation > confirmed or resend) and generation > confirmed`, portal)
	return n[0], n[1], err
}

// CountRemote says how many accounts of people a portal is known to have.
func (tx *Tx) CountRemote(ctx context.Context, portal usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from account where portal_id = $1 and kind = 'person' and remote_id <> ''`, portal)
}

// CountHoldings says how many accounts a portal that takes files shows with a seat, by subscription.
func (tx *Tx) CountHoldings(ctx context.Context, subscription usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from holding where subscription_id = $1`, subscription)
}

// CountDrift counts a portal's open differences by sort, the gravest first.
func (tx *Tx) CountDrift(ctx context.Context, portal usher.ID) ([]usher.DriftSort, error) {
	return all(ctx, tx, func(row scanner) (d usher.DriftSort, err error) {
		err = row.Scan(&d.Code, &d.Severity, &d.Count, &d.Since)
		return d, err
	}, `select code, severity, count(*), min(since_at) from drift where ended_at = 0 and portal_id = $1
		group by code, severity order by case severity when 'error' then 0 when 'warning' then 1 else 2 end, code`, portal)
}

// DriftAfter are a portal's open differences of one sort, by address, after one of them.
func (tx *Tx) DriftAfter(ctx context.Context, portal usher.ID, code usher.DriftCode, address string, id usher.ID, limit int) ([]usher.Drift, error) {
	return all(ctx, tx, scanDrift, `
		select `+driftColumns+` from drift where ended_at = 0 and portal_id = $1 and code = $2 and (address, id) > ($3, $4)
		order by address, id limit $5`, portal, code, address, id, limit)
}

// CountedBatch is a batch without content and rows, and how many rows it has.
type CountedBatch struct {
	usher.Batch

	RowsInAll, OpenRows int
}

// BatchesBefore are a portal's batches, newest first, before a number; 0: from the newest on.
func (tx *Tx) BatchesBefore(ctx context.Context, portal usher.ID, number int64, limit int) ([]CountedBatch, error) {
	return all(ctx, tx, scanCountedBatch, `select `+countedBatch+` from batch where portal_id = $1 and (number < $2 or $2 = 0) order by number desc limit $3`, portal, number, limit)
}

// CountedBatchesOf are the batches of a visit in the order in which they are carried.
func (tx *Tx) CountedBatchesOf(ctx context.Context, visit usher.ID) ([]CountedBatch, error) {
	return all(ctx, tx, scanCountedBatch, `select `+countedBatch+` from batch where visit_id = $1 and visit_id <> '' order by number`, visit)
}

const countedBatch = batchHead + `,
	(select count(*) from batch_row r where r.batch_id = batch.id),
	(select count(*) from batch_row r where r.batch_id = batch.id and r.state = 'open')`

func scanCountedBatch(row scanner) (b CountedBatch, err error) {
	err = row.Scan(&b.ID, &b.Portal, &b.Number, &b.Kind, &b.Visit, &b.Name, &b.SHA256, fromJSON{&b.Notes}, &b.CreatedAt, &b.WrittenAt, &b.CarriedAt, &b.CarriedBy, &b.ClosedAt,
		&b.RowsInAll, &b.OpenRows)
	return b, err
}
