package daemon

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowly is a write that ends when it is told how.
type slowly struct {
	began atomic.Int32
	ends  chan error
}

func (s *slowly) write(ctx context.Context) error {
	s.began.Add(1)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-s.ends:
		return err
	}
}

// TestRequestsWaitForTheOneThatNotesTheirToken: all of them are answered after it, those of other tokens and those
// of just after at once, and when it is noted nobody notes it again for a while.
func TestRequestsWaitForTheOneThatNotesTheirToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var u uses
		var served atomic.Int32
		s := &slowly{ends: make(chan error)}
		request := func(ctx context.Context) {
			if err := u.note(ctx, "t", time.Now(), s.write); err == nil {
				served.Add(1)
			}
		}
		want := func(began, done int32) {
			t.Helper()
			synctest.Wait()
			if s.began.Load() != began || served.Load() != done {
				t.Fatalf("%d writes, %d served; want %d and %d", s.began.Load(), served.Load(), began, done)
			}
		}
		for range 5 {
			go request(t.Context())
		}
		want(1, 0)
		if err := u.note(t.Context(), "another", time.Now(), func(context.Context) error { return nil }); err != nil {
			t.Error(err)
		}
		s.ends <- nil
		want(1, 5)
		request(t.Context())
		want(1, 6)
		time.Sleep(touchEvery)
		for range 2 {
			go request(t.Context())
		}
		want(2, 6)
		s.ends <- errors.New("full")
		want(2, 7) // one of them has the error
		ctx, cancel := context.WithCancel(t.Context())
		go request(ctx)
		want(3, 7) // what failed is to be done again
		go request(t.Context())
		want(3, 7)
		cancel() // its client has gone, so the other one does it
		want(4, 7)
		s.ends <- nil
		want(4, 8)
	})
}
