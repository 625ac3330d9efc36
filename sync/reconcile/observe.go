package reconcile

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"usher/connectors"
	"usher/internal/usher"
)

const (
	// chunkSize is how many accounts of a reading are taken up in one transaction.
	chunkSize = 100
	// readAgain is how long a reading that failed, or one for the sake of unknown
	// outcomes, waits after the last.
	readAgain = 5 * time.Minute
	// manyUnknowns is how many outcomes may stay unknown before the portal is read.
	manyUnknowns = 10
)

// reading is the state of the full readings of a portal.
type reading struct {
	running  atomic.Bool
	unknowns atomic.Int32 // outcomes since the last reading began

	// Written by the reading, read when none is running:
	tried time.Time // end of the last one in this tenure
	fine  bool      // whether it was whole
}

// due says whether to read now: a new owner reads at once, because it may have taken over
// from one that died in its calls.
func (r *reading) due(now time.Time, every time.Duration) bool {
	if r.running.Load() {
		return false
	}
	since := now.Sub(r.tried)
	return r.tried.IsZero() || since >= every || since >= readAgain && (!r.fine || r.unknowns.Load() >= manyUnknowns)
}

// observe starts a full reading when one is due. It ends with ctx: it changes nothing at
// the portal, so nobody has to wait for it.
func (o *owner) observe(ctx context.Context, p usher.Portal) {
	reader, ok := o.Each.(connectors.Reader)
	if !ok || !o.reading.due(time.Now(), o.ObserveEvery) || o.breaker.allow(time.Now(), 1, int(o.inFlight.Load())) == 0 {
		return
	}
	kinds := []usher.AccountKind{usher.AccountPerson}
	if p.Teams {
		kinds = append(kinds, usher.AccountTeam)
	}
	o.reading.running.Store(true)
	o.reading.unknowns.Store(0)
	o.calls.Go(func() {
		defer wake(o.wake)
		defer o.reading.running.Store(false)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(o.held, cancel)()
		o.read(ctx, reader, kinds)
	})
}

// read reads the whole portal and says how that went.
func (o *owner) read(ctx context.Context, reader connectors.Reader, kinds []usher.AccountKind) {
	began := time.Now()
	var err error
	for _, kind := range kinds {
		if err = o.readKind(ctx, reader, kind); err != nil {
			break
		}
	}
	if ctx.Err() != nil {
		return // whoever has the lease now reads anew
	}
	o.Observer.Read(o.name, err)
	down := (*connectors.Down)(nil)
	switch {
	case errors.As(err, &down):
		o.failed(err) // due again once the pause is over
		return
	case err != nil && !o.stale(err):
		o.Log(o.name, "the portal could not be read as a whole", err)
	case err == nil:
		o.worked(began)
		o.report(func(p *usher.Portal, now usher.Time) { p.ObservedAt = now })
	}
	o.reading.tried, o.reading.fine = time.Now(), err == nil
}

func (o *owner) readKind(ctx context.Context, reader connectors.Reader, kind usher.AccountKind) error {
	since := o.Look().Now()
	seen := make([]usher.Seen, 0, chunkSize)
	take := func() error {
		err := o.Ledger.Observe(ctx, o.lease, o.portal, kind, seen)
		seen = make([]usher.Seen, 0, chunkSize)
		return err
	}
	err := reader.Read(ctx, kind, func(s usher.Seen) error {
		if seen = append(seen, s); len(seen) < chunkSize {
			return nil
		}
		return take()
	})
	if err == nil && len(seen) > 0 {
		err = take()
	}
	if err != nil {
		return fmt.Errorf("read %s accounts: %w", kind, err)
	}
	return o.Ledger.Observed(ctx, o.lease, o.portal, kind, since)
}
