package ledger

import (
	"context"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// FirstSteps says which of the steps to a first seat are done.
func (l *Ledger) FirstSteps(ctx context.Context) (usher.FirstSteps, error) {
	return l.store.Look().FirstSteps(ctx)
}

// Waiting is what waits for a human, as far as somebody with these rights sees it; kinds of which nothing waits are left out.
func (l *Ledger) Waiting(ctx context.Context, rights usher.Rights) (list []usher.Waiting, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		list = nil
		steps := []func(context.Context, *store.Tx, usher.Rights) (usher.Waiting, error){waitingHolds, waitingRequests}
		if usher.AccessOverseers.Allows(rights) {
			steps = []func(context.Context, *store.Tx, usher.Rights) (usher.Waiting, error){waitingPlans, waitingRevisions, waitingHolds, waitingConflicts, waitingVisits, waitingRequests}
		}
		for _, step := range steps {
			w, err := step(ctx, tx, rights)
			if err != nil {
				return err
			}
			if w.Count > 0 {
				list = append(list, w)
			}
		}
		return nil
	})
	return list, err
}

// waitsFor counts what waits since some times.
func waitsFor(kind usher.WaitingKind, since []usher.Time) usher.Waiting {
	w := usher.Waiting{Kind: kind, Count: len(since)}
	if len(since) > 0 {
		w.Oldest = slices.Min(since).Std()
	}
	return w
}

func waitingPlans(ctx context.Context, tx *store.Tx, _ usher.Rights) (usher.Waiting, error) {
	plans, err := tx.PendingPlans(ctx)
	var since []usher.Time
	for _, p := range plans {
		if p.State == usher.PlanOpen {
			since = append(since, p.CreatedAt)
		}
	}
	return waitsFor(usher.WaitingPlans, since), err
}

func waitingRevisions(ctx context.Context, tx *store.Tx, _ usher.Rights) (usher.Waiting, error) {
	since, err := tx.RevisionsWait(ctx)
	return waitsFor(usher.WaitingRevisions, since), err
}

// waitingHolds are those of subscriptions that the rights are for; whoever sees everything sees those of directories too.
func waitingHolds(ctx context.Context, tx *store.Tx, rights usher.Rights) (usher.Waiting, error) {
	holds, err := tx.Holds(ctx, true)
	var since []usher.Time
	for _, h := range holds {
		if usher.AccessOverseers.Allows(rights) || h.Subscription != "" && rights.MayRead(h.Subscription) {
			since = append(since, h.OpenedAt)
		}
	}
	return waitsFor(usher.WaitingHolds, since), err
}

func waitingConflicts(ctx context.Context, tx *store.Tx, _ usher.Rights) (usher.Waiting, error) {
	n, oldest, err := tx.CountOpenConflicts(ctx)
	return usher.Waiting{Kind: usher.WaitingConflicts, Count: n, Oldest: oldest.Std()}, err
}

func waitingVisits(ctx context.Context, tx *store.Tx, _ usher.Rights) (usher.Waiting, error) {
	visits, err := tx.OpenVisits(ctx, "")
	var since []usher.Time
	for _, v := range visits {
		since = append(since, v.OpenedAt)
	}
	return waitsFor(usher.WaitingVisits, since), err
}

// waitingRequests are those for subscriptions that the rights are for.
func waitingRequests(ctx context.Context, tx *store.Tx, rights usher.Rights) (usher.Waiting, error) {
	requests, err := tx.OpenRequests(ctx)
	var since []usher.Time
	for _, r := range requests {
		if rights.MayRead(r.Subscription) {
			since = append(since, r.AskedAt)
		}
	}
	return waitsFor(usher.WaitingRequests, since), err
}
