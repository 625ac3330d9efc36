package ledger

import (
	"context"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// Lease is the right of one process to do what must not be done twice at once; whoever
// tells portals writes only under one.
type Lease = store.Lease

// SettingRestored is the store's setting that is not empty from a restore until somebody
// resumes: as long as it is set, portals are told nothing.
const SettingRestored = store.SettingRestored

// TakeLease takes or renews a lease; usher.ErrBusy while another owner has it.
func (l *Ledger) TakeLease(ctx context.Context, name, owner string, length time.Duration) (Lease, error) {
	return l.store.TakeLease(ctx, name, owner, length)
}

// DropLease gives a lease back, so that another process need not wait for its end.
func (l *Ledger) DropLease(ctx context.Context, lease Lease) error {
	return l.store.DropLease(ctx, lease)
}

// TryNow has an account tried at once that waits for its next try. One with a call whose
// outcome is unknown keeps its quiet time. usher.ErrStale: the lease is lost.
func (l *Ledger) TryNow(ctx context.Context, lease Lease, account usher.ID) error {
	return l.store.Write(ctx, func(tx *store.Tx) error {
		if err := holds(ctx, tx, lease); err != nil {
			return err
		}
		a, err := tx.LockAccount(ctx, account)
		if err != nil || a.UnknownSince != 0 || a.NextTryAt <= tx.Now() {
			return err
		}
		a.NextTryAt = tx.Now()
		return tx.UpdateAccount(ctx, a)
	})
}
