package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/internal/config"
	"usher/internal/notify"
	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/schedule"
)

// CheckNotifications finds a digest whose time is none.
func CheckNotifications(c *config.Config) config.Problems {
	key := "notifications.digest.days"
	if c.Notifications.Digest.Cron != "" {
		key = "notifications.digest.cron"
	}
	if _, err := calendarOf(c.Notifications.Digest, time.UTC); err != nil {
		return config.Problems{{Path: key, Message: err.Error()}}
	}
	return nil
}

// digestDeadline is how late a digest is still made: the next morning it is not yesterday's.
const digestDeadline = 6 * time.Hour

// digestJobs is the digest, where it has a time.
func (d *Daemon) digestJobs(c *config.Config) []schedule.Job {
	calendar, err := calendarOf(c.Notifications.Digest, d.options.Zone)
	if err != nil || calendar == nil { // the configuration was checked
		return nil
	}
	return []schedule.Job{{Name: "notifications", Schedule: *calendar, Deadline: digestDeadline,
		Run: func(ctx context.Context, s schedule.Slot) error { return d.digest(ctx, s.Civil) }}}
}

// digest keeps a message for each target that wants one, for a slot of the schedule; what was kept for it before stays as it is.
func (d *Daemon) digest(ctx context.Context, slot string) error {
	d.notifying.Lock()
	defer d.notifying.Unlock()
	if _, restored, err := d.ledger.Restored(ctx); restored || err != nil {
		return err
	}
	c := d.config.Load()
	for {
		err := d.underNotifyLease(ctx, func(ctx context.Context, lease store.Lease) error {
			if err := d.lookForIncidents(ctx, c, lease); err != nil {
				return err
			}
			return d.eachTarget(ctx, c, func(t target) error { return d.compose(ctx, lease, t, slot) })
		})
		if !errors.Is(err, usher.ErrBusy) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
		}
	}
}

// Tested is what came of a test message.
type Tested struct {
	Channel string
	To      string // the address, of mail
	Err     error  // nil: it was taken
}

// TestChannels sends a test to all channels, or to the one of that name; usher.ErrNotFound: there is none.
func (d *Daemon) TestChannels(ctx context.Context, name string) (tested []Tested, err error) {
	c := d.config.Load()
	for _, t := range configuredTargets(c) {
		if name != "" && t.channel.Name != name {
			continue
		}
		m := notify.Message{At: d.store.Now(), Base: d.URL(), Test: true}
		tested = append(tested, Tested{t.channel.Name, t.to, d.deliver(ctx, c, t, d.store.Look().NewID(), m)})
	}
	if len(tested) == 0 {
		return nil, fmt.Errorf("channel %q: %w", name, usher.ErrNotFound)
	}
	return tested, nil
}
