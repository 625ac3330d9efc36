package store

import (
	"context"

	"usher/internal/usher"
)

const revisionColumns = `number, content, fingerprint, state, plan, proposed_at, proposed_by, decided_at, decided_by`

func scanRevision(row scanner) (r usher.Revision, err error) {
	var content, plan string
	err = row.Scan(&r.Number, &content, &r.Fingerprint, &r.State, &plan, &r.ProposedAt, &r.ProposedBy, &r.DecidedAt, &r.DecidedBy)
	r.Content, r.Plan = []byte(content), []byte(plan)
	return r, err
}

// InsertRevision keeps a proposed or active revision.
func (tx *Tx) InsertRevision(ctx context.Context, r usher.Revision) error {
	return tx.must(ctx, `insert into revision (`+revisionColumns+`) values (`+marks(1, 9)+`)`,
		r.Number, string(r.Content), r.Fingerprint, r.State, string(r.Plan), r.ProposedAt, r.ProposedBy, r.DecidedAt, r.DecidedBy)
}

// UpdateRevision writes the state and plan of a revision.
func (tx *Tx) UpdateRevision(ctx context.Context, r usher.Revision) error {
	return tx.must(ctx, `update revision set state = $2, plan = $3, decided_at = $4, decided_by = $5 where number = $1`,
		r.Number, r.State, string(r.Plan), r.DecidedAt, r.DecidedBy)
}

// ActiveRevision is the one that all processes compute with; ErrNotFound before the
// first.
func (tx *Tx) ActiveRevision(ctx context.Context) (usher.Revision, error) {
	return one(ctx, tx, scanRevision, `select `+revisionColumns+` from revision where state = 'active'`)
}

// ActiveNumber is the number of the active revision; zero before the first.
func (tx *Tx) ActiveNumber(ctx context.Context) (int64, error) {
	return one(ctx, tx, scalar[int64], `select coalesce(max(number), 0) from revision where state = 'active'`)
}

// Revision finds a revision by number.
func (tx *Tx) Revision(ctx context.Context, number int64) (usher.Revision, error) {
	return one(ctx, tx, scanRevision, `select `+revisionColumns+` from revision where number = $1`, number)
}

// Revisions lists revisions, newest first.
func (tx *Tx) Revisions(ctx context.Context) ([]usher.Revision, error) {
	return all(ctx, tx, scanRevision, `select `+revisionColumns+` from revision order by number desc`)
}

// ProposedRevisions are the numbers of those that wait to be confirmed.
func (tx *Tx) ProposedRevisions(ctx context.Context) ([]int64, error) {
	return all(ctx, tx, scalar[int64], `select number from revision where state = 'proposed' order by number`)
}

// LockRevisions makes this transaction the only one that decides about revisions.
func (tx *Tx) LockRevisions(ctx context.Context) error {
	_, err := tx.exec(ctx, `insert into counter (name, value) values ('revision', 0) on conflict (name) do nothing`)
	if err != nil {
		return err
	}
	_, err = one(ctx, tx, scalar[int64], `select value from counter where name = 'revision'`+tx.dialect.forUpdate)
	return err
}

// PolicyVersion counts changes of the active revision, the portals and the directories.
// It cannot change before the end of a writing transaction that asked for it.
func (tx *Tx) PolicyVersion(ctx context.Context) (int64, error) {
	if tx.dialect.sharePolicy != "" && tx.writes {
		if _, err := tx.exec(ctx, tx.dialect.sharePolicy); err != nil {
			return 0, err
		}
	}
	return one(ctx, tx, scalar[int64], `select coalesce(max(value), 0) from counter where name = 'policy'`)
}

// LockPolicy waits for the transactions that compute with the present policy and keeps
// others out until this one, which changes it, is done.
func (tx *Tx) LockPolicy(ctx context.Context) error {
	if tx.dialect.lockPolicy != "" {
		if _, err := tx.exec(ctx, tx.dialect.lockPolicy); err != nil {
			return err
		}
	}
	_, err := tx.NextNumber(ctx, "policy")
	return err
}
