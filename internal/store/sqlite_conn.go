package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"
)

// connector opens connections that keep their statements prepared: parsing a statement
// costs SQLite more than running it, and a transaction of ours runs a dozen. (pgx does
// the same by itself.)
type connector struct {
	name   string
	driver *sqlite.Driver
}

// Connect implements driver.Connector.
func (c connector) Connect(context.Context) (driver.Conn, error) {
	opened, err := c.driver.Open(c.name)
	if err != nil {
		return nil, err
	}
	inner, ok := opened.(conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("SQLite driver: %T lacks what the store needs", opened), opened.Close())
	}
	return &keeper{conn: inner, young: map[string]statement{}}, nil
}

// Driver implements driver.Connector.
func (c connector) Driver() driver.Driver { return c.driver }

// conn and statement are what the driver's own implement.
type conn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keeper is a connection with its prepared statements. database/sql lets one goroutine
// at a time use it, and the store reads the rows of a statement before it runs the next.
type keeper struct {
	conn
	young, old map[string]statement // by their texts; old are those that were not used since young was begun
}

// maxKept bounds the statements of a connection: so many are young, and so many old. Lists
// and filters make texts without end, and must not keep those out that are used all the time.
const maxKept = 250

// QueryContext implements driver.QueryerContext.
func (k *keeper) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.conn.QueryContext(ctx, positional(text), args)
	}
	return s.QueryContext(ctx, args)
}

// ExecContext implements driver.ExecerContext. A statement that has begun is not broken off: the driver would start a
// goroutine for each to wait for that, and those that write are short.
func (k *keeper) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	ctx = context.WithoutCancel(ctx)
	s, err := k.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.conn.ExecContext(ctx, positional(text), args)
	}
	return s.ExecContext(ctx, args)
}

// statement is the kept statement of a text; nil when it is not to be kept.
func (k *keeper) statement(ctx context.Context, text string) (statement, error) {
	if s := k.young[text]; s != nil {
		return s, nil
	}
	s := k.old[text]
	if s == nil {
		prepared, err := k.conn.PrepareContext(ctx, positional(text))
		if err != nil {
			return nil, err
		}
		kept, ok := prepared.(statement)
		if !ok {
			return nil, prepared.Close()
		}
		s = kept
	}
	delete(k.old, text)
	k.young[text] = s
	if len(k.young) < maxKept {
		return s, nil
	}
	left := k.old
	k.old, k.young = k.young, map[string]statement{}
	return s, closeAll(left)
}

func closeAll(statements map[string]statement) error {
	var failed error
	for _, s := range statements {
		failed = errors.Join(failed, s.Close())
	}
	return failed
}

// Close ends the statements with their connection.
func (k *keeper) Close() error {
	return errors.Join(closeAll(k.young), closeAll(k.old), k.conn.Close())
}
