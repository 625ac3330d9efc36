package store

import (
	"context"
	"database/sql"
	"slices"

	"usher/internal/usher"
)

const seatColumns = `id, subscription_id, person_id, state, reason, priority, requested_at, seated_at, leaving_at, due_at, leaving_by, released_at, reserved_until, hold_id, approved, kept_revision, changed_at`

func scanSeat(row scanner) (s usher.Seat, err error) {
	err = row.Scan(&s.ID, &s.Subscription, &s.Person, &s.State, &s.Reason, &s.Priority, &s.RequestedAt, &s.SeatedAt, &s.LeavingAt, &s.DueAt,
		&s.LeavingBy, &s.ReleasedAt, &s.ReservedUntil, nullable[usher.ID]{&s.Hold}, &s.Approved, &s.KeptRevision, &s.ChangedAt)
	return s, err
}

func seatArgs(s usher.Seat) []any {
	return []any{
		s.ID, s.Subscription, s.Person, s.State, s.Reason, s.Priority, s.RequestedAt, s.SeatedAt, s.LeavingAt, s.DueAt,
		s.LeavingBy, s.ReleasedAt, s.ReservedUntil, orNull(s.Hold), s.Approved, s.KeptRevision, s.ChangedAt,
	}
}

// InsertSeat keeps a new seat; its subscription is locked.
func (tx *Tx) InsertSeat(ctx context.Context, s usher.Seat) error {
	delete(tx.memo.seatsOf, s.Person)
	return named("seat", s.ID, tx.followed().must(ctx, `insert into seat (`+seatColumns+`) values (`+marks(1, 17)+`)`, seatArgs(s)...))
}

// UpdateSeat writes a seat; its subscription is locked.
func (tx *Tx) UpdateSeat(ctx context.Context, s usher.Seat) error {
	delete(tx.memo.seatsOf, s.Person)
	delete(tx.memo.neverSeated, s.Person)
	return named("seat", s.ID, tx.followed().must(ctx, `
		update seat set subscription_id = $2, person_id = $3, state = $4, reason = $5, priority = $6, requested_at = $7, seated_at = $8,
			leaving_at = $9, due_at = $10, leaving_by = $11, released_at = $12, reserved_until = $13, hold_id = $14, approved = $15,
			kept_revision = $16, changed_at = $17
		where id = $1`, seatArgs(s)...))
}

// Seat finds a seat by id.
func (tx *Tx) Seat(ctx context.Context, id usher.ID) (usher.Seat, error) {
	s, err := one(ctx, tx, scanSeat, `select `+seatColumns+` from seat where id = $1`, id)
	return s, named("seat", id, err)
}

// LiveSeatsOf are a person's seats that are not released.
func (tx *Tx) LiveSeatsOf(ctx context.Context, person usher.ID) ([]usher.Seat, error) {
	if list, ok := tx.memo.seatsOf[person]; ok {
		return slices.Clone(list), nil
	}
	return all(ctx, tx, scanSeat, `select `+seatColumns+` from seat where person_id = $1 and state <> 'released' order by subscription_id`, person)
}

// SeatAt is a seat as whoever tells a portal needs it.
type SeatAt struct {
	Subscription string // by name
	State        usher.SeatState
	Reason       string
}

// SeatsAt are a person's seats at a portal that are not released, by subscription.
func (tx *Tx) SeatsAt(ctx context.Context, portal, person usher.ID) ([]SeatAt, error) {
	return all(ctx, tx, func(row scanner) (s SeatAt, err error) {
		err = row.Scan(&s.Subscription, &s.State, &s.Reason)
		return s, err
	}, `select s.name, t.state, t.reason from seat t join subscription s on s.id = t.subscription_id
		where t.person_id = $1 and t.state <> 'released' and s.portal_id = $2 order by s.name`, person, portal)
}

