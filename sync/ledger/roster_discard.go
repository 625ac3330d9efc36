package ledger

import (
	"context"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// DiscardPlan drops what a plan holds, and of one that is being applied what is still to be
// applied: whoever applies it ends with the changes under way. What was applied stays and can
// be undone, and the plan is stopped: its file is none that was accepted.
func (l *Ledger) DiscardPlan(ctx context.Context, by usher.Principal, number int64) (usher.Plan, error) {
	var p usher.Plan
	err := l.write(ctx, by, func(c *change) error {
		stopped, err := c.stopPlan(number)
		if err != nil || stopped {
			return err
		}
		if p, err = c.waitingPlan(number); err != nil {
			return err
		}
		return c.closePlan(p, usher.PlanDiscarded, by.Reason)
	})
	if err != nil {
		return p, err
	}
	return l.store.Look().Plan(ctx, number)
}

// stopPlan ends a plan that is being applied. It is false, and nothing is done, where it is not.
// Only the plan is locked, as by whoever applies it: they lock directories after it. All others
// lock the plan after its directory, so where it ended meanwhile everything starts afresh: its
// lock has to go before the directory's is asked for.
func (c *change) stopPlan(number int64) (bool, error) {
	p, err := c.tx.Plan(c.ctx, number)
	if err == nil && p.State != usher.PlanApplying {
		return false, nil
	}
	if err == nil {
		p, err = c.tx.LockPlan(c.ctx, number)
	}
	if err == nil && p.State != usher.PlanApplying {
		err = store.ErrAgain
	}
	if err != nil {
		return false, fmt.Errorf("plan %d: %w", number, err)
	}
	held, err := c.tx.CountChanges(c.ctx, p.ID, usher.ChangeHeld)
	if err != nil {
		return false, err
	}
	rest, err := c.dropRest(p)
	if err != nil {
		return false, err
	}
	state := usher.PlanDiscarded
	if p.Counts.Applied > 0 || p.AppliedAt > 0 {
		p.AppliedAt = c.now() // a run, which can be undone, and to which older plans are past
		if rest > 0 {
			state = usher.PlanStopped
		}
	}
	return true, c.closePlan(p, state, fmt.Sprintf("%d changes were applied, %d are dropped: %s", p.Counts.Applied, held+rest, c.by.Reason))
}

// dropRest drops what a run has still to apply. It gives how many changes.
func (c *change) dropRest(p usher.Plan) (int, error) {
	planned, err := c.tx.SettleChanges(c.ctx, p.ID, usher.ChangePlanned, usher.ChangeDropped, c.by.Reason)
	if err != nil {
		return 0, err
	}
	confirmed, err := c.tx.SettleChanges(c.ctx, p.ID, usher.ChangeConfirmed, usher.ChangeDropped, c.by.Reason)
	return int(planned + confirmed), err
}
