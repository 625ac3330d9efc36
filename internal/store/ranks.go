package store

import (
	"context"

	"usher/internal/usher"
)

// PutRank gives somebody a place in a subscription's queue, over an earlier one.
func (tx *Tx) PutRank(ctx context.Context, subscription, person usher.ID, r usher.Rank) error {
	return named("place of person", person, tx.must(ctx, `
		insert into queue_rank (subscription_id, person_id, priority, decided_by, reason, created_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (subscription_id, person_id) do update set priority = excluded.priority, decided_by = excluded.decided_by,
			reason = excluded.reason, created_at = excluded.created_at`,
		subscription, person, r.Priority, r.By, r.Reason, r.CreatedAt))
}

// DropRank takes a place back; none is ErrNotFound.
func (tx *Tx) DropRank(ctx context.Context, subscription, person usher.ID) error {
	return named("place of person", person, tx.must(ctx, `delete from queue_rank where subscription_id = $1 and person_id = $2`, subscription, person))
}

// QueueEnds are the highest and the lowest priority in a subscription's queue, of others than a person; false where there is
// nobody else.
func (tx *Tx) QueueEnds(ctx context.Context, subscription, person usher.ID) (highest, lowest int64, any bool, err error) {
	var n int
	err = tx.q.QueryRowContext(ctx, `
		select coalesce(max(priority), 0), coalesce(min(priority), 0), count(*) from seat where subscription_id = $1 and state = 'queued' and person_id <> $2`,
		subscription, person).Scan(&highest, &lowest, &n)
	return highest, lowest, n > 0, err
}

// QueueAfter is a subscription's queue in its order behind a seat of it, with those whom a hold stops; the zero seat stands
// before the first.
func (tx *Tx) QueueAfter(ctx context.Context, subscription usher.ID, s usher.Seat, limit int) ([]usher.Seat, error) {
	if s.ID == "" {
		return tx.QueueHead(ctx, subscription, limit)
	}
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat where subscription_id = $1 and state = 'queued' and priority <= $2
		and (priority < $2 or (requested_at, id) > ($3, $4))
		order by priority desc, requested_at, id limit $5`, subscription, s.Priority, s.RequestedAt, s.ID, limit)
}

// QueuePlace is the seat that stands at a place in a queue, the first being 1; ErrNotFound for none. Whoever has a seat kept back
// counts where they would stand without it.
func (tx *Tx) QueuePlace(ctx context.Context, subscription usher.ID, place int) (usher.Seat, error) {
	return one(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat where subscription_id = $1 and state = 'queued'
		order by priority desc, requested_at, id limit 1 offset $2`, subscription, place-1)
}

// QueueRanks are the places that humans gave to some people in a subscription's queue.
func (tx *Tx) QueueRanks(ctx context.Context, subscription usher.ID, people []usher.ID) (map[usher.ID]usher.Rank, error) {
	ranks := map[usher.ID]usher.Rank{}
	_, err := rowsAmong(ctx, tx, people, func(row scanner) (struct{}, error) {
		var person usher.ID
		var r usher.Rank
		err := row.Scan(&person, &r.Priority, &r.By, &r.Reason, &r.CreatedAt)
		ranks[person] = r
		return struct{}{}, err
	}, `select person_id, priority, decided_by, reason, created_at from queue_rank where subscription_id = $1 and person_id in %s`, subscription)
	return ranks, err
}

// SeatedNamed are people who have a seat that occupies, or is queued, in a subscription, and whose name, folded, begins so; by
// name.
func (tx *Tx) SeatedNamed(ctx context.Context, subscription usher.ID, begins string, limit int) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select p.id from person p where p.name >= $2 and p.name < $3
		and exists (select 1 from seat s where s.subscription_id = $1 and s.person_id = p.id and s.state <> 'released')
		order by p.name, p.id limit $4`, subscription, begins, begins+"\U0010FFFF", limit)
}

// OccupiedAfter are a subscription's occupied seats by person after the given one: those in a state, of some people, or that
// leave, where that is asked for.
func (tx *Tx) OccupiedAfter(ctx context.Context, subscription usher.ID, state usher.SeatState, leaving bool, people []usher.ID, after usher.ID, limit int) ([]usher.Seat, error) {
	values := []any{subscription, after, limit}
	where := `state <> 'released' and state <> 'queued'`
	if state != "" {
		values = append(values, state)
		where = `state <> 'released' and state = $4`
	}
	if leaving {
		where += ` and leaving_at > 0`
	}
	if len(people) > 0 {
		where += ` and person_id in (` + marks(len(values)+1, len(people)) + `)`
		values = args(people, values...)
	}
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat where subscription_id = $1 and person_id > $2 and `+where+` order by person_id limit $3`, values...)
}
