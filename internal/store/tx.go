package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"usher/internal/usher"
)

// Tx is a transaction, or single reading statements outside one. All its times are
// the same instant.
type Tx struct {
	*Store
	q      querier
	now    usher.Time
	writes bool // a writing transaction, as against a snapshot
	memo   memo
	later  later
	after  []func()
}

type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Now is the instant of this transaction.
func (tx *Tx) Now() usher.Time { return tx.now }

// NewID makes an id.
func (tx *Tx) NewID() usher.ID { return tx.newID() }

// AfterCommit has f called once the transaction is durable; never otherwise.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// exec runs a statement and says how many rows it touched.
func (tx *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// must runs a statement that has to touch exactly one row.
func (tx *Tx) must(ctx context.Context, query string, args ...any) error {
	n, err := tx.exec(ctx, query, args...)
	if err == nil && n != 1 {
		err = fmt.Errorf("%d rows instead of one: %w", n, usher.ErrNotFound)
	}
	return err
}

// scanner is a row or rows.
type scanner interface{ Scan(dest ...any) error }

// one reads one row; none is ErrNotFound.
func one[T any](ctx context.Context, tx *Tx, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	v, err := scan(tx.q.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return v, usher.ErrNotFound
	}
	return v, err
}

// all reads every row.
func all[T any](ctx context.Context, tx *Tx, scan func(scanner) (T, error), query string, args ...any) (list []T, err error) {
	rows, err := tx.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// scalar scans a single column.
func scalar[T any](row scanner) (T, error) {
	var v T
	err := row.Scan(&v)
	return v, err
}

// marks is "$from,$from+1,..." for n parameters.
func marks(from, n int) string { return string(appendMarks(make([]byte, 0, 5*n), from, n)) }

func appendMarks(text []byte, from, n int) []byte {
	for i := range n {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(append(text, '$'), int64(from+i), 10)
	}
	return text
}

// args turns ids into parameters, after those that come first.
func args[T ~string](ids []T, first ...any) []any {
	list := append(make([]any, 0, len(first)+len(ids)), first...)
	for _, id := range ids {
		list = append(list, string(id))
	}
	return list
}

// tuples is "($1,$2),($3,$4),..." for n rows of width columns.
func tuples(n, width int) string {
	text := make([]byte, 0, n*(5*width+3))
	for i := range n {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(appendMarks(append(text, '('), i*width+1, width), ')')
	}
	return string(text)
}

// chunked calls f with pieces of list that stay below the engines' parameter limits.
func chunked[T any](list []T, size int, f func([]T) error) error {
	for len(list) > 0 {
		n := min(size, len(list))
		if err := f(list[:n]); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// orNull keeps empty ids and texts out of columns that are unique or refer elsewhere.
func orNull[T ~string](v T) any {
	if v == "" {
		return nil
	}
	return string(v)
}

// nullable scans a text column that may be null into an empty text.
type nullable[T ~string] struct{ to *T }

// Scan implements sql.Scanner.
func (n nullable[T]) Scan(src any) error {
	var s sql.NullString
	if err := s.Scan(src); err != nil {
		return err
	}
	*n.to = T(s.String)
	return nil
}

// toJSON is v as text for a column that the database never looks into.
func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// fromJSON scans such a column; null and "" leave the value as it is.
type fromJSON struct{ to any }

// Scan implements sql.Scanner.
func (f fromJSON) Scan(src any) error {
	var s sql.NullString
	if err := s.Scan(src); err != nil {
		return err
	}
	if s.String == "" {
		return nil
	}
	return json.Unmarshal([]byte(s.String), f.to)
}
