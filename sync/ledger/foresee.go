package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// foreseen is what was last counted and foretold of all subscriptions. With very many people that takes longer than a page
// may, so it is shown again for a while and says as of when it is (decision 14).
type foreseen struct {
	usher.Outlooks

	at      usher.Time
	took    time.Duration
	version int64 // of the policy
	turns   map[usher.ID][]plan.Turn

	mu      sync.Mutex
	sitting map[usher.ID][]store.SittingPerson // by subscription, once somebody asked
}

// sittingIn are all who sit in a subscription: as of the first who asked since the rest was counted.
func (f *foreseen) sittingIn(ctx context.Context, tx *store.Tx, sub usher.Subscription) ([]store.SittingPerson, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.sitting[sub.ID]; ok {
		return slices.Clone(known), nil
	}
	list, err := tx.Sitting(ctx, sub.ID, sub.Portal)
	if err != nil {
		return nil, fmt.Errorf("seats of %s: %w", sub.Name, err)
	}
	if f.sitting == nil {
		f.sitting = map[usher.ID][]store.SittingPerson{}
	}
	f.sitting[sub.ID] = list
	return slices.Clone(list), nil
}

// foresight keeps what was foreseen.
type foresight struct {
	one  sync.Mutex // held by whoever counts: others wait for the same
	mu   sync.Mutex
	last *foreseen
	busy bool // somebody counts anew while the last is shown
}

// quick is how long counting may take to be done for each look, and stale until when at most the last count is shown.
const (
	quick = 25 * time.Millisecond
	stale = 10 * time.Minute
	// often is how many times as long as it took a count is shown at least, unless that is long: a count that was slow once, on a
	// machine with few people, is not shown to them for half a minute after they have changed something.
	often = 100
)

// Outlooks are all subscriptions by name, with their past and their forecast, and what has changed within a day.
func (l *Ledger) Outlooks(ctx context.Context) (usher.Outlooks, error) {
	f, err := l.foresee(ctx)
	if err != nil {
		return usher.Outlooks{}, err
	}
	return f.Outlooks, nil
}

// foresee gives what is true now, or was a short while ago where counting takes its time: then it is counted anew beside.
func (l *Ledger) foresee(ctx context.Context) (*foreseen, error) {
	now := l.store.Now()
	l.foresight.mu.Lock()
	last := l.foresight.last
	l.foresight.mu.Unlock()
	if last == nil || last.took <= quick || now.Sub(last.at) > stale || l.showFor == 0 {
		return l.foreseeNow(ctx, now)
	}
	if now.Sub(last.at) > min(l.showFor, often*last.took)+20*last.took {
		l.foreseeBeside(ctx, now)
	}
	return last, nil
}

// Foresee counts anew, so that whoever looks next need not wait for it.
func (l *Ledger) Foresee(ctx context.Context) error {
	_, err := l.foreseeNow(ctx, l.store.Now())
	return err
}

// foreseeBeside counts anew while the last count is shown.
func (l *Ledger) foreseeBeside(ctx context.Context, now usher.Time) {
	l.foresight.mu.Lock()
	defer l.foresight.mu.Unlock()
	if l.foresight.busy {
		return
	}
	l.foresight.busy = true
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		_, _ = l.foreseeNow(ctx, now) // whoever looks when the last is too old hears what is wrong
		l.foresight.mu.Lock()
		defer l.foresight.mu.Unlock()
		l.foresight.busy = false
	}()
}

// foreseeNow counts what is true at asked or later; those who ask at once share a count.
func (l *Ledger) foreseeNow(ctx context.Context, asked usher.Time) (*foreseen, error) {
	l.foresight.one.Lock()
	defer l.foresight.one.Unlock()
	l.foresight.mu.Lock()
	last := l.foresight.last
	l.foresight.mu.Unlock()
	if last != nil && last.at > asked {
		return last, nil
	}
	next, err := l.count(ctx)
	if err != nil {
		return nil, fmt.Errorf("count and foretell seats: %w", err)
	}
	l.foresight.mu.Lock()
	defer l.foresight.mu.Unlock()
	l.foresight.last = next
	return next, nil
}

// changesShown are the kinds of events that are counted.
func changesShown() []usher.EventKind {
	return []usher.EventKind{usher.EventSeatGiven, usher.EventSeatReleased, usher.EventSeatQueued, usher.EventPersonJoined, usher.EventPersonRejoined, usher.EventPersonLeft, usher.EventPersonMoved}
}

// count reads one snapshot.
func (l *Ledger) count(ctx context.Context) (*foreseen, error) {
	began := time.Now()
	f := &foreseen{}
	err := l.view(ctx, func(tx *store.Tx, n labels) error {
		p, err := l.policyFor(ctx, tx)
		if err != nil {
			return err
		}
		c := newChange(ctx, l, tx, p, usher.System("forecast"))
		f.at, f.version, f.AsOf = c.now(), p.version, c.now().Std()
		if f.turns, err = c.turnsUntil(c.now().Add(MaxAhead * oneDay)); err != nil {
			return err
		}
		if f.Pools, err = c.poolOutlooks(n, f.turns); err != nil {
			return err
		}
		counted, err := tx.CountEvents(ctx, c.now().Add(-oneDay), changesShown())
		for _, e := range counted {
			f.Changes = append(f.Changes, usher.ChangeCounted{Kind: e.Kind, Subscription: e.Subscription, Count: e.Count})
		}
		return err
	})
	f.took = time.Since(began)
	return f, err
}

// poolOutlooks are those of the subscriptions that the configuration names, by name.
func (c *change) poolOutlooks(n labels, turns map[usher.ID][]plan.Turn) ([]usher.PoolOutlook, error) {
	subs, err := c.tx.Subscriptions(c.ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(subs, func(a, b usher.Subscription) int { return strings.Compare(a.Name, b.Name) })
	pools := []usher.PoolOutlook{}
	for _, s := range subs {
		o, err := c.outlook(s, before(turns[s.ID], c.now().Add(aheadDays*oneDay)), 0)
		if err != nil {
			return nil, fmt.Errorf("subscription %s: %w", s.Name, err)
		}
		v, err := c.poolOutlook(n, s, o)
		if err != nil {
			return nil, err
		}
		pools = append(pools, v)
	}
	return pools, nil
}
