package daemon

import (
	"context"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// eventsPage is what the page of events reads.
type eventsPage struct {
	*ledger.Ledger

	d *Daemon
}

// Chain implements web.Events. The end that is kept outside the database is that of this process's folder.
func (s eventsPage) Chain(ctx context.Context) (usher.ChainView, error) {
	v, err := s.Ledger.Chain(ctx)
	if err != nil {
		return v, err
	}
	head, err := s.d.Head()
	if head != nil {
		v.Kept = head.Number
	}
	return v, err
}

// Names implements web.Events.
func (s eventsPage) Names(ctx context.Context) (subscriptions, portals map[string]usher.ID, err error) {
	look := s.d.store.Look()
	subs, err := look.AllSubscriptions(ctx)
	if err != nil {
		return nil, nil, err
	}
	known, err := look.Portals(ctx)
	subscriptions, portals = map[string]usher.ID{}, map[string]usher.ID{}
	for _, sub := range subs {
		subscriptions[sub.Name] = sub.ID
	}
	for _, p := range known {
		portals[p.Name] = p.ID
	}
	return subscriptions, portals, err
}
