package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Plans runs f with a Tx that asks the engine how it would answer each statement before it
// runs it, and gives the statements with their plans.
func (s *Store) Plans(ctx context.Context, f func(*Tx) error) (map[string]string, error) {
	plans := map[string]string{}
	err := s.Write(ctx, func(tx *Tx) error {
		ask := "explain query plan "
		if s.dialect.name == "postgres" {
			ask = "explain "
			// Tables are empty: only where no index can help is a plan without one.
			for _, off := range []string{"enable_seqscan", "enable_bitmapscan"} {
				if _, err := tx.exec(ctx, "set local "+off+" = off"); err != nil {
					return err
				}
			}
		}
		tx.q = planner{tx.q, ask, plans}
		return f(tx)
	})
	return plans, err
}

type planner struct {
	querier
	ask   string
	plans map[string]string
}

func (p planner) plan(ctx context.Context, query string, args []any) {
	rows, err := p.querier.QueryContext(ctx, p.ask+query, args...)
	if err != nil {
		p.plans[query] = err.Error()
		return
	}
	defer func() { _ = rows.Close() }()
	columns, _ := rows.Columns()
	var lines []string
	for rows.Next() {
		var line string
		dest := make([]any, len(columns))
		for i := range dest {
			dest[i] = new(any)
		}
		dest[len(dest)-1] = &line
		if err := rows.Scan(dest...); err != nil {
			line = err.Error()
		}
		lines = append(lines, line)
	}
	p.plans[query] = fmt.Sprint(strings.Join(lines, "\n"))
}

func (p planner) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	p.plan(ctx, query, args)
	return p.querier.QueryContext(ctx, query, args...)
}

func (p planner) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	p.plan(ctx, query, args)
	return p.querier.QueryRowContext(ctx, query, args...)
}
