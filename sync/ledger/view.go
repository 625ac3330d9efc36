package ledger

import (
	"context"

	"usher/internal/store"
	"usher/internal/usher"
)

// labels are the names of what views show, by id.
type labels struct {
	subscriptions map[usher.ID]string
	portals       map[usher.ID]string
	directories   map[usher.ID]string
	portalOf      map[usher.ID]usher.ID // of a subscription
}

// readLabels reads the names of all subscriptions, portals and directories, also of those that
// the configuration names no longer. There are few.
func readLabels(ctx context.Context, tx *store.Tx) (labels, error) {
	n := labels{map[usher.ID]string{}, map[usher.ID]string{}, map[usher.ID]string{}, map[usher.ID]usher.ID{}}
	subs, err := tx.SubscriptionNames(ctx)
	if err != nil {
		return n, err
	}
	for _, s := range subs {
		n.subscriptions[s.ID], n.portalOf[s.ID] = s.Name, s.Portal
	}
	portals, err := tx.Portals(ctx)
	if err != nil {
		return n, err
	}
	for _, p := range portals {
		n.portals[p.ID] = p.Name
	}
	directories, err := tx.Directories(ctx)
	for _, d := range directories {
		n.directories[d.ID] = d.Name
	}
	return n, err
}

// view reads in one snapshot.
func (l *Ledger) view(ctx context.Context, f func(tx *store.Tx, n labels) error) error {
	return l.store.Read(ctx, func(tx *store.Tx) error {
		n, err := readLabels(ctx, tx)
		if err != nil {
			return err
		}
		return f(tx, n)
	})
}

// cut makes a part of a list of what was read with a limit that is one more than asked for.
func cut[T any](items []T, limit int, mark func(T) usher.Mark) usher.Listed[T] {
	if len(items) <= limit {
		return usher.Listed[T]{Items: items}
	}
	next := mark(items[limit-1])
	return usher.Listed[T]{Items: items[:limit], Next: &next}
}
