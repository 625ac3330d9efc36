package ledger

import "usher/internal/store"

// pace says how many changes one transaction applies. While nobody waits for its end more
// and more, because the more are written together, the less each costs; as soon as another
// writer had to wait few, so that whoever pushes meanwhile hardly notices.
type pace struct {
	store *store.Store
	size  int
	waits int64
}

// The least and the most changes to a transaction. The most take about 150 ms.
const (
	leastAtOnce = 25
	mostAtOnce  = 400
)

func (p *pace) next() int {
	waits, counted := p.store.Waits()
	switch {
	case !counted:
		p.size = 4 * leastAtOnce
	case p.size == 0 || waits != p.waits:
		p.size = leastAtOnce
	default:
		p.size = min(2*p.size, mostAtOnce)
	}
	p.waits = waits
	return p.size
}
