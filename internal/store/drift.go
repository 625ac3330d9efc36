package store

import (
	"context"

	"usher/internal/usher"
)

const driftColumns = `id, portal_id, export_id, code, severity, account_id, person_id, subscription_id, address, text, since_at, ended_at`

func scanDrift(row scanner) (d usher.Drift, err error) {
	err = row.Scan(&d.ID, &d.Portal, &d.Export, &d.Code, &d.Severity, &d.Account, &d.Person, &d.Subscription, &d.Address, &d.Text, &d.SinceAt, &d.EndedAt)
	return d, err
}

// OpenDrift lists the differences that the last exports of a portal showed, the gravest sorts
// in the order of their codes; an empty portal lists those of all.
func (tx *Tx) OpenDrift(ctx context.Context, portal usher.ID) ([]usher.Drift, error) {
	return all(ctx, tx, scanDrift, `
		select `+driftColumns+` from drift where ended_at = 0 and (portal_id = $1 or $1 = '')
		order by portal_id, case severity when 'error' then 0 when 'warning' then 1 else 2 end, code, address, id`, portal)
}

// InsertDrift keeps new differences.
func (tx *Tx) InsertDrift(ctx context.Context, list []usher.Drift) error {
	return chunked(list, 60, func(part []usher.Drift) error {
		values := make([]any, 0, len(part)*12)
		for _, d := range part {
			values = append(values, d.ID, d.Portal, d.Export, d.Code, d.Severity, d.Account, d.Person, d.Subscription, d.Address, d.Text, d.SinceAt, d.EndedAt)
		}
		_, err := tx.exec(ctx, `insert into drift (`+driftColumns+`) values `+tuples(len(part), 12), values...)
		return err
	})
}

// UpdateDrift writes how a difference shows now.
func (tx *Tx) UpdateDrift(ctx context.Context, d usher.Drift) error {
	return named("drift", d.ID, tx.must(ctx, `
		update drift set export_id = $2, severity = $3, account_id = $4, person_id = $5, address = $6, text = $7, ended_at = $8 where id = $1`,
		d.ID, d.Export, d.Severity, d.Account, d.Person, d.Address, d.Text, d.EndedAt))
}

// EndDriftBefore ends all differences of a portal that the given export does not show.
func (tx *Tx) EndDriftBefore(ctx context.Context, portal, export usher.ID) error {
	_, err := tx.exec(ctx, `update drift set ended_at = $3 where portal_id = $1 and ended_at = 0 and export_id <> $2`, portal, export, tx.now)
	return err
}

// EndDriftOf ends all differences of an account.
func (tx *Tx) EndDriftOf(ctx context.Context, account usher.ID) error {
	_, err := tx.exec(ctx, `update drift set ended_at = $2 where account_id = $1 and account_id <> '' and ended_at = 0`, account, tx.now)
	return err
}
