package ledger

import (
	"context"
	"fmt"
	"sync"

	"usher/internal/store"
	"usher/internal/usher"
)

// planIndex says which of a plan's changes are of a class, and which of its findings of a severity. Neither changes once the plan was
// computed. It is never written after it was made.
type planIndex struct {
	changes  map[usher.ChangeClass][]int64
	findings map[usher.Severity][]int64
}

// indexesKept is how many plans' indexes are kept: 8 bytes for each change and each finding.
const indexesKept = 8

// planIndexes keeps the indexes of the plans that were looked at last. It is safe for concurrent use.
type planIndexes struct {
	mu   sync.Mutex
	kept []keptIndex // that looked at last is the last
}

type keptIndex struct {
	plan  usher.ID
	index planIndex
}

// indexed is a plan with its index. All of the plan is read where nobody has looked at it lately: the store has none by class.
func (l *Ledger) indexed(ctx context.Context, tx *store.Tx, number int64) (usher.Plan, planIndex, error) {
	p, err := planInParts(ctx, tx, number)
	if err != nil {
		return p, planIndex{}, err
	}
	if index, has := l.indexes.get(p.ID); has {
		return p, index, nil
	}
	var made planIndex
	if made.changes, err = tx.ChangeIndex(ctx, p.ID); err == nil {
		made.findings, err = tx.FindingIndex(ctx, p.ID)
	}
	if err != nil {
		return p, made, fmt.Errorf("plan %d: %w", number, err)
	}
	if p.State != usher.PlanReading {
		l.indexes.put(p.ID, made)
	}
	return p, made, nil
}

func (x *planIndexes) get(plan usher.ID) (planIndex, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, k := range x.kept {
		if k.plan == plan {
			x.kept = append(append(x.kept[:i:i], x.kept[i+1:]...), k)
			return k.index, true
		}
	}
	return planIndex{}, false
}

func (x *planIndexes) put(plan usher.ID, index planIndex) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.kept = append(x.kept, keptIndex{plan, index})
	if len(x.kept) > indexesKept {
		x.kept = append([]keptIndex(nil), x.kept[1:]...)
	}
}
