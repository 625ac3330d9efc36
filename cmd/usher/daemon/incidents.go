package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/internal/config"
	"usher/internal/notify"
	"usher/internal/store"
	"usher/internal/usher"
)

// notifyEvery is how often usher looks what is amiss, and whether somebody has to be told.
const notifyEvery = 15 * time.Second

// notifyLease is the right to say what is amiss and what is told of it; it is held while the store is read and written, never
// while something is sent.
const (
	notifyLease   = "notifications"
	notifyLeaseOf = time.Minute
)

// notifier sees to incidents and to what is told of them, until ctx ends.
func (d *Daemon) notifier(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(notifyEvery):
		}
		if err := d.notify(ctx); err != nil && ctx.Err() == nil {
			d.log.Error().Err(err).Msg("cannot see to the notifications")
		}
	}
}

// notify looks what is amiss, keeps what is to be told, and sends what is due. A store that is a copy tells nobody anything.
func (d *Daemon) notify(ctx context.Context) error {
	d.notifying.Lock() // leases are those of the process
	defer d.notifying.Unlock()
	if _, restored, err := d.ledger.Restored(ctx); restored || err != nil {
		return err
	}
	c := d.config.Load()
	err := d.underNotifyLease(ctx, func(ctx context.Context, lease store.Lease) error {
		if err := d.lookForIncidents(ctx, c, lease); err != nil {
			return err
		}
		return d.eachTarget(ctx, c, func(t target) error { return d.compose(ctx, lease, t, "") })
	})
	if err != nil && !errors.Is(err, usher.ErrBusy) { // another process is at it
		return err
	}
	return d.sendAll(ctx, c)
}

// underNotifyLease does something as the only process; usher.ErrBusy while another one does.
func (d *Daemon) underNotifyLease(ctx context.Context, f func(context.Context, store.Lease) error) error {
	lease, err := d.store.TakeLease(ctx, notifyLease, d.owner, notifyLeaseOf)
	if err != nil {
		return err
	}
	defer func() { _ = d.store.DropLease(context.WithoutCancel(ctx), lease) }()
	ctx, cancel := context.WithTimeout(ctx, notifyLeaseOf)
	defer cancel()
	return f(ctx, lease)
}

// writeHolding writes under a lease; usher.ErrStale: it is lost.
func (d *Daemon) writeHolding(ctx context.Context, lease store.Lease, f func(*store.Tx) error) error {
	return d.store.Write(ctx, func(tx *store.Tx) error {
		switch ours, err := tx.HoldsLease(ctx, lease); {
		case err != nil:
			return err
		case !ours:
			return fmt.Errorf("lease %q: %w", lease.Name, usher.ErrStale)
		}
		return f(tx)
	})
}

// lookForIncidents brings the incidents in line with how things stand.
func (d *Daemon) lookForIncidents(ctx context.Context, c *config.Config, lease store.Lease) error {
	standing, err := d.standing(ctx, c)
	if err != nil {
		return err
	}
	kept, err := d.store.Look().Incidents(ctx, standing.At.Add(-notify.SameWithin))
	if err != nil {
		return err
	}
	seen := notify.See(standing, usher.Limit(c.Notifications.SeatsLow))
	changed := notify.Compare(kept, seen, standing.At, d.store.Look().NewID)
	if len(changed) == 0 {
		return nil
	}
	return d.writeHolding(ctx, lease, func(tx *store.Tx) error {
		for _, i := range changed {
			if err := tx.PutIncident(ctx, i); err != nil {
				return err
			}
		}
		return nil
	})
}

// forgottenAtOnce bounds how much one transaction forgets.
const forgottenAtOnce = 200

// forgetIncidents forgets messages, and incidents that are over, once they are too old to be looked up.
func (d *Daemon) forgetIncidents(ctx context.Context) error {
	return d.store.Write(ctx, func(tx *store.Tx) error {
		before := tx.Now().Add(-notify.KeptFor)
		return errors.Join(tx.DropOldNotifications(ctx, before), tx.DropOldIncidents(ctx, before, forgottenAtOnce))
	})
}

// standing is how things stand, with what the ledger does not know.
func (d *Daemon) standing(ctx context.Context, c *config.Config) (usher.Standing, error) {
	s, err := d.ledger.Standing(ctx)
	if err != nil {
		return s, err
	}
	feeds := *d.feeds.Load()
	s.Feeds = slices.DeleteFunc(s.Feeds, func(f usher.FeedStanding) bool { // of a directory that expects none any more nothing is late
		return feeds[f.Directory] == nil || feeds[f.Directory].Schedule.ExpectedBy == ""
	})
	targets := configuredTargets(c)
	s.Channels = slices.DeleteFunc(s.Channels, func(ch usher.ChannelStanding) bool {
		return !slices.ContainsFunc(targets, func(t target) bool { return t.Key == ch.Target })
	})
	if pair := d.certificate.Load(); pair != nil && pair.Leaf != nil {
		s.Expiring = append(s.Expiring, usher.Expiring{What: "the TLS certificate of usher", Path: "/settings", EndsAt: usher.TimeOf(pair.Leaf.NotAfter)})
	}
	if c.Notifications.Answerers {
		err = d.addAnswerers(ctx, c, &s)
	}
	return s, err
}
