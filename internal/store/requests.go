package store

import (
	"context"

	"usher/internal/usher"
)

const requestColumns = `number, subscription_id, person_id, reason, asked_at, state, answered_by, answer, answered_at`

func scanRequest(row scanner) (r usher.SeatRequest, err error) {
	err = row.Scan(&r.Number, &r.Subscription, &r.Person, &r.Reason, &r.AskedAt, &r.State, &r.AnsweredBy, &r.Answer, &r.AnsweredAt)
	return r, err
}

// InsertRequest keeps a new request for a seat; ErrConflict where the person has an open one for the subscription.
func (tx *Tx) InsertRequest(ctx context.Context, r usher.SeatRequest) error {
	n, err := tx.exec(ctx, `insert into seat_request (`+requestColumns+`) values (`+marks(1, 9)+`) on conflict do nothing`,
		r.Number, r.Subscription, r.Person, r.Reason, r.AskedAt, r.State, r.AnsweredBy, r.Answer, r.AnsweredAt)
	if err == nil && n == 0 {
		err = named("request of person", r.Person, usher.ErrConflict)
	}
	return err
}

// CloseRequest writes what became of an open request; ErrNotFound where it is open no longer.
func (tx *Tx) CloseRequest(ctx context.Context, r usher.SeatRequest) error {
	return tx.must(ctx, `update seat_request set state = $2, answered_by = $3, answer = $4, answered_at = $5 where number = $1 and state = 'open'`,
		r.Number, r.State, r.AnsweredBy, r.Answer, r.AnsweredAt)
}

// Request finds a request for a seat by number.
func (tx *Tx) Request(ctx context.Context, number int64) (usher.SeatRequest, error) {
	return one(ctx, tx, scanRequest, `select `+requestColumns+` from seat_request where number = $1`, number)
}

// OpenRequestOf is the open request of a person for a subscription; ErrNotFound for none.
func (tx *Tx) OpenRequestOf(ctx context.Context, subscription, person usher.ID) (usher.SeatRequest, error) {
	return one(ctx, tx, scanRequest, `select `+requestColumns+` from seat_request where subscription_id = $1 and person_id = $2 and state = 'open'`, subscription, person)
}

// OpenRequestsOf are the open requests of a person.
func (tx *Tx) OpenRequestsOf(ctx context.Context, person usher.ID) ([]usher.SeatRequest, error) {
	return all(ctx, tx, scanRequest, `select `+requestColumns+` from seat_request where person_id = $1 and state = 'open' order by number`, person)
}

// RequestsOf are the newest requests of a person.
func (tx *Tx) RequestsOf(ctx context.Context, person usher.ID, limit int) ([]usher.SeatRequest, error) {
	return all(ctx, tx, scanRequest, `select `+requestColumns+` from seat_request where person_id = $1 order by number desc limit $2`, person, limit)
}

// OpenRequests are the open requests that can be answered, oldest first: of people who are there, for subscriptions that are.
func (tx *Tx) OpenRequests(ctx context.Context) ([]usher.SeatRequest, error) {
	return all(ctx, tx, scanRequest, `
		select `+requestColumns+` from seat_request r where state = 'open'
		and exists (select 1 from person p where p.id = r.person_id and p.active)
		and exists (select 1 from subscription s where s.id = r.subscription_id and s.retired_at = 0)
		order by number`)
}
