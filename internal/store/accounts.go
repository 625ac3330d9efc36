package store

import (
	"context"
	"slices"

	"usher/internal/usher"
)

const accountColumns = `id, portal_id, kind, subject_id, desired, generation, sent, confirmed, remote_id, seen, seen_at, attempts, next_try_at, unknown_since, last_error, refused, urgent, resend`

func scanAccount(row scanner) (a usher.Account, err error) {
	err = row.Scan(&a.ID, &a.Portal, &a.Kind, &a.Subject, fromJSON{&a.Desired}, &a.Generation, &a.Sent, &a.Confirmed, &a.RemoteID, fromJSON{&a.Seen},
		&a.SeenAt, &a.Attempts, &a.NextTryAt, &a.UnknownSince, &a.LastError, &a.Refused, &a.Urgent, &a.Resend)
	return a, err
}

func accountArgs(a usher.Account) ([]any, error) {
	var desired, seen any
	var err error
	if a.Desired != nil {
		if desired, err = toJSON(a.Desired); err != nil {
			return nil, err
		}
	}
	if a.Seen != nil {
		if seen, err = toJSON(a.Seen); err != nil {
			return nil, err
		}
	}
	return []any{
		a.ID, a.Portal, a.Kind, a.Subject, desired, a.Generation, a.Sent, a.Confirmed, a.RemoteID, seen,
		a.SeenAt, a.Attempts, a.NextTryAt, a.UnknownSince, a.LastError, a.Refused, a.Urgent, a.Resend, activeAt(a.Seen),
	}, nil
}

// activeAt is what lists of idle seats are ordered by.
func activeAt(s *usher.Seen) usher.Time {
	if s == nil {
		return 0
	}
	return s.LastActiveAt
}

// LockAccountOf locks the account of a person or team at a portal, made when missing.
// What its desired state is computed from must be read after this.
func (tx *Tx) LockAccountOf(ctx context.Context, portal usher.ID, kind usher.AccountKind, subject usher.ID) (usher.Account, error) {
	tx.memo.forgetSeats()
	find := func() (usher.Account, error) {
		return one(ctx, tx, scanAccount, `
			select `+accountColumns+` from account where portal_id = $1 and kind = $2 and subject_id = $3 and subject_id <> ''`+tx.dialect.forUpdate, portal, kind, subject)
	}
	a, err := find()
	if err == nil || !isNotFound(err) {
		return a, err
	}
	blank := usher.Account{ID: tx.NewID(), Portal: portal, Kind: kind, Subject: subject}
	if fresh, err := tx.InsertAccount(ctx, blank); fresh || err != nil {
		return blank, err
	}
	return find()
}

// LockAccountsOf is LockAccountOf for some people at a portal, by id. Their seats are read again with it.
func (tx *Tx) LockAccountsOf(ctx context.Context, portal usher.ID, people []usher.ID) (map[usher.ID]usher.Account, error) {
	tx.memo.forgetSeats()
	people = slices.Sorted(slices.Values(people))
	there, err := rowsAmong(ctx, tx, people, scanAccount, `select `+accountColumns+` from account
		where portal_id = $1 and kind = 'person' and subject_id <> '' and subject_id in %s order by subject_id`+tx.dialect.forUpdate, portal)
	if err != nil {
		return nil, err
	}
	locked := make(map[usher.ID]usher.Account, len(people))
	for _, a := range there {
		locked[a.Subject] = a
	}
	for _, id := range people {
		if _, ok := locked[id]; ok {
			continue
		}
		if locked[id], err = tx.LockAccountOf(ctx, portal, usher.AccountPerson, id); err != nil {
			return nil, err
		}
	}
	return locked, tx.rememberSeats(ctx, people)
}

// InsertAccount keeps a new account; false when there is one of that subject or remote
// id already.
func (tx *Tx) InsertAccount(ctx context.Context, a usher.Account) (bool, error) {
	values, err := accountArgs(a)
	if err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, `insert into account (`+accountColumns+`, active_at) values (`+marks(1, 19)+`) on conflict do nothing`, values...)
	return n == 1, named("account", a.ID, err)
}

// LockAccount locks an account by id.
func (tx *Tx) LockAccount(ctx context.Context, id usher.ID) (usher.Account, error) {
	tx.memo.forgetSeats()
	a, err := one(ctx, tx, scanAccount, `select `+accountColumns+` from account where id = $1`+tx.dialect.forUpdate, id)
	return a, named("account", id, err)
}

// UpdateAccount writes an account that was locked.
func (tx *Tx) UpdateAccount(ctx context.Context, a usher.Account) error {
	values, err := accountArgs(a)
	if err != nil {
		return err
	}
	return named("account", a.ID, tx.must(ctx, `
		update account set portal_id = $2, kind = $3, subject_id = $4, desired = $5, generation = $6, sent = $7, confirmed = $8, remote_id = $9,
			seen = $10, seen_at = $11, attempts = $12, next_try_at = $13, unknown_since = $14, last_error = $15, refused = $16, urgent = $17, resend = $18, active_at = $19
		where id = $1`, values...))
}

