package store

import (
	"context"

	"usher/internal/usher"
)

// Holding is a seat that a portal shows with an account.
type Holding struct {
	Account      usher.ID
	Subscription usher.ID
	// Person is whose account it is; empty for one whom only the portal knows.
	Person usher.ID
	// Stranger says that the person has no occupied seat in the subscription here.
	Stranger bool
}

const holdingColumns = `account_id, subscription_id, person_id, stranger`

func scanHolding(row scanner) (h Holding, err error) {
	err = row.Scan(&h.Account, &h.Subscription, &h.Person, &h.Stranger)
	return h, err
}

// HoldingsOf are the seats that an account was seen to hold, by subscription.
func (tx *Tx) HoldingsOf(ctx context.Context, account usher.ID) ([]Holding, error) {
	return all(ctx, tx, scanHolding, `select `+holdingColumns+` from holding where account_id = $1 order by subscription_id`, account)
}

// PutHolding notes that an account was seen to hold a seat; its subscription is locked.
func (tx *Tx) PutHolding(ctx context.Context, h Holding) error {
	return tx.must(ctx, `
		insert into holding (`+holdingColumns+`) values (`+marks(1, 4)+`)
		on conflict (account_id, subscription_id) do update set person_id = excluded.person_id, stranger = excluded.stranger`,
		h.Account, h.Subscription, h.Person, h.Stranger)
}

// DropHolding notes that an account holds a seat no longer; its subscription is locked.
func (tx *Tx) DropHolding(ctx context.Context, h Holding) error {
	return tx.must(ctx, `delete from holding where account_id = $1 and subscription_id = $2`, h.Account, h.Subscription)
}

// DropHoldings forgets what a portal's accounts hold; no other writer is under way.
func (tx *Tx) DropHoldings(ctx context.Context, portal usher.ID) error {
	_, err := tx.exec(ctx, `delete from holding where account_id in (select id from account where portal_id = $1)`, portal)
	return err
}

// Estrange says whether the seat that a portal shows with a person is a stranger's, and
// how many holdings that changed; the subscription is locked.
func (tx *Tx) Estrange(ctx context.Context, subscription, person usher.ID, stranger bool) (int, error) {
	n, err := tx.exec(ctx, `
		update holding set stranger = $3 where subscription_id = $1 and person_id = $2 and person_id <> '' and stranger <> $3`,
		subscription, person, stranger)
	return int(n), err
}

// ShowsSeat says whether the portal shows a person to hold a seat of a subscription.
func (tx *Tx) ShowsSeat(ctx context.Context, subscription, person usher.ID) (bool, error) {
	n, err := one(ctx, tx, scalar[int], `select count(*) from holding where subscription_id = $1 and person_id = $2 and person_id <> ''`, subscription, person)
	return n > 0, err
}

// Foreign is a seat that a portal shows with somebody who never had one of ours there.
type Foreign struct {
	Subscription string // name
	// Withheld says that a human wants the person out of it.
	Withheld bool
}

// ForeignOf are the seats of an account that are foreign, by name. One that the person
// once had here is not: it was released, and the portal does not show that yet.
func (tx *Tx) ForeignOf(ctx context.Context, account usher.ID) ([]Foreign, error) {
	return all(ctx, tx, func(row scanner) (f Foreign, err error) {
		err = row.Scan(&f.Subscription, &f.Withheld)
		return f, err
	}, `select u.name, exists (select 1 from decision d where d.subscription_id = h.subscription_id and d.person_id = h.person_id
			and d.kind <> 'pin' and (d.until_at = 0 or d.until_at > $2))
		from holding h join subscription u on u.id = h.subscription_id
		where h.account_id = $1 and h.stranger and u.retired_at = 0 and not exists (
			select 1 from seat s where s.subscription_id = h.subscription_id and s.person_id = h.person_id and s.seated_at > 0)
		order by u.name`, account, tx.now)
}

// WrongHoldings are holdings that do not agree with the seats: strangers who have an
// occupied one, and others who have none.
func (tx *Tx) WrongHoldings(ctx context.Context, limit int) ([]Holding, error) {
	return all(ctx, tx, scanHolding, `
		select `+holdingColumns+` from holding h where stranger = (h.person_id <> '' and exists (
			select 1 from seat s where s.subscription_id = h.subscription_id and s.person_id = h.person_id
			and s.state in ('invited', 'active', 'releasing')))
		order by account_id, subscription_id limit $1`, limit)
}

// HoldingsAmong are the holdings of some accounts.
func (tx *Tx) HoldingsAmong(ctx context.Context, accounts []usher.ID) (map[usher.ID][]Holding, error) {
	return related(ctx, tx, accounts, func(row scanner) (usher.ID, Holding, error) {
		h, err := scanHolding(row)
		return h.Account, h, err
	}, `select `+holdingColumns+` from holding where account_id in (%s) order by subscription_id`)
}
