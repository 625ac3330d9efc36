package store

import (
	"context"

	"usher/internal/usher"
)

const incidentColumns = `id, kind, subject, audience, level, title, detail, path, opened_at, back_at, seen_at, resolved_at, times`

func scanIncident(row scanner) (i usher.Incident, err error) {
	err = row.Scan(&i.ID, &i.Kind, &i.Subject, &i.Audience, &i.Level, &i.Title, &i.Detail, &i.Path, &i.OpenedAt, &i.BackAt, &i.SeenAt, &i.ResolvedAt, &i.Times)
	return i, err
}

// Incidents are those that are open, and those that were resolved after a time; oldest first.
func (tx *Tx) Incidents(ctx context.Context, since usher.Time) ([]usher.Incident, error) {
	return all(ctx, tx, scanIncident, `select `+incidentColumns+` from incident where resolved_at = 0 or resolved_at > $1 order by opened_at, id`, since)
}

// PutIncident keeps an incident as it is now.
func (tx *Tx) PutIncident(ctx context.Context, i usher.Incident) error {
	return named("incident", i.ID, tx.must(ctx, `
		insert into incident (`+incidentColumns+`) values (`+marks(1, 13)+`)
		on conflict (id) do update set level = excluded.level, title = excluded.title, detail = excluded.detail, path = excluded.path,
			back_at = excluded.back_at, seen_at = excluded.seen_at, resolved_at = excluded.resolved_at, times = excluded.times`,
		i.ID, i.Kind, i.Subject, i.Audience, i.Level, i.Title, i.Detail, i.Path, i.OpenedAt, i.BackAt, i.SeenAt, i.ResolvedAt, i.Times))
}

// IncidentsTold are what a target was told of the incidents that are open, or were resolved after a time; by incident.
func (tx *Tx) IncidentsTold(ctx context.Context, target string, since usher.Time) (map[usher.ID]usher.IncidentTold, error) {
	list, err := all(ctx, tx, func(row scanner) (t usher.IncidentTold, err error) {
		err = row.Scan(&t.Incident, &t.Target, &t.Level, &t.At, &t.OverAt)
		return t, err
	}, `select t.incident_id, t.target, t.level, t.at, t.over_at from incident_told t join incident i on i.id = t.incident_id
		where t.target = $1 and (i.resolved_at = 0 or i.resolved_at > $2)`, target, since)
	told := map[usher.ID]usher.IncidentTold{}
	for _, t := range list {
		told[t.Incident] = t
	}
	return told, err
}

// PutTold keeps what a target was told last.
func (tx *Tx) PutTold(ctx context.Context, t usher.IncidentTold) error {
	return named("incident", t.Incident, tx.must(ctx, `
		insert into incident_told (incident_id, target, level, at, over_at) values ($1, $2, $3, $4, $5)
		on conflict (incident_id, target) do update set level = excluded.level, at = excluded.at, over_at = excluded.over_at`,
		t.Incident, t.Target, t.Level, t.At, t.OverAt))
}

// DropOldIncidents forgets incidents that were resolved before a time, at most limit of them.
func (tx *Tx) DropOldIncidents(ctx context.Context, before usher.Time, limit int) error {
	old, err := all(ctx, tx, scalar[usher.ID], `select id from incident where resolved_at > 0 and resolved_at < $1 order by resolved_at limit $2`, before, limit)
	if err != nil || len(old) == 0 {
		return err
	}
	among := ` in (` + marks(1, len(old)) + `)`
	if _, err := tx.exec(ctx, `delete from incident_told where incident_id`+among, args(old)...); err != nil {
		return err
	}
	_, err = tx.exec(ctx, `delete from incident where id`+among, args(old)...)
	return err
}
