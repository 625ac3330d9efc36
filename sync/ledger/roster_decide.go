package ledger

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// Selection says which of a plan's waiting changes a human confirms: all of them, those of
// a class, or those of single people by their key. The zero value is all.
type Selection struct {
	Class usher.ChangeClass
	Keys  []string
}

// ConfirmPlan lets what a plan holds go, by name: no guard stops it any more. It is
// refused when the plan was computed from what is past (usher.ErrStale); the same file
// planned again is bound to what is now. The changes are applied by ApplyPlan.
func (l *Ledger) ConfirmPlan(ctx context.Context, by usher.Principal, number int64, s Selection) (usher.Plan, error) {
	var p usher.Plan
	err := l.write(ctx, by, func(c *change) error {
		var err error
		if p, err = c.waitingPlan(number); err != nil {
			return err
		}
		if err := c.bound(p); err != nil {
			return fmt.Errorf("plan %d: %w", number, err)
		}
		n, err := c.tx.ConfirmChanges(ctx, p.ID, s.Class, s.Keys)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("plan %d holds nothing of that: %w", number, usher.ErrNotFound)
		}
		p.State, p.Cursor, p.DecidedAt, p.DecidedBy, p.Why = usher.PlanApplying, 0, c.now(), by.Name, by.Reason
		c.recordPlan(p, usher.EventPlanConfirmed, fmt.Sprintf("%d changes confirmed: %s", n, by.Reason))
		return c.tx.UpdatePlan(ctx, p)
	})
	return p, err
}

// DiscardPlan drops what a plan holds.
func (l *Ledger) DiscardPlan(ctx context.Context, by usher.Principal, number int64) (usher.Plan, error) {
	var p usher.Plan
	err := l.write(ctx, by, func(c *change) error {
		var err error
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

func (c *change) waitingPlan(number int64) (usher.Plan, error) {
	p, err := c.tx.LockPlan(c.ctx, number)
	switch {
	case err != nil:
		return p, fmt.Errorf("plan %d: %w", number, err)
	case p.State != usher.PlanOpen:
		return p, fmt.Errorf("plan %d is %s, nothing of it waits: %w", number, p.State, usher.ErrStale)
	case p.ExpiresAt <= c.now():
		return p, fmt.Errorf("plan %d has expired; plan the file again: %w", number, usher.ErrStale)
	}
	return p, nil
}

// bound says whether what a plan was computed from still is so.
func (c *change) bound(p usher.Plan) error {
	if err := c.tx.LockDirectory(c.ctx, p.Directory); err != nil {
		return err
	}
	base, err := lastRun(c.ctx, c.tx, p.Directory)
	switch {
	case err != nil:
		return err
	case base != p.Base && base != p.Number:
		return fmt.Errorf("plan %d was applied since; plan the file again: %w", base, usher.ErrStale)
	case p.Policy != c.policy.version:
		return fmt.Errorf("the configuration has changed since; plan the file again: %w", usher.ErrStale)
	}
	return nil
}

// sweepPlans lets plans expire about which nobody decided.
func (l *Ledger) sweepPlans(ctx context.Context, by usher.Principal) (int, error) {
	pending, err := l.store.Look().PendingPlans(ctx)
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, p := range pending {
		if p.State == usher.PlanReading && l.store.Now().Sub(p.CreatedAt) > hour { // by a process that has gone
			if err := l.forget(ctx, p); err != nil {
				return ended, err
			}
		}
		if p.State != usher.PlanOpen || p.ExpiresAt > l.store.Now() {
			continue
		}
		err := l.write(ctx, by, func(c *change) error {
			now, err := c.tx.LockPlan(ctx, p.Number)
			if err != nil || now.State != usher.PlanOpen {
				return err
			}
			return c.closePlan(now, usher.PlanExpired, "nobody decided in time")
		})
		if err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}

// UndoPlan plans to put back what a plan changed, as far as nobody changed it since. It
// waits for ConfirmPlan, and is a plan like any other: it can be undone in turn. What
// cannot be put back is among its findings.
func (l *Ledger) UndoPlan(ctx context.Context, by usher.Principal, number int64) (usher.Plan, error) {
	done, err := l.store.Look().Plan(ctx, number)
	switch {
	case err != nil:
		return done, fmt.Errorf("plan %d: %w", number, err)
	case done.Counts.Applied == 0:
		return done, fmt.Errorf("plan %d has changed nothing: %w", number, usher.ErrInvalid)
	case l.store.Now().Sub(done.AppliedAt) > UndoLife:
		return done, fmt.Errorf("plan %d was applied more than %d days ago: %w", number, int(UndoLife/(24*hour)), usher.ErrStale)
	}
	f := Feed{Directory: done.Directory, File: done.File, ByHand: true, Mapping: done.Mapping}
	f.File.Origin = fmt.Sprintf("undo of plan %d", number)
	p, err := l.beginPlan(ctx, f)
	if err != nil {
		return p, err
	}
	p.Undoes = done.ID
	w := &planner{ledger: l, ctx: ctx, feed: f, plan: p}
	if err := w.undo(done); err != nil {
		return p, errors.Join(fmt.Errorf("undo of plan %d: %w", number, err), l.forget(context.WithoutCancel(ctx), p))
	}
	return l.keepPlan(ctx, by, w)
}

// undo stages the way back of each change that was applied.
func (w *planner) undo(done usher.Plan) error {
	if err := w.know(); err != nil {
		return err
	}
	for after := int64(0); ; {
		var page []usher.Change
		err := w.ledger.store.Read(w.ctx, func(tx *store.Tx) error {
			var err error
			if page, err = tx.Changes(w.ctx, done.ID, after, comparedAtOnce, usher.ChangeApplied); err != nil || len(page) == 0 {
				return err
			}
			if err := w.reverse(tx, page); err != nil {
				return err
			}
			return w.view.add(tx, w.staged)
		})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].Seq
	}
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.writeFindings(); err != nil {
		return err
	}
	var err error
	w.plan.Seats, err = w.view.seats()
	return err
}
