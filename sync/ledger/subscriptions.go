package ledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// armAfter is when the guard on invitations begins to count for a subscription at a
// portal that the configuration made live, where nobody confirms a first load.
const armAfter = 24 * time.Hour

// putSubscriptions writes the subscriptions of a policy. Lowering what was purchased
// below what is occupied evicts nobody: cap stays at what is used and comes down with it.
func putSubscriptions(ctx context.Context, tx *store.Tx, p Policy) error {
	known, err := tx.AllSubscriptions(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(known, func(a, b usher.Subscription) int { return compareIDs(a.ID, b.ID) })
	named := map[string]SubscriptionPolicy{}
	anew := map[usher.ID]bool{} // portals that have other subscriptions than before
	for _, s := range p.Subscriptions {
		named[s.Name] = s
	}
	for _, k := range known {
		sub, err := tx.LockSubscription(ctx, k.ID)
		if err != nil {
			return err
		}
		wanted, ok := named[k.Name]
		delete(named, k.Name)
		if !ok {
			if sub.RetiredAt == 0 {
				sub.RetiredAt = tx.Now()
			}
		} else if sub, err = configured(ctx, tx, sub, wanted); err != nil {
			return err
		}
		if sub.Portal != k.Portal {
			anew[k.Portal], anew[sub.Portal] = true, true
		}
		if err := tx.UpdateSubscription(ctx, sub); err != nil {
			return err
		}
	}
	for _, name := range sorted(named) {
		sub, err := configured(ctx, tx, usher.Subscription{ID: tx.NewID()}, named[name])
		if err != nil {
			return err
		}
		if err := tx.InsertSubscription(ctx, sub); err != nil {
			return err
		}
		anew[sub.Portal] = true
	}
	for _, id := range sorted(anew) {
		portal, err := tx.Portal(ctx, id)
		if err == nil {
			err = holdAnew(ctx, tx, portal)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func configured(ctx context.Context, tx *store.Tx, s usher.Subscription, p SubscriptionPolicy) (usher.Subscription, error) {
	portal, err := tx.PortalNamed(ctx, p.Portal)
	if err != nil {
		return s, err
	}
	s.Name, s.Portal, s.Code, s.Purchased, s.StartsAt, s.EndsAt = p.Name, portal.ID, p.Code, p.Seats, p.StartsAt, p.EndsAt
	s.Rule, s.Priority, s.Settle, s.RetiredAt = p.Rule, p.Priority, p.Settle, 0
	s.Grace, s.OnLeave = p.Grace, cmp.Or(p.OnLeave, usher.LeaveKeep)
	s.Requestable = p.Requestable
	s.Cap = max(s.Purchased, s.Used)
	if s.ArmedAt == 0 && portal.Live {
		s.ArmedAt = tx.Now().Add(armAfter)
	}
	return s, nil
}
