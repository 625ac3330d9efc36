package store

import (
	"context"
	"fmt"
	"strings"

	"usher/internal/usher"
)

const planRowBefore = `id, number, directory_id, undoes_id, full_feed, file, mapping, policy, base, state, summary, counts, `

const planRowAfter = `reasons,
	created_at, expires_at, applied_at, decided_at, decided_by, why, cursor_seq`

// planColumns are a plan with what it does to seats, by far the most of it; planProgress leaves
// that out.
const (
	planColumns  = planRowBefore + `(select s.seats from plan_seats s where s.plan_id = plan.id), ` + planRowAfter
	planProgress = planRowBefore + `'', ` + planRowAfter
)

func scanPlan(row scanner) (p usher.Plan, err error) {
	err = row.Scan(&p.ID, &p.Number, &p.Directory, nullable[usher.ID]{&p.Undoes}, &p.Full, fromJSON{&p.File}, &p.Mapping, &p.Policy, &p.Base, &p.State,
		fromJSON{&p.Summary}, fromJSON{&p.Counts}, fromJSON{&p.Seats}, fromJSON{&p.Reasons},
		&p.CreatedAt, &p.ExpiresAt, &p.AppliedAt, &p.DecidedAt, &p.DecidedBy, &p.Why, &p.Cursor)
	return p, err
}

