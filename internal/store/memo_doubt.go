package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"usher/internal/usher"
)

// doubt compares everything that a transaction remembers with the tables, at its end: an
// error says what is not so. It is for tests in which nobody else writes at the same time.
func (tx *Tx) doubt(ctx context.Context) error {
	m := tx.memo
	bare := *tx
	bare.memo = memo{}
	db := &bare
	for _, check := range []func() error{
		func() error { return doubted("person", m.people, ask(ctx, db.Person)) },
		func() error { return doubted("manager of", m.managers, ask(ctx, db.ManagerOf)) },
		func() error { return doubted("record", m.records, ask(ctx, db.RecordAny)) },
		func() error { return doubted("records of", m.recordsOf, ask(ctx, db.RecordsOfPerson)) },
		func() error { return doubted("identifiers of", m.identifiersOf, ask(ctx, db.IdentifiersOf)) },
		func() error { return doubted("due", m.due, ask(ctx, db.DueOf)) },
		func() error { return doubted("groups of", m.groupsOf, ask(ctx, db.GroupsOfRecord)) },
		func() error { return doubted("seats of", m.seatsOf, ask(ctx, db.LiveSeatsOf)) },
		func() error { return doubted("decisions for", m.decisionsOf, ask(ctx, db.DecisionsFor)) },
		func() error { return doubted("conflicts of kind", m.conflictsOf, ask(ctx, db.OpenConflictsOfKind)) },
		func() error { return db.doubtNames(ctx, m) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// doubtNames looks at what is remembered by other keys than ids.
func (tx *Tx) doubtNames(ctx context.Context, m memo) error {
	for key, i := range m.identifiers {
		have, err := one(ctx, tx, scanIdentifier, `select `+identifierColumns+` from identifier where space = $1 and key = $2`, key.space, key.key)
		if err := differ("identifier", key, i, have, err); err != nil {
			return err
		}
	}
	for key, named := range m.references {
		for ref, r := range named {
			have, err := tx.RecordByReference(ctx, key.directory, ref)
			if err := differ("reference", ref, r, have, err); err != nil {
				return err
			}
		}
	}
	for id, teams := range m.teamsOf {
		have, err := all(ctx, tx, scalar[usher.ID], `select team_id from team_member where person_id = $1 order by team_id`, id)
		if err := differ("teams of", id, slices.Compact(slices.Sorted(slices.Values(teams))), have, err); err != nil {
			return err
		}
	}
	for key, t := range m.teams {
		have, err := tx.TeamByKey(ctx, key.source, key.key)
		if err := differ("team", key, t, have, err); err != nil {
			return err
		}
	}
	for id := range m.neverSeated {
		have, err := tx.SeatsOf(ctx, id)
		for _, s := range have {
			if s.KeptRevision != 0 {
				return differ("never seated", id, nil, s, err)
			}
		}
	}
	return tx.doubtPeace(ctx, m)
}

// doubtPeace looks for open conflicts about whoever is said to have none.
func (tx *Tx) doubtPeace(ctx context.Context, m memo) error {
	for id := range m.undisputed {
		have, err := tx.OpenConflictsOf(ctx, id, id)
		if len(have) > 0 || err != nil {
			return differ("undisputed", id, nil, have, err)
		}
	}
	return nil
}

// ask is a question about one key, put to the database.
func ask[K comparable, V any](ctx context.Context, question func(context.Context, K) (V, error)) func(K) (V, error) {
	return func(key K) (V, error) { return question(ctx, key) }
}

func doubted[K comparable, V any](what string, shelf map[K]V, ask func(K) (V, error)) error {
	for key, remembered := range shelf {
		have, err := ask(key)
		if err := differ(what, key, remembered, have, err); err != nil {
			return err
		}
	}
	return nil
}

// differ says that what is remembered is not what the database has; not found is nothing.
func differ(what string, key, remembered, have any, err error) error {
	if err != nil && !isNotFound(err) && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	a, failed := json.Marshal(remembered)
	b, failedToo := json.Marshal(have)
	empty := func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("null"), []byte("[]")) }
	if failed != nil || failedToo != nil || !bytes.Equal(empty(a), empty(b)) {
		return fmt.Errorf("the memo is wrong about %s %v: it has %s, the store %s", what, key, a, b)
	}
	return nil
}
