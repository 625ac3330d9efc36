package store

import (
	"context"
	"fmt"
	"strconv"

	"usher/internal/usher"
)

// SlotState says what became of a slot.
type SlotState string

// The states of a slot. It leaves the first one once.
const (
	SlotRunning SlotState = "running" // claimed; its owner runs it, or died
	SlotDone    SlotState = "done"
	SlotFailed  SlotState = "failed"
	SlotMissed  SlotState = "missed" // never run to its end: too late, or a later one stands for it
)

// Slot is one time of a schedule, from when a process claimed it or found it missed.
type Slot struct {
	Schedule string
	// Civil is the date and time in the schedule's zone as 2006-01-02T15:04, or begins with
	// SlotManual where somebody asked for a run.
	Civil     string
	DueAt     usher.Time
	StartedAt usher.Time // of the latest try; zero where there was none
	// Owner is the process that runs it, or did so last.
	Owner      string
	State      SlotState
	FinishedAt usher.Time // zero while it runs
	Detail     string     // why it failed or was missed
}

// SlotManual begins the Civil of a slot that stands on no schedule.
const SlotManual = "manual "

const slotColumns = `schedule, civil, due_at, started_at, owner, state, finished_at, detail`

func scanSlot(row scanner) (s Slot, err error) {
	err = row.Scan(&s.Schedule, &s.Civil, &s.DueAt, &s.StartedAt, &s.Owner, &s.State, &s.FinishedAt, &s.Detail)
	return s, err
}

func (tx *Tx) insertSlot(ctx context.Context, s Slot) (bool, error) {
	n, err := tx.exec(ctx, `insert into slot (`+slotColumns+`) values (`+marks(1, 8)+`) on conflict do nothing`,
		s.Schedule, s.Civil, s.DueAt, s.StartedAt, s.Owner, s.State, s.FinishedAt, s.Detail)
	return n == 1, named("slot of schedule", s.Schedule, err)
}

// ClaimSlot makes a slot running and its owner the one process that may run it. It is false
// where the slot is known already, in whatever state.
func (tx *Tx) ClaimSlot(ctx context.Context, s Slot) (bool, error) {
	s.State, s.StartedAt, s.FinishedAt = SlotRunning, tx.now, 0
	return tx.insertSlot(ctx, s)
}

// MissSlot notes that nobody claimed a slot and nobody shall.
func (tx *Tx) MissSlot(ctx context.Context, s Slot) error {
	s.State, s.StartedAt, s.FinishedAt = SlotMissed, 0, tx.now
	_, err := tx.insertSlot(ctx, s)
	return err
}

// TakeOverSlot gives a running slot to another owner, who must hold what its owner has
// lost. It is false where the slot has ended.
func (tx *Tx) TakeOverSlot(ctx context.Context, s Slot) (bool, error) {
	n, err := tx.exec(ctx, `
		update slot set owner = $3, started_at = $4 where schedule = $1 and civil = $2 and state = 'running'`, s.Schedule, s.Civil, s.Owner, tx.now)
	return n == 1, named("slot of schedule", s.Schedule, err)
}

// FinishSlot ends a running slot with its State and Detail. usher.ErrStale: it is not its
// Owner's any more, or has ended.
func (tx *Tx) FinishSlot(ctx context.Context, s Slot) error {
	n, err := tx.exec(ctx, `
		update slot set state = $4, detail = $5, finished_at = $6 where schedule = $1 and civil = $2 and owner = $3 and state = 'running'`,
		s.Schedule, s.Civil, s.Owner, s.State, s.Detail, tx.now)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s was taken over or has ended: %w", s.Civil, usher.ErrStale)
	}
	return named("slot of schedule", s.Schedule, err)
}

// Slots are a schedule's slots, the latest due first; an empty schedule means all.
func (tx *Tx) Slots(ctx context.Context, schedule string, limit int) ([]Slot, error) {
	return all(ctx, tx, scanSlot, `
		select `+slotColumns+` from slot where schedule = $1 or $1 = '' order by due_at desc, civil desc, schedule limit $2`, schedule, limit)
}

// RunningSlots are those of all schedules that have no end, the first due first.
func (tx *Tx) RunningSlots(ctx context.Context) ([]Slot, error) {
	return all(ctx, tx, scanSlot, `select `+slotColumns+` from slot where state = 'running' order by due_at, civil`)
}

// LatestSlot is the latest one that stands on the schedule; ErrNotFound for none.
func (tx *Tx) LatestSlot(ctx context.Context, schedule string) (Slot, error) {
	s, err := one(ctx, tx, scanSlot, `
		select `+slotColumns+` from slot where schedule = $1 and civil < $2 order by civil desc limit 1`, schedule, SlotManual)
	return s, named("slot of schedule", schedule, err)
}

// SlotsFrom is the instant after which slots are still to be claimed: when the latest one
// was due, or when the schedule was first seen with this definition, which is now the first
// time. So a schedule does not begin with what was before it, nor does a changed one.
func (tx *Tx) SlotsFrom(ctx context.Context, schedule, definition string, now usher.Time) (usher.Time, error) {
	setting := "schedule " + schedule + ": " + definition
	_, err := tx.exec(ctx, `insert into setting (name, value) values ($1, $2) on conflict do nothing`, setting, strconv.FormatInt(int64(now), 10))
	if err != nil {
		return 0, named("schedule", schedule, err)
	}
	text, err := tx.Setting(ctx, setting)
	if err != nil {
		return 0, named("schedule", schedule, err)
	}
	since, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, named("setting", setting, err)
	}
	latest, err := tx.LatestSlot(ctx, schedule)
	if err != nil && !isNotFound(err) {
		return 0, err
	}
	return max(usher.Time(since), latest.DueAt), nil
}

// DatabaseTime is the database's clock, which all processes on one store share.
func (s *Store) DatabaseTime(ctx context.Context) (usher.Time, error) {
	return one(ctx, s.Look(), scalar[usher.Time], `select `+s.dialect.clock)
}
