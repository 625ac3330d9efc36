package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// Collect is what a portal that takes files would be told now, without taking it on.
func (l *Ledger) Collect(ctx context.Context, portal usher.ID, limit int) ([]usher.AccountChange, error) {
	var changes []usher.AccountChange
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		due, err := tx.DueAccounts(ctx, portal, limit)
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

// CommitBatch keeps a batch before its file is written; b holds Kind, Name, Content, Notes
// and Rows, and its name is what comes after the portal's name and the number. From now on its accounts wait for somebody to confirm
// them. usher.ErrStale: an account changed since it was collected, the lease is lost,
// or the portal is not to be told anything; collect again.
func (l *Ledger) CommitBatch(ctx context.Context, lease store.Lease, portal usher.Portal, file usher.Batch) (usher.Batch, error) {
	var b usher.Batch
	err := l.write(ctx, usher.System("reconcile"), func(c *change) error {
		if err := mayTell(ctx, c.tx, lease, portal.ID); err != nil {
			return err
		}
		number, err := c.tx.NextNumber(ctx, "batch "+string(portal.ID))
		if err != nil {
			return err
		}
		b = file
		sum := sha256.Sum256(b.Content)
		b.ID, b.Portal, b.Number, b.CreatedAt = c.tx.NewID(), portal.ID, number, c.now()
		b.Name, b.SHA256 = fmt.Sprintf("%s-%04d-%s", portal.Name, number, file.Name), hex.EncodeToString(sum[:])
		b.Rows = slices.Clone(file.Rows)
		for i := range b.Rows {
			if err := c.handOver(&b.Rows[i]); err != nil {
				return fmt.Errorf("row %d: %w", b.Rows[i].Row, err)
			}
		}
		if err := c.tx.InsertBatch(ctx, b); err != nil {
			return err
		}
		c.record(usher.Event{Kind: usher.EventBatchWritten, Subject: "batch", SubjectID: b.ID, Portal: portal.ID,
			After: payload(map[string]any{"name": b.Name, "sha256": b.SHA256, "rows": len(b.Rows)})})
		return nil
	})
	return b, err
}

func (c *change) handOver(r *usher.BatchRow) error {
	a, err := c.tx.LockAccount(c.ctx, r.Account)
	if err != nil {
		return err
	}
	if a.Generation != r.Generation {
		return fmt.Errorf("account %s: %w", a.ID, usher.ErrStale)
	}
	if err := c.tx.SupersedeRows(c.ctx, a.ID); err != nil {
		return err
	}
	a.Sent, r.Told = a.Generation, a.Desired
	c.recordAccount(a, usher.EventAccountTold, r.Text)
	return c.outcome(a, telling{generation: a.Generation}, usher.Outcome{Result: usher.Awaiting}, 0, nil)
}

// BatchWritten notes that a batch's file is in its place.
func (l *Ledger) BatchWritten(ctx context.Context, batch usher.ID) error {
	return l.store.Write(ctx, func(tx *store.Tx) error { return tx.BatchWritten(ctx, batch) })
}

// RefuseChange notes that an account cannot be told to a portal that takes files.
func (l *Ledger) RefuseChange(ctx context.Context, lease store.Lease, asked usher.AccountChange, why string) error {
	return l.write(ctx, usher.System("reconcile"), func(c *change) error {
		if err := holds(ctx, c.tx, lease); err != nil {
			return err
		}
		a, err := c.tx.LockAccount(ctx, asked.Account)
		if err != nil {
			return err
		}
		return c.outcome(a, telling{generation: asked.Generation}, usher.Outcome{Result: usher.Refused, Reason: why}, 0, nil)
	})
}

// ConfirmBatchRow says what became of one row of a batch: done at the portal, or not
// and why. Only an open row can be settled.
func (l *Ledger) ConfirmBatchRow(ctx context.Context, by usher.Principal, batch string, row int, done bool, note string) error {
	return l.write(ctx, by, func(c *change) error {
		b, err := c.tx.BatchNamed(ctx, batch)
		if err != nil {
			return err
		}
		if row < 1 || row > len(b.Rows) {
			return &usher.InvalidError{Attribute: "row", Problem: fmt.Sprintf("batch %s has rows 1 to %d", batch, len(b.Rows))}
		}
		r := b.Rows[row-1]
		found, err := c.tx.Account(ctx, r.Account)
		if err != nil {
			return err
		}
		pools, err := c.poolsOf(found)
		if err != nil {
			return err
		}
		a, err := c.tx.LockAccount(ctx, r.Account)
		if err != nil {
			return err
		}
		if err := c.settleRow(b, &r, done, note); err != nil {
			return err
		}
		o := confirmedBy(r.Told)
		if !done {
			o = usher.Outcome{Result: usher.Refused, Reason: "refused at the portal: " + note}
		}
		c.record(usher.Event{Kind: usher.EventBatchConfirmed, Subject: "batch", SubjectID: b.ID, Portal: b.Portal, Person: a.Subject,
			After: payload(map[string]any{"batch": b.Name, "row": row, "state": r.State}), Why: note})
		return c.outcome(a, telling{r.Generation, r.Told}, o, 0, pools)
	})
}

// confirmedBy is the outcome when a person says that the portal now holds what a row
// asked for. Such a portal has no ids of its own: it knows people by address and teams
// by name.
func confirmedBy(d *usher.Desired) usher.Outcome {
	remote := d.Address
	if remote == "" {
		remote = d.DisplayName
	}
	seen := usher.Seen{RemoteID: remote, Key: d.Key, Active: d.Active, UserName: d.UserName, Address: d.Address, DisplayName: d.DisplayName,
		GivenName: d.GivenName, FamilyName: d.FamilyName, Title: d.Title, Department: d.Department, Subscriptions: d.Subscriptions}
	return usher.Outcome{Result: usher.Done, RemoteID: remote, Seen: &seen}
}

func (c *change) settleRow(b usher.Batch, r *usher.BatchRow, done bool, note string) error {
	// The account's lock makes this the only one to settle the row.
	open, err := c.tx.OpenRows(c.ctx, b.ID)
	if err != nil {
		return err
	}
	if !open[r.Row] {
		return fmt.Errorf("row %d of batch %s is settled: %w", r.Row, b.Name, usher.ErrStale)
	}
	r.State, r.Note, r.SettledAt, r.SettledBy = usher.RowConfirmed, note, c.now(), c.by.Name
	if !done {
		r.State = usher.RowRefused
	}
	if err := c.tx.SettleBatchRow(c.ctx, b.ID, *r); err != nil {
		return err
	}
	if len(open) > 1 {
		return nil
	}
	c.told[b.Portal] = true
	return c.tx.CloseBatch(c.ctx, b.ID)
}
