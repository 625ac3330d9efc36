package store

import (
	"context"

	"usher/internal/usher"
)

// PeopleLeaving are people who lost a seat that they had, or are to lose one, since the given
// instant, at a portal or, for an empty one, at any; by id, after the given one.
func (tx *Tx) PeopleLeaving(ctx context.Context, portal usher.ID, since usher.Time, after usher.ID, limit int) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select distinct t.person_id from seat t join subscription s on s.id = t.subscription_id
		where t.person_id > $1 and t.leaving_at > 0 and t.seated_at > 0 and (t.state <> 'released' or t.leaving_at >= $2 or t.released_at >= $2)
			and (s.portal_id = $3 or $3 = '')
		order by t.person_id limit $4`, after, since, portal, limit)
}

// RowsTaking are the rows of batches about an account, with their batches, in the order in which
// they were written.
func (tx *Tx) RowsTaking(ctx context.Context, account usher.ID) ([]OpenRow, error) {
	return all(ctx, tx, scanOpenRow, `
		select b.id, b.portal_id, b.number, b.kind, b.visit_id, b.name, b.sha256, b.created_at, b.written_at, b.carried_at, b.carried_by,
			coalesce((select v.done_at from visit v where v.id = b.visit_id), 0),
			r.row_number, r.account_id, r.generation, r.action, r.text, r.told, r.gives, r.takes, r.state, r.note, r.settled_at, r.settled_by
		from batch_row r join batch b on b.id = r.batch_id where r.account_id = $1 order by b.number, r.row_number`, account)
}

// VisitDoneBy is who said that a visit was done; empty for nobody.
func (tx *Tx) VisitDoneBy(ctx context.Context, visit usher.ID) (string, error) {
	by, err := one(ctx, tx, scalar[string], `select done_by from visit where id = $1`, visit)
	if isNotFound(err) {
		return "", nil
	}
	return by, err
}
