package reconcile

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// tenure is one uninterrupted time of having a lease.
type tenure struct {
	*Engine
	lease ledger.Lease
	// held is done when the lease is lost or the grace at the end is over: calls to the
	// portal must not outlive it.
	held context.Context
	lose context.CancelCauseFunc
	done sync.WaitGroup

	mu    sync.Mutex
	until time.Time // by this process's own clock, from before the lease was asked for
	over  *time.Timer
	// goOn takes back that the end of ctx ends the tenure.
	goOn func() bool
}

// errLost is why held is done when it is done too early.
var errLost = fmt.Errorf("the portal's lease is lost: %w", usher.ErrStale)

// take takes the lease of that name and keeps it until end, and for Grace after ctx is
// done. usher.ErrBusy: another process has it.
func (e *Engine) take(ctx context.Context, name string) (*tenure, error) {
	asked := time.Now()
	lease, err := e.Ledger.TakeLease(ctx, name, e.Owner, e.LeaseLength)
	if err != nil {
		return nil, err
	}
	t := &tenure{Engine: e, lease: lease, until: asked.Add(e.LeaseLength)}
	t.held, t.lose = context.WithCancelCause(context.WithoutCancel(ctx))
	t.over = time.AfterFunc(time.Until(t.until), func() { t.lose(errLost) })
	t.done.Go(t.keep)
	t.goOn = context.AfterFunc(ctx, func() {
		time.AfterFunc(e.Grace, func() { t.lose(context.Cause(ctx)) })
	})
	return t, nil
}

// keep renews the lease. A renewal that fails is tried again until the lease is over.
func (t *tenure) keep() {
	tick := time.NewTicker(t.Renew)
	defer tick.Stop()
	for {
		select {
		case <-t.held.Done():
			return
		case <-tick.C:
		}
		asked := time.Now()
		lease, err := t.Ledger.TakeLease(t.held, t.lease.Name, t.Owner, t.LeaseLength)
		switch {
		case err != nil:
		case lease.Fence != t.lease.Fence: // it ended meanwhile, and somebody may have had it
			t.lose(errLost)
		default:
			t.extend(asked.Add(t.LeaseLength))
		}
	}
}

func (t *tenure) extend(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over.Reset(time.Until(until)) {
		t.until = until
	}
}

// fits says whether a call that takes so long ends before the lease does.
func (t *tenure) fits(took time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held.Err() == nil && time.Until(t.until) >= took
}

// stale ends the tenure when err says that the lease is another's.
func (t *tenure) stale(err error) bool {
	if !errors.Is(err, usher.ErrStale) {
		return false
	}
	t.lose(errLost)
	return true
}

// end gives the lease back, unless that takes so long that it ends by itself. Nothing may be under way any more.
func (t *tenure) end() error {
	t.goOn()
	t.over.Stop()
	t.lose(context.Canceled)
	t.done.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.held), t.LeaseLength)
	defer cancel()
	if err := t.Ledger.DropLease(ctx, t.lease); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("give back lease %q: %w", t.lease.Name, err)
	}
	return nil
}
