package ledger

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// droppedAtOnce is how many changes or findings one transaction forgets: on SQLite every other
// writer waits for it.
const droppedAtOnce = 2_000

// forget drops a plan that is not to be kept, in portions. The plan itself goes last and is in
// state reading until then: where the process dies in between, the sweep goes on.
func (l *Ledger) forget(ctx context.Context, p usher.Plan) error {
	for _, drop := range []portion{(*store.Tx).DropChanges, (*store.Tx).DropFindings} {
		if err := l.dropAll(ctx, p, drop); err != nil {
			return err
		}
	}
	return l.whileReading(ctx, p, func(tx *store.Tx) error { return tx.DeletePlan(ctx, p.ID) })
}

// portion forgets at most so many rows of a plan, and says how many there were.
type portion func(tx *store.Tx, ctx context.Context, plan usher.ID, limit int) (int64, error)

// dropAll forgets what a plan that is being read has of one kind.
func (l *Ledger) dropAll(ctx context.Context, p usher.Plan, drop portion) error {
	for more := true; more; {
		more = false
		err := l.whileReading(ctx, p, func(tx *store.Tx) error {
			n, err := drop(tx, ctx, p.ID, droppedAtOnce)
			more = n == droppedAtOnce
			return err
		})
		if err != nil {
			return fmt.Errorf("forget plan %d: %w", p.Number, err)
		}
	}
	return nil
}

// whileReading runs f in a transaction of its own, with the plan locked. It does nothing where
// the plan is not in state reading any more: another process was quicker.
func (l *Ledger) whileReading(ctx context.Context, p usher.Plan, f func(*store.Tx) error) error {
	return l.store.Write(ctx, func(tx *store.Tx) error {
		now, err := tx.LockProgress(ctx, p.Number)
		if errors.Is(err, usher.ErrNotFound) || err == nil && now.State != usher.PlanReading {
			return nil
		}
		if err != nil {
			return err
		}
		return f(tx)
	})
}
