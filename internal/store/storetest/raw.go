package storetest

import (
	"database/sql"
	"path/filepath"
	"testing"

	"usher/internal/store"
)

// Raw opens a second connection to a store's database, past the store, for tests that do
// what usher never does.
func Raw(t testing.TB, place store.Options) *sql.DB {
	t.Helper()
	// Importing the store registered both drivers.
	driver, source := "pgx", place.URL
	if source == "" {
		driver, source = "sqlite", "file:"+filepath.Join(place.Folder, store.FileName)+"?_pragma=busy_timeout(10000)&_txlock=immediate"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Exec runs a statement past the store.
func Exec(t testing.TB, place store.Options, query string, args ...any) {
	t.Helper()
	if _, err := Raw(t, place).ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// Rows reads every row of a query past the store, the same on both engines: numbers and
// booleans as int64, texts as string, bytes as []byte.
func Rows(t testing.TB, db *sql.DB, query string, args ...any) (columns []string, rows [][]any) {
	t.Helper()
	result, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer result.Close()
	if columns, err = result.Columns(); err != nil {
		t.Fatal(err)
	}
	for result.Next() {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := result.Scan(to...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		for i, v := range row {
			if b, ok := v.(bool); ok {
				row[i] = map[bool]int64{true: 1}[b]
			}
		}
		rows = append(rows, row)
	}
	if err := result.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return columns, rows
}
