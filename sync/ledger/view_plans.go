package ledger

import (
	"context"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// Plans lists plans whose number is below before, newest first: of a directory where one is named.
func (l *Ledger) Plans(ctx context.Context, directory string, before int64, limit int) (list usher.Listed[usher.PlanView], err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		var of usher.ID
		if directory != "" {
			d, err := tx.DirectoryNamed(ctx, directory)
			if err != nil {
				return err
			}
			of = d.ID
		}
		plans, err := tx.PlansBefore(ctx, of, before, limit+1)
		if err != nil {
			return err
		}
		page := cut(plans, limit, func(p usher.Plan) usher.Mark { return usher.Mark{At: usher.Time(p.Number)} })
		list = usher.Listed[usher.PlanView]{Next: page.Next}
		for _, p := range page.Items {
			list.Items = append(list.Items, viewOf(n, p))
		}
		return nil
	})
	return list, err
}

func viewOf(n labels, p usher.Plan) usher.PlanView {
	return usher.PlanView{
		Number: p.Number, Directory: n.directories[p.Directory], State: p.State, Counts: p.Counts, Reasons: p.Reasons,
		File:      usher.FileView{Name: p.File.Name, Origin: p.File.Origin, SHA256: p.File.SHA256, Bytes: p.File.Bytes},
		CreatedAt: p.CreatedAt.Std(), ExpiresAt: p.ExpiresAt.Std(), AppliedAt: p.AppliedAt.Std(), DecidedAt: p.DecidedAt.Std(), DecidedBy: p.DecidedBy, Why: p.Why,
	}
}

// Plan shows a plan, with at most limit of its seats and of its findings.
func (l *Ledger) Plan(ctx context.Context, number int64, limit int) (v usher.PlanDetail, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		p, err := tx.Plan(ctx, number)
		if err != nil {
			return fmt.Errorf("plan %d: %w", number, err)
		}
		v = usher.PlanDetail{PlanView: viewOf(n, p), Seats: []usher.PlannedSeat{}, SeatsInAll: len(p.Seats)}
		v.Seats = append(v.Seats, p.Seats[:min(limit, len(p.Seats))]...)
		findings, err := tx.Findings(ctx, p.ID, limit)
		v.Findings = append([]usher.Finding{}, findings...)
		return err
	})
	return v, err
}

// Changes lists the changes of a plan after seq in their order; those in a state, where one is given.
func (l *Ledger) Changes(ctx context.Context, number int64, state usher.ChangeState, after int64, limit int) (list usher.Listed[usher.ChangeView], err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		p, err := tx.Plan(ctx, number)
		if err != nil {
			return fmt.Errorf("plan %d: %w", number, err)
		}
		var states []usher.ChangeState
		if state != "" {
			states = append(states, state)
		}
		changes, err := tx.Changes(ctx, p.ID, after, limit+1, states...)
		if err != nil {
			return err
		}
		page := cut(changes, limit, func(c usher.Change) usher.Mark { return usher.Mark{At: usher.Time(c.Seq)} })
		list = usher.Listed[usher.ChangeView]{Next: page.Next}
		for _, c := range page.Items {
			view, err := changeView(c)
			if err != nil {
				return fmt.Errorf("plan %d: %w", number, err)
			}
			list.Items = append(list.Items, view)
		}
		return nil
	})
	return list, err
}

func changeView(c usher.Change) (usher.ChangeView, error) {
	fields, err := c.Fields()
	return usher.ChangeView{Seq: c.Seq, Class: c.Class, Row: c.Row, Key: c.Key, Person: c.Person, Name: c.Name, Address: c.Address, State: c.State, Why: c.Why, Fields: fields}, err
}
