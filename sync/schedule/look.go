package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"usher/internal/usher"
)

// maxSkew is how far a machine's clock may be from the database's.
const maxSkew = 5 * time.Second

// Run works until ctx is done and waits for the jobs at work, whose context ends as well;
// another process goes on with their slots.
func (r *Runner) Run(ctx context.Context) {
	var working sync.WaitGroup
	defer working.Wait()
	for ctx.Err() == nil {
		pause, err := r.look(ctx, &working)
		r.mu.Lock()
		r.healthy = err
		r.mu.Unlock()
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// look sets those jobs to work that have a slot due or unfinished, and says how long nothing
// can be due.
func (r *Runner) look(ctx context.Context, working *sync.WaitGroup) (time.Duration, error) {
	now, err := r.now(ctx)
	if err != nil {
		return r.Poll, err
	}
	running, err := r.Store.RunningSlots(ctx)
	if err != nil {
		return r.Poll, fmt.Errorf("unfinished slots: %w", err)
	}
	unfinished := map[string]bool{}
	for _, s := range running {
		unfinished[s.Schedule] = true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	pause := r.Poll
	for name, j := range r.jobs {
		switch next := r.next[name]; {
		case r.busy[name]:
		case next <= now || unfinished[name]:
			r.busy[name] = true
			working.Go(func() { r.work(ctx, j, now) })
		default:
			pause = min(pause, next.Sub(now))
		}
	}
	return pause, nil
}

// now is the database's time. It is an error while this machine's clock is another one: what
// is judged by either would not fit together.
func (r *Runner) now(ctx context.Context) (usher.Time, error) {
	before := usher.TimeOf(r.Clock())
	now, err := r.Store.DatabaseTime(ctx)
	if err != nil {
		return 0, fmt.Errorf("time of the database: %w", err)
	}
	after := usher.TimeOf(r.Clock())
	if skew := max(before.Sub(now), now.Sub(after)); skew > maxSkew {
		return 0, fmt.Errorf("this machine's clock is %s away from the database's, which is %s: schedules wait here until both are set by the same time server",
			skew.Round(time.Second), now.RFC3339())
	}
	return now, nil
}

// work does what is due of a job, as of now, if its lease is free.
func (r *Runner) work(ctx context.Context, j Job, now usher.Time) {
	var next usher.Time
	err := r.underLease(ctx, j.Name, func(ctx context.Context) (err error) {
		next, err = r.turn(ctx, j, now)
		return err
	})
	r.mu.Lock()
	delete(r.busy, j.Name)
	if current, known := r.jobs[j.Name]; known && current.Schedule.String() == j.Schedule.String() {
		r.next[j.Name] = next
	}
	r.mu.Unlock()
	switch {
	case err == nil:
		r.poke()
	case ctx.Err() == nil && !errors.Is(err, errElsewhere): // the next look is after Poll
		r.Log(j.Name, "schedule", err)
	}
}
