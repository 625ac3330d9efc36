package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/internal/usher"
)

var (
	// errLost is why a job's context ends too early.
	errLost = fmt.Errorf("the lease of the run is lost: %w", usher.ErrStale)
	// errElsewhere: another process has the lease, which is as it should be.
	errElsewhere = errors.New("another process runs the job")
)

// underLease calls f while this process has the job's lease; f's context ends when it is
// lost.
func (r *Runner) underLease(ctx context.Context, job string, f func(context.Context) error) error {
	name := "roster " + job
	asked := time.Now()
	fence, err := r.Store.TakeLease(ctx, name, r.Owner, r.LeaseLength)
	if errors.Is(err, usher.ErrBusy) {
		return errElsewhere
	} else if err != nil {
		return fmt.Errorf("lease %q: %w", name, err)
	}
	held, lose := context.WithCancelCause(ctx)
	over := time.AfterFunc(time.Until(asked.Add(r.LeaseLength)), func() { lose(errLost) })
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		r.keep(held, name, fence, over, lose)
	}()
	err = f(held)
	lose(context.Canceled)
	<-kept
	over.Stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.LeaseLength)
	defer cancel()
	return errors.Join(err, r.Store.DropLease(ctx, name, r.Owner, fence))
}

// keep renews a lease until ctx is done. A renewal that fails is tried again until the lease
// is over.
func (r *Runner) keep(ctx context.Context, name string, fence int64, over *time.Timer, lose context.CancelCauseFunc) {
	tick := time.NewTicker(r.LeaseLength / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := time.Now()
		now, err := r.Store.TakeLease(ctx, name, r.Owner, r.LeaseLength)
		switch {
		case err != nil:
		case now != fence: // it ended meanwhile, and somebody may have had it
			lose(errLost)
		default:
			over.Reset(time.Until(asked.Add(r.LeaseLength)))
		}
	}
}
