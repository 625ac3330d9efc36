package ledger

import (
	"context"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// WaitingPlans are the plans that are being computed or applied, or that somebody has to decide about, oldest first; of a
// directory where one is named.
func (l *Ledger) WaitingPlans(ctx context.Context, directory string) (views []usher.PlanView, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		views = nil
		plans, err := tx.PendingPlans(ctx)
		for _, p := range plans {
			if v := viewOf(n, p); directory == "" || v.Directory == directory {
				views = append(views, v)
			}
		}
		return err
	})
	return views, err
}

// PastPlans lists the plans of which nothing waits whose number is below before, newest first: of a directory where one is named.
func (l *Ledger) PastPlans(ctx context.Context, directory string, before int64, limit int) (list usher.Listed[usher.PlanView], err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		var of usher.ID
		if directory != "" {
			d, err := tx.DirectoryNamed(ctx, directory)
			if err != nil {
				return fmt.Errorf("directory %s: %w", directory, err)
			}
			of = d.ID
		}
		plans, err := tx.PastPlans(ctx, of, before, limit+1)
		page := cut(plans, limit, func(p usher.Plan) usher.Mark { return usher.Mark{At: usher.Time(p.Number)} })
		list = usher.Listed[usher.PlanView]{Next: page.Next}
		for _, p := range page.Items {
			list.Items = append(list.Items, viewOf(n, p))
		}
		return err
	})
	return list, err
}

// PlanReview shows a plan to somebody who decides about it.
func (l *Ledger) PlanReview(ctx context.Context, number int64) (v usher.PlanReview, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		p, err := planInParts(ctx, tx, number)
		if err != nil {
			return err
		}
		v = usher.PlanReview{PlanView: viewOf(n, p), Full: p.Full, Whole: p.Summary.Findings, Step: p.Cursor}
		if p.Undoes != "" {
			if v.Undoes, err = tx.PlanNumber(ctx, p.Undoes); err != nil {
				return err
			}
		}
		if until := p.AppliedAt.Add(UndoLife); p.Counts.Applied > 0 && p.State != usher.PlanApplying && until > tx.Now() {
			v.UndoUntil = until.Std()
		}
		if v.Steps, err = tx.LastChange(ctx, p.ID); err != nil || v.Counts.Seats != nil {
			return err
		}
		v.Counts.Seats, err = countedSeats(ctx, tx, p)
		return err
	})
	return v, err
}

// planInParts is a plan without what it does to seats.
func planInParts(ctx context.Context, tx *store.Tx, number int64) (usher.Plan, error) {
	p, err := tx.PlanProgress(ctx, number)
	if err != nil {
		return p, fmt.Errorf("plan %d: %w", number, err)
	}
	return p, nil
}
