package daemon

import (
	"context"
	"errors"
	"time"

	"usher/sync/ledger"
)

// sweepEvery is how long due work waits at most where no poke came, as when another
// process made it.
const sweepEvery = 500 * time.Millisecond

// sweeper does what is due, when poked and regularly. After a failure it takes its time,
// so that a database which is away is not also flooded.
func (d *Daemon) sweeper(ctx context.Context) {
	for pause := sweepEvery; ; {
		select {
		case <-ctx.Done():
			return
		case <-pokes(d.sweep, pause):
		case <-time.After(pause):
		}
		pause = sweepEvery
		if err := d.ledger.Sweep(ctx); err != nil && ctx.Err() == nil {
			d.log.Error().Err(err).Msg("sweep failed")
			pause = 10 * sweepEvery
		}
	}
}

// pokes are heard unless a failure has just been.
func pokes(sweep <-chan struct{}, pause time.Duration) <-chan struct{} {
	if pause > sweepEvery {
		return nil
	}
	return sweep
}

// tellStandIn logs that a directory begins or ends to stand in for another; the process in
// which it happens does.
func (d *Daemon) tellStandIn(c ledger.StandInChange) {
	event := d.log.Info()
	if c.Began {
		event = d.log.Warn()
	}
	event.Str("directory", c.Directory).Str("for", c.For).Msg(c.Why)
}

// finishEvery is how long a run that was interrupted waits at most to be taken up again.
const finishEvery = 10 * time.Second

// finishSoon has the finisher apply what was let go. Nothing is lost where the process dies first.
func (d *Daemon) finishSoon() {
	select {
	case d.finish <- struct{}{}:
	default: // it will look anyway
	}
}

// finisher applies what is left of plans whose process died, and what nobody waits for.
func (d *Daemon) finisher(ctx context.Context) {
	for {
		if err := d.ledger.ResumePlans(ctx); err != nil && ctx.Err() == nil {
			d.log.Error().Err(err).Msg("a plan cannot be finished")
		}
		select {
		case <-ctx.Done():
			return
		case <-d.finish:
		case <-time.After(finishEvery):
		}
	}
}

// tidyEvery is how often what signing in leaves behind is looked through.
const tidyEvery = 10 * time.Minute

// sessionsKept and attemptsKept are how long ended sessions and refused sign-ins can be looked up.
const (
	sessionsKept = 30 * 24 * time.Hour
	attemptsKept = 30 * 24 * time.Hour
)

// mostAttempts is how many refused sign-ins can be looked up: a flood of them fills no disk.
const mostAttempts = 10_000

// tidier forgets sign-ins that nobody finished, ids that no message can have any longer, and what is too old to be looked up: of
// signing in, and of incidents.
func (d *Daemon) tidier(ctx context.Context) {
	for {
		err := errors.Join(d.store.DropEndedFlows(ctx), d.store.DropEndedSessions(ctx, sessionsKept), d.store.DropOldAttempts(ctx, attemptsKept, mostAttempts),
			d.store.DropOldLoginLinks(ctx, sessionsKept), d.forgetIncidents(ctx))
		if err != nil && ctx.Err() == nil {
			d.log.Error().Err(err).Msg("what is too old cannot be forgotten")
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(tidyEvery):
		}
	}
}

// foreseeEvery is how often seats are counted and foretold although nobody looks, so that the first look of a morning waits for
// nothing.
const foreseeEvery = 5 * time.Minute

// foreseer keeps what the console shows of all subscriptions ready.
func (d *Daemon) foreseer(ctx context.Context) {
	for {
		if err := d.ledger.Foresee(ctx); err != nil && ctx.Err() == nil {
			d.log.Error().Err(err).Msg("seats cannot be counted and foretold")
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(foreseeEvery):
		}
	}
}

// findable keeps what searches for people look at in line with the store.
func (d *Daemon) findable(ctx context.Context) {
	d.ledger.KeepPeople(ctx, func(err error) { d.log.Error().Err(err).Msg("people who changed are found late") })
}
