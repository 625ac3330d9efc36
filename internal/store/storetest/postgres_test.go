package storetest

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { Main(m) }

func TestPostgresGivesEachTestAnEmptyDatabase(t *testing.T) {
	for _, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, Postgres(t))
			if _, err := conn.Exec(t.Context(), "create table seat (id bigint primary key)"); err != nil {
				t.Errorf("the database is not empty: %v", err)
			}
		})
	}
}

func TestPostgresKinds(t *testing.T) {
	for fsync, dsn := range map[string]string{
		"off": Postgres(t),
		"on":  PostgresWith(t, Options{Durable: true}),
	} {
		var got string
		if err := connect(t, dsn).QueryRow(t.Context(), "show fsync").Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != fsync {
			t.Errorf("fsync is %s, want %s", got, fsync)
		}
	}
}

// TestOrphan does to the keeper what the death of a test process does: its standard input
// ends, and nobody asks it to stop.
func TestOrphan(t *testing.T) {
	bin, ok := binaries()
	if !ok {
		Need(t, "PostgreSQL 15 or newer")
	}
	s, err := start(bin, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.stdin.Close()
	if err := s.keeper.Wait(); err != nil {
		t.Errorf("keeper: %v\n%s", err, s.said.Bytes())
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its folder is still there: %v", err)
	}
}

func TestStartTellsWhatWentWrong(t *testing.T) {
	_, err := start(t.TempDir(), Options{})
	if err == nil || !strings.Contains(err.Error(), "initdb") {
		t.Errorf("start without binaries gave %v, want an error that names initdb", err)
	}
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}
