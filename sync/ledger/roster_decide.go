package ledger

import (
	"context"
	"fmt"

	"usher/internal/usher"
)

// Selection says which of a plan's waiting changes a human confirms: all of them, those of
// a class, those of single people by their key, or single ones by number. The zero value is all.
type Selection struct {
	Class usher.ChangeClass
	Keys  []string
	// Seqs are the numbers of single changes, and count instead of Class and Keys.
	Seqs []int64
	// Mapping is the fingerprint of how the directory's files are read now, which a plan for a
	// file has to agree with; empty is not compared.
	Mapping string
	// Held is how many changes were held when the human saw the plan, which has to be so still; 0
	// is not compared.
	Held int
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
		if s.Mapping != "" && p.Undoes == "" && s.Mapping != p.Mapping {
			return fmt.Errorf("plan %d: the columns are read in another way now; plan the file again: %w", number, usher.ErrStale)
		}
		if s.Held != 0 && s.Held != p.Counts.Held {
			return fmt.Errorf("plan %d holds %d changes now, not %d; look at it again: %w", number, p.Counts.Held, s.Held, usher.ErrStale)
		}
		n, err := c.confirm(p, s)
		if err != nil {
			return err
		}
		if err := c.supersede(p, false, 0); err != nil {
			return err
		}
		p.State, p.Cursor, p.DecidedAt, p.DecidedBy, p.Why = usher.PlanApplying, 0, c.now(), by.Name, by.Reason
		c.recordPlan(p, usher.EventPlanConfirmed, fmt.Sprintf("%d changes confirmed: %s", n, by.Reason))
		return c.tx.UpdatePlan(ctx, p)
	})
	return p, err
}

// confirm marks what a selection names. Each person has to be there: whom a typing mistake
// means is not to be passed over.
func (c *change) confirm(p usher.Plan, s Selection) (int64, error) {
	if len(s.Seqs) > 0 {
		n, err := c.tx.ConfirmNumbered(c.ctx, p.ID, s.Seqs)
		if err == nil && n != int64(len(s.Seqs)) {
			err = fmt.Errorf("plan %d holds %d of %d changes that were chosen; look at it again: %w", p.Number, n, len(s.Seqs), usher.ErrStale)
		}
		return n, err
	}
	if len(s.Keys) == 0 {
		n, err := c.tx.ConfirmChanges(c.ctx, p.ID, s.Class, nil)
		if err == nil && n == 0 {
			err = fmt.Errorf("plan %d holds nothing of class %s: %w", p.Number, s.Class, usher.ErrInvalid)
		}
		return n, err
	}
	total := int64(0)
	for _, key := range s.Keys {
		names := []string{key, usher.FoldText(key), usher.FoldEmployeeNumber(key)}
		if address, err := usher.FoldAddress(key); err == nil {
			names = append(names, address)
		}
		n, err := c.tx.ConfirmChanges(c.ctx, p.ID, s.Class, names)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, fmt.Errorf("plan %d holds nobody with the key or address %q: %w", p.Number, key, usher.ErrInvalid)
		}
		total += n
	}
	return total, nil
}

// waitingPlan is a plan of which something waits, locked after its directory, as wherever a
// plan is decided about.
func (c *change) waitingPlan(number int64) (usher.Plan, error) {
	p, err := c.tx.Plan(c.ctx, number)
	if err == nil {
		err = c.tx.LockDirectory(c.ctx, p.Directory)
	}
	if err == nil {
		p, err = c.tx.LockPlan(c.ctx, number)
	}
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
	if err := c.atRest(p.Directory); err != nil {
		return err
	}
	base, err := lastRun(c.ctx, c.tx, p.Directory)
	switch {
	case err != nil:
		return err
	case base != p.Base && base != p.Number:
		return fmt.Errorf("plan %d was applied since; plan the file again: %w", base, usher.ErrStale)
	case p.Policy != c.policy.version:
		return fmt.Errorf("the configuration has changed since, or which directory stands in for which; plan the file again: %w", usher.ErrStale)
	}
	return nil
}

// atRest refuses to let a plan go beside another one of the directory: what it was computed
// from is being changed.
func (c *change) atRest(directory usher.ID) error {
	pending, err := c.tx.PendingPlans(c.ctx)
	for _, p := range pending {
		if p.Directory == directory && p.State == usher.PlanApplying {
			return fmt.Errorf("plan %d is being applied: %w", p.Number, usher.ErrStale)
		}
	}
	return err
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
			if err := c.tx.LockDirectory(ctx, p.Directory); err != nil {
				return err
			}
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
