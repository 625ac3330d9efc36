package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

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

// TestWriteThatPanics leaves the database to others: whoever called may live on.
func TestWriteThatPanics(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		func() {
			defer func() {
				if got := recover(); got != "odd" {
					t.Errorf("%v", got)
				}
			}()
			err := s.Write(t.Context(), func(tx *store.Tx) error {
				if _, err := tx.NextNumber(t.Context(), "plan"); err != nil {
					return err
				}
				panic("odd")
			})
			t.Errorf("it has ended: %v", err)
		}()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := s.Write(ctx, func(tx *store.Tx) error {
			n, err := tx.NextNumber(ctx, "plan")
			if n != 1 {
				t.Errorf("number %d: what panicked was kept", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
