package store

import (
	"context"

	"usher/internal/usher"
)

// SittingPerson is somebody whose seat is given and not leaving.
type SittingPerson struct {
	Person     usher.ID
	SeatedAt   usher.Time
	LastActive usher.Time // as the portal shows it; zero where it does not
	Pinned     bool
}

// Sitting are all of a subscription who sit and are not about to go.
func (tx *Tx) Sitting(ctx context.Context, subscription, portal usher.ID) ([]SittingPerson, error) {
	pinned, err := all(ctx, tx, scalar[usher.ID], `
		select person_id from decision where subscription_id = $1 and kind = 'pin' and (until_at = 0 or until_at > $2)`, subscription, tx.now)
	if err != nil {
		return nil, err
	}
	pins := make(map[usher.ID]bool, len(pinned))
	for _, id := range pinned {
		pins[id] = true
	}
	return all(ctx, tx, func(row scanner) (s SittingPerson, err error) {
		err = row.Scan(&s.Person, &s.SeatedAt, &s.LastActive)
		s.Pinned = pins[s.Person]
		return s, err
	}, `
		select s.person_id, s.seated_at, coalesce(a.active_at, 0)
		from seat s left join account a on a.portal_id = $2 and a.kind = 'person' and a.subject_id = s.person_id and a.subject_id <> ''
		where s.subscription_id = $1 and s.state <> 'released' and s.state in ('invited', 'active') and s.leaving_at = 0`, subscription, portal)
}

const shrinkColumns = `number, subscription_id, seats, due_at, state, reason, created_by, created_at, closed_by, closed_at`

func scanShrink(row scanner) (s usher.ShrinkPlan, err error) {
	err = row.Scan(&s.Number, &s.Subscription, &s.Seats, &s.DueAt, &s.State, &s.Reason, &s.CreatedBy, &s.CreatedAt, &s.ClosedBy, &s.ClosedAt)
	return s, err
}

// InsertShrink keeps a new plan for a renewal with fewer seats; ErrConflict where the subscription has an open one.
func (tx *Tx) InsertShrink(ctx context.Context, s usher.ShrinkPlan) error {
	n, err := tx.exec(ctx, `insert into shrink_plan (`+shrinkColumns+`) values (`+marks(1, 10)+`) on conflict do nothing`,
		s.Number, s.Subscription, s.Seats, s.DueAt, s.State, s.Reason, s.CreatedBy, s.CreatedAt, s.ClosedBy, s.ClosedAt)
	if err == nil && n == 0 {
		err = usher.ErrConflict
	}
	if err != nil {
		return named("shrink plan of subscription", s.Subscription, err)
	}
	return chunked(s.People, 400, func(part []usher.ShrinkPerson) error {
		values := make([]any, 0, len(part)*3)
		for _, p := range part {
			values = append(values, s.Number, p.Person, 0)
		}
		_, err := tx.exec(ctx, `insert into shrink_person (number, person_id, done_at) values `+tuples(len(part), 3), values...)
		return err
	})
}

// LockShrink locks a plan by number.
func (tx *Tx) LockShrink(ctx context.Context, number int64) (usher.ShrinkPlan, error) {
	return one(ctx, tx, scanShrink, `select `+shrinkColumns+` from shrink_plan where number = $1`+tx.dialect.forUpdate, number)
}

// CloseShrink ends an open plan.
func (tx *Tx) CloseShrink(ctx context.Context, s usher.ShrinkPlan) error {
	return tx.must(ctx, `update shrink_plan set state = $2, closed_by = $3, closed_at = $4 where number = $1 and state = 'open'`, s.Number, s.State, s.ClosedBy, s.ClosedAt)
}

// ShrinkPlans are a subscription's plans, newest first.
func (tx *Tx) ShrinkPlans(ctx context.Context, subscription usher.ID, limit int) ([]usher.ShrinkPlan, error) {
	return all(ctx, tx, scanShrink, `select `+shrinkColumns+` from shrink_plan where subscription_id = $1 order by number desc limit $2`, subscription, limit)
}

// DueShrinks are the open plans whose day has come, of subscriptions that have no more seats than the plan says.
func (tx *Tx) DueShrinks(ctx context.Context) ([]int64, error) {
	return all(ctx, tx, scalar[int64], `
		select number from shrink_plan p where state = 'open' and due_at <= $1
		and exists (select 1 from subscription s where s.id = p.subscription_id and s.purchased <= p.seats) order by number`, tx.now)
}

// ShrinkPeople are the people of a plan, and when it was carried out for each; zero: not yet.
func (tx *Tx) ShrinkPeople(ctx context.Context, number int64) (map[usher.ID]usher.Time, error) {
	done := map[usher.ID]usher.Time{}
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var person usher.ID
		var at usher.Time
		err := row.Scan(&person, &at)
		done[person] = at
		return struct{}{}, err
	}, `select person_id, done_at from shrink_person where number = $1`, number)
	return done, err
}

// ShrunkPerson notes that a plan was carried out for somebody.
func (tx *Tx) ShrunkPerson(ctx context.Context, number int64, person usher.ID) error {
	return tx.must(ctx, `update shrink_person set done_at = $3 where number = $1 and person_id = $2`, number, person, tx.now)
}
