package ledger

import (
	"context"
	"encoding/json"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// Revisions lists what changed configurations proposed, newest first and at most limit.
func (l *Ledger) Revisions(ctx context.Context, limit int) (views []usher.RevisionView, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		views = nil
		revisions, err := tx.NewestRevisions(ctx, limit)
		if err != nil {
			return err
		}
		for _, r := range revisions {
			v, _, err := revisionView(r)
			if err != nil {
				return err
			}
			views = append(views, v)
		}
		return nil
	})
	return views, err
}

// Revision shows a revision, and whose seats it would change, as far as a query selects them. The mark of the next part says how
// many came before it.
func (l *Ledger) Revision(ctx context.Context, number int64, q usher.SeatQuery) (v usher.RevisionView, seats usher.Listed[usher.PlannedSeat], err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		r, err := tx.Revision(ctx, number)
		if err != nil {
			return fmt.Errorf("revision %d: %w", number, err)
		}
		var plan usher.RevisionPlan
		if v, plan, err = revisionView(r); err != nil {
			return err
		}
		seats = selected(plan.Changes, q)
		return nil
	})
	return v, seats, err
}

func revisionView(r usher.Revision) (usher.RevisionView, usher.RevisionPlan, error) {
	v := usher.RevisionView{Number: r.Number, State: r.State, ProposedAt: r.ProposedAt.Std(), ProposedBy: r.ProposedBy, DecidedAt: r.DecidedAt.Std(), DecidedBy: r.DecidedBy}
	var plan usher.RevisionPlan
	if len(r.Plan) > 0 {
		if err := json.Unmarshal(r.Plan, &plan); err != nil {
			return v, plan, fmt.Errorf("plan of revision %d: %w", r.Number, err)
		}
	}
	v.Seats, v.Notes = usher.CountSeats(plan.Changes), plan.Notes
	return v, plan, nil
}

// selected are those planned seats that a query selects.
func selected(all []usher.PlannedSeat, q usher.SeatQuery) (list usher.Listed[usher.PlannedSeat]) {
	matching := 0
	for _, s := range all {
		if q.Subscription != "" && s.Subscription != q.Subscription || q.Kind != "" && s.Kind != q.Kind {
			continue
		}
		if matching++; matching <= q.Skip {
			continue
		}
		if len(list.Items) == q.Limit {
			list.Next = &usher.Mark{At: usher.Time(q.Skip + q.Limit)}
			break
		}
		list.Items = append(list.Items, s)
	}
	return list
}
