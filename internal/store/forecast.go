package store

import (
	"context"

	"usher/internal/usher"
)

// countedDays scans counts by the number of the day.
func (tx *Tx) countedDays(ctx context.Context, query string, args ...any) (map[int]int, error) {
	days := map[int]int{}
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var day, n int
		err := row.Scan(&day, &n)
		days[day] = n
		return struct{}{}, err
	}, query, args...)
	return days, err
}

// SeatedByDay counts the seats of a subscription that were given after since, by the number of the day of 24 hours.
func (tx *Tx) SeatedByDay(ctx context.Context, subscription usher.ID, since usher.Time) (map[int]int, error) {
	return tx.countedDays(ctx, `
		select (seated_at - $2 - 1) / 86400000000, count(*) from seat
		where subscription_id = $1 and seated_at > 0 and seated_at > $2 group by 1`, subscription, since)
}

// FreedByDay counts those of its occupied seats that were released after since, in the same way.
func (tx *Tx) FreedByDay(ctx context.Context, subscription usher.ID, since usher.Time) (map[int]int, error) {
	return tx.countedDays(ctx, `
		select (released_at - $2 - 1) / 86400000000, count(*) from seat
		where subscription_id = $1 and released_at > 0 and released_at > $2 and seated_at > 0 group by 1`, subscription, since)
}

// DatedPeople are the people of whom something changes by a date until a time: a first or last day, the end of a guest's
// time, a decision that lapses.
func (tx *Tx) DatedPeople(ctx context.Context, until usher.Time) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select id from person where next_at > 0 and next_at <= $1
		union select id from person where ends_at > 0 and ends_at <= $1 and active
		union select person_id from decision where until_at > 0 and until_at <= $1
		order by 1`, until)
}

// CountQueued is the length of a subscription's queue.
func (tx *Tx) CountQueued(ctx context.Context, subscription usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from seat where subscription_id = $1 and state = 'queued'`, subscription)
}

// QueueHead is the head of a subscription's queue in its order, with those whom a hold stops.
func (tx *Tx) QueueHead(ctx context.Context, subscription usher.ID, limit int) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat where subscription_id = $1 and state = 'queued'
		order by priority desc, requested_at, id limit $2`, subscription, limit)
}

// GoingSeats are a subscription's occupied seats whose release settles or has begun.
func (tx *Tx) GoingSeats(ctx context.Context, subscription usher.ID) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat
		where subscription_id = $1 and leaving_at > 0 and state <> 'released' and state <> 'queued' order by leaving_at, id`, subscription)
}

// CountedEvents is how many events of a kind are about a subscription, or about none.
type CountedEvents struct {
	Kind         usher.EventKind
	Subscription usher.ID
	Count        int
}

// CountEvents counts events of some kinds since a time.
func (tx *Tx) CountEvents(ctx context.Context, since usher.Time, kinds []usher.EventKind) ([]CountedEvents, error) {
	return all(ctx, tx, func(row scanner) (c CountedEvents, err error) {
		err = row.Scan(&c.Kind, &c.Subscription, &c.Count)
		return c, err
	}, `select kind, subscription_id, count(*) from event
		where at >= $1 and kind in (`+marks(2, len(kinds))+`) group by kind, subscription_id order by kind, subscription_id`, args(kinds, since)...)
}

// CountOpenConflicts is how many questions are open, and since when the first is.
func (tx *Tx) CountOpenConflicts(ctx context.Context) (n int, oldest usher.Time, err error) {
	err = tx.q.QueryRowContext(ctx, `select count(*), coalesce(min(opened_at), 0) from conflict where closed_at = 0`).Scan(&n, &oldest)
	return n, oldest, err
}

// FirstSteps says which of the steps to a first seat are done.
func (tx *Tx) FirstSteps(ctx context.Context) (s usher.FirstSteps, err error) {
	err = tx.q.QueryRowContext(ctx, `
		select exists (select 1 from token where revoked_at = 0), exists (select 1 from record), exists (select 1 from portal where retired_at = 0),
			exists (select 1 from subscription where retired_at = 0), exists (select 1 from portal where retired_at = 0 and live),
			exists (select 1 from subscription where used > 0)`).Scan(&s.Token, &s.Heard, &s.Portal, &s.Subscription, &s.Live, &s.Seated)
	return s, err
}

// RecordsOfPeople are all records that are linked to some people, tombstones too, in no order.
func (tx *Tx) RecordsOfPeople(ctx context.Context, people []usher.ID) ([]usher.Record, error) {
	return rowsAmong(ctx, tx, people, scanRecord, `select `+recordColumns+` from record t where t.person_id in %s`)
}

// RevisionsWait is since when each revision waits that nobody has decided about.
func (tx *Tx) RevisionsWait(ctx context.Context) ([]usher.Time, error) {
	return all(ctx, tx, scalar[usher.Time], `select proposed_at from revision where state = 'proposed' order by number`)
}
