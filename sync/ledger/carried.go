package ledger

import (
	"context"
	"fmt"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// CarryVisit notes that somebody carried a visit's batches to the portal: all of them, or the
// one of that name. It confirms nothing. usher.ErrStale: that was said before.
func (l *Ledger) CarryVisit(ctx context.Context, by usher.Principal, visit usher.ID, batch string) (usher.Visit, error) {
	var v usher.Visit
	err := l.write(ctx, by, func(c *change) error {
		var err error
		if v, err = c.tx.LockVisit(ctx, visit); err != nil {
			return err
		}
		batches, err := c.tx.BatchesOf(ctx, visit)
		if err != nil {
			return err
		}
		carried, left := 0, 0
		for _, b := range batches {
			switch {
			case b.CarriedAt != 0:
			case batch != "" && b.Name != batch:
				left++
			default:
				carried++
				if err := c.carry(b); err != nil {
					return err
				}
			}
		}
		if carried == 0 {
			return fmt.Errorf("visit %d: everything was carried there already: %w", v.Number, usher.ErrStale)
		}
		if left == 0 {
			v.DoneAt, v.DoneBy = c.now(), c.by.Name
		}
		return c.tx.UpdateVisit(ctx, v)
	})
	return v, err
}

func (c *change) carry(b usher.Batch) error {
	c.record(usher.Event{Kind: usher.EventBatchCarried, Subject: "batch", SubjectID: b.ID, Portal: b.Portal,
		After: payload(map[string]any{"name": b.Name, "sha256": b.SHA256})})
	return c.tx.CarryBatch(c.ctx, b.ID, c.by.Name)
}

// VisitTold notes that the portal's owner was told of a visit, or reminded of it. Whoever
// tells holds the lease of the portal's mail from before it is sent. usher.ErrStale: the lease is lost.
func (l *Ledger) VisitTold(ctx context.Context, lease Lease, visit usher.ID, reminder bool) error {
	return l.store.Write(ctx, func(tx *store.Tx) error {
		if err := holds(ctx, tx, lease); err != nil {
			return err
		}
		v, err := tx.LockVisit(ctx, visit)
		if err != nil {
			return err
		}
		if reminder {
			v.RemindedAt = tx.Now()
		} else {
			v.ToldAt = tx.Now()
		}
		return tx.UpdateVisit(ctx, v)
	})
}

// sweepUnconfirmed gives up waiting for rows that were carried to a portal and that no export
// showed in the portal's time: their accounts are asked for again, as they should be by now.
func (l *Ledger) sweepUnconfirmed(ctx context.Context, by usher.Principal) (int, error) {
	for _, p := range l.reissuing(ctx) {
		before := l.store.Now().Add(-p.Profile.Reissue)
		rows, err := l.store.Look().OverdueRows(ctx, p.ID, before, sweepSize)
		if err != nil {
			return 0, err
		}
		for _, r := range rows {
			if err := l.giveUp(ctx, by, r, p.Profile.Reissue); err != nil {
				return 0, fmt.Errorf("row %d of batch %s: %w", r.Row, r.Batch, err)
			}
		}
		if len(rows) == sweepSize {
			return sweepSize, nil
		}
	}
	return 0, nil
}

// reissuing are the portals at which a row does not wait for ever.
func (l *Ledger) reissuing(ctx context.Context) (list []usher.Portal) {
	portals, err := l.store.Look().Portals(ctx)
	if err != nil {
		return nil // the next sweep finds them
	}
	for _, p := range portals {
		if p.Profile.Reissue > 0 && p.RetiredAt == 0 {
			list = append(list, p)
		}
	}
	return list
}

func (l *Ledger) giveUp(ctx context.Context, by usher.Principal, overdue store.OverdueRow, after time.Duration) error {
	return l.write(ctx, by, func(c *change) error {
		b, r, err := c.tx.BatchRowOf(ctx, overdue.Batch, overdue.Row)
		if err != nil || r.State != usher.RowOpen {
			return err // another process was quicker, or somebody said what became of it
		}
		found, err := c.tx.Account(ctx, r.Account)
		if err != nil {
			return err
		}
		pools, err := c.poolsOf(found)
		if err != nil {
			return err
		}
		return c.settle(b, r, usher.RowUnconfirmed, fmt.Sprintf("nothing at the portal showed it within %s", spoken(after)), nil, pools)
	})
}

// spoken is a duration in the largest whole unit.
func spoken(d time.Duration) string {
	switch day := 24 * time.Hour; {
	case d >= day && d%day == 0:
		return fmt.Sprintf("%d days", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return d.String()
}
