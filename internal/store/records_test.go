package store_test

import (
	"testing"

	"usher/internal/store"
	"usher/internal/usher"
)

func write(t *testing.T, s *store.Store, f func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func putDirectory(t *testing.T, tx *store.Tx, name string) usher.ID {
	t.Helper()
	id, err := tx.PutDirectory(t.Context(), usher.Directory{ID: tx.NewID(), Name: name, Kind: usher.DirectorySCIM, CreatedAt: tx.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func insertRecord(t *testing.T, tx *store.Tx, r usher.Record) {
	t.Helper()
	if ok, err := tx.InsertRecord(t.Context(), r); !ok || err != nil {
		t.Fatalf("insert record %s: %v, %v", r.ID, ok, err)
	}
}

func insertGroup(t *testing.T, tx *store.Tx, g usher.Group) {
	t.Helper()
	if ok, err := tx.InsertGroup(t.Context(), g); !ok || err != nil {
		t.Fatalf("insert group %s: %v, %v", g.ID, ok, err)
	}
}

func idsOf[T any](list []T, of func(T) usher.ID) []usher.ID {
	found := make([]usher.ID, len(list))
	for i, v := range list {
		found[i] = of(v)
	}
	return found
}
