package store

import (
	"context"

	"usher/internal/usher"
)

// PlanProgress is Plan without its Seats, which can be many.
func (tx *Tx) PlanProgress(ctx context.Context, number int64) (usher.Plan, error) {
	return one(ctx, tx, scanPlan, `select `+planProgress+` from plan where number = $1`, number)
}

// PlanNumber is the number of a plan.
func (tx *Tx) PlanNumber(ctx context.Context, id usher.ID) (int64, error) {
	n, err := one(ctx, tx, scalar[int64], `select number from plan where id = $1`, id)
	return n, named("plan", id, err)
}

// LastChange is the seq of a plan's last change; 0 where it has none.
func (tx *Tx) LastChange(ctx context.Context, plan usher.ID) (int64, error) {
	return one(ctx, tx, scalar[int64], `select coalesce(max(seq), 0) from plan_change where plan_id = $1`, plan)
}

// PlanSeats are the Seats of a plan as the JSON text in which they are kept; empty for none.
func (tx *Tx) PlanSeats(ctx context.Context, plan usher.ID) (string, error) {
	return one(ctx, tx, scalar[string], `select coalesce(max(seats), '') from plan_seats where plan_id = $1`, plan)
}

// PastPlans lists the plans of which nothing waits any longer whose number is below before, newest first and without their
// Seats; of one directory where it is not empty.
func (tx *Tx) PastPlans(ctx context.Context, directory usher.ID, before int64, limit int) ([]usher.Plan, error) {
	return all(ctx, tx, scanPlan, `select `+planProgress+` from plan
		where (directory_id = $1 or $1 = '') and number < $2 and state not in ('reading', 'open', 'applying') order by number desc limit $3`, directory, before, limit)
}

// placed is a number of something in a plan, with what sort of thing it is.
type placed[T ~string] struct {
	kind T
	seq  int64
}

func scanPlaced[T ~string](row scanner) (n placed[T], err error) {
	err = row.Scan(&n.kind, &n.seq)
	return n, err
}

func byKind[T ~string](list []placed[T], err error) (map[T][]int64, error) {
	index := map[T][]int64{}
	for _, n := range list {
		index[n.kind] = append(index[n.kind], n.seq)
	}
	return index, err
}

// ChangeIndex are the numbers of a plan's changes by class, in their order. All of the plan is read for it.
func (tx *Tx) ChangeIndex(ctx context.Context, plan usher.ID) (map[usher.ChangeClass][]int64, error) {
	return byKind(all(ctx, tx, scanPlaced[usher.ChangeClass], `select class, seq from plan_change where plan_id = $1 order by seq`, plan))
}

// ChangesNumbered are those of a plan's changes that have one of the numbers, in their order; in the given state only, where it is not empty.
func (tx *Tx) ChangesNumbered(ctx context.Context, plan usher.ID, state usher.ChangeState, seqs []int64) ([]usher.Change, error) {
	if len(seqs) == 0 {
		return nil, nil
	}
	return all(ctx, tx, scanChange, `select `+changeColumns+` from plan_change
		where plan_id = $1 and (state = $2 or $2 = '') and seq in (`+marks(3, len(seqs))+`) order by seq`, numbers(seqs, plan, state)...)
}

// FindingIndex are the numbers of the findings about rows of a plan's file by severity, in the order in which they were found.
func (tx *Tx) FindingIndex(ctx context.Context, plan usher.ID) (map[usher.Severity][]int64, error) {
	return byKind(all(ctx, tx, scanPlaced[usher.Severity], `select severity, seq from plan_finding where plan_id = $1 and row_number > 0 order by seq`, plan))
}

// FindingsNumbered are those findings of a plan that have one of the numbers, in their order.
func (tx *Tx) FindingsNumbered(ctx context.Context, plan usher.ID, seqs []int64) ([]usher.Finding, error) {
	if len(seqs) == 0 {
		return nil, nil
	}
	return all(ctx, tx, func(row scanner) (f usher.Finding, err error) {
		err = row.Scan(&f.Row, &f.Column, &f.Code, &f.Severity, &f.Value, &f.Text)
		return f, err
	}, `select row_number, column_name, code, severity, value, problem from plan_finding
		where plan_id = $1 and seq in (`+marks(2, len(seqs))+`) order by seq`, numbers(seqs, plan)...)
}

// numbers are arguments, with numbers behind them.
func numbers(seqs []int64, first ...any) []any {
	for _, n := range seqs {
		first = append(first, n)
	}
	return first
}

// ConfirmNumbered marks those of a plan's held changes as confirmed by a human that have one of the numbers. It gives how many.
func (tx *Tx) ConfirmNumbered(ctx context.Context, plan usher.ID, seqs []int64) (total int64, err error) {
	err = chunked(seqs, 500, func(part []int64) error {
		n, err := tx.exec(ctx, `update plan_change set state = 'confirmed', why = '' where plan_id = $1 and state = 'held' and seq in (`+marks(2, len(part))+`)`, numbers(part, plan)...)
		total += n
		return err
	})
	return total, err
}