// TakenAt are, by subscription, the accounts that take a seat at a portal as far as is known: it
// shows one with them, they have one of ours there, or a row that gives one is open, or was carried
// there, of an invited seat, and nobody knows what came of it.
func (tx *Tx) TakenAt(ctx context.Context, portal usher.ID) (map[usher.ID][]usher.ID, error) {
	taken := map[usher.ID][]usher.ID{}
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var subscription, account usher.ID
		err := row.Scan(&subscription, &account)
		taken[subscription] = append(taken[subscription], account)
		return struct{}{}, err
	}, `
		select h.subscription_id, h.account_id
		from holding h join subscription s on s.id = h.subscription_id where s.portal_id = $1
		union
		select t.subscription_id, a.id
		from seat t join subscription s on s.id = t.subscription_id
		join account a on a.portal_id = s.portal_id and a.kind = 'person' and a.subject_id = t.person_id and a.subject_id <> ''
		where s.portal_id = $1 and (t.state in ('active', 'releasing') or t.state = 'invited' and exists (
			select 1 from batch_row r join batch b on b.id = r.batch_id
			where r.account_id = a.id and replace(r.gives, '"' || s.name || '"', '') <> r.gives
			and b.carried_at > 0 and r.state in ('superseded', 'unconfirmed')))
		union
		select s.id, r.account_id
		from batch b join batch_row r on r.batch_id = b.id join subscription s on s.portal_id = b.portal_id
		where b.portal_id = $1 and b.closed_at = 0 and r.state = 'open' and replace(r.gives, '"' || s.name || '"', '') <> r.gives`, portal)
	return taken, err
}

// SeatsOf are all of a person's seats, oldest first.
func (tx *Tx) SeatsOf(ctx context.Context, person usher.ID) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `select `+seatColumns+` from seat where person_id = $1 order by requested_at, id`, person)
}

// LiveSeat is a person's seat in a subscription that is not released; ErrNotFound for
// none.
func (tx *Tx) LiveSeat(ctx context.Context, subscription, person usher.ID) (usher.Seat, error) {
	if list, ok := tx.memo.seatsOf[person]; ok {
		for _, s := range list {
			if s.Subscription == subscription {
				return s, nil
			}
		}
		return usher.Seat{}, usher.ErrNotFound
	}
	return one(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat where subscription_id = $1 and person_id = $2 and state <> 'released'`, subscription, person)
}

// LiveSeats are a subscription's seats that are not released: occupied ones first, then
// the queue in its order, with those ahead for whom a seat is kept back.
func (tx *Tx) LiveSeats(ctx context.Context, subscription usher.ID) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat where subscription_id = $1 and state <> 'released'
		order by case when state <> 'queued' then 0 when reserved_until > $2 then 1 else 2 end, priority desc, requested_at, id`, subscription, tx.now)
}

// SeatsAfter are a subscription's seats that are not released, by person after the given one; those
// in a state, where one is given.
func (tx *Tx) SeatsAfter(ctx context.Context, subscription usher.ID, state usher.SeatState, after usher.ID, limit int) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat
		where subscription_id = $1 and state <> 'released' and ($2 = '' or state = $2) and person_id > $3 order by person_id limit $4`, subscription, state, after, limit)
}

// Queue is the head of a subscription's queue, without those whom a hold stops and those for
// whom a seat is kept back.
func (tx *Tx) Queue(ctx context.Context, subscription usher.ID, limit int) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat where subscription_id = $1 and state = 'queued' and hold_id is null and reserved_until <= $3
		order by priority desc, requested_at, id limit $2`, subscription, limit, tx.now)
}

