package store

import (
	"context"
	"time"

	"usher/internal/usher"
)

const subscriptionColumns = `id, name, portal_id, purchased, used, cap, starts_at, ends_at, rule, priority, settle, grace, on_leave, armed_at, retired_at`

// selectSubscriptions reads subscriptions as of the instant $1.
const selectSubscriptions = `select ` + subscriptionColumns + `, ` + reserved + ` from subscription s`

// reserved counts, for a subscription s, the seats that are kept back at the instant $1.
const reserved = `(select count(*) from seat r where r.subscription_id = s.id and r.reserved_until > $1 and r.reserved_until > 0)`

func scanSubscription(row scanner) (s usher.Subscription, err error) {
	var settle, grace int64
	err = row.Scan(&s.ID, &s.Name, &s.Portal, &s.Purchased, &s.Used, &s.Cap, &s.StartsAt, &s.EndsAt, &s.Rule, &s.Priority, &settle, &grace, &s.OnLeave, &s.ArmedAt, &s.RetiredAt, &s.Reserved)
	s.Settle, s.Grace = time.Duration(settle)*time.Microsecond, time.Duration(grace)*time.Microsecond
	return s, err
}

func subscriptionArgs(s usher.Subscription) []any {
	return []any{s.ID, s.Name, s.Portal, s.Purchased, s.Used, s.Cap, s.StartsAt, s.EndsAt, s.Rule, s.Priority, s.Settle.Microseconds(), s.Grace.Microseconds(), s.OnLeave, s.ArmedAt, s.RetiredAt}
}

// InsertSubscription keeps a new subscription.
func (tx *Tx) InsertSubscription(ctx context.Context, s usher.Subscription) error {
	return named("subscription", s.Name, tx.must(ctx, `insert into subscription (`+subscriptionColumns+`) values (`+marks(1, 15)+`)`, subscriptionArgs(s)...))
}

// UpdateSubscription writes a subscription that LockSubscription gave.
func (tx *Tx) UpdateSubscription(ctx context.Context, s usher.Subscription) error {
	return named("subscription", s.Name, tx.must(ctx, `
		update subscription set name = $2, portal_id = $3, purchased = $4, used = $5, cap = $6, starts_at = $7, ends_at = $8,
			rule = $9, priority = $10, settle = $11, grace = $12, on_leave = $13, armed_at = $14, retired_at = $15
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
