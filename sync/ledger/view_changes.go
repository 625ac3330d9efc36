package ledger

import (
	"context"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// lookedAtOnce is how many changes are read in one step, and mostLooked how many are looked at for one part of a list: where few
// are in the state that is asked for, the part is short and the next one goes on.
const (
	lookedAtOnce = 250
	mostLooked   = 2_500
)

// PlanChanges lists those changes of a plan that a query selects. Of somebody who is new it says what the file says of them.
func (l *Ledger) PlanChanges(ctx context.Context, number int64, q usher.ChangeQuery) (list usher.Listed[usher.ChangeView], err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		list = usher.Listed[usher.ChangeView]{}
		p, index, err := l.indexed(ctx, tx, number)
		if err != nil {
			return err
		}
		ahead := behind(index.changes[q.Class], q.After)
		for looked := 0; len(ahead) > 0; {
			step := ahead[:min(len(ahead), q.Limit-len(list.Items), lookedAtOnce)]
			if q.State != "" {
				step = ahead[:min(len(ahead), lookedAtOnce)]
			}
			changes, err := tx.ChangesNumbered(ctx, p.ID, q.State, step)
			if err != nil {
				return err
			}
			last := step[len(step)-1]
			if room := q.Limit - len(list.Items); len(changes) > room {
				changes = changes[:room]
				last = changes[room-1].Seq
			}
			if list.Items, err = changeViews(list.Items, changes); err != nil {
				return fmt.Errorf("plan %d: %w", number, err)
			}
			ahead, looked = behind(ahead, last), looked+len(step)
			if len(ahead) > 0 && (len(list.Items) == q.Limit || looked >= mostLooked) {
				list.Next = &usher.Mark{At: usher.Time(last)}
				return nil
			}
		}
		return nil
	})
	return list, err
}

// changeViews shows changes behind others.
func changeViews(views []usher.ChangeView, changes []usher.Change) ([]usher.ChangeView, error) {
	for _, c := range changes {
		view, err := changeView(c)
		if err == nil && c.Class == usher.ClassJoiner {
			view.Fields, err = c.Made()
		}
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

// PlanFindings lists those findings about rows of a plan's file that a query selects.
func (l *Ledger) PlanFindings(ctx context.Context, number int64, q usher.FindingQuery) (list usher.Listed[usher.Finding], err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		list = usher.Listed[usher.Finding]{}
		p, index, err := l.indexed(ctx, tx, number)
		if err != nil {
			return err
		}
		ahead := behind(index.findings[q.Severity], q.After)
		if len(ahead) > q.Limit {
			ahead = ahead[:q.Limit]
			list.Next = &usher.Mark{At: usher.Time(ahead[q.Limit-1])}
		}
		list.Items, err = tx.FindingsNumbered(ctx, p.ID, ahead)
		return err
	})
	return list, err
}

// behind are those of ordered numbers that are greater than one.
func behind(seqs []int64, after int64) []int64 {
	at, _ := slices.BinarySearch(seqs, after+1)
	return seqs[at:]
}
