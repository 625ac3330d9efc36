package store

import (
	"context"

	"usher/internal/usher"
)

const exportColumns = `id, portal_id, number, name, sha256, as_of, complete, row_count, taken_at, taken_by`

func scanExport(row scanner) (e usher.Export, err error) {
	err = row.Scan(&e.ID, &e.Portal, &e.Number, &e.Name, &e.SHA256, &e.AsOf, &e.Complete, &e.Rows, &e.TakenAt, &e.TakenBy)
	return e, err
}

// PutExport keeps an export that is about to be taken, or says anew how one is that was
// interrupted.
func (tx *Tx) PutExport(ctx context.Context, e usher.Export) error {
	return named("export", e.Name, tx.must(ctx, `
		insert into portal_export (`+exportColumns+`) values (`+marks(1, 10)+`)
		on conflict (id) do update set name = excluded.name, as_of = excluded.as_of, complete = excluded.complete, row_count = excluded.row_count,
			taken_at = excluded.taken_at, taken_by = excluded.taken_by`,
		e.ID, e.Portal, e.Number, e.Name, e.SHA256, e.AsOf, e.Complete, e.Rows, e.TakenAt, e.TakenBy))
}

// Exports are a portal's exports, the newest first; those that were not taken whole have no
// TakenAt.
func (tx *Tx) Exports(ctx context.Context, portal usher.ID, limit int) ([]usher.Export, error) {
	return all(ctx, tx, scanExport, `select `+exportColumns+` from portal_export where portal_id = $1 order by as_of desc, number desc limit $2`, portal, limit)
}

// ExportOf finds the last export of a portal with those bytes; ErrNotFound for none.
func (tx *Tx) ExportOf(ctx context.Context, portal usher.ID, sha256 string) (usher.Export, error) {
	return one(ctx, tx, scanExport, `
		select `+exportColumns+` from portal_export where portal_id = $1 and sha256 = $2 order by number desc limit 1`, portal, sha256)
}

// NewestExport is the number of the export of a portal that was begun last; 0 for none.
func (tx *Tx) NewestExport(ctx context.Context, portal usher.ID) (int64, error) {
	return one(ctx, tx, scalar[int64], `select coalesce(max(number), 0) from portal_export where portal_id = $1`, portal)
}

// OpenRow is a row of a batch that is not settled, and its batch without content and rows.
type OpenRow struct {
	Batch usher.Batch
	Row   usher.BatchRow
	// CarriedAt is when somebody said that it was carried to the portal, with its batch or with the
	// whole visit; zero: nobody did.
	CarriedAt usher.Time
}

// OpenRowsOf are the rows of some accounts that are not settled, in the order in which they
// are carried to the portal.
func (tx *Tx) OpenRowsOf(ctx context.Context, accounts []usher.ID) (map[usher.ID][]OpenRow, error) {
	rows, err := rowsAmong(ctx, tx, accounts, scanOpenRow, `
		select b.id, b.portal_id, b.number, b.kind, b.visit_id, b.name, b.sha256, b.created_at, b.written_at, b.carried_at, b.carried_by,
			coalesce((select v.done_at from visit v where v.id = b.visit_id), 0),
			r.row_number, r.account_id, r.generation, r.action, r.text, r.told, r.gives, r.takes, r.state, r.note, r.settled_at, r.settled_by
		from batch_row r join batch b on b.id = r.batch_id where r.state = 'open' and r.account_id in %s order by b.number, r.row_number`)
	found := map[usher.ID][]OpenRow{}
	for _, r := range rows {
		found[r.Row.Account] = append(found[r.Row.Account], r)
	}
	return found, err
}

func scanOpenRow(row scanner) (o OpenRow, err error) {
	var done usher.Time
	b, r := &o.Batch, &o.Row
	err = row.Scan(&b.ID, &b.Portal, &b.Number, &b.Kind, &b.Visit, &b.Name, &b.SHA256, &b.CreatedAt, &b.WrittenAt, &b.CarriedAt, &b.CarriedBy, &done,
		&r.Row, &r.Account, &r.Generation, &r.Action, &r.Text, fromJSON{&r.Told}, fromJSON{&r.Gives}, fromJSON{&r.Takes}, &r.State, &r.Note, &r.SettledAt, &r.SettledBy)
	if o.CarriedAt = b.CarriedAt; o.CarriedAt == 0 {
		o.CarriedAt = done
	}
	return o, err
}

// IdentifiersNamed are the identifiers with the given keys in a space; only those that exist.
func (tx *Tx) IdentifiersNamed(ctx context.Context, space usher.IdentifierSpace, keys []string) ([]usher.Identifier, error) {
	return rowsAmong(ctx, tx, keys, scanIdentifier, `select `+identifierColumns+` from identifier where space = $1 and key in %s`, space)
}

// IdentifiersOfPeople are the identifiers of some people in a space.
func (tx *Tx) IdentifiersOfPeople(ctx context.Context, space usher.IdentifierSpace, people []usher.ID) ([]usher.Identifier, error) {
	return rowsAmong(ctx, tx, people, scanIdentifier, `select `+identifierColumns+` from identifier where space = $1 and person_id in %s order by key`, space)
}

// SeatsOfPeople are all seats of the given people, also those that are over, by person.
func (tx *Tx) SeatsOfPeople(ctx context.Context, people []usher.ID) (map[usher.ID][]usher.Seat, error) {
	rows, err := rowsAmong(ctx, tx, people, scanSeat, `select `+seatColumns+` from seat where person_id in %s order by requested_at, id`)
	seats := map[usher.ID][]usher.Seat{}
	for _, s := range rows {
		seats[s.Person] = append(seats[s.Person], s)
	}
	return seats, err
}
