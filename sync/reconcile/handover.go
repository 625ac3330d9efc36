package reconcile

import (
	"cmp"
	"context"
	"slices"

	"usher/connectors"
	"usher/internal/usher"
)

// handover is what the connector has to know to make files of changes; over are those of them for
// which a hard pool has no seat.
func (o *owner) handover(ctx context.Context, p usher.Portal, changes []usher.AccountChange) (h connectors.Handover, over []withoutSeat, err error) {
	h.Changes = changes
	if h.Templates, err = o.Look().Templates(ctx, p.ID); err != nil {
		return h, nil, err
	}
	if h.Pools, err = o.pools(ctx, p, changes); err != nil {
		return h, nil, err
	}
	if p.Hard {
		h.Changes, over = seated(changes, h.Pools)
	}
	told := make(map[usher.ID]bool, len(h.Changes))
	for _, c := range h.Changes {
		told[c.Account] = true
	}
	if h.Teams, err = o.Look().TeamsKeptAt(ctx, p.ID); err != nil {
		return h, nil, err
	}
	slices.Sort(h.Teams)
	h.Held, err = o.heldBeside(ctx, p, told)
	return h, over, err
}

// pools are the portal's subscriptions, by name. Whoever is told now is not counted for a
// seat that they are to be given: it is the change itself that takes it.
func (o *owner) pools(ctx context.Context, p usher.Portal, changes []usher.AccountChange) ([]connectors.Pool, error) {
	subs, err := o.Look().Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	taken, err := o.Look().TakenAt(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	gives := make(map[usher.ID][]string, len(changes))
	for _, c := range changes {
		gives[c.Account], _ = c.Moves()
	}
	var pools []connectors.Pool
	for _, s := range subs {
		if s.Portal != p.ID {
			continue
		}
		others := slices.DeleteFunc(taken[s.ID], func(account usher.ID) bool { return slices.Contains(gives[account], s.Name) })
		pools = append(pools, connectors.Pool{Subscription: s.Name, Code: s.Code, Purchased: s.Purchased, Occupied: len(others)})
	}
	slices.SortFunc(pools, func(a, b connectors.Pool) int { return cmp.Compare(a.Subscription, b.Subscription) })
	return pools, nil
}

// heldBeside are the people whom the portal holds, or may hold by now, and who are not told now.
func (o *owner) heldBeside(ctx context.Context, p usher.Portal, told map[usher.ID]bool) ([]usher.Seen, error) {
	all, err := o.Look().HeldAccounts(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	held := make([]usher.Seen, 0, len(all))
	for account, seen := range all {
		if !told[account] {
			held = append(held, seen)
		}
	}
	invited, err := o.Look().InvitedAt(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	for account, address := range invited {
		if !told[account] {
			held = append(held, usher.Seen{RemoteID: address, Active: true})
		}
	}
	slices.SortFunc(held, func(a, b usher.Seen) int { return cmp.Compare(a.RemoteID, b.RemoteID) })
	return held, nil
}
