// Package store keeps everything usher knows, in SQLite or PostgreSQL, with one SQL
// text for both. It decides nothing: queries only, each in the file of its noun.
//
// Invariant: a Write is one transaction that commits durably before Write returns, or
// leaves nothing behind. No file or network is touched while one is open.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"usher/internal/usher"
)

// Options says where the store is and what it takes its time and ids from.
type Options struct {
	// URL is "postgres://..." or empty for SQLite.
	URL string
	// Folder holds the SQLite file; it is made when missing.
	Folder string
	// Clock gives the time of a transaction; nil is the machine's.
	Clock func() time.Time
	// NewID makes ids; nil is UUIDv7.
	NewID func() usher.ID
	// BackupFolder takes a backup before the schema is migrated; empty is Folder.
	BackupFolder string
	// Doubt has every writing transaction compare what it remembers with the tables before it
	// commits. It is for tests with one writer at a time.
	Doubt bool
	// migrations are those to use instead of the product's own.
	migrations fs.FS
}

// Store is an open database.
type Store struct {
	write   *sql.DB
	read    *sql.DB // the same handle on PostgreSQL
	queue   queue   // for write
	dialect dialect
	clock   func() time.Time
	newID   func() usher.ID
	close   func() error
	closed  atomic.Bool
	doubts  bool

	migrations fs.FS
	backups    string // folder
}

// Open opens the store and brings its schema up to date. It refuses a schema that is
// newer than this binary knows, and on SQLite a folder that another process writes.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func connect(ctx context.Context, o Options) (*Store, error) {
	s := &Store{doubts: o.Doubt, clock: o.Clock, newID: o.NewID, migrations: o.migrations, backups: cmp.Or(o.BackupFolder, o.Folder)}
	if s.migrations == nil {
		s.migrations = migrations
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.newID == nil {
		s.newID = newUUID
	}
	if o.URL != "" {
		return s, s.openPostgres(ctx, o.URL)
	}
	return s, s.openSQLite(ctx, o.Folder)
}

// Close ends all work and closes the database.
func (s *Store) Close() error {
	if s.close == nil || s.closed.Swap(true) {
		return nil
	}
	return s.close()
}

// Engine is "sqlite" or "postgres".
func (s *Store) Engine() string { return s.dialect.name }

// Now is the store's clock.
func (s *Store) Now() usher.Time { return usher.TimeOf(s.clock()) }

// attempts bounds how often a transaction that lost a race is run again.
const attempts = 8

// Write runs f in one writing transaction and commits it. f is run again when the
// database asks for it (deadlock, serialization) or when f returns ErrAgain, so it
// must start from nothing each time. What f gave to AfterCommit runs after the commit.
func (s *Store) Write(ctx context.Context, f func(*Tx) error) error {
	var err error
	for i := range attempts {
		if i > 0 {
			if werr := pause(ctx, i); werr != nil {
				return errors.Join(werr, err)
			}
		}
		if err = s.writeOnce(ctx, f); err == nil || !s.again(err) {
			return s.dialect.explain(err)
		}
	}
	return fmt.Errorf("%w: gave up after %d tries: %w", usher.ErrBusy, attempts, err)
}

// ErrAgain asks for a fresh try when the function given to Write returns it: something it
// relied on was made by another transaction meanwhile.
var ErrAgain = errors.New("lost a race")

func (s *Store) again(err error) bool {
	return errors.Is(err, ErrAgain) || s.dialect.retry(err)
}

func pause(ctx context.Context, n int) error {
	timer := time.NewTimer(time.Duration(n*n) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// writeOnce runs f in its turn, and then what is to follow the commit.
func (s *Store) writeOnce(ctx context.Context, f func(*Tx) error) error {
	tx, err := s.inTurn(ctx, f)
	if err != nil {
		return err
	}
	for _, after := range tx.after {
		after()
	}
	return nil
}

// inTurn gives a transaction that is committed.
func (s *Store) inTurn(ctx context.Context, f func(*Tx) error) (tx *Tx, err error) {
	if err := s.queue.enter(ctx); err != nil {
		return nil, err
	}
	defer s.queue.leave()
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	defer func() { err = errors.Join(err, ignoreDone(t.Rollback())) }() // also where f panics: nobody else could write
	tx = &Tx{Store: s, now: s.Now(), writes: true}
	tx.q = following{t, tx}
	if err := f(tx); err != nil {
		return nil, err
	}
	if err := tx.WriteLate(ctx); err != nil {
		return nil, err
	}
	if s.doubts {
		if err := tx.doubt(ctx); err != nil {
			return nil, err
		}
	}
	if err := t.Commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return tx, nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// Read runs f on one consistent snapshot that it cannot change.
func (s *Store) Read(ctx context.Context, f func(*Tx) error) (err error) {
	t, err := s.read.BeginTx(ctx, s.dialect.snapshot)
	if err != nil {
		return fmt.Errorf("begin read: %w", err)
	}
	defer func() { err = errors.Join(err, ignoreDone(t.Rollback())) }()
	return f(&Tx{Store: s, q: t, now: s.Now()})
}

// Look gives single reading statements without a transaction around them.
func (s *Store) Look() *Tx { return &Tx{Store: s, q: s.read, now: s.Now()} }

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.read.PingContext(ctx) }
