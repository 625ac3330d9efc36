package ledger

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/usher"
)

// ResumePlans applies what interrupted runs have left. A run that this process is at goes on by itself: beside it a
// second one would only take the turns of others.
func (l *Ledger) ResumePlans(ctx context.Context) error {
	pending, err := l.store.Look().PendingPlans(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, p := range pending {
		if p.State != usher.PlanApplying || l.isAtWork(p.Number) {
			continue
		}
		if _, err := l.ApplyPlan(ctx, p.Number); err != nil {
			failed = append(failed, fmt.Errorf("plan %d: %w", p.Number, err))
		}
	}
	return errors.Join(failed...)
}

// atWork notes that this process applies a plan, until what it gives is called.
func (l *Ledger) atWork(number int64) (done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running[number]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.running[number]--; l.running[number] == 0 {
			delete(l.running, number)
		}
	}
}

func (l *Ledger) isAtWork(number int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running[number] > 0
}
