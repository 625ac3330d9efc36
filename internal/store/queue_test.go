package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// waitsFor is when so many more writers wait as did before.
func waitsFor(t *testing.T, s *store.Store, n int64) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if waits, counted := s.Waits(); waits == n && counted {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %d writers wait", n)
		}
	}
}

// TestWritersTakeTurns has writers come one after the other while somebody writes: they write in
// that order, and one who cannot wait any longer holds up nobody.
func TestWritersTakeTurns(t *testing.T) {
	s := storetest.Open(t, store.Options{Folder: t.TempDir()})
	before, _ := s.Waits()
	const writers, impatient = 20, 7
	var order []int
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Write(t.Context(), func(*store.Tx) error {
		for i := range writers {
			all.Go(func() {
				mine := t.Context()
				if i == impatient {
					mine = ctx
				}
				err := s.Write(mine, func(*store.Tx) error { order = append(order, i); return nil })
				if errors.Is(err, context.Canceled) != (i == impatient) {
					t.Errorf("writer %d: %v", i, err)
				}
			})
			waitsFor(t, s, before+int64(i)+1)
		}
		cancel()
		return nil
	})
	all.Wait()
	if err != nil || len(order) < writers-1 || !slices.IsSorted(order) {
		t.Errorf("they wrote in the order %v, %v", order, err)
	}
}
