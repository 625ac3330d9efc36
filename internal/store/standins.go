package store

import (
	"context"

	"usher/internal/usher"
)

// SetStandIn notes since when a directory stands in for the one that it names; zero: it
// does not.
func (tx *Tx) SetStandIn(ctx context.Context, directory usher.ID, since usher.Time) error {
	return named("directory", directory, tx.must(ctx, `update directory set stands_in_since = $2 where id = $1`, directory, since))
}

// StandInsFor are the directories that stand in for the one that a token opens.
func (tx *Tx) StandInsFor(ctx context.Context, token string) ([]usher.Directory, error) {
	return all(ctx, tx, scanDirectory, `
		select `+directoryColumns+` from directory where stands_in_since > 0 and stands_in_for =
			(select d.name from directory d join token t on t.directory_id = d.id where t.id = $1) order by name`, token)
}

// LastHeard is when a request last bore a token of a directory, whatever has become of the
// token since; zero for never.
func (tx *Tx) LastHeard(ctx context.Context, directory usher.ID) (usher.Time, error) {
	return one(ctx, tx, scalar[usher.Time], `select coalesce(max(last_used_at), 0) from token where directory_id = $1`, directory)
}

// LastFiled is when the last file of a directory came that counts, a part of the people as
// well; zero for none.
func (tx *Tx) LastFiled(ctx context.Context, directory usher.ID) (usher.Time, error) {
	return one(ctx, tx, scalar[usher.Time], `
		select coalesce(max(created_at), 0) from plan where directory_id = $1 and `+accepted, directory)
}

// MarkSharedDue is MarkDue for everybody of whom both directories have a record.
func (tx *Tx) MarkSharedDue(ctx context.Context, a, b usher.ID, d DuePerson) error {
	_, err := tx.exec(ctx, `
		insert into person_due (person_id, cause, why, caution, at) select p.id, $1, $2, $3, $4 from person p
		where exists (select 1 from record r where r.person_id = p.id and r.directory_id = $5)
			and exists (select 1 from record r where r.person_id = p.id and r.directory_id = $6)`+onDue,
		d.Cause, d.Why, d.Caution, tx.now, a, b)
	return err
}
