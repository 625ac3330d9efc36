package store

import (
	"context"
	"math"
	"slices"

	"usher/internal/usher"
)

const teamColumns = `id, name, source, key, retired_at`

func scanTeam(row scanner) (t usher.Team, err error) {
	err = row.Scan(&t.ID, &t.Name, &t.Source, &t.Key, &t.RetiredAt)
	return t, err
}

// PutTeam makes the team of that source and key, or gives it its present name.
func (tx *Tx) PutTeam(ctx context.Context, t usher.Team) (usher.Team, error) {
	return one(ctx, tx, scanTeam, `
		insert into team (`+teamColumns+`) values (`+marks(1, 5)+`)
		on conflict (source, key) do update set name = excluded.name, retired_at = 0 returning `+teamColumns,
		t.ID, t.Name, t.Source, t.Key, t.RetiredAt)
}

// Teams lists the teams by name.
func (tx *Tx) Teams(ctx context.Context) ([]usher.Team, error) {
	return all(ctx, tx, scanTeam, `select `+teamColumns+` from team where retired_at = 0 order by name, id`)
}

// Team finds a team by id.
func (tx *Tx) Team(ctx context.Context, id usher.ID) (usher.Team, error) {
	t, err := one(ctx, tx, scanTeam, `select `+teamColumns+` from team where id = $1`, id)
	return t, named("team", id, err)
}

// TeamByKey finds a team by source and key; ErrNotFound for none.
func (tx *Tx) TeamByKey(ctx context.Context, source, key string) (usher.Team, error) {
	if t, ok := tx.memo.teams[teamKey{source, key}]; ok {
		return t, nil
	}
	t, err := one(ctx, tx, scanTeam, `select `+teamColumns+` from team where source = $1 and key = $2`, source, key)
	if err == nil {
		put(&tx.memo, &tx.memo.teams, teamKey{source, key}, t)
	}
	return t, err
}

// TeamsOf are a person's teams by name.
func (tx *Tx) TeamsOf(ctx context.Context, person usher.ID) ([]usher.Team, error) {
	return all(ctx, tx, scanTeam, `
		select t.id, t.name, t.source, t.key, t.retired_at from team t join team_member m on m.team_id = t.id
		where m.person_id = $1 order by t.name, t.id`, person)
}

// TeamMembers are the people of a team.
func (tx *Tx) TeamMembers(ctx context.Context, team usher.ID) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `select person_id from team_member where team_id = $1 order by person_id`, team)
}

// SetTeamsOf makes the given teams a person's only ones, and says which teams gained
// or lost the person.
func (tx *Tx) SetTeamsOf(ctx context.Context, person usher.ID, teams []usher.ID) (changed []usher.ID, err error) {
	have, known := tx.memo.teamsOf[person]
	if !known {
		if have, err = all(ctx, tx, scalar[usher.ID], `select team_id from team_member where person_id = $1`, person); err != nil {
			return nil, err
		}
	}
	put(&tx.memo, &tx.memo.teamsOf, person, slices.Clone(teams))
	for _, id := range have {
		if slices.Contains(teams, id) {
			continue
		}
		changed = append(changed, id)
		if _, err := tx.followed().exec(ctx, `delete from team_member where team_id = $1 and person_id = $2`, id, person); err != nil {
			return nil, err
		}
	}
	for _, id := range teams {
		if slices.Contains(have, id) {
			continue
		}
		changed = append(changed, id)
		if _, err := tx.followed().exec(ctx, `insert into team_member (team_id, person_id) values ($1, $2) on conflict do nothing`, id, person); err != nil {
			return nil, err
		}
	}
	slices.Sort(changed)
	return changed, nil
}

// TeamMembersAt are the people of a team whom a portal has an account for, at most
// limit of them (0: all).
func (tx *Tx) TeamMembersAt(ctx context.Context, team, portal usher.ID, limit int) ([]usher.ID, error) {
	if limit == 0 {
		limit = math.MaxInt32
	}
	return all(ctx, tx, scalar[usher.ID], `
		select m.person_id from team_member m
		join account a on a.subject_id = m.person_id and a.portal_id = $2 and a.kind = 'person' and a.remote_id <> '' and a.subject_id <> ''
		where m.team_id = $1 order by m.person_id limit $3`, team, portal, limit)
}

// TeamMembersToBe are the people of a team who are to get an account at a portal.
func (tx *Tx) TeamMembersToBe(ctx context.Context, team, portal usher.ID) ([]usher.ID, error) {
	var people []usher.ID
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var person usher.ID
		var desired *usher.Desired
		err := row.Scan(&person, fromJSON{&desired})
		if desired != nil && desired.Active {
			people = append(people, person)
		}
		return struct{}{}, err
	}, `select m.person_id, a.desired from team_member m
		join account a on a.subject_id = m.person_id and a.portal_id = $2 and a.kind = 'person' and a.remote_id = '' and a.subject_id <> ''
		where m.team_id = $1 and a.desired is not null order by m.person_id`, team, portal)
	return people, err
}

// RetireTeam ends a team whose group is gone.
func (tx *Tx) RetireTeam(ctx context.Context, id usher.ID) error {
	return named("team", id, tx.must(ctx, `update team set retired_at = $2 where id = $1`, id, tx.now))
}

// TeamNames are the names of the first teams that there are, each once.
func (tx *Tx) TeamNames(ctx context.Context, limit int) ([]string, error) {
	return all(ctx, tx, scalar[string], `select distinct name from team where retired_at = 0 order by name limit $1`, limit)
}
