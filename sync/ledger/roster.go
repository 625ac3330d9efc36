package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// Feed is a file of a directory that is ready to be read.
type Feed struct {
	Directory usher.ID
	File      usher.RosterFile
	// Mapping is a fingerprint of how rows are read: another mapping makes every row new.
	Mapping string
	// Full says that the file names everybody, so that absence means something.
	Full bool
	// ByHand says that a human wants to see the plan: nothing goes without a confirmation.
	ByHand bool
	// Instead is the number of the plan whose file was mended: once the mended one can be read, nothing of that plan waits any
	// longer, whoever asked for it. 0: none.
	Instead int64
	// Reread says that the file is one that was accepted before: whom it leaves out again is not
	// absent a second time.
	Reread bool
	// Read hands over the file's rows in their order. same says that a row was accepted
	// before just as it is, and need not be mapped again. It may be called more than once,
	// never at the same time. An error means that nothing is known.
	Read func(ctx context.Context, same func(key string, hash int64) bool, each func(usher.RosterRow) error) (usher.RosterSummary, error)
	// Alike says whether the file's rows are one by one those of another file, of which
	// before is the summary, and gives the file's own. It costs much less than Read. Nil:
	// nobody can tell.
	Alike func(ctx context.Context, before usher.RosterSummary) (usher.RosterSummary, bool, error)
}

// PlanLife is how long a plan can be confirmed, and UndoLife how long it can be undone.
const (
	PlanLife = 7 * 24 * time.Hour
	UndoLife = 90 * 24 * time.Hour
)

// ProposeRoster computes what a file would change, against what its directory is known to
// say, and keeps the plan. It changes nobody: a plan in state applying goes by itself once
// ApplyPlan is called, one in state open waits for ConfirmPlan. A newer plan supersedes
// what still waits of an older one of the directory.
func (l *Ledger) ProposeRoster(ctx context.Context, by usher.Principal, f Feed) (usher.Plan, error) {
	if err := l.applyPending(ctx, f.Directory); err != nil {
		return usher.Plan{}, err
	}
	p, err := l.beginPlan(ctx, f)
	if err != nil {
		return p, fmt.Errorf("plan for %s: %w", f.File.Name, err)
	}
	w := &planner{ledger: l, ctx: ctx, feed: f, plan: p}
	last, again, err := l.repeats(ctx, f, p)
	if again {
		w.plan.Summary, w.plan.Counts = last.Summary, usher.PlanCounts{Rows: last.Counts.Rows, Unchanged: last.Counts.Rows}
		return l.keepPlan(ctx, by, w)
	}
	if err == nil {
		err = w.run()
	}
	if err != nil {
		return p, errors.Join(fmt.Errorf("plan %d for %s: %w", p.Number, f.File.Name, err), l.forget(context.WithoutCancel(ctx), p))
	}
	return l.keepPlan(ctx, by, w)
}

// repeats says that the file tells again what the directory already says: it is the file of
// a plan that was applied in full, or had nothing to apply, and after which none was applied;
// or its rows are those of that file, in their order. It was read in the same way, no row of
// it was refused, and nobody is counted as missing. Then nothing is new.
func (l *Ledger) repeats(ctx context.Context, f Feed, p usher.Plan) (usher.Plan, bool, error) {
	look := l.store.Look()
	last, err := look.SettledPlan(ctx, p)
	if errors.Is(err, usher.ErrNotFound) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	if last.Mapping != p.Mapping || last.Full != p.Full || last.Undoes != "" || last.Counts.Stale > 0 || last.Counts.Refused > 0 {
		return p, false, nil
	}
	missing, err := look.RosterAbsences(ctx, p.Directory)
	if err != nil || missing > 0 {
		return p, false, err
	}
	if p.File.SHA256 != "" && last.File.SHA256 == p.File.SHA256 {
		return last, true, nil
	}
	if f.Alike == nil {
		return p, false, nil
	}
	alike := false
	last.Summary, alike, err = f.Alike(ctx, last.Summary)
	return last, alike, err
}

// applyPending finishes what an interrupted run of the directory has left: a plan is
// computed against what is, and never beside a run.
func (l *Ledger) applyPending(ctx context.Context, directory usher.ID) error {
	pending, err := l.store.Look().PendingPlans(ctx)
	if err != nil {
		return err
	}
	for _, p := range pending {
		if p.Directory != directory || p.State != usher.PlanApplying {
			continue
		}
		if _, err := l.ApplyPlan(ctx, p.Number); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) beginPlan(ctx context.Context, f Feed) (usher.Plan, error) {
	var p usher.Plan
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		base, err := lastRun(ctx, tx, f.Directory)
		if err != nil {
			return err
		}
		version, err := tx.PolicyVersion(ctx)
		if err != nil {
			return err
		}
		number, err := tx.NextNumber(ctx, "plan")
		if err != nil {
			return err
		}
		p = usher.Plan{
			ID: tx.NewID(), Number: number, Directory: f.Directory, File: f.File, Full: f.Full,
			Mapping: f.Mapping, Policy: version, Base: base, State: usher.PlanReading,
			CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(PlanLife),
		}
		return tx.InsertPlan(ctx, p)
	})
	return p, err
}

