package store

import (
	"context"
	"time"

	"usher/internal/usher"
)

const attemptColumnsOfSignIn = `id, at, connection, code, person_id, problem`

func scanSignInAttempt(row scanner) (a usher.Attempt, err error) {
	err = row.Scan(&a.ID, &a.At, &a.Connection, &a.Code, &a.Person, &a.Problem)
	return a, err
}

// NoteAttempt keeps a sign-in that was refused.
func (s *Store) NoteAttempt(ctx context.Context, a usher.Attempt) error {
	return s.Write(ctx, func(tx *Tx) error {
		a.At = tx.now
		return tx.must(ctx, `insert into signin_attempt (`+attemptColumnsOfSignIn+`) values (`+marks(1, 6)+`)`, a.ID, a.At, a.Connection, a.Code, a.Person, a.Problem)
	})
}

// SignInAttempts are refused sign-ins, newest first: of a connection and with an id, where those are not empty.
func (tx *Tx) SignInAttempts(ctx context.Context, connection, id string, limit int) ([]usher.Attempt, error) {
	return all(ctx, tx, scanSignInAttempt, `select `+attemptColumnsOfSignIn+` from signin_attempt
		where ($1 = '' or connection = $1) and ($2 = '' or id = $2) order by at desc, id limit $3`, connection, id, limit)
}

// DropOldAttempts forgets refused sign-ins of long ago, and those before the newest most: anybody can be refused.
func (s *Store) DropOldAttempts(ctx context.Context, after time.Duration, most int) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `delete from signin_attempt where at < $1
			or at <= coalesce((select at from signin_attempt order by at desc limit 1 offset $2), -1)`, tx.now.Add(-after), most)
		return err
	})
}
