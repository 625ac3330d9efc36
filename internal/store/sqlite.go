package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"usher/internal/usher"
)

// FileName is the SQLite file in the data folder.
const FileName = "usher.db"

func sqliteDialect() dialect {
	return dialect{
		name:     "sqlite",
		clock:    `cast((julianday('now') - 2440587.5) * 86400000000 as integer)`,
		snapshot: &sql.TxOptions{ReadOnly: true},
		tables:   `select name from sqlite_master where type = 'table'`,
		retry:    func(error) bool { return false },
		refuses: func(err error) bool {
			e, ok := errors.AsType[*sqlite.Error](err)
			return ok && e.Code()&0xff == lib.SQLITE_CONSTRAINT
		},
		explain: func(err error) error {
			if e, ok := errors.AsType[*sqlite.Error](err); ok {
				switch e.Code() & 0xff {
				case lib.SQLITE_FULL:
					return fmt.Errorf("%w: no space left for the database: %w", usher.ErrBusy, err)
				case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
					return fmt.Errorf("%w: %w", usher.ErrBusy, err)
				}
			}
			return err
		},
	}
}

// openSQLite opens one writing connection and a few that can only read. WAL with
// synchronous=FULL: with NORMAL a power cut loses commits that were acknowledged.
func (s *Store) openSQLite(ctx context.Context, folder string) error {
	s.dialect = sqliteDialect()
	s.queue.oneByOne()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	unlock, err := lockFolder(folder)
	if err != nil {
		return err
	}
	file := filepath.Join(folder, FileName)
	s.write, err = openFile(file, 1, "_txlock=immediate&_pragma=synchronous(FULL)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=cache_size(-32000)&_pragma=wal_autocheckpoint(2000)")
	if err != nil {
		return errors.Join(err, unlock())
	}
	// The file has to exist before a connection that can only read opens it.
	if err := s.write.PingContext(ctx); err != nil {
		return errors.Join(fmt.Errorf("open %s: %w", file, err), s.write.Close(), unlock())
	}
	s.read, err = openFile(file, 4, "_txlock=deferred&_pragma=query_only(1)&_pragma=busy_timeout(10000)&_pragma=cache_size(-4000)")
	if err != nil {
		return errors.Join(err, s.write.Close(), unlock())
	}
	s.close = func() error { return errors.Join(s.read.Close(), s.write.Close(), unlock()) }
	return os.Chmod(file, 0o600)
}

func openFile(file string, conns int, query string) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: query}
	registered, err := sql.Open("sqlite", "") // opens nothing yet
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	defer func() { _ = registered.Close() }() // it would keep a goroutine
	known, ok := registered.Driver().(*sqlite.Driver)
	if !ok {
		return nil, fmt.Errorf("open %s: the driver is %T", file, registered.Driver())
	}
	db := sql.OpenDB(connector{name: u.String(), driver: known})
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}