// lastRun is the number of the directory's last plan that changed anything; zero for none.
func lastRun(ctx context.Context, tx *store.Tx, directory usher.ID) (int64, error) {
	last, err := tx.LastRun(ctx, directory)
	if errors.Is(err, usher.ErrNotFound) {
		return 0, nil
	}
	return last, err
}

// keepPlan decides, with the guards, what becomes of a plan that was computed.
func (l *Ledger) keepPlan(ctx context.Context, by usher.Principal, w *planner) (usher.Plan, error) {
	var p usher.Plan
	if w.plan.Summary.RefusedFile() { // while it is in state reading: whatever happens, the rest goes with it
		if err := l.dropAll(ctx, w.plan, (*store.Tx).DropChanges); err != nil {
			return w.plan, err
		}
	}
	err := l.write(ctx, by, func(c *change) error {
		p = w.plan
		if err := c.tx.LockDirectory(ctx, p.Directory); err != nil {
			return err
		}
		if err := c.atRest(p.Directory); err != nil {
			return err
		}
		switch base, err := lastRun(ctx, c.tx, p.Directory); {
		case err != nil:
			return err
		case base != p.Base:
			return fmt.Errorf("another plan of the directory was applied meanwhile: %w", usher.ErrStale)
		}
		if err := c.judge(&p, w); err != nil {
			return err
		}
		if p.State != usher.PlanRefused {
			if err := c.supersede(p, w.feed.ByHand, w.feed.Instead); err != nil {
				return err
			}
		}
		c.recordPlan(p, usher.EventPlanComputed, string(p.State))
		return c.tx.UpdatePlan(ctx, p)
	})
	return p, err
}

// judge says in what state a plan is that was computed. The guards hold what waits.
func (c *change) judge(p *usher.Plan, w *planner) error {
	switch {
	case p.Summary.RefusedFile():
		p.State = usher.PlanRefused
		return nil
	case w.seq == 0:
		p.State = usher.PlanUnchanged
		return nil
	}
	p.Counts.Seats = usher.CountSeats(p.Seats)
	held, err := c.guardPlan(p, w.feed.ByHand, w.rekeyed)
	p.Counts.Held, p.State = held, usher.PlanApplying
	if held == int(w.seq) {
		p.State = usher.PlanOpen
	}
	return err
}

// supersede drops what still waits of older plans of the directory. A look by hand drops
// none but earlier looks, and the plan instead of which it is: what a drop holds waits on, until something is applied.
func (c *change) supersede(p usher.Plan, byHand bool, instead int64) error {
	pending, err := c.tx.PendingPlans(c.ctx)
	if err != nil {
		return err
	}
	for _, old := range pending {
		if old.Directory != p.Directory || old.Number >= p.Number || old.State != usher.PlanOpen || byHand && !old.File.ByHand() && old.Number != instead {
			continue
		}
		if old, err = c.tx.LockPlan(c.ctx, old.Number); err != nil || old.State != usher.PlanOpen {
			return err
		}
		if err := c.closePlan(old, usher.PlanSuperseded, fmt.Sprintf("plan %d is newer", p.Number)); err != nil {
			return err
		}
	}
	return nil
}

// closePlan ends a plan that waits: nothing that is held of it will go.
func (c *change) closePlan(p usher.Plan, state usher.PlanState, why string) error {
	if _, err := c.tx.SettleChanges(c.ctx, p.ID, usher.ChangeHeld, usher.ChangeDropped, why); err != nil {
		return err
	}
	p.State, p.DecidedAt, p.DecidedBy, p.Why = state, c.now(), c.by.Name, why
	c.recordPlan(p, usher.EventPlanClosed, string(state)+": "+why)
	return c.tx.UpdatePlan(c.ctx, p)
}

func (c *change) recordPlan(p usher.Plan, kind usher.EventKind, why string) {
	c.record(usher.Event{Kind: kind, Subject: "plan", SubjectID: p.ID, Why: fmt.Sprintf("plan %d for %s: %s", p.Number, p.File.Name, why), After: payload(p.Counts)})
}