// ReservedQueue are those of a subscription's queue for whom a seat is kept back, without
// those whom a hold stops.
func (tx *Tx) ReservedQueue(ctx context.Context, subscription usher.ID, limit int) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat where subscription_id = $1 and reserved_until > $3 and reserved_until > 0 and state = 'queued' and hold_id is null
		order by priority desc, requested_at, id limit $2`, subscription, limit, tx.now)
}

// CountReserved counts the seats that are kept back for people who lost theirs.
func (tx *Tx) CountReserved(ctx context.Context, subscription usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `
		select count(*) from seat where subscription_id = $1 and reserved_until > $2 and reserved_until > 0`, subscription, tx.now)
}

// ReservationEnds is when the next seat is kept back no longer; zero where none is.
func (tx *Tx) ReservationEnds(ctx context.Context, subscription usher.ID) (usher.Time, error) {
	return one(ctx, tx, scalar[usher.Time], `
		select coalesce(min(reserved_until), 0) from seat where subscription_id = $1 and reserved_until > $2 and reserved_until > 0`, subscription, tx.now)
}

// ReservedSeat is the seat that a person has lost in a subscription and that is kept back
// for them; ErrNotFound for none.
func (tx *Tx) ReservedSeat(ctx context.Context, subscription, person usher.ID) (usher.Seat, error) {
	return one(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat where subscription_id = $1 and person_id = $2 and reserved_until > $3 and state = 'released'`, subscription, person, tx.now)
}

// HasReservation says whether a seat is kept back for a person in a subscription: one that they lost, or one that they are queued for.
func (tx *Tx) HasReservation(ctx context.Context, subscription, person usher.ID) (bool, error) {
	n, err := one(ctx, tx, scalar[int], `
		select count(*) from seat where subscription_id = $1 and person_id = $2 and reserved_until > $3 and reserved_until > 0`, subscription, person, tx.now)
	return n > 0, err
}

// EndReservation keeps nothing back for a person in a subscription any longer, nor when a
// release that is under way comes to its end.
func (tx *Tx) EndReservation(ctx context.Context, subscription, person usher.ID) error {
	_, err := tx.exec(ctx, `update seat set reserved_until = 0, leaving_by = case when state = 'releasing' then '' else leaving_by end
		where subscription_id = $1 and person_id = $2 and (reserved_until > 0 or state = 'releasing')`, subscription, person)
	return err
}

// CountOccupied counts what Subscription.Used should be.
func (tx *Tx) CountOccupied(ctx context.Context, subscription usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `
		select count(*) from seat where subscription_id = $1 and state <> 'released' and state <> 'queued'`, subscription)
}

// CountStates counts a subscription's seats by state.
func (tx *Tx) CountStates(ctx context.Context, subscription usher.ID) (map[usher.SeatState]int, error) {
	counts := map[usher.SeatState]int{}
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var state usher.SeatState
		var n int
		err := row.Scan(&state, &n)
		counts[state] = n
		return struct{}{}, err
	}, `select state, count(*) from seat where subscription_id = $1 group by state`, subscription)
	return counts, err
}

// Place is the place of a queued seat in its subscription's queue, the first being 1. Whoever has a
// seat kept back is served before anybody else.
func (tx *Tx) Place(ctx context.Context, s usher.Seat) (int, error) {
	const ahead = `(priority > $2 or (priority = $2 and (requested_at, id) < ($3, $4)))`
	const kept = `select count(*) from seat where subscription_id = $1 and state = 'queued' and reserved_until > $5 and reserved_until > 0`
	if s.Reserved(tx.now) {
		n, err := one(ctx, tx, scalar[int], kept+` and `+ahead, s.Subscription, s.Priority, s.RequestedAt, s.ID, tx.now)
		return 1 + n, err
	}
	n, err := one(ctx, tx, scalar[int], `select count(*) from seat where subscription_id = $1 and state = 'queued' and `+ahead,
		s.Subscription, s.Priority, s.RequestedAt, s.ID)
	if err != nil {
		return 0, err
	}
	behind, err := one(ctx, tx, scalar[int], kept+` and not `+ahead, s.Subscription, s.Priority, s.RequestedAt, s.ID, tx.now)
	return 1 + n + behind, err
}

// DueSeats are seats whose settling time is over and which no hold stops.
func (tx *Tx) DueSeats(ctx context.Context, limit int) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat
		where leaving_at > 0 and due_at <= $1 and state in ('invited', 'active') and hold_id is null
		order by due_at, id limit $2`, tx.now, limit)
}

// Leaving are a subscription's seats whose release has not begun, in the order in which
// they started to leave.
func (tx *Tx) Leaving(ctx context.Context, subscription usher.ID) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat
		where subscription_id = $1 and leaving_at > 0 and state in ('invited', 'active') order by leaving_at, id`, subscription)
}

