package ledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// Evidence is what became of a leaver's seats at one portal: when each step was, and how that is
// known.
type Evidence struct {
	Person        usher.ID
	Name          string
	Address       string
	Portal        string
	Subscriptions []string
	// Left is when the person was to be gone: the end of the last day that a directory names, in UTC, else when
	// it said that they are.
	Left, Decided, Handed, Confirmed                  usher.Time // zero: not yet
	LeftHow, DecidedHow, HandedHow, ConfirmedHow, Now string     // Now is what is awaited; empty once confirmed
}

// Took is how long it took from the day of leaving until the seats were confirmed to be free, or
// has taken until now; never negative.
func (e Evidence) Took(now usher.Time) time.Duration {
	end := e.Confirmed
	if end == 0 {
		end = now
	}
	return max(0, end.Sub(e.Left))
}

// EvidenceTotals say how complete the proof is.
type EvidenceTotals struct {
	Lines     int // leavers at portals
	Confirmed int
	Open      int
	Median    time.Duration // of those confirmed
	Max       time.Duration
}

// Evidence hands every leaver and portal since the given instant to each: those that are open
// first, the oldest of them first, then the others by person. portal may be empty for all.
func (l *Ledger) Evidence(ctx context.Context, portal usher.ID, since usher.Time, each func(Evidence) error) (EvidenceTotals, error) {
	var totals EvidenceTotals
	var open []Evidence
	var took []time.Duration
	now := l.store.Now()
	err := l.leavers(ctx, portal, since, func(e Evidence) error {
		totals.Lines++
		if e.Confirmed == 0 {
			open = append(open, e)
		} else {
			took = append(took, e.Took(now))
		}
		return nil
	})
	if err != nil {
		return totals, err
	}
	slices.SortStableFunc(open, func(a, b Evidence) int { return cmp.Compare(a.Left, b.Left) })
	for _, e := range open {
		if err := each(e); err != nil {
			return totals, err
		}
	}
	totals.Open, totals.Confirmed = len(open), len(took)
	if len(took) > 0 {
		slices.Sort(took)
		totals.Max, totals.Median = took[len(took)-1], (took[(len(took)-1)/2]+took[len(took)/2])/2
	}
	// What was confirmed is read again rather than kept: only what is open has to be in order.
	return totals, l.leavers(ctx, portal, since, func(e Evidence) error {
		if e.Confirmed == 0 {
			return nil
		}
		return each(e)
	})
}

// leavers reads them a page at a time.
func (l *Ledger) leavers(ctx context.Context, portal usher.ID, since usher.Time, each func(Evidence) error) error {
	for after := usher.ID(""); ; {
		var page []Evidence
		var people []usher.ID
		err := l.store.Read(ctx, func(tx *store.Tx) error {
			page = nil
			policy, err := l.policyFor(ctx, tx)
			if err != nil {
				return err
			}
			if people, err = tx.PeopleLeaving(ctx, portal, since, after, 200); err != nil {
				return err
			}
			w := &witness{ctx: ctx, tx: tx, policy: policy, portal: portal, since: since, notes: map[usher.ID]map[string]usher.Time{}}
			for _, id := range people {
				found, err := w.of(id)
				if err != nil {
					return err
				}
				page = append(page, found...)
			}
			return nil
		})
		if err != nil || len(people) == 0 {
			return err
		}
		for _, e := range page {
			if err := each(e); err != nil {
				return err
			}
		}
		after = people[len(people)-1]
	}
}
