package store

import (
	"context"
	"fmt"
	"sync/atomic"
)

// queue has writers of one connection take turns in the order in which they came. database/sql
// gives a connection that becomes free to any of those who wait for it, so that now and then one
// waits for many who came later.
//
// Its zero value lets everybody in at once: PostgreSQL's writers wait for single rows.
type queue struct {
	turn  chan struct{} // full while somebody writes; whoever waits to fill it does so in order
	waits atomic.Int64
}

// oneByOne is a queue for one writer at a time.
func (q *queue) oneByOne() { q.turn = make(chan struct{}, 1) }

// enter waits for the turn of a writer, who has to leave. An error is the context's.
func (q *queue) enter(ctx context.Context) error {
	if q.turn == nil {
		return nil
	}
	select {
	case q.turn <- struct{}{}: // never before somebody who waits: it stays full for them
		return nil
	default:
	}
	q.waits.Add(1)
	select {
	case q.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to write: %w", ctx.Err())
	}
}

func (q *queue) leave() {
	if q.turn != nil {
		<-q.turn
	}
}

// Waits counts the writers that had to wait until another one was done; false where they
// wait for single rows and nobody counts.
func (s *Store) Waits() (int64, bool) { return s.queue.waits.Load(), s.queue.turn != nil }
