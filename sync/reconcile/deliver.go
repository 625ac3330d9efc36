package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// callTimeout is how long one call may take, from the moment at which it was begun.
func (o *owner) callTimeout() time.Duration { return o.LeaseLength / 3 }

// dispatch begins as many of the due accounts as workers are free. Only the owner's loop
// calls it, and an account that was begun is not due before its quiet time is over: so
// there is one call at most for each.
func (o *owner) dispatch(ctx context.Context) error {
	inFlight := int(o.inFlight.Load())
	free := o.breaker.allow(time.Now(), o.Workers-inFlight, inFlight)
	if free == 0 || !o.fits(o.callTimeout()) {
		return nil
	}
	due, err := o.Look().DueAccounts(ctx, o.portal, 1) // a glance takes no lock
	if err != nil || len(due) == 0 {
		return err
	}
	began := time.Now()
	work, err := o.Ledger.Begin(ctx, o.lease, o.portal, free, o.LeaseLength)
	if err != nil {
		return fmt.Errorf("begin at portal %s: %w", o.name, err)
	}
	for _, w := range work {
		o.inFlight.Add(1)
		o.calls.Go(func() {
			defer wake(o.wake)
			defer o.inFlight.Add(-1)
			o.settle(w, began)
		})
	}
	return nil
}

// settle tells the portal of one account and writes what became of it.
func (o *owner) settle(w ledger.Work, began time.Time) {
	wait := o.seats.turnAway(w.Change, began)
	if wait > 0 {
		o.acknowledge(w, usher.Outcome{Result: usher.Retry, Reason: "the portal has no seats left", RetryAfter: int(wait.Seconds()) + 1})
		return
	}
	outcome := o.deliver(w.Change, began)
	o.Observer.Told(o.name, outcome.Result, time.Since(began))
	o.acknowledge(w, outcome)
	switch {
	case outcome.NoSeats && o.seats.none(w.Change.Account, time.Now()):
		o.Log(o.name, "the portal has no seats left; nobody is activated for now", nil)
	case outcome.Result == usher.Done && frees(w.Change):
		o.seatFreed()
	case outcome.Result == usher.Unknown:
		o.reading.unknowns.Add(1)
	}
}

// errNoAnswer is why a portal is left alone that answers nobody clearly.
var errNoAnswer = errors.New("several accounts in a row had no clear answer")

// deliver calls the portal.
func (o *owner) deliver(c usher.AccountChange, began time.Time) usher.Outcome {
	ctx, cancel := context.WithDeadline(o.held, began.Add(o.callTimeout()))
	defer cancel()
	outcomes, err := o.Each.Deliver(ctx, []usher.AccountChange{c})
	outcome := usher.Outcome{Result: usher.Unknown, Reason: fmt.Sprintf("the connector gave %d outcomes for one account", len(outcomes))}
	if len(outcomes) == 1 {
		outcome = outcomes[0]
	}
	switch {
	case err != nil:
		o.failed(err)
	case outcome.Result == usher.Done, outcome.Result == usher.Refused, outcome.Result == usher.Awaiting:
		o.worked(began)
	case o.breaker.doubt(c.Account, began):
		o.failed(errNoAnswer)
	}
	return outcome
}

func (o *owner) acknowledge(w ledger.Work, outcome usher.Outcome) {
	ctx, cancel := o.afterwards()
	defer cancel()
	if err := o.Ledger.Acknowledge(ctx, o.lease, w, outcome, o.LeaseLength); err != nil && !o.stale(err) {
		o.Log(o.name, "an outcome could not be written; the account is read back later", fmt.Errorf("account %s: %w", w.Change.Account, err))
	}
}

// seatFreed has the account tried that waited longest for a seat at the portal.
func (o *owner) seatFreed() {
	account := o.seats.free()
	if account == "" {
		return
	}
	ctx, cancel := o.afterwards()
	defer cancel()
	if err := o.Ledger.TryNow(ctx, o.lease, account); err != nil && !o.stale(err) {
		o.Log(o.name, "an account that waits for a seat was not woken; it is tried later", fmt.Errorf("account %s: %w", account, err))
	}
}
