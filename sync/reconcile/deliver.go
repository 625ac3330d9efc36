package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	work, err := o.Ledger.Begin(ctx, o.lease, o.portal, free*o.Batch, o.LeaseLength)
	if err != nil {
		return fmt.Errorf("begin at portal %s: %w", o.name, err)
	}
	for batch := range slices.Chunk(work, o.Batch) {
		o.inFlight.Add(1)
		o.calls.Go(func() {
			defer wake(o.wake)
			defer o.inFlight.Add(-1)
			o.settle(batch, began)
		})
	}
	return nil
}

// settle tells the portal of accounts in one call and writes what became of each.
func (o *owner) settle(work []ledger.Work, began time.Time) {
	var told []ledger.Work
	for _, w := range work {
		if wait := o.seats.turnAway(w.Change, began); wait > 0 {
			o.acknowledge(w, usher.Outcome{Result: usher.Retry, Reason: "the portal has no seats left", RetryAfter: int(wait.Seconds()) + 1})
		} else {
			told = append(told, w)
		}
	}
	if len(told) == 0 {
		return
	}
	for i, outcome := range o.deliver(told, began) {
		o.Observer.Told(o.name, outcome.Result, time.Since(began))
		o.acknowledge(told[i], outcome)
		o.learn(told[i].Change, outcome)
	}
}

// learn takes note of what an outcome says beyond its account.
func (o *owner) learn(c usher.AccountChange, outcome usher.Outcome) {
	switch {
	case outcome.NoSeats && o.seats.none(c.Account, time.Now()):
		o.Log(o.name, "the portal has no seats left; nobody is activated for now", nil)
	case outcome.Result == usher.Done && frees(c):
		o.seatFreed()
	case outcome.Result == usher.Unknown:
		o.reading.unknowns.Add(1)
	}
}

// errNoAnswer is why a portal is left alone that answers nobody clearly.
var errNoAnswer = errors.New("several accounts in a row had no clear answer")

// deliver calls the portal, and gives an outcome for each of the work.
func (o *owner) deliver(work []ledger.Work, began time.Time) []usher.Outcome {
	ctx, cancel := context.WithDeadline(o.held, began.Add(o.callTimeout()))
	defer cancel()
	changes := make([]usher.AccountChange, len(work))
	for i, w := range work {
		changes[i] = w.Change
	}
	outcomes, err := o.Each.Deliver(ctx, changes)
	if len(outcomes) != len(changes) {
		wrong := usher.Outcome{Result: usher.Unknown, Reason: fmt.Sprintf("the connector gave %d outcomes for %d accounts", len(outcomes), len(changes))}
		outcomes = slices.Repeat([]usher.Outcome{wrong}, len(changes))
	}
	if err != nil {
		o.failed(err)
	} else {
		o.weigh(changes, outcomes, began)
	}
	return outcomes
}

// weigh takes note of whether the portal works, by the outcomes of one call.
func (o *owner) weigh(changes []usher.AccountChange, outcomes []usher.Outcome, began time.Time) {
	clear := func(outcome usher.Outcome) bool {
		return outcome.Result == usher.Done || outcome.Result == usher.Refused || outcome.Result == usher.Awaiting
	}
	if slices.ContainsFunc(outcomes, clear) {
		o.worked(began)
		return
	}
	doubted := false
	for _, c := range changes {
		doubted = o.breaker.doubt(c.Account, began) || doubted
	}
	if doubted {
		o.failed(errNoAnswer)
	}
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
