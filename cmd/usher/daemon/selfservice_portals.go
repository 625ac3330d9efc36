package daemon

import (
	"context"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/internal/web"
)

// JoinLink implements web.Joining.
func (s selfService) JoinLink(ctx context.Context, person usher.ID, code string) (usher.JoinLink, []string, error) {
	j, err := s.d.ledger.JoinLink(ctx, person, code)
	if err != nil {
		return j, nil, err
	}
	known, err := subscriptionNames(ctx, s.d.store.Look())
	var names []string
	for _, id := range j.Subscriptions {
		names = append(names, known[id])
	}
	slices.Sort(names)
	return j, names, err
}

// UseJoinLink implements web.Joining.
func (s selfService) UseJoinLink(ctx context.Context, by usher.Principal, code string) (usher.JoinLink, error) {
	return s.d.ledger.UseJoinLink(ctx, by, code)
}

// Portals implements web.Preflight.
func (s selfService) Portals(ctx context.Context) (portals []web.Portal, err error) {
	err = s.d.store.Read(ctx, func(tx *store.Tx) error {
		portals = nil
		known, err := tx.Portals(ctx)
		if err != nil {
			return err
		}
		subs, err := tx.Subscriptions(ctx)
		if err != nil {
			return err
		}
		for _, p := range known {
			if p.RetiredAt != 0 {
				continue
			}
			shown := web.Portal{ID: p.ID, Name: p.Name}
			for _, sub := range subs {
				if sub.Portal == p.ID {
					shown.Subscriptions = append(shown.Subscriptions, sub.ID)
				}
			}
			portals = append(portals, shown)
		}
		return nil
	})
	return portals, err
}

// Mismatches implements web.Preflight.
func (s selfService) Mismatches(ctx context.Context, portal usher.ID) (web.Mismatches, error) {
	return s.preflights.get(ctx, portal)
}
