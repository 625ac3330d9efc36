package store

import (
	"context"

	"usher/internal/usher"
)

// Line is one person's place among the active people.
type Line struct {
	Person, Manager usher.ID // Manager is empty where none is known
	// Named says that a directory names a manager, whether or not anybody is known by that name.
	Named bool
}

// Lines hands over every active person's line to their manager, in no order. It reads everybody: whoever calls it keeps what
// comes of it for a while.
func (tx *Tx) Lines(ctx context.Context, each func(Line)) error {
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var l Line
		err := row.Scan(&l.Person, nullable[usher.ID]{&l.Manager}, &l.Named)
		each(l)
		return struct{}{}, err
	}, `select id, manager_id, manager_key <> '' from person where active`)
	return err
}

// ReportsAfter are the active people who report to somebody directly, by name and id, after one of them; name is folded.
func (tx *Tx) ReportsAfter(ctx context.Context, manager usher.ID, name string, id usher.ID, limit int) ([]usher.Person, error) {
	return all(ctx, tx, scanPerson, `
		select `+personColumns+` from person where manager_id = $1 and active and (name, id) > ($2, $3) order by name, id limit $4`, manager, name, id, limit)
}

// TeamsAfter lists the teams that are not retired by name and id, after one of them.
func (tx *Tx) TeamsAfter(ctx context.Context, name string, id usher.ID, limit int) ([]usher.Team, error) {
	return all(ctx, tx, scanTeam, `
		select `+teamColumns+` from team where retired_at = 0 and (name, id) > ($1, $2) order by name, id limit $3`, name, id, limit)
}

// CountMembers says how many people some teams have; those without any are missing.
func (tx *Tx) CountMembers(ctx context.Context, teams []usher.ID) (map[usher.ID]int, error) {
	counts := make(map[usher.ID]int, len(teams))
	_, err := rowsAmong(ctx, tx, teams, func(row scanner) (struct{}, error) {
		var team usher.ID
		var n int
		err := row.Scan(&team, &n)
		counts[team] = n
		return struct{}{}, err
	}, `select team_id, count(*) from team_member where team_id in %s group by team_id`)
	return counts, err
}

// TeamSeats is how many seats the people of a team have in a subscription.
type TeamSeats struct {
	Team, Subscription usher.ID
	Occupied, Queued   int
}

// SeatsOfTeams counts the seats of all teams. It reads every seat: whoever calls it keeps what comes of it for a while.
func (tx *Tx) SeatsOfTeams(ctx context.Context) ([]TeamSeats, error) {
	return all(ctx, tx, func(row scanner) (s TeamSeats, err error) {
		err = row.Scan(&s.Team, &s.Subscription, &s.Occupied, &s.Queued)
		return s, err
	}, `select m.team_id, s.subscription_id, count(*) filter (where s.state <> 'queued'), count(*) filter (where s.state = 'queued')
		from seat s join team_member m on m.person_id = s.person_id where s.state <> 'released' group by m.team_id, s.subscription_id`)
}

// TeamPlace is a place in the list of a team.
type TeamPlace struct {
	Manager   string // the name, folded; empty for nobody's
	ManagerID usher.ID
	Name      string // folded
	ID        usher.ID
}

// TeamPlacesAfter are the people of a team by their manager's name and id, then by their own, after a place.
func (tx *Tx) TeamPlacesAfter(ctx context.Context, team usher.ID, after TeamPlace, limit int) ([]TeamPlace, error) {
	return all(ctx, tx, func(row scanner) (p TeamPlace, err error) {
		err = row.Scan(&p.Manager, &p.ManagerID, &p.Name, &p.ID)
		return p, err
	}, `select coalesce(b.name, '') as manager, coalesce(b.id, '') as manager_id, p.name as own, p.id as person
		from team_member m join person p on p.id = m.person_id left join person b on b.id = p.manager_id
		where m.team_id = $1 and (coalesce(b.name, ''), coalesce(b.id, ''), p.name, p.id) > ($2, $3, $4, $5)
		order by 1, 2, 3, 4 limit $6`, team, after.Manager, after.ManagerID, after.Name, after.ID, limit)
}

// LiveSeatsAmong are the seats of some people that are not released, by subscription.
func (tx *Tx) LiveSeatsAmong(ctx context.Context, people []usher.ID) (map[usher.ID][]usher.Seat, error) {
	rows, err := rowsAmong(ctx, tx, people, scanSeat, `select `+seatColumns+` from seat where state <> 'released' and person_id in %s order by subscription_id`)
	seats := make(map[usher.ID][]usher.Seat, len(people))
	for _, s := range rows {
		seats[s.Person] = append(seats[s.Person], s)
	}
	return seats, err
}
