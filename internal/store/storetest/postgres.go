// Package storetest gives tests the two real database engines. A PostgreSQL server is
// started from the installed binaries at the first call, one for each test process, and
// every test gets an empty database of its own in it.
//
// Invariant: no server outlives the process that started it, however that process ends.
package storetest

import (
	"context"
	"fmt"
	"os"
	"testing"

	"usher/internal/store"
)

// servers are those of this test process: a package variable because the testing package
// offers no other place that all tests of a process share.
var servers pool

// Options say what kind of server a test needs.
type Options struct {
	// Durable keeps PostgreSQL's own promise that what it acknowledged is on disk. Without
	// it the server skips fsync, which is several times as fast.
	Durable bool
}

// Postgres returns the connection string of a new and empty database, which is dropped
// when the test ends. Where PostgreSQL is not installed it ends the test as [Need] does.
func Postgres(t testing.TB) string {
	t.Helper()
	return PostgresWith(t, Options{})
}

// PostgresWith is [Postgres] on a server of the kind that o asks for.
func PostgresWith(t testing.TB, o Options) string {
	t.Helper()
	s := running(t, o)
	return s.database(t, "template0")
}

// postgresStore is [Postgres] with the product's schema, and nothing in it: a copy of a database that
// is migrated once, because migrating takes as long as many a test.
func postgresStore(t testing.TB) string {
	t.Helper()
	s := running(t, Options{})
	template, err := s.migrated(t.Context())
	if err != nil {
		t.Fatalf("migrate a database to copy: %v", err)
	}
	return s.database(t, template)
}

// running is the server of that kind.
func running(t testing.TB, o Options) *server {
	t.Helper()
	bin, ok := binaries()
	if !ok {
		Need(t, "PostgreSQL 15 or newer")
	}
	s, err := servers.get(bin, o)
	if err != nil {
		t.Fatalf("start PostgreSQL of %s: %v", bin, err)
	}
	return s
}

// database makes a copy of another one that is dropped when the test ends.
func (s *server) database(t testing.TB, template string) string {
	t.Helper()
	name := fmt.Sprintf("usher_%d", servers.databases.Add(1))
	if err := s.admin(t.Context(), "create database "+name+" template "+template); err != nil {
		t.Fatalf("create database %s: %v", name, err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		if err := s.admin(context.Background(), "drop database "+name+" with (force)"); err != nil {
			t.Errorf("drop database %s: %v", name, err)
		}
	})
	return s.dsn(name)
}

// migrated is a database with the product's schema, for copies.
func (s *server) migrated(ctx context.Context) (string, error) {
	const name = "usher_migrated"
	s.migrate.Lock()
	defer s.migrate.Unlock()
	if s.isMigrated {
		return name, nil
	}
	if err := s.admin(ctx, "create database "+name+" template template0"); err != nil {
		return "", err
	}
	made, err := store.Open(ctx, store.Options{URL: s.dsn(name)})
	if err != nil {
		return "", err
	}
	s.isMigrated = true
	return name, made.Close() // nobody may be in a database that is copied
}

// Need ends a test that lacks what: it skips the test on a person's machine and fails it
// where CI is set in the environment, so that nothing goes untested there unnoticed.
func Need(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("this test needs %s; install it (make deps): tests are not skipped where CI is set", what)
	}
	t.Skipf("this test needs %s; install it (make deps) to run the test", what)
}

// Main runs the tests of a package and stops the servers that they started. A package
// that uses [Postgres] calls it from TestMain:
//
//	func TestMain(m *testing.M) { storetest.Main(m) }
//
// Without it the servers stop as well, a moment after the process has gone.
func Main(m *testing.M) {
	code := m.Run()
	if err := servers.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}
