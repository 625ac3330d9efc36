package ledger

import (
	"context"
	"sync"
	"time"

	"usher/internal/usher"
)

// lag is how many accounts of a portal are not in line, and how many of these it refused.
type lag struct{ all, refused int }

// Where very many accounts are behind, on the day of a first load, counting them takes longer than the rest of a page: then the
// count is shown again for a moment.
const (
	veryMany   = 10_000
	shownAgain = 3 * time.Second
)

// behindCounts keeps what was counted last, by portal. It is safe for concurrent use.
type behindCounts struct {
	mu   sync.Mutex
	last map[usher.ID]behindCount
}

type behindCount struct {
	lag

	at usher.Time
}

// countBehind is exact, and of very many as it was a moment ago.
func (l *Ledger) countBehind(ctx context.Context, portal usher.ID) (lag, error) {
	now := l.store.Now()
	if last, ok := l.behind.get(portal); ok && now >= last.at && now.Sub(last.at) < shownAgain { // the clock can be set back
		return last.lag, nil
	}
	all, refused, err := l.store.Look().CountBehind(ctx, portal)
	if err != nil {
		return lag{}, err
	}
	counted := lag{all, refused}
	l.behind.put(portal, behindCount{counted, now})
	return counted, nil
}

func (b *behindCounts) get(portal usher.ID) (behindCount, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last, ok := b.last[portal]
	return last, ok
}

func (b *behindCounts) put(portal usher.ID, c behindCount) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.all < veryMany {
		delete(b.last, portal)
		return
	}
	if b.last == nil {
		b.last = map[usher.ID]behindCount{}
	}
	b.last[portal] = c
}
