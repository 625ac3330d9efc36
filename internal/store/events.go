package store

import (
	"context"
	"fmt"

	"usher/internal/usher"
)

const eventColumns = `id, at, kind, actor, subject, subject_id, person_id, subscription_id, portal_id, before, after, why`

func scanEvent(row scanner) (e usher.Event, err error) {
	var before, after string
	err = row.Scan(&e.ID, &e.At, &e.Kind, &e.Actor, &e.Subject, &e.SubjectID, &e.Person, &e.Subscription, &e.Portal, &before, &after, &e.Why, &e.Salt, &e.ErasedAt, &e.Seal)
	e.Before, e.After = []byte(before), []byte(after)
	return e, err
}

// InsertEvents appends facts, to be sealed later.
func (tx *Tx) InsertEvents(ctx context.Context, events []usher.Event) error {
	return chunked(events, 60, func(part []usher.Event) error {
		values := make([]any, 0, len(part)*13)
		ids := make([]any, 0, len(part))
		for _, e := range part {
			values = append(values, e.ID, e.At, e.Kind, e.Actor, e.Subject, e.SubjectID, e.Person, e.Subscription, e.Portal, string(e.Before), string(e.After), e.Why, e.Salt)
			ids = append(ids, e.ID)
		}
		if _, err := tx.exec(ctx, `insert into event (`+eventColumns+`, salt) values `+tuples(len(part), 13), values...); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `insert into event_unsealed (event_id) values `+tuples(len(part), 1), ids...)
		return err
	})
}

// EventQuery selects events; empty fields select nothing away.
type EventQuery struct {
	Person, Subscription, Portal usher.ID
	Kind                         usher.EventKind
	Since                        usher.Time
	Limit                        int
}

// Events lists the newest events that match, oldest of them first.
func (tx *Tx) Events(ctx context.Context, q EventQuery) ([]usher.Event, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	conditions, values := "e.at >= $1", []any{q.Since, q.Limit}
	for _, c := range []struct{ column, value string }{
		{"person_id", string(q.Person)}, {"subscription_id", string(q.Subscription)}, {"portal_id", string(q.Portal)}, {"kind", string(q.Kind)},
	} {
		if c.value != "" { // said outright, because no index serves "$1 = '' or"
			values = append(values, c.value)
			conditions += fmt.Sprintf(" and e.%s = $%d and e.%s <> ''", c.column, len(values), c.column)
		}
	}
	return all(ctx, tx, scanEvent, `
		select `+eventColumns+`, salt, erased_at, seal from (
			select e.*, coalesce(s.number, 0) as seal from event e left join event_seal s on s.event_id = e.id
			where `+conditions+`
			order by e.at desc, e.id desc limit $2
		) newest order by at, id`, values...)
}

// SealedEvents lists events by their number in the chain, after one of them; about a person, where one
// is given.
func (tx *Tx) SealedEvents(ctx context.Context, person usher.ID, since usher.Time, after int64, limit int) ([]usher.Event, error) {
	about, values := "", []any{since, after, limit}
	if person != "" { // said outright, because no index serves "$4 = '' or"
		about, values = " and e.person_id = $4 and e.person_id <> ''", append(values, person)
	}
	return all(ctx, tx, scanEvent, `
		select `+eventColumns+`, salt, erased_at, s.number from event_seal s join event e on e.id = s.event_id
		where e.at >= $1 and s.number > $2`+about+` order by s.number limit $3`, values...)
}
