package daemon

import (
	"context"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/schedule"
)

// slotStore is the store as schedules see it.
type slotStore struct{ *store.Store }

func (s slotStore) SlotsFrom(ctx context.Context, name, definition string, now usher.Time) (from usher.Time, err error) {
	err = s.Write(ctx, func(tx *store.Tx) error {
		from, err = tx.SlotsFrom(ctx, name, definition, now)
		return err
	})
	return from, err
}

func (s slotStore) RunningSlots(ctx context.Context) ([]schedule.Slot, error) {
	running, err := s.Look().RunningSlots(ctx)
	var slots []schedule.Slot
	for _, r := range running {
		slots = append(slots, schedule.Slot{Schedule: r.Schedule, Civil: r.Civil, DueAt: r.DueAt})
	}
	return slots, err
}

func (s slotStore) ClaimSlot(ctx context.Context, owner string, slot schedule.Slot, missed []schedule.Slot, why string) (won bool, err error) {
	err = s.Write(ctx, func(tx *store.Tx) error {
		if err := missSlots(ctx, tx, missed, why); err != nil {
			return err
		}
		won, err = tx.ClaimSlot(ctx, stored(owner, slot))
		return err
	})
	return won, err
}

func (s slotStore) MissSlots(ctx context.Context, missed []schedule.Slot, why string) error {
	return s.Write(ctx, func(tx *store.Tx) error { return missSlots(ctx, tx, missed, why) })
}

func missSlots(ctx context.Context, tx *store.Tx, missed []schedule.Slot, why string) error {
	for _, m := range missed {
		slot := stored("", m)
		slot.Detail = why
		if err := tx.MissSlot(ctx, slot); err != nil {
			return err
		}
	}
	return nil
}

func (s slotStore) TakeOverSlot(ctx context.Context, owner string, slot schedule.Slot) (ours bool, err error) {
	err = s.Write(ctx, func(tx *store.Tx) error {
		ours, err = tx.TakeOverSlot(ctx, stored(owner, slot))
		return err
	})
	return ours, err
}

func (s slotStore) FinishSlot(ctx context.Context, owner string, slot schedule.Slot, end schedule.Outcome, why string) error {
	return s.Write(ctx, func(tx *store.Tx) error {
		ended := stored(owner, slot)
		ended.State, ended.Detail = store.SlotState(end), why
		return tx.FinishSlot(ctx, ended)
	})
}

func (s slotStore) TakeLease(ctx context.Context, name, owner string, length time.Duration) (int64, error) {
	l, err := s.Store.TakeLease(ctx, name, owner, length)
	return l.Fence, err
}

func (s slotStore) DropLease(ctx context.Context, name, owner string, fence int64) error {
	return s.Store.DropLease(ctx, store.Lease{Name: name, Owner: owner, Fence: fence})
}

func stored(owner string, s schedule.Slot) store.Slot {
	return store.Slot{Schedule: s.Schedule, Civil: s.Civil, DueAt: s.DueAt, Owner: owner}
}
