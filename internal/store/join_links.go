package store

import (
	"context"

	"usher/internal/usher"
)

const selectJoinLinks = `select number, hash, places, created_by, reason, created_at, until_at, revoked_by, revoked_at,
	(select count(*) from join_use u where u.number = j.number) from join_link j`

func scanJoinLink(row scanner) (j usher.JoinLink, err error) {
	err = row.Scan(&j.Number, &j.Hash, &j.Places, &j.CreatedBy, &j.Reason, &j.CreatedAt, &j.Until, &j.RevokedBy, &j.RevokedAt, &j.Used)
	return j, err
}

// InsertJoinLink keeps a new join link with its subscriptions.
func (tx *Tx) InsertJoinLink(ctx context.Context, j usher.JoinLink) error {
	err := tx.must(ctx, `
		insert into join_link (number, hash, places, created_by, reason, created_at, until_at, revoked_by, revoked_at) values (`+marks(1, 9)+`)`,
		j.Number, j.Hash, j.Places, j.CreatedBy, j.Reason, j.CreatedAt, j.Until, j.RevokedBy, j.RevokedAt)
	for _, id := range j.Subscriptions {
		if err != nil {
			break
		}
		err = tx.must(ctx, `insert into join_link_subscription (number, subscription_id) values ($1, $2)`, j.Number, id)
	}
	return err
}

// JoinLinkByHash finds a join link by the hash of its code.
func (tx *Tx) JoinLinkByHash(ctx context.Context, hash string) (usher.JoinLink, error) {
	return tx.joinLink(ctx, ` where hash = $1`, hash)
}

// LockJoinLink locks a join link in a statement of its own, so that its uses are counted after the wait.
func (tx *Tx) LockJoinLink(ctx context.Context, number int64) (usher.JoinLink, error) {
	if _, err := one(ctx, tx, scalar[int64], `select number from join_link where number = $1`+tx.dialect.forUpdate, number); err != nil {
		return usher.JoinLink{}, err
	}
	return tx.joinLink(ctx, ` where number = $1`, number)
}

func (tx *Tx) joinLink(ctx context.Context, where string, by any) (usher.JoinLink, error) {
	j, err := one(ctx, tx, scanJoinLink, selectJoinLinks+where, by)
	if err == nil {
		j.Subscriptions, err = tx.subscriptionsOfLink(ctx, j.Number)
	}
	return j, err
}

func (tx *Tx) subscriptionsOfLink(ctx context.Context, number int64) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `select subscription_id from join_link_subscription where number = $1 order by subscription_id`, number)
}

// JoinLinks lists the join links, newest first.
func (tx *Tx) JoinLinks(ctx context.Context) ([]usher.JoinLink, error) {
	list, err := all(ctx, tx, scanJoinLink, selectJoinLinks+` order by number desc`)
	for i := range list {
		if err == nil {
			list[i].Subscriptions, err = tx.subscriptionsOfLink(ctx, list[i].Number)
		}
	}
	return list, err
}

// RevokeJoinLink ends a join link for good.
func (tx *Tx) RevokeJoinLink(ctx context.Context, number int64, by string) error {
	return tx.must(ctx, `update join_link set revoked_at = $2, revoked_by = $3 where number = $1 and revoked_at = 0`, number, tx.now, by)
}

// UsedJoinLink says whether a person has used a join link.
func (tx *Tx) UsedJoinLink(ctx context.Context, number int64, person usher.ID) (bool, error) {
	n, err := one(ctx, tx, scalar[int], `select count(*) from join_use where number = $1 and person_id = $2`, number, person)
	return n > 0, err
}

// UseJoinLink notes that a person uses a join link that LockJoinLink gave.
func (tx *Tx) UseJoinLink(ctx context.Context, number int64, person usher.ID) error {
	return tx.must(ctx, `insert into join_use (number, person_id, at) values ($1, $2, $3)`, number, person, tx.now)
}
