package ledger

import (
	"context"

	"usher/internal/store"
	"usher/internal/usher"
)

// Pools lists subscriptions by name; all says whether also those that the configuration names no
// longer.
func (l *Ledger) Pools(ctx context.Context, all bool) (pools []usher.PoolView, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		pools = []usher.PoolView{}
		subs, err := tx.AllSubscriptions(ctx)
		if err != nil {
			return err
		}
		for _, s := range subs {
			if s.RetiredAt != 0 && !all {
				continue
			}
			v, err := poolView(ctx, tx, n, s)
			if err != nil {
				return err
			}
			pools = append(pools, v)
		}
		return nil
	})
	return pools, err
}

func poolView(ctx context.Context, tx *store.Tx, n labels, s usher.Subscription) (usher.PoolView, error) {
	counts, err := tx.CountStates(ctx, s.ID)
	if err != nil {
		return usher.PoolView{}, err
	}
	leaving, err := tx.Leaving(ctx, s.ID)
	return usher.PoolView{Name: s.Name, Portal: n.portals[s.Portal], Purchased: s.Purchased, Used: s.Used, Free: s.Free(), KeptBack: s.Reserved,
		Queued: counts[usher.Queued], Leaving: len(leaving) + counts[usher.Releasing], EndsAt: s.EndsAt.Std(), Retired: s.RetiredAt != 0}, err
}

// Seated lists the seats of a subscription that are not released, by person: those in a state,
// where one is given.
func (l *Ledger) Seated(ctx context.Context, subscription string, state usher.SeatState, after usher.ID, limit int) (list usher.Listed[usher.SeatedView], err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		list = usher.Listed[usher.SeatedView]{}
		sub, err := tx.SubscriptionNamed(ctx, subscription)
		if err != nil {
			return err
		}
		seats, err := tx.SeatsAfter(ctx, sub.ID, state, after, limit+1)
		if err != nil {
			return err
		}
		page := cut(seats, limit, func(s usher.Seat) usher.Mark { return usher.Mark{ID: s.Person} })
		list.Next = page.Next
		list.Items, err = seatedViews(ctx, tx, n, page.Items)
		return err
	})
	return list, err
}

func seatedViews(ctx context.Context, tx *store.Tx, n labels, seats []usher.Seat) ([]usher.SeatedView, error) {
	views := []usher.SeatedView{}
	for _, s := range seats {
		p, err := tx.Person(ctx, s.Person)
		if err != nil {
			return nil, err
		}
		v := usher.SeatedView{Subscription: n.subscriptions[s.Subscription], Person: p.ID, Name: p.Name(), Address: p.Address, State: s.State, Reason: s.Reason,
			Held: s.Hold != "", Leaving: s.LeavingAt != 0 && s.State != usher.Releasing, Since: since(s).Std()}
		if s.State == usher.Queued {
			if v.Place, err = tx.Place(ctx, s); err != nil {
				return nil, err
			}
		}
		views = append(views, v)
	}
	return views, nil
}

// ExplainSeats explains all seats of a person, and nothing else of them.
func (l *Ledger) ExplainSeats(ctx context.Context, person usher.ID) (seats []ExplainedSeat, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		p, err := l.policyFor(ctx, tx)
		if err != nil {
			return err
		}
		e := Explanation{}
		x := &explainer{change: newChange(ctx, l, tx, p, usher.System("explain"))}
		if err := x.explainOnly(&e, person, x.seats); err != nil {
			return err
		}
		seats = e.Seats
		return nil
	})
	return seats, err
}