// DeleteAccount forgets an account that nobody wants and the portal does not hold.
func (tx *Tx) DeleteAccount(ctx context.Context, id usher.ID) error {
	for _, table := range []string{"attempt", "holding"} { // the locks of its subscriptions are held
		if _, err := tx.exec(ctx, `delete from `+table+` where account_id = $1`, id); err != nil {
			return err
		}
	}
	return named("account", id, tx.must(ctx, `delete from account where id = $1`, id))
}

// Account finds an account by id.
func (tx *Tx) Account(ctx context.Context, id usher.ID) (usher.Account, error) {
	a, err := one(ctx, tx, scanAccount, `select `+accountColumns+` from account where id = $1`, id)
	return a, named("account", id, err)
}

// AccountOf is the account of a person or team at a portal; ErrNotFound for none.
func (tx *Tx) AccountOf(ctx context.Context, portal usher.ID, kind usher.AccountKind, subject usher.ID) (usher.Account, error) {
	return one(ctx, tx, scanAccount, `
		select `+accountColumns+` from account where portal_id = $1 and kind = $2 and subject_id = $3 and subject_id <> ''`, portal, kind, subject)
}

// AccountByRemote is the account that a portal knows by that id; ErrNotFound for none.
func (tx *Tx) AccountByRemote(ctx context.Context, portal usher.ID, kind usher.AccountKind, remote string) (usher.Account, error) {
	return one(ctx, tx, scanAccount, `
		select `+accountColumns+` from account where portal_id = $1 and kind = $2 and remote_id = $3 and remote_id <> ''`, portal, kind, remote)
}

// AccountsOf are the accounts of a person or team.
func (tx *Tx) AccountsOf(ctx context.Context, subject usher.ID) ([]usher.Account, error) {
	return all(ctx, tx, scanAccount, `select `+accountColumns+` from account where subject_id = $1 and subject_id <> '' order by portal_id, id`, subject)
}

// AccountsOfPeople are the accounts of some people, in no order: whose they are, and at which portal, and nothing else.
func (tx *Tx) AccountsOfPeople(ctx context.Context, people []usher.ID) ([]usher.Account, error) {
	return rowsAmong(ctx, tx, people, func(row scanner) (a usher.Account, err error) {
		err = row.Scan(&a.Portal, &a.Kind, &a.Subject)
		return a, err
	}, `select portal_id, kind, subject_id from account where subject_id <> '' and subject_id in %s`)
}

// Accounts are a portal's accounts after the given id.
func (tx *Tx) Accounts(ctx context.Context, portal, after usher.ID, limit int) ([]usher.Account, error) {
	return all(ctx, tx, scanAccount, `select `+accountColumns+` from account where portal_id = $1 and id > $2 order by id limit $3`, portal, after, limit)
}

// DueAccounts are the accounts of a portal that are not in line, or whose invitation is to be
// sent again, and that may be tried now, by waiting time.
func (tx *Tx) DueAccounts(ctx context.Context, portal usher.ID, limit int) ([]usher.Account, error) {
	return all(ctx, tx, scanAccount, `
		select `+accountColumns+` from account
		where portal_id = $1 and (generation > confirmed or resend) and next_try_at <= $2 and not refused
		order by next_try_at, id limit $3`, portal, tx.now, limit)
}

// SettledDueAccounts are those of the due ones of which no row of a batch is open.
func (tx *Tx) SettledDueAccounts(ctx context.Context, portal usher.ID, limit int) ([]usher.Account, error) {
	return all(ctx, tx, scanAccount, `
		select `+accountColumns+` from account a
		where portal_id = $1 and (generation > confirmed or resend) and next_try_at <= $2 and not refused
		and not exists (select 1 from batch_row r where r.account_id = a.id and r.state = 'open')
		order by next_try_at, id limit $3`, portal, tx.now, limit)
}

// UrgentAccounts are those of the due ones that cannot wait for the portal's next visit.
func (tx *Tx) UrgentAccounts(ctx context.Context, portal usher.ID, limit int) ([]usher.Account, error) {
	return all(ctx, tx, scanAccount, `
		select `+accountColumns+` from account
		where portal_id = $1 and (generation > confirmed or resend) and next_try_at <= $2 and not refused and urgent and generation > confirmed
		order by next_try_at, id limit $3`, portal, tx.now, limit)
}

// TeamsKeptAt are the names of the teams that are to be at a portal, in no order.
func (tx *Tx) TeamsKeptAt(ctx context.Context, portal usher.ID) ([]string, error) {
	var names []string
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var desired usher.Desired
		err := row.Scan(fromJSON{&desired})
		if desired.Active {
			names = append(names, desired.DisplayName)
		}
		return struct{}{}, err
	}, `select desired from account where portal_id = $1 and kind = 'team' and desired is not null`, portal)
	return names, err
}

