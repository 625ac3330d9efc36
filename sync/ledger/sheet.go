package ledger

import (
	"context"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// Sheet is a visit as whoever makes it needs it.
type Sheet struct {
	Visit   usher.Visit
	Portal  usher.Portal
	Batches []usher.Batch // with what a sheet shows of their rows, in the order in which they are carried
	// Past are open rows, by batch, that give a seat to somebody who is not to have it any more:
	// in a hard pool no newer batch takes their place before this one is settled.
	Past map[usher.ID][]int
}

// Sheet reads the sheet of a visit.
func (l *Ledger) Sheet(ctx context.Context, visit usher.ID) (Sheet, error) {
	var s Sheet
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		if s.Visit, err = tx.Visit(ctx, visit); err != nil {
			return err
		}
		if s.Portal, err = tx.Portal(ctx, s.Visit.Portal); err != nil {
			return err
		}
		if s.Batches, err = tx.BatchesOf(ctx, visit); err != nil {
			return err
		}
		for i := range s.Batches {
			if s.Batches[i].Rows, err = tx.SheetRows(ctx, s.Batches[i].ID); err != nil {
				return err
			}
		}
		return s.findPast(ctx, tx)
	})
	return s, err
}

// findPast looks at everybody to whom something is to be given that nobody carried there yet, and of whom something else is desired
// since.
func (s *Sheet) findPast(ctx context.Context, tx *store.Tx) error {
	rows, err := tx.OvertakenRows(ctx, s.Visit.ID)
	s.Past = map[usher.ID][]int{}
	for _, r := range rows {
		if len(r.Gives) > 0 && !wants(r.Desired, r.Gives) {
			s.Past[r.Batch] = append(s.Past[r.Batch], r.Row)
		}
	}
	return err
}

// wants says that all those subscriptions are desired.
func wants(d *usher.Desired, subs []string) bool {
	return d != nil && d.Active && !slices.ContainsFunc(subs, func(sub string) bool { return !slices.Contains(d.Subscriptions, sub) })
}

// step is one thing that somebody does in a visit: a task, or a file to upload.
type step struct {
	batch usher.Batch
	task  *usher.BatchRow // nil: the file
}

// steps are the tasks and files of a visit in their order: tasks that free seats first, then
// all else in the order of the connector. What is settled, superseded or carried is no step.
func (s Sheet) steps() []step {
	var first, then []step
	for _, b := range s.Batches {
		if !toDo(b) {
			continue
		}
		if b.Kind != usher.BatchTasks {
			then = append(then, step{batch: b})
			continue
		}
		for i, r := range b.Rows {
			switch {
			case r.State != usher.RowOpen:
			case len(r.Takes) > 0 && len(r.Gives) == 0:
				first = append(first, step{b, &b.Rows[i]})
			default:
				then = append(then, step{b, &b.Rows[i]})
			}
		}
	}
	return append(first, then...)
}

// toDo says that a batch is to be carried yet.
func toDo(b usher.Batch) bool { return b.ClosedAt == 0 && b.CarriedAt == 0 }

// How long a person takes, as far as one can say, and how long a visit should be.
const (
	taskTakes   = 20 * time.Second
	fileTakes   = 2 * time.Minute // also to fetch the export
	longestGood = 10 * time.Minute
)

// takes is about how long the visit takes.
func (s Sheet) takes(exports bool) time.Duration {
	tasks, files := 0, 0
	for _, step := range s.steps() {
		if step.task != nil {
			tasks++
		} else {
			files++
		}
	}
	return takes(tasks, files, exports)
}

func takes(tasks, files int, exports bool) time.Duration {
	if exports {
		files++
	}
	return time.Duration(tasks)*taskTakes + time.Duration(files)*fileTakes
}
