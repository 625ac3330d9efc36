package storetest

import (
	"testing"

	"usher/internal/store"
)

// Each runs f on a new, empty store of each engine.
func Each(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachOptions(t, store.Options{}, f)
}

// EachOptions is Each with a clock or ids of the test's own.
func EachOptions(t *testing.T, o store.Options, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachPlace(t, func(t *testing.T, place store.Options) {
		o.URL, o.Folder = place.URL, place.Folder
		f(t, Open(t, o))
	})
}

// EachPlace runs f with the place of a new, empty store of each engine, for tests that
// open it themselves, several times or in other processes. On PostgreSQL the schema is there.
func EachPlace(t *testing.T, f func(t *testing.T, place store.Options)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, store.Options{Folder: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { f(t, store.Options{URL: postgresStore(t)}) })
}

// Open opens a store that is closed when the test ends.
func Open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
