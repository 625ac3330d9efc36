package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/internal/usher"
)

// Lease is the right of one process to do a piece of work that must not be done twice
// at once. Fence grows with each new owner and is written with what is done under it.
type Lease struct {
	Name  string
	Owner string
	// For is how much longer the lease lasts, by the database's clock at the time of
	// the call; the owner must stop before.
	For   time.Duration
	Fence int64
}

// TakeLease takes or renews a lease; ErrBusy while another owner has it. Time is the
// database's, so that processes with wrong clocks agree.
func (s *Store) TakeLease(ctx context.Context, name, owner string, length time.Duration) (Lease, error) {
	l := Lease{Name: name, Owner: owner, For: length}
	err := s.Write(ctx, func(tx *Tx) error {
		var err error
		l.Fence, err = one(ctx, tx, scalar[int64], `
			insert into lease (name, owner, until_at, fence) values ($1, $2, `+tx.dialect.clock+` + $3, 1)
			on conflict (name) do update set
				fence = lease.fence + case when lease.owner = excluded.owner and lease.until_at > `+tx.dialect.clock+` then 0 else 1 end,
				owner = excluded.owner, until_at = excluded.until_at
			where lease.owner = excluded.owner or lease.until_at <= `+tx.dialect.clock+`
			returning fence`, name, owner, length.Microseconds())
		return err
	})
	if errors.Is(err, usher.ErrNotFound) {
		return l, fmt.Errorf("lease %q: %w", name, usher.ErrBusy)
	}
	return l, err
}

// DropLease gives a lease back, so that another process need not wait for its end.
func (s *Store) DropLease(ctx context.Context, l Lease) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `update lease set until_at = 0 where name = $1 and owner = $2 and fence = $3`, l.Name, l.Owner, l.Fence)
		return err
	})
}

// HoldsLease says, inside a transaction, whether a lease is still its owner's: what is
// written under a lost lease would undo what the next owner wrote.
func (tx *Tx) HoldsLease(ctx context.Context, l Lease) (bool, error) {
	n, err := one(ctx, tx, scalar[int], `
		select count(*) from lease where name = $1 and owner = $2 and fence = $3`, l.Name, l.Owner, l.Fence)
	return n == 1, err
}

// Setting is a value that the installation keeps for itself; empty when not set.
func (tx *Tx) Setting(ctx context.Context, name string) (string, error) {
	v, err := one(ctx, tx, scalar[string], `select value from setting where name = $1`, name)
	if isNotFound(err) {
		return "", nil
	}
	return v, err
}

// SetSetting keeps a value; empty forgets it.
func (tx *Tx) SetSetting(ctx context.Context, name, value string) error {
	if value == "" {
		_, err := tx.exec(ctx, `delete from setting where name = $1`, name)
		return err
	}
	return tx.must(ctx, `
		insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value`, name, value)
}

func isNotFound(err error) bool { return errors.Is(err, usher.ErrNotFound) }
