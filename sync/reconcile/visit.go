package reconcile

import (
	"context"
	"slices"

	"usher/internal/usher"
)

// occasion is why somebody is to visit a portal now.
type occasion int

const (
	noVisit      occasion = iota
	regularVisit          // its time has come, or changes were gathered for long enough
	earlyVisit            // called before its time for somebody who cannot wait
	freeingVisit          // beside one that is open at a hard pool: it may only free seats
)

// occasion says whether a visit is to be made of what is due. Of a hard pool one visit is
// open at a time, because nobody knows before which of its seats are free.
func (o *owner) occasion(ctx context.Context, p usher.Portal) (occasion, error) {
	if !p.Live {
		return noVisit, nil
	}
	due, err := o.Look().DueAccounts(ctx, p.ID, 1)
	if err != nil || len(due) == 0 {
		return noVisit, err
	}
	urgent, err := o.urgent(ctx, p)
	regular := o.timeHasCome(due[0].NextTryAt)
	if err != nil || len(urgent) == 0 && !regular {
		return noVisit, err
	}
	if p.Hard {
		open, err := o.Look().OpenVisits(ctx, p.ID)
		switch {
		case err != nil || len(open) > 0 && !slices.ContainsFunc(urgent, onlyFrees):
			return noVisit, err
		case len(open) > 0:
			return freeingVisit, nil
		}
	}
	if !regular {
		return earlyVisit, nil
	}
	return regularVisit, nil
}

// timeHasCome says whether what is due since then is to be carried to the portal now.
func (o *owner) timeHasCome(since usher.Time) bool {
	now := o.Look().Now()
	if o.Visit == nil {
		return now >= since.Add(o.Gather)
	}
	at := o.Visit(since.Std())
	return !at.IsZero() && now >= usher.TimeOf(at)
}

// changes are those that are told on an occasion.
func (o *owner) changes(ctx context.Context, p usher.Portal, on occasion) ([]usher.AccountChange, error) {
	if on != freeingVisit {
		return o.Ledger.Collect(ctx, p.ID, batchLimit)
	}
	urgent, err := o.urgent(ctx, p)
	return slices.DeleteFunc(urgent, func(c usher.AccountChange) bool { return !onlyFrees(c) }), err
}

// urgent are the changes that free a seat and cannot wait for the portal's next visit.
func (o *owner) urgent(ctx context.Context, p usher.Portal) ([]usher.AccountChange, error) {
	if some, err := o.Look().UrgentAccounts(ctx, p.ID, 1); err != nil || len(some) == 0 {
		return nil, err
	}
	changes, err := o.Ledger.CollectUrgent(ctx, p.ID, batchLimit)
	return slices.DeleteFunc(changes, func(c usher.AccountChange) bool {
		_, takes := c.Moves()
		return len(takes) == 0
	}), err
}

// onlyFrees says of an urgent change that it takes no other seat.
func onlyFrees(c usher.AccountChange) bool {
	gives, _ := c.Moves()
	return len(gives) == 0
}
