package daemon

import (
	"context"

	"usher/internal/usher"
)

// activityPage is what the page of activity reads: lists from the ledger, and sums over everybody kept for a while.
type activityPage struct {
	*teamsPage

	sums *kept[usher.Activity]
}

func (d *Daemon) newActivityPage(teams *teamsPage) activityPage {
	return activityPage{teams, newKept(d.options.Clock, d.readFailed("activity"), d.ledger.Activity)}
}

// Activity implements web.Uses.
func (s activityPage) Activity(ctx context.Context) (usher.Activity, error) { return s.sums.get(ctx) }

// IdleSeats implements web.Uses.
func (s activityPage) IdleSeats(ctx context.Context, q usher.IdleQuery) (usher.Listed[usher.IdleSeat], error) {
	return s.d.ledger.IdleSeats(ctx, q)
}
