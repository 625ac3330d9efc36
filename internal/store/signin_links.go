package store

import (
	"context"

	"usher/internal/usher"
)

const linkColumns = `connection, subject, person_id, how, at, seen_at`

func scanLink(row scanner) (l usher.Link, err error) {
	err = row.Scan(&l.Connection, &l.Subject, &l.Person, &l.How, &l.At, &l.SeenAt)
	return l, err
}

// LinkOf is whom a subject of a connection signs in as.
func (tx *Tx) LinkOf(ctx context.Context, connection, subject string) (usher.Link, error) {
	return one(ctx, tx, scanLink, `select `+linkColumns+` from signin_link where connection = $1 and subject = $2`, connection, subject)
}

// LinksOf are the subjects as which a person signs in, oldest first.
func (tx *Tx) LinksOf(ctx context.Context, person usher.ID) ([]usher.Link, error) {
	return all(ctx, tx, scanLink, `select `+linkColumns+` from signin_link where person_id = $1 order by at, connection, subject`, person)
}

// InsertLink keeps a new link; ErrConflict where the subject has one.
func (tx *Tx) InsertLink(ctx context.Context, l usher.Link) error {
	n, err := tx.exec(ctx, `insert into signin_link (`+linkColumns+`) values (`+marks(1, 6)+`) on conflict do nothing`,
		l.Connection, l.Subject, l.Person, l.How, l.At, l.SeenAt)
	if err == nil && n == 0 {
		err = named("subject of connection", l.Connection, usher.ErrConflict)
	}
	return err
}

// SeeLink notes that a link was used.
func (tx *Tx) SeeLink(ctx context.Context, l usher.Link) error {
	return tx.must(ctx, `update signin_link set seen_at = $3 where connection = $1 and subject = $2`, l.Connection, l.Subject, tx.now)
}

// DropLink forgets a link.
func (tx *Tx) DropLink(ctx context.Context, connection, subject string) error {
	return named("subject of connection", connection, tx.must(ctx, `delete from signin_link where connection = $1 and subject = $2`, connection, subject))
}
