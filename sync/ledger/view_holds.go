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
	return usher.HoldView{Number: h.Number, Class: h.Class, Subscription: n.subscriptions[h.Subscription], SubscriptionID: h.Subscription, Directory: n.directories[h.Directory], Seats: seats,
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

// HoldsIn lists the holds that a query selects, newest first. The mark of the next part is the number before which it begins.
func (l *Ledger) HoldsIn(ctx context.Context, q usher.HoldQuery) (list usher.Listed[usher.HoldView], err error) {
	limit := q.Limit
	q.Limit++
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		holds, err := tx.HoldsIn(ctx, q)
		if err != nil {
			return err
		}
		page := cut(holds, limit, func(h usher.Hold) usher.Mark { return usher.Mark{At: usher.Time(h.Number)} })
		list = usher.Listed[usher.HoldView]{Next: page.Next}
		for _, h := range page.Items {
			seats, err := tx.CountHeld(ctx, h.ID)
			if err != nil {
				return err
			}
			list.Items = append(list.Items, holdView(n, h, seats))
		}
		return nil
	})
	return list, err
}

// HoldPart shows a hold and names those whom it stops, at most limit, after a seat.
func (l *Ledger) HoldPart(ctx context.Context, number int64, after usher.ID, limit int) (v usher.HoldDetail, next *usher.Mark, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		h, err := tx.HoldNumbered(ctx, number)
		if err != nil {
			return fmt.Errorf("hold %d: %w", number, err)
		}
		seats, err := tx.CountHeld(ctx, h.ID)
		if err != nil {
			return err
		}
		held, err := tx.HeldAfter(ctx, h.ID, after, limit+1)
		if err != nil {
			return err
		}
		page := cut(held, limit, func(s usher.Seat) usher.Mark { return usher.Mark{ID: s.ID} })
		next = page.Next
		v.HoldView = holdView(n, h, seats)
		v.Held, err = seatedViews(ctx, tx, n, page.Items)
		return err
	})
	return v, next, err
}
