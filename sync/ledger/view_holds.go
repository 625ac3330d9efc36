package ledger

import (
	"context"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// Holds lists holds, newest first; all says whether also those that were decided.
func (l *Ledger) Holds(ctx context.Context, all bool) (holds []usher.HoldView, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		holds = []usher.HoldView{}
		list, err := tx.Holds(ctx, !all)
		if err != nil {
			return err
		}
		for _, h := range list {
			held, err := tx.HeldSeats(ctx, h.ID)
			if err != nil {
				return err
			}
			holds = append(holds, holdView(n, h, len(held)))
		}
		return nil
	})
	return holds, err
}

func holdView(n labels, h usher.Hold, seats int) usher.HoldView {
	return usher.HoldView{Number: h.Number, Class: h.Class, Subscription: n.subscriptions[h.Subscription], Directory: n.directories[h.Directory], Seats: seats,
		OpenedAt: h.OpenedAt.Std(), Why: h.Why, ClosedAt: h.ClosedAt.Std(), ClosedBy: h.ClosedBy, Decision: h.Decision}
}

// Hold shows a hold and names everybody whom it stops.
func (l *Ledger) Hold(ctx context.Context, number int64) (v usher.HoldDetail, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		h, err := tx.HoldNumbered(ctx, number)
		if err != nil {
			return fmt.Errorf("hold %d: %w", number, err)
		}
		held, err := tx.HeldSeats(ctx, h.ID)
		if err != nil {
			return err
		}
		v.HoldView = holdView(n, h, len(held))
		v.Held, err = seatedViews(ctx, tx, n, held)
		return err
	})
	return v, err
}