// LeavingBy are the seats whose release a directory caused and which has not begun.
func (tx *Tx) LeavingBy(ctx context.Context, directory usher.ID) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `
		select `+seatColumns+` from seat
		where leaving_by = $1 and leaving_at > 0 and state in ('invited', 'active') order by subscription_id, id`, directory)
}

// HeldSeats are the seats that a hold stops.
func (tx *Tx) HeldSeats(ctx context.Context, hold usher.ID) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `select `+seatColumns+` from seat where hold_id = $1 order by subscription_id, id`, hold)
}

// WindowOfReleases counts, for the guard of a subscription, the seats that came free after
// since and the releases that began after it without anybody's approval.
func (tx *Tx) WindowOfReleases(ctx context.Context, subscription usher.ID, since usher.Time) (freed, started int, err error) {
	err = tx.q.QueryRowContext(ctx, `
		select
			(select count(*) from seat where subscription_id = $1 and released_at > 0 and released_at > $2 and seated_at > 0),
			(select count(*) from seat where subscription_id = $1 and leaving_at > 0 and leaving_at > $2 and not approved)`,
		subscription, since).Scan(&freed, &started)
	return freed, started, err
}

// LeaversOf counts, for the guard of a directory, the people who by its doing began to
// lose a seat after since without anybody's approval.
func (tx *Tx) LeaversOf(ctx context.Context, directory usher.ID, since usher.Time) (int, error) {
	return one(ctx, tx, scalar[int], `
		select count(distinct person_id) from seat
		where leaving_by = $1 and leaving_at > 0 and leaving_at > $2 and not approved`, directory, since)
}

// CountActive counts the people whom a directory keeps active. It reads them all.
func (tx *Tx) CountActive(ctx context.Context, directory usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `
		select count(*) from record where directory_id = $1 and active and deleted_at = 0`, directory)
}

// WindowOfInvitations counts, for the guard of a subscription, the seats given after
// since without anybody's approval.
func (tx *Tx) WindowOfInvitations(ctx context.Context, subscription usher.ID, since usher.Time) (given int, err error) {
	return one(ctx, tx, scalar[int], `
		select count(*) from seat where subscription_id = $1 and seated_at > 0 and seated_at > $2 and not approved`, subscription, since)
}

// decisionsFor are the decisions, and the places in queues, of people: the condition says whose, and stands twice.
func decisionsFor(condition string) string {
	const rank = `q.priority, q.decided_by, q.reason, q.created_at`
	return `
		select d.subscription_id, d.person_id, d.kind, d.decided_by, d.reason, d.until_at, d.created_at, ` + rank + `
		from decision d left join queue_rank q on q.subscription_id = d.subscription_id and q.person_id = d.person_id where d.person_id ` + condition + `
		union all
		select q.subscription_id, q.person_id, '', '', '', 0, 0, ` + rank + ` from queue_rank q
		where not exists (select 1 from decision d where d.subscription_id = q.subscription_id and d.person_id = q.person_id) and q.person_id ` + condition + `
		order by 1`
}

func scanDecisionAndRank(row scanner) (d usher.Decision, err error) {
	var priority sql.NullInt64
	var rank usher.Rank
	err = row.Scan(&d.Subscription, &d.Person, &d.Kind, &d.By, &d.Reason, &d.Until, &d.CreatedAt,
		&priority, nullable[string]{&rank.By}, nullable[string]{&rank.Reason}, nullableTime{&rank.CreatedAt})
	if priority.Valid {
		rank.Priority = priority.Int64
		d.Rank = &rank
	}
	return d, err
}

// nullableTime scans a time that may be null into the zero one.
type nullableTime struct{ to *usher.Time }

// Scan implements sql.Scanner.
func (n nullableTime) Scan(src any) error {
	var at sql.NullInt64
	err := at.Scan(src)
	*n.to = usher.Time(at.Int64)
	return err
}

const decisionColumns = `subscription_id, person_id, kind, decided_by, reason, until_at, created_at`