func planRow(p usher.Plan) ([]any, error) {
	var texts []any
	for _, v := range []any{p.File, p.Summary, p.Counts, p.Reasons} {
		text, err := toJSON(v)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return []any{
		p.ID, p.Number, p.Directory, orNull(p.Undoes), p.Full, texts[0], p.Mapping, p.Policy, p.Base, p.State, texts[1], texts[2], texts[3],
		p.CreatedAt, p.ExpiresAt, p.AppliedAt, p.DecidedAt, p.DecidedBy, p.Why, p.Cursor,
	}, nil
}

// InsertPlan keeps a plan; its changes and findings come by AddChanges and AddFindings.
func (tx *Tx) InsertPlan(ctx context.Context, p usher.Plan) error {
	row, err := planRow(p)
	if err == nil {
		err = tx.must(ctx, `insert into plan (`+planRowBefore+planRowAfter+`) values (`+marks(1, 20)+`)`, row...)
	}
	if err == nil {
		err = tx.putPlanSeats(ctx, p)
	}
	return named("plan", p.ID, err)
}

// UpdatePlan writes what became of a plan.
func (tx *Tx) UpdatePlan(ctx context.Context, p usher.Plan) error {
	row, err := planRow(p)
	if err == nil {
		err = tx.must(ctx, `update plan set
				number = $2, directory_id = $3, undoes_id = $4, full_feed = $5, file = $6, mapping = $7, policy = $8, base = $9, state = $10, summary = $11,
				counts = $12, reasons = $13, created_at = $14, expires_at = $15, applied_at = $16, decided_at = $17,
				decided_by = $18, why = $19, cursor_seq = $20
			where id = $1`, row...)
	}
	if err == nil {
		err = tx.putPlanSeats(ctx, p)
	}
	return named("plan", p.ID, err)
}

// putPlanSeats writes what a plan does to seats.
func (tx *Tx) putPlanSeats(ctx context.Context, p usher.Plan) error {
	if len(p.Seats) == 0 {
		return tx.dropPlanSeats(ctx, p.ID)
	}
	seats, err := toJSON(p.Seats)
	if err != nil {
		return err
	}
	return tx.must(ctx, `insert into plan_seats (plan_id, seats) values ($1, $2) on conflict (plan_id) do update set seats = excluded.seats`, p.ID, seats)
}

func (tx *Tx) dropPlanSeats(ctx context.Context, plan usher.ID) error {
	_, err := tx.exec(ctx, `delete from plan_seats where plan_id = $1`, plan)
	return err
}

// LockProgress is LockPlan without what grows with the plan: its Seats are left empty, so
// that only SaveProgress may write it.
func (tx *Tx) LockProgress(ctx context.Context, number int64) (usher.Plan, error) {
	return one(ctx, tx, scanPlan, `select `+planProgress+` from plan where number = $1`+tx.dialect.forUpdate, number)
}

// SaveProgress writes how far a plan is applied.
func (tx *Tx) SaveProgress(ctx context.Context, p usher.Plan) error {
	counts, err := toJSON(p.Counts)
	if err == nil {
		err = tx.must(ctx, `update plan set state = $2, counts = $3, applied_at = $4, cursor_seq = $5 where id = $1`, p.ID, p.State, counts, p.AppliedAt, p.Cursor)
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

// PlansBefore lists the plans whose number is below before as Plans does, without their Seats, which
// can be many.
func (tx *Tx) PlansBefore(ctx context.Context, directory usher.ID, before int64, limit int) ([]usher.Plan, error) {
	return all(ctx, tx, scanPlan, `select `+planProgress+` from plan where (directory_id = $1 or $1 = '') and number < $2 order by number desc limit $3`, directory, before, limit)
}

// SettledPlan is the last of a directory's plans before p that left things as p finds them:
// the run that p is computed against, where all of it was applied, or one after it that had
// nothing to apply; ErrNotFound where something newer was applied too. It comes without its
// Seats.
func (tx *Tx) SettledPlan(ctx context.Context, p usher.Plan) (usher.Plan, error) {
	return one(ctx, tx, scanPlan, `select `+planProgress+` from plan
		where directory_id = $1 and number < $2 and (number = $3 and state = 'applied' or base = $3 and state = 'unchanged')
		and not exists (select 1 from plan newer where newer.directory_id = $1 and newer.number > plan.number and newer.applied_at > 0)
		order by number desc limit 1`, p.Directory, p.Number, p.Base)
}

// PendingPlans are those that are being computed, that somebody has still to decide about,
// or that are being applied; oldest first, without their Seats, which can be many.
func (tx *Tx) PendingPlans(ctx context.Context) ([]usher.Plan, error) {
	return all(ctx, tx, scanPlan, `select `+planProgress+` from plan where state in ('reading', 'open', 'applying') order by number`)
}

// LastRun is the number of the plan of a directory that was applied last; ErrNotFound for
// none.
func (tx *Tx) LastRun(ctx context.Context, directory usher.ID) (int64, error) {
	return one(ctx, tx, scalar[int64], `select number from plan where directory_id = $1 and applied_at > 0 order by applied_at desc, number desc limit 1`, directory)
}

// LastAccepted is the plan of the last file of a directory, a complete one or one of changes, that
// was applied or said nothing new; ErrNotFound for none. One that waits, was stopped or is undone
// is none.
func (tx *Tx) LastAccepted(ctx context.Context, directory usher.ID, full bool) (usher.Plan, error) {
	return one(ctx, tx, scanPlan, `select `+planColumns+` from plan
		where directory_id = $1 and full_feed = $2 and `+accepted+` order by number desc limit 1`, directory, full)
}

// accepted are the plans of files that count: all of them was applied, but for what a human
// dropped that was held. Whoever stops a run rejects its file, though a part of it is applied. A
// file is undone also where its undo was stopped, and in force again only where the undo of that
// was not.
const accepted = `undoes_id is null and (applied_at > 0 and state <> 'stopped' or state = 'unchanged')
		and not exists (select 1 from plan u where u.undoes_id = plan.id and u.applied_at > 0 and not exists (
			select 1 from plan again where again.undoes_id = u.id and again.applied_at > 0 and again.state <> 'stopped'))`

// LastArrived is the plan of the last file of a directory that could be read, whatever
// became of it; ErrNotFound for none.
func (tx *Tx) LastArrived(ctx context.Context, directory usher.ID) (usher.Plan, error) {
	return one(ctx, tx, scanPlan, `select `+planColumns+` from plan
		where directory_id = $1 and undoes_id is null and state not in ('reading', 'refused') order by number desc limit 1`, directory)
}

// DeletePlan forgets a plan that has neither changes nor findings.
func (tx *Tx) DeletePlan(ctx context.Context, id usher.ID) error {
	if err := tx.dropPlanSeats(ctx, id); err != nil {
		return named("plan", id, err)
	}
	return named("plan", id, tx.must(ctx, `delete from plan where id = $1`, id))
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
	return chunked(changes, 50, func(part []usher.Change) error {
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

// ChangesOf are a plan's changes of a class after seq in their order, at most limit.
func (tx *Tx) ChangesOf(ctx context.Context, plan usher.ID, class usher.ChangeClass, after int64, limit int) ([]usher.Change, error) {
	return all(ctx, tx, scanChange, `select `+changeColumns+` from plan_change where plan_id = $1 and class = $2 and seq > $3 order by seq limit $4`,
		plan, class, after, limit)
}

// ChangeAhead is the change of a record that a plan has still to apply; ErrNotFound for
// none, and where it waits for a human.
func (tx *Tx) ChangeAhead(ctx context.Context, plan, record usher.ID) (usher.Change, error) {
	return one(ctx, tx, scanChange, `select `+changeColumns+` from plan_change where plan_id = $1 and record_id = $2 and state in ('planned', 'confirmed')`, plan, record)
}

// UpdateChange writes what became of a change, and of which record and version, with others: see later.
func (tx *Tx) UpdateChange(c usher.Change) { tx.later.changes = append(tx.later.changes, c) }

// updateChanges writes what became of changes, each of which is there once.
func (tx *Tx) updateChanges(ctx context.Context, changes []usher.Change) error {
	return chunked(changes, 50, func(part []usher.Change) error {
		values := make([]any, 0, len(part)*9)
		for _, c := range part {
			values = append(values, c.Plan, c.Seq, orNull(c.Record), orNull(c.Person), c.Version, c.Revision, string(c.Before), c.State, c.Why)
		}
		n, err := tx.followed().exec(ctx, `update plan_change set record_id = v.column3, person_id = v.column4, version = v.column5, revision = v.column6,
				before = v.column7, state = v.column8, why = v.column9
			from (values `+strings.Replace(tuples(len(part), 9), firstChange, typedChange, 1)+`) v where plan_id = v.column1 and seq = v.column2`, values...)
		if err == nil && n != int64(len(part)) {
			err = fmt.Errorf("%d of %d changes: %w", n, len(part), usher.ErrNotFound)
		}
		return err
	})
}

// The first row of a list of values says of what types its columns are, where they are no texts.
const (
	firstChange = `($1,$2,$3,$4,$5,$6,`
	typedChange = `($1,cast($2 as bigint),$3,$4,cast($5 as bigint),cast($6 as bigint),`
)

// AddRisk has those changes of a plan that are about some people bear a risk.
func (tx *Tx) AddRisk(ctx context.Context, plan usher.ID, risk usher.Risk, people []usher.ID) error {
	return chunked(people, 5_000, func(part []usher.ID) error {
		_, err := tx.exec(ctx, `update plan_change set risks = risks | $2 where plan_id = $1 and person_id in (`+marks(3, len(part))+`)`, args(part, plan, risk)...)
		return err
	})
}

// HoldChanges has all changes of a plan that have one of the risks wait for a human; no
// risk means all of them. It gives how many.
func (tx *Tx) HoldChanges(ctx context.Context, plan usher.ID, risk usher.Risk, why string) (int64, error) {
	return tx.exec(ctx, `update plan_change set state = 'held', why = $3 where plan_id = $1 and state = 'planned' and ($2 = 0 or risks & $2 <> 0)`, plan, risk, why)
}

// ConfirmChanges marks held changes as confirmed by a human: those of a class, where it is
// not empty, and of the given keys or addresses, where there are any. It gives how many.
func (tx *Tx) ConfirmChanges(ctx context.Context, plan usher.ID, class usher.ChangeClass, keys []string) (int64, error) {
	const confirm = `update plan_change set state = 'confirmed', why = '' where plan_id = $1 and state = 'held' and (class = $2 or $2 = '')`
	if len(keys) == 0 {
		return tx.exec(ctx, confirm, plan, class)
	}
	total := int64(0)
	err := chunked(keys, 5_000, func(part []string) error {
		in := marks(3, len(part))
		n, err := tx.exec(ctx, confirm+` and (key in (`+in+`) or address in (`+in+`))`, args(part, plan, class)...)
		total += n
		return err
	})
	return total, err
}

// SettleChanges moves all changes of a plan from one state to another. It gives how many.
func (tx *Tx) SettleChanges(ctx context.Context, plan usher.ID, from, to usher.ChangeState, why string) (int64, error) {
	return tx.exec(ctx, `update plan_change set state = $3, why = $4 where plan_id = $1 and state = $2`, plan, from, to, why)
}

// CountChanges counts the changes of a plan in a state.
func (tx *Tx) CountChanges(ctx context.Context, plan usher.ID, state usher.ChangeState) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from plan_change where plan_id = $1 and state = $2`, plan, state)
}

// DropChanges forgets changes of a plan that came to nothing, at most limit. It gives how many: fewer
// than limit are the last.
func (tx *Tx) DropChanges(ctx context.Context, plan usher.ID, limit int) (int64, error) {
	return tx.exec(ctx, `delete from plan_change where plan_id = $1 and seq in (select seq from plan_change where plan_id = $1 order by seq limit $2)`, plan, limit)
}

// AddFindings appends what is to be said of a plan's file; from is the number of those
// that were added before.
func (tx *Tx) AddFindings(ctx context.Context, plan usher.ID, from int, findings []usher.Finding) error {
	return chunked(findings, 100, func(part []usher.Finding) error {
		values := make([]any, 0, len(part)*8)
		for _, f := range part {
			from++
			values = append(values, plan, from, f.Row, f.Column, f.Code, f.Severity, f.Value, f.Text)
		}
		_, err := tx.exec(ctx, `insert into plan_finding (plan_id, seq, row_number, column_name, code, severity, value, problem) values `+tuples(len(part), 8), values...)
		return err
	})
}

// Findings are what is to be said of a plan's file, at most limit: what is worst first, and
// of that by row.
func (tx *Tx) Findings(ctx context.Context, plan usher.ID, limit int) ([]usher.Finding, error) {
	return all(ctx, tx, func(row scanner) (f usher.Finding, err error) {
		err = row.Scan(&f.Row, &f.Column, &f.Code, &f.Severity, &f.Value, &f.Text)
		return f, err
	}, `select row_number, column_name, code, severity, value, problem from plan_finding where plan_id = $1
		order by case severity when 'error' then 1 when 'warning' then 2 else 3 end, row_number, seq limit $2`, plan, limit)
}

// DropFindings forgets findings of a plan, as DropChanges forgets changes.
func (tx *Tx) DropFindings(ctx context.Context, plan usher.ID, limit int) (int64, error) {
	return tx.exec(ctx, `delete from plan_finding where plan_id = $1 and seq in (select seq from plan_finding where plan_id = $1 order by seq limit $2)`, plan, limit)
}
