package reconcile

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"usher/connectors"
	"usher/internal/usher"
)

// owner works for one portal during one tenure of its lease.
type owner struct {
	*tenure
	Connector
	portal usher.ID
	name   string
	wake   chan struct{}

	calls    sync.WaitGroup // whatever is under way at the portal
	inFlight atomic.Int32   // deliveries of it
	breaker  breaker
	seats    seats
	reading  reading
	// unrendered are the templates with which the last rendering failed; nil: it did not.
	unrendered []string

	mu     sync.Mutex
	health usher.Portal // as last written
}

func newOwner(e *Engine, c Connector, p usher.Portal, t *tenure) *owner {
	if c.Workers <= 0 {
		c.Workers = 8
	}
	c.Batch = max(c.Batch, 1)
	if c.ObserveEvery <= 0 {
		c.ObserveEvery = 24 * time.Hour
	}
	o := &owner{tenure: t, Connector: c, portal: p.ID, name: p.Name, wake: make(chan struct{}, 1), health: p}
	o.breaker.failures = p.Failures
	o.breaker.until = time.Now().Add(p.PausedUntil.Sub(e.Look().Now()))
	return o
}

// run works until ctx is done, the lease is lost, or nothing may be done at the portal
// any more. Nothing is under way at the portal when it returns.
func (o *owner) run(ctx context.Context) error {
	defer o.calls.Wait()
	for {
		portal, ok, err := o.open(ctx, o.name)
		if err == nil && ok {
			err = o.round(ctx, portal)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case o.held.Err() != nil:
			return context.Cause(o.held)
		case err != nil || !ok:
			return err
		}
		select {
		case <-ctx.Done():
		case <-o.held.Done():
		case <-o.wake:
		case <-time.After(o.Poll):
		}
	}
}

// round starts what is due. Of a portal that is not live it only takes note.
func (o *owner) round(ctx context.Context, p usher.Portal) error {
	if o.Whole != nil {
		return o.handOver(ctx, p)
	}
	o.observe(ctx, p)
	if !p.Live {
		return nil
	}
	return o.dispatch(ctx)
}

// failed notes that the portal as a whole does not work.
func (o *owner) failed(err error) {
	asked := time.Duration(0)
	if down := (*connectors.Down)(nil); errors.As(err, &down) {
		asked = down.RetryAfter
	}
	pause, failures := o.breaker.fail(time.Now(), asked, rand.Float64())
	if pause == 0 {
		return
	}
	o.Observer.Paused(o.name, pause)
	if failures == 1 {
		o.Log(o.name, "the portal does not work and is left alone for now", err)
	}
	o.report(func(p *usher.Portal, now usher.Time) {
		p.Failures, p.LastError, p.PausedUntil = failures, err.Error(), now.Add(pause)
	})
}

// lastSuccessGrain is how exactly the time of the last success is kept.
const lastSuccessGrain = time.Minute

// worked notes that a call that began then worked.
func (o *owner) worked(began time.Time) {
	news := o.breaker.succeed(began, time.Now())
	if news {
		o.Log(o.name, "the portal works again", nil)
	}
	o.mu.Lock()
	fresh := o.Look().Now().Sub(o.health.LastSuccessAt) < lastSuccessGrain
	o.mu.Unlock()
	if !news && fresh {
		return
	}
	o.report(func(p *usher.Portal, now usher.Time) {
		p.LastSuccessAt = now
		if news {
			p.Failures, p.LastError, p.PausedUntil = 0, "", 0
		}
	})
}

// report writes what is known of the portal's health, one change after the other.
func (o *owner) report(change func(*usher.Portal, usher.Time)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(&o.health, o.Look().Now())
	ctx, cancel := o.afterwards()
	defer cancel()
	if err := o.Ledger.Health(ctx, o.lease, o.health); err != nil && !o.stale(err) {
		o.Log(o.name, "the portal's health could not be written", err)
	}
}

// afterwards is the context in which the result of a call is written: it does not end
// with the call.
func (o *owner) afterwards() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(o.held), o.LeaseLength)
}
