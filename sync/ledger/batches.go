package ledger

import (
	"context"

	"usher/internal/store"
	"usher/internal/usher"
)

// Collect is what a portal that takes files would be told now, without taking it on.
func (l *Ledger) Collect(ctx context.Context, portal usher.ID, limit int) ([]usher.AccountChange, error) {
	return l.collect(ctx, portal, limit, (*store.Tx).DueAccounts)
}

// CollectUrgent is that part of Collect which cannot wait for the portal's next visit.
func (l *Ledger) CollectUrgent(ctx context.Context, portal usher.ID, limit int) ([]usher.AccountChange, error) {
	return l.collect(ctx, portal, limit, (*store.Tx).UrgentAccounts)
}

type accountsDue func(tx *store.Tx, ctx context.Context, portal usher.ID, limit int) ([]usher.Account, error)

func (l *Ledger) collect(ctx context.Context, portal usher.ID, limit int, accounts accountsDue) ([]usher.AccountChange, error) {
	var changes []usher.AccountChange
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		changes = nil
		due, err := accounts(tx, ctx, portal, limit)
		if err != nil {
			return err
		}
		for _, a := range due {
			if a.Desired == nil {
				continue
			}
			change, err := describe(ctx, tx, a)
			if err != nil {
				return err
			}
			changes = append(changes, change)
		}
		return nil
	})
	return changes, err
}

// BatchWritten notes that a batch's file is in its place.
func (l *Ledger) BatchWritten(ctx context.Context, batch usher.ID) error {
	return l.store.Write(ctx, func(tx *store.Tx) error { return tx.BatchWritten(ctx, batch) })
}

// AnswerChange notes what becomes of a change that is in none of a visit's files: it cannot be
// told to the portal, or asks nothing of it.
func (l *Ledger) AnswerChange(ctx context.Context, lease store.Lease, asked usher.AccountChange, o usher.Outcome) error {
	return l.write(ctx, usher.System("reconcile"), func(c *change) error {
		found, err := c.tx.Account(ctx, asked.Account)
		if err != nil {
			return err
		}
		pools, err := c.poolsOf(found)
		if err != nil {
			return err
		}
		a, err := c.tx.LockAccount(ctx, found.ID)
		if err != nil {
			return err
		}
		if err := holds(ctx, c.tx, lease); err != nil {
			return err
		}
		a.Resend = a.Resend && !asked.Resend
		return c.outcome(a, telling{asked.Generation, &asked.Desired}, usher.Outcome{Result: o.Result, Reason: o.Reason, NoSeats: o.NoSeats}, 0, pools)
	})
}

// ConfirmBatchRow says what became of one row of a batch: done at the portal, or not
// and why. Only an open row can be settled.
func (l *Ledger) ConfirmBatchRow(ctx context.Context, by usher.Principal, batch string, row int, done bool, note string) error {
	return l.write(ctx, by, func(c *change) error {
		b, r, err := c.tx.BatchRowOf(ctx, batch, row)
		if err != nil {
			return err
		}
		found, err := c.tx.Account(ctx, r.Account)
		if err != nil {
			return err
		}
		pools, err := c.poolsOf(found)
		if err != nil {
			return err
		}
		state := usher.RowConfirmed
		if !done {
			state = usher.RowRefused
		}
		return c.settle(b, r, state, note, nil, pools)
	})
}
