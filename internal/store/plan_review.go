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

// ChangesIn are the changes of a plan that a query selects, in their order and at most its limit.
func (tx *Tx) ChangesIn(ctx context.Context, plan usher.ID, q usher.ChangeQuery) ([]usher.Change, error) {
	return all(ctx, tx, scanChange, `select `+changeColumns+` from plan_change
		where plan_id = $1 and seq > $2 and (class = $3 or $3 = '') and (state = $4 or $4 = '') order by seq limit $5`, plan, q.After, q.Class, q.State, q.Limit)
}

// NumberedFinding is a finding with its place among those of its plan.
type NumberedFinding struct {
	Seq int64
	usher.Finding
}

// FindingsIn are the findings about rows of a plan's file that a query selects, in the order in which they were found and at
// most its limit.
func (tx *Tx) FindingsIn(ctx context.Context, plan usher.ID, q usher.FindingQuery) ([]NumberedFinding, error) {
	return all(ctx, tx, func(row scanner) (f NumberedFinding, err error) {
		err = row.Scan(&f.Seq, &f.Row, &f.Column, &f.Code, &f.Severity, &f.Value, &f.Text)
		return f, err
	}, `select seq, row_number, column_name, code, severity, value, problem from plan_finding
		where plan_id = $1 and seq > $2 and severity = $3 and row_number > 0 order by seq limit $4`, plan, q.After, q.Severity, q.Limit)
}

// ConfirmNumbered marks those of a plan's held changes as confirmed by a human that have one of the numbers. It gives how many.
func (tx *Tx) ConfirmNumbered(ctx context.Context, plan usher.ID, seqs []int64) (total int64, err error) {
	err = chunked(seqs, 500, func(part []int64) error {
		values := []any{plan}
		for _, seq := range part {
			values = append(values, seq)
		}
		n, err := tx.exec(ctx, `update plan_change set state = 'confirmed', why = '' where plan_id = $1 and state = 'held' and seq in (`+marks(2, len(part))+`)`, values...)
		total += n
		return err
	})
	return total, err
}
