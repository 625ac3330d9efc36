package store

import (
	"context"
	"database/sql"
	"strings"

	"usher/internal/usher"
)

// Statement is one that a watched transaction ran.
type Statement struct {
	SQL  string
	Args []any
}

type watch struct {
	querier
	seen *[]Statement
}

func (w watch) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	*w.seen = append(*w.seen, Statement{query, args})
	return w.querier.QueryContext(ctx, query, args...)
}

func (w watch) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	*w.seen = append(*w.seen, Statement{query, args})
	return w.querier.QueryRowContext(ctx, query, args...)
}

func (w watch) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	*w.seen = append(*w.seen, Statement{query, args})
	return w.querier.ExecContext(ctx, query, args...)
}

// Watch notes the statements that tx runs from now on.
func (tx *Tx) Watch() *[]Statement {
	seen := &[]Statement{}
	tx.q = watch{tx.q, seen}
	return seen
}

// RecordsIn is Records inside tx.
func (tx *Tx) RecordsIn(ctx context.Context, q usher.Query) (usher.Page[usher.Record], error) {
	return tx.records(ctx, q)
}

// Values are the stored leaves of a record or group.
func (tx *Tx) Values(ctx context.Context, owner usher.ID) ([]usher.Value, error) {
	return all(ctx, tx, scanValue, `select path, element, text from attribute_value where owner_id = $1 order by path, element, text`, owner)
}

// Touched is how many rows tx has written so far: on SQLite, its connection.
func (tx *Tx) Touched(ctx context.Context) (int, error) {
	if tx.dialect.name == "postgres" {
		return one(ctx, tx, scalar[int], "select cast(sum(n_tup_ins + n_tup_upd + n_tup_del) as bigint) from pg_stat_xact_user_tables")
	}
	return one(ctx, tx, scalar[int], "select total_changes()")
}

// Analyze has the engine count its rows, as it does by itself now and then.
func (s *Store) Analyze(ctx context.Context) error {
	_, err := s.write.ExecContext(ctx, "analyze")
	return err
}

// Explain is the engine's plan of a statement.
func (s *Store) Explain(ctx context.Context, st Statement) (string, error) {
	tx := s.Look()
	if s.dialect.name == "postgres" {
		lines, err := all(ctx, tx, scalar[string], "explain "+st.SQL, st.Args...)
		return strings.Join(lines, "\n"), err
	}
	lines, err := all(ctx, tx, func(row scanner) (line string, err error) {
		var ignored int
		err = row.Scan(&ignored, &ignored, &ignored, &line)
		return line, err
	}, "explain query plan "+st.SQL, st.Args...)
	return strings.Join(lines, "\n"), err
}
