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
	freeingVisit          // beside one that is still to be carried to a hard pool: it may only free seats
)

// occasion says whether a visit is to be made of what is due. Of a hard pool one visit is on its way
// at a time. Once it was carried there the next one may follow, whatever became of its rows: what
// they give and what they were to free counts as taken until somebody knows, and whoever has an
// open row waits for its end ([owner.untangle]).
func (o *owner) occasion(ctx context.Context, p usher.Portal) (occasion, error) {
	if !p.Live {
		return noVisit, nil
	}
	urgent, err := o.urgent(ctx, p)
	if err != nil {
		return noVisit, err
	}
	if p.Hard {
		switch carrying, err := o.Look().VisitsToCarry(ctx, p.ID); {
		case err != nil || len(carrying) > 0 && !slices.ContainsFunc(urgent, onlyFrees):
			return noVisit, err
		case len(carrying) > 0:
			return freeingVisit, nil
		}
	}
	due, err := o.due(ctx, p)
	switch {
	case err != nil:
		return noVisit, err
	case len(due) > 0 && o.timeHasCome(due[0].NextTryAt):
		return regularVisit, nil
	case len(urgent) > 0:
		return earlyVisit, nil
	}
	return noVisit, nil
}

// due is who has waited longest of those who can be told now.
func (o *owner) due(ctx context.Context, p usher.Portal) ([]usher.Account, error) {
	if p.Hard {
		return o.Look().SettledDueAccounts(ctx, p.ID, 1)
	}
	return o.Look().DueAccounts(ctx, p.ID, 1)
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
	if !p.Hard {
		return o.Ledger.Collect(ctx, p.ID, batchLimit)
	}
	urgent, err := o.urgent(ctx, p)
	if err != nil {
		return nil, err
	}
	if on == freeingVisit {
		return slices.DeleteFunc(urgent, func(c usher.AccountChange) bool { return !onlyFrees(c) }), nil
	}
	all, err := o.Ledger.Collect(ctx, p.ID, batchLimit)
	if err != nil {
		return nil, err
	}
	return o.untangle(ctx, p, all, urgent)
}

// untangle leaves out whose open rows a new one would cross: told twice, somebody could be invited
// twice, and a file that is still to be carried would undo the newer one. Who is to lose a seat at
// once, and gets none, is not left out. A change of details waits for its manager's rows as well, because the
// manager could not be named before their end; a seat does not wait for that.
func (o *owner) untangle(ctx context.Context, p usher.Portal, all, urgent []usher.AccountChange) ([]usher.AccountChange, error) {
	awaited, err := o.Look().AwaitedAt(ctx, p.ID)
	if err != nil || len(awaited) == 0 {
		return all, err
	}
	people := make(map[usher.ID]bool, len(awaited))
	for _, person := range awaited {
		people[person] = person != ""
	}
	freeing := make(map[usher.ID]bool, len(urgent))
	for _, c := range urgent {
		freeing[c.Account] = onlyFrees(c)
	}
	return slices.DeleteFunc(all, func(c usher.AccountChange) bool {
		if freeing[c.Account] {
			return false
		}
		_, open := awaited[c.Account]
		gives, takes := c.Moves()
		return open || len(gives)+len(takes) == 0 && people[c.Desired.Manager]
	}), nil
}

// urgent are the changes that free a seat and cannot wait for the portal's next visit.
func (o *owner) urgent(ctx context.Context, p usher.Portal) ([]usher.AccountChange, error) {
	if some, err := o.Look().UrgentAccounts(ctx, p.ID, 1); err != nil || len(some) == 0 {
		return nil, err
	}
	changes, err := o.Ledger.CollectUrgent(ctx, p.ID, batchLimit)
	changes = slices.DeleteFunc(changes, func(c usher.AccountChange) bool {
		_, takes := c.Moves()
		return len(takes) == 0
	})
	if err != nil || !p.Hard {
		return changes, err
	}
	return o.untangle(ctx, p, changes, slices.Clone(changes))
}

// onlyFrees says of an urgent change that it takes no other seat.
func onlyFrees(c usher.AccountChange) bool {
	gives, _ := c.Moves()
	return len(gives) == 0
}
