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

// CommitVisit keeps what is to be carried to a portal in one go, before any file is written:
// all files of one rendering or none, so that no account is half told. Each of files holds
// Kind, Name, Content, Notes and Rows; its name becomes what comes after the portal's name
// and its number. From now on the accounts wait for somebody to confirm their rows, and what
// older visits still asked of them is superseded. Urgent: the visit is called before its time.
// usher.ErrStale: an account changed since it was collected, the lease is lost, or the portal
// is not to be told anything; collect again.
func (l *Ledger) CommitVisit(ctx context.Context, lease store.Lease, portal usher.Portal, files []usher.Batch, urgent bool) (usher.Visit, []usher.Batch, error) {
	var visit usher.Visit
	var batches []usher.Batch
	err := l.write(ctx, usher.System("reconcile"), func(c *change) error {
		if err := mayTell(ctx, c.tx, lease, portal.ID); err != nil {
			return err
		}
		batches = slices.Clone(files)
		for i := range batches {
			batches[i].Rows = slices.Clone(files[i].Rows)
		}
		if err := c.handOver(batches); err != nil {
			return err
		}
		number, err := c.tx.NextNumber(ctx, "visit "+string(portal.ID))
		if err != nil {
			return err
		}
		visit = usher.Visit{ID: c.tx.NewID(), Portal: portal.ID, Number: number, OpenedAt: c.now(), Urgent: urgent}
		if err := c.tx.InsertVisit(ctx, visit); err != nil {
			return err
		}
		for i := range batches {
			if err := c.keep(&batches[i], visit, portal); err != nil {
				return err
			}
		}
		return nil
	})
	return visit, batches, err
}

// handOver notes of every account that has rows that the portal is told what it wants now.
func (c *change) handOver(batches []usher.Batch) error {
	rows := map[usher.ID][]*usher.BatchRow{}
	for _, b := range batches {
		for i := range b.Rows {
			rows[b.Rows[i].Account] = append(rows[b.Rows[i].Account], &b.Rows[i])
		}
	}
	older := map[usher.ID]bool{} // batches of which less is open by now
	for _, id := range sorted(rows) {
		a, err := c.tx.LockAccount(c.ctx, id)
		if err != nil {
			return err
		}
		if err := c.handOverAccount(a, rows[id], older); err != nil {
			return fmt.Errorf("account %s: %w", id, err)
		}
	}
	for _, id := range sorted(older) {
		if _, err := c.tx.CloseSettled(c.ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) handOverAccount(a usher.Account, rows []*usher.BatchRow, older map[usher.ID]bool) error {
	for _, r := range rows {
		if a.Generation != r.Generation {
			return fmt.Errorf("row %d: %w", r.Row, usher.ErrStale)
		}
		if r.Told == nil {
			r.Told = a.Desired
		}
	}
	superseded, err := c.tx.SupersedeRows(c.ctx, a.ID)
	if err != nil {
		return err
	}
	for _, batch := range superseded {
		older[batch] = true
	}
	a.Sent, a.Resend = a.Generation, false
	c.recordAccount(a, usher.EventAccountTold, rows[0].Text)
	return c.outcome(a, telling{generation: a.Generation}, usher.Outcome{Result: usher.Awaiting}, 0, nil)
}

// keep writes one batch of a visit.
func (c *change) keep(b *usher.Batch, visit usher.Visit, portal usher.Portal) error {
	number, err := c.tx.NextNumber(c.ctx, "batch "+string(portal.ID))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b.Content)
	b.ID, b.Portal, b.Visit, b.Number, b.CreatedAt = c.tx.NewID(), portal.ID, visit.ID, number, c.now()
	b.Name, b.SHA256 = fmt.Sprintf("%s-%04d-%s", portal.Name, number, b.Name), hex.EncodeToString(sum[:])
	if err := c.tx.InsertBatch(c.ctx, *b); err != nil {
		return err
	}
	c.record(usher.Event{Kind: usher.EventBatchWritten, Subject: "batch", SubjectID: b.ID, Portal: portal.ID,
		After: payload(map[string]any{"name": b.Name, "sha256": b.SHA256, "rows": len(b.Rows), "visit": visit.Number})})
	return nil
}