func scanDecision(row scanner) (d usher.Decision, err error) {
	err = row.Scan(&d.Subscription, &d.Person, &d.Kind, &d.By, &d.Reason, &d.Until, &d.CreatedAt)
	return d, err
}

// PutDecision writes a human's decision over an earlier one.
func (tx *Tx) PutDecision(ctx context.Context, d usher.Decision) error {
	return tx.must(ctx, `
		insert into decision (`+decisionColumns+`) values (`+marks(1, 7)+`)
		on conflict (subscription_id, person_id) do update set kind = excluded.kind, decided_by = excluded.decided_by,
			reason = excluded.reason, until_at = excluded.until_at, created_at = excluded.created_at`,
		d.Subscription, d.Person, d.Kind, d.By, d.Reason, d.Until, d.CreatedAt)
}

// DropDecision takes a decision back; none is ErrNotFound.
func (tx *Tx) DropDecision(ctx context.Context, subscription, person usher.ID) error {
	return named("decision for person", person, tx.must(ctx, `delete from decision where subscription_id = $1 and person_id = $2`, subscription, person))
}

// DropLapsed drops a decision if its time is over; else it is ErrNotFound.
func (tx *Tx) DropLapsed(ctx context.Context, subscription, person usher.ID) error {
	return named("decision for person", person, tx.must(ctx, `
		delete from decision where subscription_id = $1 and person_id = $2 and until_at > 0 and until_at <= $3`, subscription, person, tx.now))
}

// DecisionsFor are the decisions about a person, with the places in queues that they were given by hand; where there is such a
// place alone, the decision has no kind.
func (tx *Tx) DecisionsFor(ctx context.Context, person usher.ID) ([]usher.Decision, error) {
	if list, ok := tx.memo.decisionsOf[person]; ok {
		return slices.Clone(list), nil
	}
	return all(ctx, tx, scanDecisionAndRank, decisionsFor(`= $1`), person)
}

// LapsedDecisions are decisions whose time is over.
func (tx *Tx) LapsedDecisions(ctx context.Context, limit int) ([]usher.Decision, error) {
	return all(ctx, tx, scanDecision, `
		select `+decisionColumns+` from decision where until_at > 0 and until_at <= $1 order by person_id, subscription_id limit $2`, tx.now, limit)
}

// DiscardedAt says whether an admin discarded the invitation of a person whose
// directories have said nothing new since.
func (tx *Tx) DiscardedAt(ctx context.Context, subscription, person usher.ID, revision int64) (bool, error) {
	if tx.memo.neverSeated[person] {
		return false, nil
	}
	n, err := one(ctx, tx, scalar[int], `
		select count(*) from seat where person_id = $2 and subscription_id = $1 and state = 'released' and kept_revision = $3 and kept_revision > 0`,
		subscription, person, revision)
	return n > 0, err
}

// DropDecisionOf takes a decision back if it is of the kind; none is no error.
func (tx *Tx) DropDecisionOf(ctx context.Context, subscription, person usher.ID, kind usher.DecisionKind) error {
	_, err := tx.exec(ctx, `delete from decision where subscription_id = $1 and person_id = $2 and kind = $3`, subscription, person, kind)
	return err
}

// SubscriptionsToFill are the subscriptions with an open term, a live portal, and somebody
// in the queue whom no hold stops and for whom there is a seat: a free one, or the one that
// is kept back for them.
func (tx *Tx) SubscriptionsToFill(ctx context.Context) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select s.id from subscription s join portal p on p.id = s.portal_id
		where s.used + `+strangers+` < s.purchased and s.retired_at = 0 and s.starts_at <= $1 and (s.ends_at = 0 or s.ends_at > $1) and p.live
		and (exists (select 1 from seat q where q.subscription_id = s.id and q.reserved_until > $1 and q.reserved_until > 0 and q.state = 'queued' and q.hold_id is null)
			or s.used + `+strangers+` + `+reserved+` < s.purchased
			and exists (select 1 from seat q where q.subscription_id = s.id and q.state = 'queued' and q.hold_id is null))
		order by s.id`, tx.now)
}
