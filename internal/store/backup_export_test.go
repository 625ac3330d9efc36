package store

import (
	"context"
	"io/fs"
)

// WithMigrations are options with other migrations than the product's own.
func WithMigrations(o Options, f fs.FS) Options {
	o.migrations = f
	return o
}

// Migrations are the product's own.
func Migrations() fs.FS { return migrations }

// Tables are all tables of the schema, and those that a backup holds.
func (s *Store) Tables(ctx context.Context) (there, kept []string, err error) {
	tx := s.Look()
	there, err = all(ctx, tx, scalar[string], tx.dialect.tables)
	return there, tableOrder(), err
}
