package store

import (
	"context"

	"usher/internal/usher"
)

// Double is a key that should be unique and is not.
type Double struct {
	Scope, Key string // of a seat: subscription and person; of an identifier: space and key
	Rows       int
}

func scanDouble(row scanner) (d Double, err error) {
	err = row.Scan(&d.Scope, &d.Key, &d.Rows)
	return d, err
}

// DoubleSeats are people with more than one live seat in a subscription.
func (tx *Tx) DoubleSeats(ctx context.Context, limit int) ([]Double, error) {
	return all(ctx, tx, scanDouble, `
		select subscription_id, person_id, count(*) from seat where state <> 'released'
		group by subscription_id, person_id having count(*) > 1 order by 1, 2 limit $1`, limit)
}

// DoubleIdentifiers are identifiers that more than one row gives to somebody.
func (tx *Tx) DoubleIdentifiers(ctx context.Context, limit int) ([]Double, error) {
	return all(ctx, tx, scanDouble, `
		select space, key, count(*) from identifier group by space, key having count(*) > 1 order by 1, 2 limit $1`, limit)
}

// LooseRecords are live records that are linked to nobody although no conflict about
// them is open.
func (tx *Tx) LooseRecords(ctx context.Context, limit int) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select id from record r where person_id is null and deleted_at = 0
		and not exists (select 1 from conflict c where c.record_id = r.id and c.closed_at = 0) order by id limit $1`, limit)
}

// VacatedRecords are live records that nobody finds by their user name.
func (tx *Tx) VacatedRecords(ctx context.Context, limit int) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `select id from record where deleted_at = 0 and user_name_key = ' ' || id order by id limit $1`, limit)
}

// LifeOf are the records of people, as far as they decide whether a person is active:
// id, directory, attributes, dates and tombstone.
func (tx *Tx) LifeOf(ctx context.Context, people []usher.ID) (map[usher.ID][]usher.Record, error) {
	return related(ctx, tx, people, func(row scanner) (usher.ID, usher.Record, error) {
		var r usher.Record
		err := row.Scan(&r.Person, &r.ID, &r.Directory, fromJSON{&r.Attributes}, &r.DeletedAt, &r.StartedAt, &r.EndsKnownAt, &r.AbsentSince)
		return r.Person, r, err
	}, `select person_id, id, directory_id, attributes, deleted_at, started_at, ends_known_at, absent_since from record where person_id in (%s) order by id`)
}

// DueAmong are those of the people who wait to be computed again.
func (tx *Tx) DueAmong(ctx context.Context, people []usher.ID) (map[usher.ID]bool, error) {
	due := map[usher.ID]bool{}
	if len(people) == 0 {
		return due, nil
	}
	list, err := all(ctx, tx, scalar[usher.ID], `select person_id from person_due where person_id in (`+marks(1, len(people))+`)`, args(people)...)
	for _, id := range list {
		due[id] = true
	}
	return due, err
}

// PortalSeat is a seat that a portal should know of.
type PortalSeat struct {
	Portal       usher.ID
	Subscription string // name
}

// parked is the condition of a seat of person p in subscription u for which there is to be
// no account: see usher.Subscription.Parks.
const parked = `(p.on_leave and u.on_leave = 'park')`

// PortalSeatsOf are the seats for which people should have accounts.
func (tx *Tx) PortalSeatsOf(ctx context.Context, people []usher.ID) (map[usher.ID][]PortalSeat, error) {
	return related(ctx, tx, people, func(row scanner) (person usher.ID, s PortalSeat, err error) {
		err = row.Scan(&person, &s.Portal, &s.Subscription)
		return person, s, err
	}, `select s.person_id, u.portal_id, u.name from seat s join subscription u on u.id = s.subscription_id
		join person p on p.id = s.person_id
		where s.state in ('invited', 'active') and not `+parked+` and s.person_id in (%s) order by u.name`)
}

// UntoldSeats are seats at portals that usher acts at, for which there is no account
// with anything desired.
func (tx *Tx) UntoldSeats(ctx context.Context, limit int) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select s.id from seat s join subscription u on u.id = s.subscription_id join portal t on t.id = u.portal_id
		join person p on p.id = s.person_id
		where s.state in ('invited', 'active') and t.live and t.retired_at = 0 and not `+parked+` and not exists (
			select 1 from account a where a.portal_id = t.id and a.kind = 'person' and a.subject_id = s.person_id and a.desired is not null)
		order by s.id limit $1`, limit)
}

// StuckAccounts are accounts that are not in line, that should have been tried before
// since, and of which nothing says why they were not: no error, no refusal, no failing
// portal, nobody who has to confirm a batch.
func (tx *Tx) StuckAccounts(ctx context.Context, portal usher.ID, since usher.Time, limit int) ([]usher.Account, error) {
	return all(ctx, tx, scanAccount, `
		select `+accountColumns+` from account a
		where portal_id = $1 and desired is not null and generation > confirmed and not refused and last_error = '' and next_try_at < $2
		and not exists (select 1 from batch_row r where r.account_id = a.id and r.state = 'open')
		order by id limit $3`, portal, since, limit)
}

// UnrecordedSeats are seats of which no event tells.
func (tx *Tx) UnrecordedSeats(ctx context.Context, limit int) ([]usher.ID, error) {
	return tx.unrecorded(ctx, "seat", limit)
}

// UnrecordedRecords are records of which no event tells.
func (tx *Tx) UnrecordedRecords(ctx context.Context, limit int) ([]usher.ID, error) {
	return tx.unrecorded(ctx, "record", limit)
}

// UnrecordedPeople are people of whom no event tells.
func (tx *Tx) UnrecordedPeople(ctx context.Context, limit int) ([]usher.ID, error) {
	return tx.unrecorded(ctx, "person", limit)
}

func (tx *Tx) unrecorded(ctx context.Context, noun string, limit int) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select id from `+noun+` except select subject_id from event where subject = $1 order by 1 limit $2`, noun, limit)
}
