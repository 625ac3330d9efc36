package store

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"usher/internal/usher"
)

const flowColumns = `id, connection, browser, kept, return_to, started_at, expires_at, ticket, answer, again`

func scanFlow(row scanner) (f usher.Flow, err error) {
	err = row.Scan(&f.ID, &f.Connection, &f.Browser, &f.Kept, &f.ReturnTo, &f.StartedAt, &f.ExpiresAt, nullable[string]{&f.Ticket}, fromJSON{&f.Answer}, &f.Again)
	return f, err
}

func (tx *Tx) insertFlow(ctx context.Context, f usher.Flow) error {
	answer := ""
	if f.Answer != nil {
		var err error
		if answer, err = toJSON(f.Answer); err != nil {
			return err
		}
	}
	kept := f.Kept
	if kept == nil {
		kept = []byte{}
	}
	return tx.must(ctx, `insert into signin_flow (`+flowColumns+`) values (`+marks(1, 10)+`)`,
		f.ID, f.Connection, f.Browser, kept, f.ReturnTo, f.StartedAt, f.ExpiresAt, orNull(f.Ticket), answer, f.Again)
}

// BeginFlow keeps a sign-in that was begun.
func (s *Store) BeginFlow(ctx context.Context, f usher.Flow) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.insertFlow(ctx, f) })
}

// Flow is a sign-in under way that has no answer yet.
func (tx *Tx) Flow(ctx context.Context, connection, id string) (usher.Flow, error) {
	f, err := one(ctx, tx, scanFlow, `select `+flowColumns+` from signin_flow where connection = $1 and id = $2 and ticket is null and expires_at > $3`, connection, id, tx.now)
	return f, named("sign-in over", connection, err)
}

// TakeFlow takes a sign-in under way that has no answer yet: it can be taken once.
func (s *Store) TakeFlow(ctx context.Context, connection, id string) (f usher.Flow, err error) {
	if !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		return f, named("sign-in over", connection, usher.ErrNotFound) // PostgreSQL refuses to look for such a text
	}
	err = s.Write(ctx, func(tx *Tx) error {
		f, err = one(ctx, tx, scanFlow, `delete from signin_flow where connection = $1 and id = $2 and ticket is null and expires_at > $3 returning `+flowColumns, connection, id, tx.now)
		return named("sign-in over", connection, err)
	})
	return f, err
}

// AnswerFlow keeps what a provider answered, for whoever shows the ticket: the sign-in that
// it answers is taken and the id of the message is used up, both or neither. Without an id the
// answer is unsolicited, and begins a sign-in that no browser is bound to. ErrNotFound: no such sign-in is
// under way. ErrConflict: the message was used before.
func (s *Store) AnswerFlow(ctx context.Context, f usher.Flow, message string, until usher.Time) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.UseOnce(ctx, f.Connection, message, until); err != nil {
			return err
		}
		if f.ID == "" {
			f.ID, f.Browser, f.StartedAt = "unsolicited "+string(tx.NewID()), "", tx.now
			return tx.insertFlow(ctx, f)
		}
		begun, err := one(ctx, tx, scanFlow, `delete from signin_flow where connection = $1 and id = $2 and ticket is null and expires_at > $3 returning `+flowColumns, f.Connection, f.ID, tx.now)
		if err != nil {
			return named("sign-in over", f.Connection, err)
		}
		begun.Ticket, begun.Answer, begun.ExpiresAt = f.Ticket, f.Answer, f.ExpiresAt
		return tx.insertFlow(ctx, begun)
	})
}

// TakeAnswer hands out, once, the answer for a ticket to the browser that began the sign-in.
// ErrNotFound: there is none; ErrConflict: another browser began it.
func (s *Store) TakeAnswer(ctx context.Context, ticket, browser string) (f usher.Flow, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		f, err = one(ctx, tx, scanFlow, `delete from signin_flow where ticket = $1 and expires_at > $2 returning `+flowColumns, ticket, tx.now)
		return err
	})
	if err == nil && f.Browser != "" && f.Browser != browser {
		return usher.Flow{}, fmt.Errorf("the sign-in was begun in another browser: %w", usher.ErrConflict)
	}
	return f, err
}

// UseOnce uses up an id of a connection; ErrConflict where that has happened before.
func (tx *Tx) UseOnce(ctx context.Context, connection, id string, until usher.Time) error {
	n, err := tx.exec(ctx, `insert into used_id (connection, id, until_at) values ($1, $2, $3) on conflict do nothing`, connection, id, until)
	if err == nil && n == 0 {
		err = fmt.Errorf("the message was used before: %w", usher.ErrConflict)
	}
	return err
}

// DropEndedFlows forgets sign-ins that nobody finished, and ids that no message can have any longer.
func (s *Store) DropEndedFlows(ctx context.Context) error {
	return s.Write(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, `delete from signin_flow where expires_at <= $1`, tx.now); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `delete from used_id where until_at <= $1`, tx.now)
		return err
	})
}
