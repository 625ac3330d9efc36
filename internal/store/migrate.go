package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"usher/internal/usher"
)

//go:embed migrations
var migrations embed.FS

func (s *Store) provider() (*goose.Provider, error) {
	folder, err := fs.Sub(s.migrations, "migrations/"+s.dialect.name)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	engine := goose.DialectSQLite3
	if s.dialect.name == "postgres" {
		engine = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(engine, s.write, folder, options...)
}

// migrate brings the schema up to date; several processes may try at once.
func (s *Store) migrate(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("schema version: %w", err)
	}
	known := latest(p)
	switch {
	case have > known:
		return fmt.Errorf("%w: the store has schema %d and this usher knows only %d: start the newer usher, or restore the backup that it made before it migrated", usher.ErrInvalid, have, known)
	case have == known:
		return nil
	}
	if have > 0 {
		if err := s.backupBefore(ctx, known); err != nil {
			return fmt.Errorf("before the schema is migrated to %d: %w", known, err)
		}
	}
	return s.migrateTo(ctx, known)
}

// newest asks migrateTo for the newest schema.
const newest = math.MaxInt64

func (s *Store) migrateTo(ctx context.Context, version int64) error {
	p, err := s.provider()
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := p.UpTo(ctx, version); err != nil && !errors.Is(err, goose.ErrNoNextVersion) {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// backupBefore leaves a backup of the store as it is before it gets a newer schema.
func (s *Store) backupBefore(ctx context.Context, schema int64) (err error) {
	if s.backups == "" {
		return fmt.Errorf("%w: a backup is due, and no folder is named for it", usher.ErrInvalid)
	}
	file, err := os.CreateTemp(s.backups, ".usher-backup-*")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err := s.Backup(ctx, file); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return os.Rename(file.Name(), filepath.Join(s.backups, fmt.Sprintf("usher-before-schema-%d.backup", schema)))
}

func latest(p *goose.Provider) int64 {
	var v int64
	for _, source := range p.ListSources() {
		v = max(v, source.Version)
	}
	return v
}

// Schema is the version of the store's schema. It waits for no writer.
func (s *Store) Schema(ctx context.Context) (int64, error) {
	return one(ctx, s.Look(), scalar[int64], `select max(version_id) from goose_db_version`)
}
