package store

import (
	"context"
	"math"

	"usher/internal/usher"
)

// SeatUse is an occupied seat, and when its person was last active at the portal; zero: it showed none.
type SeatUse struct {
	Person             usher.ID
	State              usher.SeatState
	SeatedAt, ActiveAt usher.Time
}

func scanSeatUse(row scanner) (s SeatUse, err error) {
	err = row.Scan(&s.Person, &s.State, &s.SeatedAt, &s.ActiveAt)
	return s, err
}

// smallPool is how many seats are sorted rather than looked for among the accounts of their portal.
const smallPool = 5000

// IdleSeats are the occupied seats of a subscription whose people were not active since a time (0: whenever), those never active
// first, then the longest idle, after one of them; of a team, where one is given.
func (tx *Tx) IdleSeats(ctx context.Context, sub usher.Subscription, team usher.ID, since usher.Time, after usher.Mark, limit int) ([]SeatUse, error) {
	if since == 0 {
		since = math.MaxInt64
	}
	values := []any{sub.ID, sub.Portal, after.At, after.ID, since, limit}
	if team == "" && sub.Used > smallPool {
		return all(ctx, tx, scanSeatUse, `
			select s.person_id, s.state, s.seated_at, a.active_at from account a cross join seat s
			where s.subscription_id = $1 and s.person_id = a.subject_id and s.state <> 'released' and s.state <> 'queued'
			and a.portal_id = $2 and a.kind = 'person' and a.subject_id <> '' and (a.active_at, a.subject_id) > ($3, $4) and a.active_at < $5
			order by a.active_at, a.subject_id limit $6`, values...)
	}
	of := ""
	if team != "" {
		of, values = ` and s.person_id in (select person_id from team_member where team_id = $7)`, append(values, team)
	}
	return all(ctx, tx, scanSeatUse, `
		select s.person_id as person, s.state, s.seated_at, coalesce(a.active_at, 0) as active
		from seat s left join account a on a.portal_id = $2 and a.kind = 'person' and a.subject_id = s.person_id and a.subject_id <> ''
		where s.subscription_id = $1 and s.state <> 'released' and s.state <> 'queued'
		and (coalesce(a.active_at, 0), s.person_id) > ($3, $4) and coalesce(a.active_at, 0) < $5`+of+`
		order by active, person limit $6`, values...)
}

// UseCount counts the occupied seats of a subscription, or of one of its teams, by when their people were last active: never,
// before the earlier time, between both.
type UseCount struct {
	Subscription, Team usher.ID
	usher.Usage
}

const countUse = `count(*), count(*) filter (where coalesce(a.active_at, 0) = 0), count(*) filter (where a.active_at > 0 and a.active_at < $1),
	count(*) filter (where a.active_at >= $1 and a.active_at < $2)`

const usedSeats = `seat s join subscription u on u.id = s.subscription_id
	left join account a on a.portal_id = u.portal_id and a.kind = 'person' and a.subject_id = s.person_id and a.subject_id <> ''`

// CountUse counts for each subscription, and CountTeamUse for each of its teams. Both read every seat: whoever calls them keeps what
// comes of it for a while.
func (tx *Tx) CountUse(ctx context.Context, long, soon usher.Time) ([]UseCount, error) {
	return all(ctx, tx, func(row scanner) (c UseCount, err error) {
		err = row.Scan(&c.Subscription, &c.Occupied, &c.Never, &c.Long, &c.Soon)
		return c, err
	}, `select s.subscription_id, `+countUse+` from `+usedSeats+` where s.state <> 'released' and s.state <> 'queued' group by s.subscription_id`, long, soon)
}

// CountTeamUse is CountUse for each team.
func (tx *Tx) CountTeamUse(ctx context.Context, long, soon usher.Time) ([]UseCount, error) {
	return all(ctx, tx, func(row scanner) (c UseCount, err error) {
		err = row.Scan(&c.Subscription, &c.Team, &c.Occupied, &c.Never, &c.Long, &c.Soon)
		return c, err
	}, `select s.subscription_id, m.team_id, `+countUse+` from `+usedSeats+` join team_member m on m.person_id = s.person_id
		where s.state <> 'released' and s.state <> 'queued' group by s.subscription_id, m.team_id`, long, soon)
}

// ShowsActivity says whether a portal ever showed when somebody was active.
func (tx *Tx) ShowsActivity(ctx context.Context, portal usher.ID) (bool, error) {
	n, err := one(ctx, tx, scalar[int], `
		select count(*) from (select 1 from account where portal_id = $1 and kind = 'person' and subject_id <> '' and active_at > 0 limit 1) one`, portal)
	return n > 0, err
}

// CountSignedIn says how many people signed in at usher since a time, and how many at some time.
func (tx *Tx) CountSignedIn(ctx context.Context, since usher.Time) (recently, ever int, err error) {
	err = tx.q.QueryRowContext(ctx, `select count(distinct person_id) filter (where seen_at >= $1), count(distinct person_id) from signin_link`, since).Scan(&recently, &ever)
	return recently, ever, err
}

// LastSignIns are when some people last signed in at usher; who never did is missing.
func (tx *Tx) LastSignIns(ctx context.Context, people []usher.ID) (map[usher.ID]usher.Time, error) {
	last := make(map[usher.ID]usher.Time, len(people))
	_, err := rowsAmong(ctx, tx, people, func(row scanner) (struct{}, error) {
		var person usher.ID
		var at usher.Time
		err := row.Scan(&person, &at)
		last[person] = at
		return struct{}{}, err
	}, `select person_id, max(seen_at) from signin_link where person_id in %s group by person_id`)
	return last, err
}
