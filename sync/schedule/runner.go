package schedule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"usher/internal/usher"
)

// Job is what runs at the slots of a schedule.
type Job struct {
	// Name tells the jobs apart, for ever: a slot belongs to a name.
	Name     string
	Schedule Schedule
	// Deadline is how long after its time a slot may begin [12 h].
	Deadline time.Duration
	// Run does the work of a slot. It is asked again for the same slot when its process died
	// or lost the lease, so it goes on where it was; its context ends with the lease. Its
	// error makes the slot failed and is kept: no secrets and no personal data.
	Run func(context.Context, Slot) error
}

// Outcome is how a slot ended.
type Outcome string

// The outcomes of slots.
const (
	Done   Outcome = "done"
	Failed Outcome = "failed"
	Missed Outcome = "missed"
)

// Store is what a Runner keeps its slots in. Each call is one transaction.
type Store interface {
	// DatabaseTime is the clock that all processes share.
	DatabaseTime(context.Context) (usher.Time, error)
	// SlotsFrom is the instant after which slots are still to be claimed, at the earliest
	// when a schedule was first seen with this definition, which may be now.
	SlotsFrom(ctx context.Context, schedule, definition string, now usher.Time) (usher.Time, error)
	// RunningSlots are those of all schedules that were claimed and have not ended.
	RunningSlots(context.Context) ([]Slot, error)
	// ClaimSlot is true for one caller and one call. The slots that were missed before end
	// as such, each with why.
	ClaimSlot(ctx context.Context, owner string, s Slot, missed []Slot, why string) (bool, error)
	// MissSlots ends slots that nobody has claimed.
	MissSlots(ctx context.Context, missed []Slot, why string) error
	// TakeOverSlot makes a running slot the owner's. It is false where the slot has ended.
	TakeOverSlot(ctx context.Context, owner string, s Slot) (bool, error)
	// FinishSlot ends a running slot; usher.ErrStale where it is not the owner's.
	FinishSlot(ctx context.Context, owner string, s Slot, end Outcome, why string) error
	// TakeLease takes or renews a lease; usher.ErrBusy while another owner has it. The fence
	// is another one after each time that nobody had it.
	TakeLease(ctx context.Context, name, owner string, length time.Duration) (fence int64, err error)
	// DropLease gives a lease back.
	DropLease(ctx context.Context, name, owner string, fence int64) error
}

// Options are what a Runner works with. Durations of 0 mean the default in brackets.
type Options struct {
	Store Store
	// Owner names this process among all that share the store, also among past ones.
	Owner string
	// Clock is this machine's clock, which is compared with the store's [time.Now].
	Clock func() time.Time
	// Log is told what an operator should know of a job; nil is silence.
	Log func(job, what string, err error)
	// Poll is the time between looks at the store, where no slot is due earlier [30 s].
	Poll time.Duration
	// LeaseLength is how long a job's lease lasts without renewal [60 s]; it is renewed after
	// a third of it.
	LeaseLength time.Duration
}

// Runner runs jobs at their slots. Several processes on one store share the work.
type Runner struct {
	Options
	wake chan struct{}

	mu      sync.Mutex
	jobs    map[string]Job
	next    map[string]usher.Time // before it nothing is due; by name
	busy    map[string]bool       // jobs at work in this process, also those taken out since
	healthy error
}

// New makes a runner of jobs, or says which option or job is wrong.
func New(o Options, jobs []Job) (*Runner, error) {
	o.Poll = cmp.Or(o.Poll, 30*time.Second)
	o.LeaseLength = cmp.Or(o.LeaseLength, 60*time.Second)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = func(string, string, error) {}
	}
	if o.Store == nil || o.Owner == "" {
		return nil, errors.New("schedule: Store and Owner are required")
	}
	r := &Runner{Options: o, wake: make(chan struct{}, 1), busy: map[string]bool{}}
	return r, r.Set(jobs)
}

// Set replaces the jobs. What runs goes on to its end, also of a job that is no more; the
// slots that it left are nobody's until a job of its name is back.
func (r *Runner) Set(jobs []Job) error {
	named := map[string]Job{}
	for _, j := range jobs {
		j.Deadline = cmp.Or(j.Deadline, 12*time.Hour)
		if j.Name == "" || j.Schedule.zone == nil || j.Run == nil || j.Deadline < 0 {
			return fmt.Errorf("schedule: job %q needs a name, a parsed schedule, a deadline above 0 and something to run", j.Name)
		}
		if _, twice := named[j.Name]; twice {
			return fmt.Errorf("schedule: two jobs are named %q", j.Name)
		}
		named[j.Name] = j
	}
	r.mu.Lock()
	r.jobs, r.next = named, map[string]usher.Time{}
	r.mu.Unlock()
	r.poke()
	return nil
}

// Trigger asks for a run of a job as soon as a process is free for it, and gives its slot.
func (r *Runner) Trigger(ctx context.Context, name string) (Slot, error) {
	r.mu.Lock()
	_, known := r.jobs[name]
	r.mu.Unlock()
	if !known {
		return Slot{}, fmt.Errorf("schedule %q: %w", name, usher.ErrNotFound)
	}
	now, err := r.Store.DatabaseTime(ctx)
	if err != nil {
		return Slot{}, fmt.Errorf("schedule %q: %w", name, err)
	}
	s := Slot{Schedule: name, Civil: "manual " + now.RFC3339(), DueAt: now}
	won, err := r.Store.ClaimSlot(ctx, r.Owner, s, nil, "")
	if err == nil && !won {
		err = usher.ErrConflict // somebody else in the same microsecond
	}
	if err != nil {
		return Slot{}, fmt.Errorf("schedule %q: %w", name, err)
	}
	r.poke()
	return s, nil
}

// Health is nil, or why this process starts no slots at the moment.
func (r *Runner) Health() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.healthy
}

func (r *Runner) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
