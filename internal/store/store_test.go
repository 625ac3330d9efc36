package store_test

import (
	"errors"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestOpen(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		first := storetest.Open(t, place)
		version, err := first.Schema(t.Context())
		if err != nil || version < 1 {
			t.Fatalf("schema %d, %v", version, err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		again := storetest.Open(t, place)
		if v, err := again.Schema(t.Context()); v != version || err != nil {
			t.Fatalf("opened again: schema %d, %v", v, err)
		}
	})
}

func TestSecondProcessOnSQLiteIsRefused(t *testing.T) {
	place := store.Options{Folder: t.TempDir()}
	storetest.Open(t, place)
	_, err := store.Open(t.Context(), place)
	if !errors.Is(err, usher.ErrBusy) || !strings.Contains(err.Error(), place.Folder) {
		t.Fatalf("second open: %v", err)
	}
}
