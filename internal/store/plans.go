package store

import (
	"context"

	"usher/internal/usher"
)

const planColumns = `id, number, directory_id, undoes_id, full_feed, file, binding, policy, state, summary, counts, seats, reasons,
	created_at, expires_at, applied_at, decided_at, decided_by, why, cursor_seq`

func scanPlan(row scanner) (p usher.Plan, err error) {
	err = row.Scan(&p.ID, &p.Number, &p.Directory, nullable[usher.ID]{&p.Undoes}, &p.Full, fromJSON{&p.File}, &p.Binding, &p.Policy, &p.State,
		fromJSON{&p.Summary}, fromJSON{&p.Counts}, fromJSON{&p.Seats}, fromJSON{&p.Reasons},
		&p.CreatedAt, &p.ExpiresAt, &p.AppliedAt, &p.DecidedAt, &p.DecidedBy, &p.Why, &p.Cursor)
	return p, err
}

func planRow(p usher.Plan) ([]any, error) {
	var texts []any
	for _, v := range []any{p.File, p.Summary, p.Counts, p.Seats, p.Reasons} {
		text, err := toJSON(v)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return []any{
		p.ID, p.Number, p.Directory, orNull(p.Undoes), p.Full, texts[0], p.Binding, p.Policy, p.State, texts[1], texts[2], texts[3], texts[4],
		p.CreatedAt, p.ExpiresAt, p.AppliedAt, p.DecidedAt, p.DecidedBy, p.Why, p.Cursor,
	}, nil
}

// InsertPlan keeps a plan; its changes and findings come by AddChanges and AddFindings.
func (tx *Tx) InsertPlan(ctx context.Context, p usher.Plan) error {
	row, err := planRow(p)
	if err == nil {
		err = tx.must(ctx, `insert into plan (`+planColumns+`) values (`+marks(1, 20)+`)`, row...)
	}
	return named("plan", p.ID, err)
}

// UpdatePlan writes what became of a plan.
func (tx *Tx) UpdatePlan(ctx context.Context, p usher.Plan) error {
	row, err := planRow(p)
	if err == nil {
		err = tx.must(ctx, `update plan set
				number = $2, directory_id = $3, undoes_id = $4, full_feed = $5, file = $6, binding = $7, policy = $8, state = $9, summary = $10,
				counts = $11, seats = $12, reasons = $13, created_at = $14, expires_at = $15, applied_at = $16, decided_at = $17,
				decided_by = $18, why = $19, cursor_seq = $20
			where id = $1`, row...)
	}
	return named("plan", p.ID, err)
}

// Plan finds a plan by number.
func (tx *Tx) Plan(ctx context.Context, number int64) (usher.Plan, error) {
	return one(ctx, tx, scanPlan, `select `+planColumns+` from plan where number = $1`, number)
}

// LockPlan finds a plan by number and keeps others from deciding about it.
func (tx *Tx) LockPlan(ctx context.Context, number int64) (usher.Plan, error) {
	return one(ctx, tx, scanPlan, `select `+planColumns+` from plan where number = $1`+tx.dialect.forUpdate, number)
}

// Plans lists plans, newest first, at most limit; of one directory where it is not empty.
func (tx *Tx) Plans(ctx context.Context, directory usher.ID, limit int) ([]usher.Plan, error) {
	return all(ctx, tx, scanPlan, `select `+planColumns+` from plan where directory_id = $1 or $1 = '' order by number desc limit $2`, directory, limit)
}

// PendingPlans are those that somebody has still to decide about or to apply, oldest first.
func (tx *Tx) PendingPlans(ctx context.Context) ([]usher.Plan, error) {
	return all(ctx, tx, scanPlan, `select `+planColumns+` from plan where state in ('open', 'applying') order by number`)
}

// LastPlan is the newest plan of a directory in one of the states; ErrNotFound for none.
func (tx *Tx) LastPlan(ctx context.Context, directory usher.ID, states ...usher.PlanState) (usher.Plan, error) {
	return one(ctx, tx, scanPlan, `select `+planColumns+` from plan where directory_id = $1 and state in (`+marks(2, len(states))+`) order by number desc limit 1`,
		args(states, directory)...)
}

const changeColumns = `plan_id, seq, class, row_number, key, record_id, person_id, version, revision, name, address, before, after, state, risks, why`

func scanChange(row scanner) (c usher.Change, err error) {
	var before, after string
	err = row.Scan(&c.Plan, &c.Seq, &c.Class, &c.Row, &c.Key, nullable[usher.ID]{&c.Record}, nullable[usher.ID]{&c.Person}, &c.Version, &c.Revision,
		&c.Name, &c.Address, &before, &after, &c.State, &c.Risks, &c.Why)
	c.Before, c.After = []byte(before), []byte(after)
	return c, err
}

// AddChanges appends changes to a plan.
func (tx *Tx) AddChanges(ctx context.Context, changes []usher.Change) error {
	return chunked(changes, 500, func(part []usher.Change) error {
		values := make([]any, 0, len(part)*16)
		for _, c := range part {
			values = append(values, c.Plan, c.Seq, c.Class, c.Row, c.Key, orNull(c.Record), orNull(c.Person), c.Version, c.Revision,
				c.Name, c.Address, string(c.Before), string(c.After), c.State, c.Risks, c.Why)
		}
		_, err := tx.exec(ctx, `insert into plan_change (`+changeColumns+`) values `+tuples(len(part), 16), values...)
		return err
	})
}

// Changes are a plan's changes after seq in their order, at most limit; in the given states
// only, where there are any.
func (tx *Tx) Changes(ctx context.Context, plan usher.ID, after int64, limit int, states ...usher.ChangeState) ([]usher.Change, error) {
	where := ""
	if len(states) > 0 {
		where = ` and state in (` + marks(4, len(states)) + `)`
	}
	return all(ctx, tx, scanChange, `select `+changeColumns+` from plan_change where plan_id = $1 and seq > $2`+where+` order by seq limit $3`,
		args(states, plan, after, limit)...)
}

// UpdateChange writes what became of a change, and of which record and version.
func (tx *Tx) UpdateChange(ctx context.Context, c usher.Change) error {
	return tx.must(ctx, `update plan_change set record_id = $3, person_id = $4, version = $5, revision = $6, before = $7, state = $8, why = $9 where plan_id = $1 and seq = $2`,
		c.Plan, c.Seq, orNull(c.Record), orNull(c.Person), c.Version, c.Revision, string(c.Before), c.State, c.Why)
}

// HoldChanges has all changes of a plan that have one of the risks wait for a human; no
// risk means all of them. It gives how many.
func (tx *Tx) HoldChanges(ctx context.Context, plan usher.ID, risk usher.Risk, why string) (int64, error) {
	return tx.exec(ctx, `update plan_change set state = 'held', why = $3 where plan_id = $1 and state = 'planned' and class <> 'missing'
		and ($2 = 0 or risks & $2 <> 0)`, plan, risk, why)
}

// AddFindings appends what is to be said of a plan's file; from is the number of those
// that were added before.
func (tx *Tx) AddFindings(ctx context.Context, plan usher.ID, from int, findings []usher.Finding) error {
	return chunked(findings, 1000, func(part []usher.Finding) error {
		values := make([]any, 0, len(part)*8)
		for _, f := range part {
			from++
			values = append(values, plan, from, f.Row, f.Column, f.Code, f.Severity, f.Value, f.Text)
		}
		_, err := tx.exec(ctx, `insert into plan_finding (plan_id, seq, row_number, column_name, code, severity, value, problem) values `+tuples(len(part), 8), values...)
		return err
	})
}

// Findings are what is to be said of a plan's file, by row, at most limit.
func (tx *Tx) Findings(ctx context.Context, plan usher.ID, limit int) ([]usher.Finding, error) {
	return all(ctx, tx, func(row scanner) (f usher.Finding, err error) {
		err = row.Scan(&f.Row, &f.Column, &f.Code, &f.Severity, &f.Value, &f.Text)
		return f, err
	}, `select row_number, column_name, code, severity, value, problem from plan_finding where plan_id = $1 order by row_number, seq limit $2`, plan, limit)
}

// DropPlan forgets the changes and findings of a plan that came to nothing.
func (tx *Tx) DropPlan(ctx context.Context, plan usher.ID) error {
	for _, table := range []string{"plan_change", "plan_finding"} {
		if _, err := tx.exec(ctx, `delete from `+table+` where plan_id = $1`, plan); err != nil {
			return named("plan", plan, err)
		}
	}
	return nil
}
