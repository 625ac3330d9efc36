package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/internal/usher"
)

// SheetView is the sheet of a visit as a page shows it.
func (l *Ledger) SheetView(ctx context.Context, visit usher.ID) (usher.SheetView, error) {
	s, err := l.Sheet(ctx, visit)
	if err != nil {
		return usher.SheetView{}, err
	}
	v := usher.SheetView{VisitView: visitView(s.Visit), Portal: s.Portal.Name}
	if v.ClosedAt == 0 {
		v.Takes, v.WithExport, v.Longest = s.takes(false), s.takes(true), longestGood
	}
	for _, b := range s.Batches {
		v.Batches = append(v.Batches, batchView(b, len(b.Rows), countState(b.Rows, usher.RowOpen)))
	}
	for _, step := range s.steps() {
		v.Steps = append(v.Steps, s.stepView(step))
	}
	return v, nil
}

func countState(rows []usher.BatchRow, state usher.BatchRowState) (n int) {
	for _, r := range rows {
		if r.State == state {
			n++
		}
	}
	return n
}

func (s Sheet) stepView(step step) usher.SheetStep {
	past := s.Past[step.batch.ID]
	if step.task != nil {
		return usher.SheetStep{Batch: step.batch.Name, Row: step.task.Row, Text: step.task.Text, Past: slices.Contains(past, step.task.Row)}
	}
	return usher.SheetStep{Batch: step.batch.Name, Rows: len(step.batch.Rows), SHA256: step.batch.SHA256, Notes: step.batch.Notes, Out: takenOut(step.batch, past), Close: past}
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
