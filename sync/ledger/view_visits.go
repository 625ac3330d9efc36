package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
)

// SheetView is the sheet of a visit with at most so many of its steps.
func (l *Ledger) SheetView(ctx context.Context, visit usher.ID, most int) (v usher.SheetView, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		h, err := readSheetHead(ctx, tx, visit, most)
		if err == nil {
			v = h.view(most)
		}
		return err
	})
	return v, err
}

// sheetHead is a sheet of whose rows only those are read that its first steps show.
type sheetHead struct {
	Sheet

	counted []store.CountedBatch
}

func readSheetHead(ctx context.Context, tx *store.Tx, visit usher.ID, most int) (h sheetHead, err error) {
	if h.Visit, err = tx.Visit(ctx, visit); err != nil {
		return h, err
	}
	if h.Portal, err = tx.Portal(ctx, h.Visit.Portal); err != nil {
		return h, err
	}
	if h.counted, err = tx.CountedBatchesOf(ctx, visit); err != nil {
		return h, err
	}
	for _, b := range h.counted {
		switch {
		case !toDo(b.Batch):
		case b.Kind == usher.BatchTasks:
			b.Rows, err = tx.FirstTasks(ctx, b.ID, most)
		default:
			b.Rows, err = tx.SupersededRows(ctx, b.ID)
		}
		if err != nil {
			return h, err
		}
		h.Batches = append(h.Batches, b.Batch)
	}
	return h, h.findPast(ctx, tx)
}

func (h sheetHead) view(most int) usher.SheetView {
	v := usher.SheetView{VisitView: visitView(h.Visit), Portal: h.Portal.Name}
	tasks, files, rows := 0, 0, map[usher.ID]int{}
	for _, b := range h.counted {
		v.Batches = append(v.Batches, batchView(b.Batch, b.RowsInAll, b.OpenRows))
		rows[b.ID] = b.RowsInAll
		switch {
		case !toDo(b.Batch):
		case b.Kind == usher.BatchTasks:
			tasks += b.OpenRows
		default:
			files++
		}
	}
	if v.ClosedAt == 0 {
		v.Takes, v.WithExport, v.Longest = takes(tasks, files, false), takes(tasks, files, true), longestGood
	}
	steps := h.steps()
	for _, step := range steps[:min(most, len(steps))] {
		v.Steps = append(v.Steps, h.stepView(step, rows[step.batch.ID]))
	}
	v.Later = tasks + files - len(v.Steps)
	return v
}

func (s Sheet) stepView(step step, rows int) usher.SheetStep {
	past := s.Past[step.batch.ID]
	if step.task != nil {
		return usher.SheetStep{Batch: step.batch.Name, Row: step.task.Row, Text: step.task.Text, Past: slices.Contains(past, step.task.Row)}
	}
	return usher.SheetStep{Batch: step.batch.Name, Rows: rows, SHA256: step.batch.SHA256, Notes: step.batch.Notes, Out: takenOut(step.batch, past), Close: past}
}

// takenOut are the rows of a file of which something else is wanted by now.
func takenOut(batch usher.Batch, past []int) []int {
	gone := slices.Clone(past)
	for _, r := range batch.Rows {
		if r.State == usher.RowSuperseded {
			gone = append(gone, r.Row)
		}
	}
	slices.Sort(gone)
	return gone
}

// BatchRows are rows of a batch after a number, and the batch without its content.
func (l *Ledger) BatchRows(ctx context.Context, batch string, after, limit int) (rows []usher.BatchRow, more bool, err error) {
	b, err := l.store.Look().BatchHead(ctx, batch)
	if err != nil {
		return nil, false, err
	}
	rows, err = l.store.Look().BatchRowsAfter(ctx, b.ID, after, limit+1)
	return rows[:min(limit, len(rows))], len(rows) > limit, err
}

// BatchFile is a batch with its content, and without its rows.
func (l *Ledger) BatchFile(ctx context.Context, name string) (usher.Batch, error) {
	return l.store.Look().BatchContent(ctx, name)
}

// ConfirmBatchRows is ConfirmBatchRow for several rows of a visit. Of rows that cannot be settled none is: each has to be open,
// and part of the visit. Not done wants a note that says why. One that somebody else settles meanwhile ends it with usher.ErrStale.
func (l *Ledger) ConfirmBatchRows(ctx context.Context, by usher.Principal, visit usher.ID, rows []usher.RowRef, done bool, note string) error {
	switch {
	case len(rows) == 0:
		return &usher.InvalidError{Attribute: "rows", Problem: "are missing: tick those that you mean"}
	case !done && strings.TrimSpace(note) == "":
		return &usher.InvalidError{Attribute: "note", Problem: "is missing: say why the rows could not be done"}
	}
	for _, ref := range rows {
		if err := l.settleable(ctx, visit, ref); err != nil {
			return err
		}
	}
	for _, ref := range rows {
		if err := l.ConfirmBatchRow(ctx, by, ref.Batch, ref.Row, done, note); err != nil {
			return err
		}
	}
	return nil
}

// settleable says whether a row is part of a visit and open.
func (l *Ledger) settleable(ctx context.Context, visit usher.ID, ref usher.RowRef) error {
	b, r, err := l.store.Look().BatchRowOf(ctx, ref.Batch, ref.Row)
	switch {
	case errors.Is(err, usher.ErrNotFound) || err == nil && b.Visit != visit:
		return &usher.InvalidError{Attribute: "rows", Problem: fmt.Sprintf("of %s are not part of this visit; nothing was changed", ref.Batch)}
	case err != nil:
		return err
	case r.State != usher.RowOpen:
		return fmt.Errorf("row %d of %s was %s by %s already: %w", ref.Row, ref.Batch, r.State, r.SettledBy, usher.ErrStale)
	}
	return nil
}

// RefuseRows settles the rows of a batch that a portal refused, each with all that it said of it, and says how many. Rows that are
// settled already stay as they are.
func (l *Ledger) RefuseRows(ctx context.Context, by usher.Principal, b usher.Batch, notes map[int]string) (refused int, err error) {
	for _, row := range sorted(notes) {
		if b.Rows[row-1].State != usher.RowOpen {
			continue
		}
		err := l.ConfirmBatchRow(ctx, by, b.Name, row, false, notes[row])
		if err != nil && !errors.Is(err, usher.ErrStale) {
			return refused, err
		}
		refused++
	}
	return refused, nil
}