// HeldAccounts are the people that a portal was last seen to hold, by account, in no order. Whom it
// is to switch off counts as switched off: nobody knows whether it has done so by now.
func (tx *Tx) HeldAccounts(ctx context.Context, portal usher.ID) (map[usher.ID]usher.Seen, error) {
	held := map[usher.ID]usher.Seen{}
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var id usher.ID
		var remote string
		var seen usher.Seen
		var desired *usher.Desired
		err := row.Scan(&id, &remote, fromJSON{&seen}, fromJSON{&desired})
		seen.Active = seen.Active && (desired == nil || desired.Active)
		if seen.RemoteID == "" {
			seen.RemoteID = remote
		}
		held[id] = seen
		return struct{}{}, err
	}, `select id, remote_id, seen, desired from account where portal_id = $1 and kind = 'person' and seen is not null`, portal)
	return held, err
}

// InvitedAt are the addresses of the people whom an open row is to make at a portal, by account: it
// may hold them by now.
func (tx *Tx) InvitedAt(ctx context.Context, portal usher.ID) (map[usher.ID]string, error) {
	invited := map[usher.ID]string{}
	_, err := all(ctx, tx, func(row scanner) (struct{}, error) {
		var account usher.ID
		var told *usher.Desired
		var gives []string
		err := row.Scan(&account, fromJSON{&told}, fromJSON{&gives})
		if len(gives) > 0 && told != nil && told.Address != "" {
			invited[account] = told.Address
		}
		return struct{}{}, err
	}, `select a.id, r.told, r.gives from batch b join batch_row r on r.batch_id = b.id join account a on a.id = r.account_id
		where b.portal_id = $1 and b.closed_at = 0 and r.state = 'open' and a.kind = 'person' and a.seen is null
		order by b.number, r.row_number`, portal)
	return invited, err
}

// RemoteIDs are the portal's ids of the given people; those without one are missing.
func (tx *Tx) RemoteIDs(ctx context.Context, portal usher.ID, people []usher.ID) (map[usher.ID]string, error) {
	found := make(map[usher.ID]string, len(people))
	_, err := rowsAmong(ctx, tx, people, func(row scanner) (struct{}, error) {
		var person usher.ID
		var remote string
		err := row.Scan(&person, &remote)
		found[person] = remote
		return struct{}{}, err
	}, `select subject_id, remote_id from account where portal_id = $1 and kind = 'person' and remote_id <> '' and subject_id <> '' and subject_id in %s`, portal)
	return found, err
}

// InsertAttempt notes a call to a portal before it is made.
func (tx *Tx) InsertAttempt(ctx context.Context, a Attempt) error {
	return tx.must(ctx, `insert into attempt (id, account_id, generation, fence, started_at, ended_at, result, reason) values (`+marks(1, 8)+`)`,
		a.ID, a.Account, a.Generation, a.Fence, a.StartedAt, a.EndedAt, a.Result, a.Reason)
}

// EndAttempt notes how a call ended.
func (tx *Tx) EndAttempt(ctx context.Context, a Attempt) error {
	return tx.must(ctx, `update attempt set ended_at = $2, result = $3, reason = $4 where id = $1`, a.ID, tx.now, a.Result, a.Reason)
}

// Attempts are the calls made for an account, newest first.
func (tx *Tx) Attempts(ctx context.Context, account usher.ID, limit int) ([]Attempt, error) {
	return all(ctx, tx, func(row scanner) (a Attempt, err error) {
		err = row.Scan(&a.ID, &a.Account, &a.Generation, &a.Fence, &a.StartedAt, &a.EndedAt, &a.Result, &a.Reason)
		return a, err
	}, `select id, account_id, generation, fence, started_at, ended_at, result, reason from attempt
		where account_id = $1 order by started_at desc, id desc limit $2`, account, limit)
}

// Attempt is one call to a portal, with the fencing number of the lease under which it
// was made.
type Attempt struct {
	ID         usher.ID
	Account    usher.ID
	Generation int64
	Fence      int64
	StartedAt  usher.Time
	EndedAt    usher.Time // zero while under way, or when the process died in it
	Result     usher.OutcomeResult
	Reason     string
}

// RetryAccounts makes a portal's refused accounts due again.
func (tx *Tx) RetryAccounts(ctx context.Context, portal usher.ID) (int, error) {
	n, err := tx.exec(ctx, `update account set refused = false, next_try_at = $2, attempts = 0 where portal_id = $1 and refused`, portal, tx.now)
	return int(n), err
}

// AccountsNotSeen are the accounts that a portal had and did not show since.
func (tx *Tx) AccountsNotSeen(ctx context.Context, portal usher.ID, kind usher.AccountKind, since usher.Time) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select id from account where portal_id = $1 and kind = $2 and remote_id <> '' and seen_at < $3 order by id`, portal, kind, since)
}
