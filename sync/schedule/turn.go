package schedule

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/usher"
)

// Why a slot ends as missed.
const (
	tooLate  = "no process could run it before its deadline"
	replaced = "a later slot was due before a process could run it"
)

// turn does one thing under the job's lease, and says when to look again: it goes on with
// the first unfinished slot, or runs the latest that is due. 0 is at once.
func (r *Runner) turn(ctx context.Context, j Job, now usher.Time) (usher.Time, error) {
	running, err := r.Store.RunningSlots(ctx)
	if err != nil {
		return 0, fmt.Errorf("unfinished slots: %w", err)
	}
	for _, s := range running {
		if s.Schedule == j.Name {
			return 0, r.resume(ctx, j, s, now)
		}
	}
	from, err := r.Store.SlotsFrom(ctx, j.Name, j.Schedule.String(), now)
	if err != nil {
		return 0, err
	}
	// A database restored from a machine with another clock may be ahead.
	next := j.Schedule.Next(max(from, now)).DueAt
	due := j.Schedule.Due(from, now)
	if len(due) == 0 {
		return next, nil
	}
	for i := range due {
		due[i].Schedule = j.Name
	}
	latest, before := due[len(due)-1], due[:len(due)-1]
	if now.Sub(latest.DueAt) > j.Deadline {
		return next, r.Store.MissSlots(ctx, due, tooLate)
	}
	won, err := r.Store.ClaimSlot(ctx, r.Owner, latest, before, replaced)
	if err != nil || !won {
		return next, err
	}
	return next, r.run(ctx, j, latest)
}

// resume runs a slot that its process left unfinished, unless it is too late for it.
func (r *Runner) resume(ctx context.Context, j Job, s Slot, now usher.Time) error {
	ours, err := r.Store.TakeOverSlot(ctx, r.Owner, s)
	if err != nil || !ours {
		return err
	}
	if now.Sub(s.DueAt) > j.Deadline {
		return r.Store.FinishSlot(ctx, r.Owner, s, Missed, tooLate)
	}
	return r.run(ctx, j, s)
}

// run runs a slot of ours to its end. It stays unfinished when ctx ended first.
func (r *Runner) run(ctx context.Context, j Job, s Slot) error {
	failure := safely(ctx, j, s)
	if failure != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	end, why := Done, ""
	if failure != nil {
		end, why = Failed, failure.Error()
		failure = fmt.Errorf("slot %s: %w", s.Civil, failure)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.LeaseLength)
	defer cancel()
	if err := r.Store.FinishSlot(ctx, r.Owner, s, end, why); err != nil {
		return errors.Join(failure, err)
	}
	if failure != nil {
		r.Log(j.Name, "run", failure)
	}
	return nil
}

// safely makes an error of a panic: a slot that ends its process would be taken over and end
// the next one.
func safely(ctx context.Context, j Job, s Slot) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return j.Run(ctx, s)
}
