package store

import (
	"context"
	"time"

	"usher/internal/usher"
)

const subscriptionColumns = `id, name, portal_id, code, purchased, used, cap, starts_at, ends_at, rule, priority, settle, grace, on_leave, armed_at, retired_at, requestable`

// selectSubscriptions reads subscriptions as of the instant $1.
const selectSubscriptions = `select ` + subscriptionColumns + `, ` + reserved + `, ` + strangers + ` from subscription s`

// reserved counts, for a subscription s, the seats that are kept back at the instant $1.
const reserved = `(select count(*) from seat r where r.subscription_id = s.id and r.reserved_until > $1 and r.reserved_until > 0)`

// strangers counts, for a subscription s, the seats that its portal shows with people who have none here.
const strangers = `(select count(*) from holding h where h.subscription_id = s.id and h.stranger)`

func scanSubscription(row scanner) (s usher.Subscription, err error) {
	var settle, grace int64
	err = row.Scan(&s.ID, &s.Name, &s.Portal, &s.Code, &s.Purchased, &s.Used, &s.Cap, &s.StartsAt, &s.EndsAt, &s.Rule, &s.Priority, &settle, &grace, &s.OnLeave, &s.ArmedAt, &s.RetiredAt, &s.Requestable, &s.Reserved, &s.Strangers)
	s.Settle, s.Grace = time.Duration(settle)*time.Microsecond, time.Duration(grace)*time.Microsecond
	return s, err
}

func subscriptionArgs(s usher.Subscription) []any {
	return []any{s.ID, s.Name, s.Portal, s.Code, s.Purchased, s.Used, s.Cap, s.StartsAt, s.EndsAt, s.Rule, s.Priority, s.Settle.Microseconds(), s.Grace.Microseconds(), s.OnLeave, s.ArmedAt, s.RetiredAt, s.Requestable}
}

// InsertSubscription keeps a new subscription.
func (tx *Tx) InsertSubscription(ctx context.Context, s usher.Subscription) error {
	return named("subscription", s.Name, tx.must(ctx, `insert into subscription (`+subscriptionColumns+`) values (`+marks(1, 17)+`)`, subscriptionArgs(s)...))
}

// UpdateSubscription writes a subscription that LockSubscription gave.
func (tx *Tx) UpdateSubscription(ctx context.Context, s usher.Subscription) error {
	return named("subscription", s.Name, tx.must(ctx, `
		update subscription set name = $2, portal_id = $3, code = $4, purchased = $5, used = $6, cap = $7, starts_at = $8, ends_at = $9,
			rule = $10, priority = $11, settle = $12, grace = $13, on_leave = $14, armed_at = $15, retired_at = $16, requestable = $17
		where id = $1`, subscriptionArgs(s)...))
}

// LockSubscription locks a subscription in a statement of its own: a count made in the
// same statement would be that of before the wait, and oversell.
func (tx *Tx) LockSubscription(ctx context.Context, id usher.ID) (usher.Subscription, error) {
	tx.memo.forgetSeats()
	if _, err := one(ctx, tx, scalar[usher.ID], `select id from subscription where id = $1`+tx.dialect.forUpdate, id); err != nil {
		return usher.Subscription{}, named("subscription", id, err)
	}
	s, err := one(ctx, tx, scanSubscription, selectSubscriptions+` where s.id = $2`, tx.now, id)
	return s, named("subscription", id, err)
}

// Subscriptions lists those that the configuration names, by id.
func (tx *Tx) Subscriptions(ctx context.Context) ([]usher.Subscription, error) {
	return all(ctx, tx, scanSubscription, selectSubscriptions+` where s.retired_at = 0 order by s.id`, tx.now)
}

// AllSubscriptions lists also those that it names no longer.
func (tx *Tx) AllSubscriptions(ctx context.Context) ([]usher.Subscription, error) {
	return all(ctx, tx, scanSubscription, selectSubscriptions+` order by s.name`, tx.now)
}

// SubscriptionNamed finds a subscription by name.
func (tx *Tx) SubscriptionNamed(ctx context.Context, name string) (usher.Subscription, error) {
	s, err := one(ctx, tx, scanSubscription, selectSubscriptions+` where s.name = $2`, tx.now, name)
	return s, named("subscription", name, err)
}
