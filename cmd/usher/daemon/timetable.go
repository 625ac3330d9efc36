package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/internal/usher"
	"usher/sync/schedule"
)

// openTimetable makes the runner of the schedules, which serve starts.
func (d *Daemon) openTimetable() error {
	var err error
	d.timetable, err = schedule.New(schedule.Options{
		Store: slotStore{d.store}, Owner: d.owner, Clock: d.options.Clock,
		Log: func(job, what string, err error) {
			d.log.Warn().Str("job", job).Err(err).Msg(what)
		},
	}, d.jobs())
	if err != nil {
		return fmt.Errorf("schedules: %w", err)
	}
	return nil
}

// lateEvery is how often usher looks whether a file is overdue.
const lateEvery = time.Minute

// lateWatch says once that a directory's file is overdue, and once that it came. A late
// feed says nothing about anybody.
func (d *Daemon) lateWatch(ctx context.Context) {
	for {
		if err := d.lookForLate(ctx); err != nil && ctx.Err() == nil {
			d.log.Error().Err(err).Msg("cannot tell whether a file is overdue")
		}
		if err := d.timetable.Health(); err != nil && ctx.Err() == nil {
			d.log.Warn().Err(err).Msg("this process starts no schedules")
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lateEvery):
		}
	}
}

func (d *Daemon) lookForLate(ctx context.Context) error {
	for name, f := range *d.feeds.Load() {
		if f.Schedule.ExpectedBy == "" {
			continue
		}
		since, err := d.lateSince(ctx, f)
		if err == nil {
			err = d.ledger.FeedLate(ctx, usher.System("schedule"), name, since)
		}
		if err != nil {
			return fmt.Errorf("directory %s: %w", name, err)
		}
		d.metrics.late(name, since, usher.TimeOf(d.options.Clock()))
	}
	return nil
}

// lateSince is since when a file is overdue; zero while none is.
func (d *Daemon) lateSince(ctx context.Context, f *feed) (usher.Time, error) {
	look := d.store.Look()
	known, err := look.DirectoryNamed(ctx, f.Name)
	if err != nil {
		return 0, err
	}
	came := known.CreatedAt
	last, err := look.LastArrived(ctx, known.ID)
	if err != nil && !errors.Is(err, usher.ErrNotFound) {
		return 0, err
	}
	if err == nil {
		came = last.CreatedAt
	}
	now := usher.TimeOf(d.options.Clock())
	next := f.expected.Next(now)
	// A file that came in the first half of the time between two is a late one of the first.
	fresh := f.expected.Next(next.DueAt).DueAt.Sub(next.DueAt) / 2
	return schedule.Late(f.expected, fresh, came, now), nil
}
