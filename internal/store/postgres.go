package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"usher/internal/usher"
)

func postgresDialect() dialect {
	return dialect{
		name: "postgres",
		// Keys never change. A full "for update" would wait for every transaction that
		// inserted a row referring to this one, and two of those for each other.
		forUpdate:  " for no key update",
		skipLocked: " for no key update skip locked",
		clock:      `cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)`,
		// The number names this lock among the database's advisory locks.
		sharePolicy: `select pg_advisory_xact_lock_shared(7550147)`,
		lockPolicy:  `select pg_advisory_xact_lock(7550147)`,
		snapshot:    &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		tables:      `select cast(table_name as text) from information_schema.tables where table_schema = current_schema()`,
		retry: func(err error) bool {
			// deadlock_detected, serialization_failure
			var e *pgconn.PgError
			return errors.As(err, &e) && (e.Code == "40P01" || e.Code == "40001")
		},
		refuses: func(err error) bool {
			// data exception, integrity constraint violation
			e, ok := errors.AsType[*pgconn.PgError](err)
			return ok && (e.Code[:2] == "22" || e.Code[:2] == "23")
		},
		explain: func(err error) error {
			var e *pgconn.PgError
			switch {
			case err == nil:
				return nil
			case errors.As(err, &e):
				// unique_violation: a rival committed the same key since we looked
				if e.Code == "23505" {
					return fmt.Errorf("%w: %w", usher.ErrConflict, err)
				}
				// insufficient resources, operator intervention, connection failures
				if class := e.Code[:2]; class == "53" || class == "57" || class == "08" {
					return fmt.Errorf("%w: %w", usher.ErrBusy, err)
				}
			case pgconn.SafeToRetry(err):
				return fmt.Errorf("%w: %w", usher.ErrBusy, err)
			}
			if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
				return fmt.Errorf("%w: %w", usher.ErrBusy, err)
			}
			return err
		},
	}
}

func (s *Store) openPostgres(ctx context.Context, url string) error {
	s.dialect = postgresDialect()
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The library's text repeats the URL, which holds a password.
		return fmt.Errorf("%w: store: this is not a PostgreSQL URL; write postgres://user:password@host:5432/database", usher.ErrInvalid)
	}
	if cfg.MaxConns < 16 {
		cfg.MaxConns = 16
	}
	cfg.MaxConnIdleTime = 5 * time.Minute
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("open PostgreSQL: %w", err)
	}
	s.write = stdlib.OpenDBFromPool(pool)
	s.read = s.write
	s.close = func() error {
		err := s.write.Close()
		pool.Close()
		return err
	}
	if err := s.write.PingContext(ctx); err != nil {
		return errors.Join(fmt.Errorf("%w: PostgreSQL at %s:%d does not answer: %w", usher.ErrBusy, cfg.ConnConfig.Host, cfg.ConnConfig.Port, err), s.Close())
	}
	return nil
}
