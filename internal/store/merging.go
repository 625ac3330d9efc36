package store

import (
	"context"
	"fmt"

	"usher/internal/usher"
)

// PersonNow is the person whom an id means: after a merge, the one who stayed.
func (tx *Tx) PersonNow(ctx context.Context, id usher.ID) (usher.Person, error) {
	p, err := tx.Person(ctx, id)
	if err == nil && p.MergedInto != "" {
		p, err = tx.Person(ctx, p.MergedInto)
	}
	return p, err
}

// MergedInto are the people who were merged into a person, by id.
func (tx *Tx) MergedInto(ctx context.Context, person usher.ID) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `select id from person where merged_into = $1 order by id`, person)
}

// LockRecordsAround locks all records of some people, tombstones too, and others by id, in the order of their ids.
func (tx *Tx) LockRecordsAround(ctx context.Context, people, others []usher.ID) ([]usher.Record, error) {
	where := `t.person_id in (` + marks(1, len(people)) + `)`
	if len(others) > 0 {
		where += ` or t.id in (` + marks(1+len(people), len(others)) + `)`
	}
	return all(ctx, tx, scanRecord, `select `+recordColumns+` from record t where `+where+` order by t.id`+tx.dialect.forUpdate, append(args(people), args(others)...)...)
}

// MovePerson gives everything that is one person's alone to another: identifiers, sign-ins, roles, decisions, requests, used join
// links and corrections. Where both have the same one, that of the other stays, and what is left of the first is dropped; but of
// requests and used links, which are history, it is kept.
func (tx *Tx) MovePerson(ctx context.Context, from, to usher.ID) error {
	for _, statement := range []string{
		`update identifier set person_id = $2 where person_id = $1`,
		`update signin_link set person_id = $2 where person_id = $1`,
		`update role_address set person_id = $2 where person_id = $1`,
		`update role_grant set person_id = $2 where person_id = $1 and not exists (
			select 1 from role_grant o where o.person_id = $2 and o.role = role_grant.role and o.subscription = role_grant.subscription)`,
		`update decision set person_id = $2 where person_id = $1 and not exists (
			select 1 from decision o where o.person_id = $2 and o.subscription_id = decision.subscription_id)`,
		`update seat_request set person_id = $2 where person_id = $1 and (state <> 'open' or not exists (
			select 1 from seat_request o where o.person_id = $2 and o.subscription_id = seat_request.subscription_id and o.state = 'open'))`,
		`update join_use set person_id = $2 where person_id = $1 and not exists (
			select 1 from join_use o where o.person_id = $2 and o.number = join_use.number)`,
		`update correction set person_id = $2 where person_id = $1 and not exists (
			select 1 from correction o where o.person_id = $2 and o.portal_id = correction.portal_id and o.column_name = correction.column_name)`,
		`update person set merged_into = $2 where merged_into = $1`,
	} {
		if _, err := tx.exec(ctx, statement, from, to); err != nil {
			return fmt.Errorf("move what is of person %s: %w", from, err)
		}
	}
	for _, table := range []string{"role_grant", "decision", "correction", "login_link"} {
		if _, err := tx.exec(ctx, `delete from `+table+` where person_id = $1`, from); err != nil {
			return fmt.Errorf("drop what is left of person %s: %w", from, err)
		}
	}
	return nil
}

// The kinds of what is noted as somebody's before a merge.
const (
	MergedRecord   = "record"   // by id
	MergedSignIn   = "sign-in"  // by connection and subject, with a line break between them
	MergedKey      = "key"      // by portal and key, with a line break between them: here the account is noted
	MergedDecision = "decision" // by person who stayed and subscription, with a line break between them
)

// NoteMerged notes whose something was before a merge; who had it first stays noted.
func (tx *Tx) NoteMerged(ctx context.Context, kind, key string, person usher.ID) error {
	_, err := tx.exec(ctx, `insert into merged_from (kind, key, person_id) values ($1, $2, $3) on conflict do nothing`, kind, key, person)
	return err
}

// MergedFrom is whose something was before a merge; empty where that is not noted.
func (tx *Tx) MergedFrom(ctx context.Context, kind, key string) (usher.ID, error) {
	person, err := one(ctx, tx, scalar[usher.ID], `select person_id from merged_from where kind = $1 and key = $2`, kind, key)
	if isNotFound(err) {
		err = nil
	}
	return person, err
}

// MergedOf are all that is noted of a kind, by key.
func (tx *Tx) MergedOf(ctx context.Context, kind string) (map[string]usher.ID, error) {
	noted := map[string]usher.ID{}
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var key string
		var id usher.ID
		err := row.Scan(&key, &id)
		noted[key] = id
		return struct{}{}, err
	}, `select key, person_id from merged_from where kind = $1`, kind)
	return noted, err
}

// ForgetMerged forgets whose something was before a merge.
func (tx *Tx) ForgetMerged(ctx context.Context, kind, key string) error {
	_, err := tx.exec(ctx, `delete from merged_from where kind = $1 and key = $2`, kind, key)
	return err
}

// MoveIdentifier gives an identifier of one person to another.
func (tx *Tx) MoveIdentifier(ctx context.Context, i usher.Identifier, to usher.ID) error {
	_, err := tx.exec(ctx, `update identifier set person_id = $4 where space = $1 and key = $2 and person_id = $3`, i.Space, i.Key, i.Person, to)
	return err
}

// MoveLink has a subject of a connection sign in as somebody else.
func (tx *Tx) MoveLink(ctx context.Context, l usher.Link, to usher.ID) error {
	return named("subject of connection", l.Connection, tx.must(ctx, `update signin_link set person_id = $3 where connection = $1 and subject = $2`, l.Connection, l.Subject, to))
}

// MoveDecision makes what a human said of one person's seat said of another's, unless something was said of theirs.
func (tx *Tx) MoveDecision(ctx context.Context, subscription, from, to usher.ID) error {
	_, err := tx.exec(ctx, `update decision set person_id = $3 where subscription_id = $1 and person_id = $2 and not exists (
		select 1 from decision o where o.person_id = $3 and o.subscription_id = $1)`, subscription, from, to)
	return err
}

// MoveAccount makes an account that was locked somebody else's, with what it holds and how it differs. An empty person is for the
// moment between two moves.
func (tx *Tx) MoveAccount(ctx context.Context, account, person usher.ID) error {
	for _, statement := range []string{
		`update account set subject_id = $2 where id = $1`,
		`update holding set person_id = $2 where account_id = $1`,
		`update drift set person_id = $2 where account_id = $1 and ended_at = 0`,
	} {
		if _, err := tx.exec(ctx, statement, account, person); err != nil {
			return fmt.Errorf("account %s: %w", account, err)
		}
	}
	return nil
}

// MoveReleased gives the seats that one person has lost in a subscription to another; the subscription is locked. A release that an
// admin discarded was about the first.
func (tx *Tx) MoveReleased(ctx context.Context, subscription, from, to usher.ID) error {
	_, err := tx.exec(ctx, `update seat set person_id = $3, kept_revision = 0 where subscription_id = $1 and person_id = $2 and state = 'released'`, subscription, from, to)
	return err
}

// RenameInConflicts has open conflicts name one person in place of another among the candidates.
func (tx *Tx) RenameInConflicts(ctx context.Context, c usher.Conflict) error {
	others, err := toJSON(c.Others)
	if err != nil {
		return err
	}
	return named("conflict", c.ID, tx.must(ctx, `update conflict set others = $2 where id = $1 and closed_at = 0`, c.ID, others))
}
