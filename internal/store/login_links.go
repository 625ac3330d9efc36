package store

import (
	"context"
	"time"

	"usher/internal/usher"
)

const loginLinkColumns = `hash, person_id, owner, made_by, made_at, expires_at, used_at`

func scanLoginLink(row scanner) (l usher.LoginLink, err error) {
	err = row.Scan(&l.Hash, &l.Person, &l.Owner, &l.MadeBy, &l.MadeAt, &l.ExpiresAt, &l.UsedAt)
	return l, err
}

// InsertLoginLink keeps a new login link.
func (tx *Tx) InsertLoginLink(ctx context.Context, l usher.LoginLink) error {
	return tx.must(ctx, `insert into login_link (`+loginLinkColumns+`) values (`+marks(1, 7)+`)`,
		l.Hash, l.Person, l.Owner, l.MadeBy, l.MadeAt, l.ExpiresAt, l.UsedAt)
}

// TakeLoginLink uses a login link up. ErrNotFound: there is none, it was used, or its time is over.
func (tx *Tx) TakeLoginLink(ctx context.Context, hash string) (usher.LoginLink, error) {
	return one(ctx, tx, scanLoginLink, `update login_link set used_at = $2 where hash = $1 and used_at = 0 and expires_at > $2 returning `+loginLinkColumns, hash, tx.now)
}

// CountLoginLinks says how many login links were made since a time, and how many were used.
func (tx *Tx) CountLoginLinks(ctx context.Context, since usher.Time) (made, used int, err error) {
	err = tx.q.QueryRowContext(ctx, `select count(*) filter (where made_at >= $1), count(*) filter (where used_at > 0 and used_at >= $1) from login_link`, since).Scan(&made, &used)
	return made, used, err
}

// DropOldLoginLinks forgets login links that ended long ago.
func (s *Store) DropOldLoginLinks(ctx context.Context, after time.Duration) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `delete from login_link where expires_at < $1`, tx.now.Add(-after))
		return err
	})
}
