package store

import (
	"context"
	"slices"

	"usher/internal/usher"
)

// RecordAny finds a record of any directory by id; tombstones too.
func (tx *Tx) RecordAny(ctx context.Context, id usher.ID) (usher.Record, error) {
	r, err := one(ctx, tx, scanRecord, `select `+recordColumns+` from record t where t.id = $1`, id)
	return r, named("record", id, err)
}

// RecordsBearing are the records, of any directory, whose userName or one of whose e-mail
// addresses is the given text in any spelling of its case. A tombstone is found by its
// userName alone.
func (tx *Tx) RecordsBearing(ctx context.Context, address string) ([]usher.Record, error) {
	return all(ctx, tx, scanRecord, `
		select `+recordColumns+` from record t where t.id in (
			select id from record where user_name_key = $1
			union select v.owner_id from attribute_value v where v.directory_id in (select id from directory)
				and v.path = 'emails.value' and substr(v.text, 1, 200) = substr($1, 1, 200) and v.text = $1)
		order by t.created_at, t.id`, usher.FoldText(address))
}

// QueueBefore are the queued seats that are served before s, the nearest to be served
// first.
func (tx *Tx) QueueBefore(ctx context.Context, s usher.Seat, limit int) ([]usher.Seat, error) {
	turn := 1
	if s.Reserved(tx.now) {
		turn = 0
	}
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat where subscription_id = $1 and state = 'queued'
		and (case when reserved_until > $6 then 0 else 1 end < $7 or case when reserved_until > $6 then 0 else 1 end = $7
			and (priority > $2 or (priority = $2 and (requested_at, id) < ($3, $4))))
		order by case when reserved_until > $6 then 0 else 1 end, priority desc, requested_at, id limit $5`,
		s.Subscription, s.Priority, s.RequestedAt, s.ID, limit, tx.now, turn)
}

// AccountRow is a row of a batch about one account.
type AccountRow struct {
	Batch    string // file name
	HandedAt usher.Time
	usher.BatchRow
}

// BatchRowsOf are the rows of batches about an account, newest first.
func (tx *Tx) BatchRowsOf(ctx context.Context, account usher.ID, limit int) ([]AccountRow, error) {
	return all(ctx, tx, func(row scanner) (r AccountRow, err error) {
		err = row.Scan(&r.Batch, &r.HandedAt, &r.Row, &r.Account, &r.Generation, &r.Action, &r.Text, &r.State, &r.Note, &r.SettledAt, &r.SettledBy)
		return r, err
	}, `select b.name, b.created_at, r.row_number, r.account_id, r.generation, r.action, r.text, r.state, r.note, r.settled_at, r.settled_by
		from batch_row r join batch b on b.id = r.batch_id
		where r.account_id = $1 order by b.created_at desc, r.row_number desc limit $2`, account, limit)
}

// AccountsShown are the accounts of people, of any portal, that were seen to hold what f
// asks for. It reads every account that was seen.
func (tx *Tx) AccountsShown(ctx context.Context, f func(usher.Seen) bool) ([]usher.Account, error) {
	var found []usher.Account
	for after := usher.ID(""); ; {
		page, err := all(ctx, tx, scanAccount, `
			select `+accountColumns+` from account where id > $1 and kind = 'person' and seen is not null order by id limit 1000`, after)
		if err != nil || len(page) == 0 {
			return found, err
		}
		after = page[len(page)-1].ID
		found = append(found, slices.DeleteFunc(page, func(a usher.Account) bool { return !f(*a.Seen) })...)
	}
}

// EventsSaying are the newest events whose payload holds the text exactly as it is given,
// oldest of them first. It reads every event.
func (tx *Tx) EventsSaying(ctx context.Context, text string, limit int) ([]usher.Event, error) {
	return all(ctx, tx, scanEvent, `
		select `+eventColumns+`, salt, erased_at, seal from (
			select e.*, coalesce(s.number, 0) as seal from event e left join event_seal s on s.event_id = e.id
			where replace(e.before, $1, '') <> e.before or replace(e.after, $1, '') <> e.after
			order by e.at desc, e.id desc limit $2
		) newest order by at, id`, text, limit)
}
