package store_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

func claim(t *testing.T, s *store.Store, slot store.Slot) (won bool) {
	t.Helper()
	write(t, s, func(tx *store.Tx) (err error) {
		won, err = tx.ClaimSlot(t.Context(), slot)
		return err
	})
	return won
}

func TestSlotLives(t *testing.T) {
	at := time.Date(2026, time.March, 1, 2, 30, 1, 0, time.UTC)
	now := usher.TimeOf(at)
	storetest.EachOptions(t, store.Options{Clock: func() time.Time { return at }}, func(t *testing.T, s *store.Store) {
		first := store.Slot{Schedule: "hr", Civil: "2026-03-01T02:30", DueAt: now - 1, Owner: "a"}
		if !claim(t, s, first) {
			t.Fatal("the first claim was lost")
		}
		other := first
		other.Owner = "b"
		if claim(t, s, other) {
			t.Error("a slot was claimed twice")
		}
		first.State, first.StartedAt = store.SlotRunning, now
		if got, err := s.Look().RunningSlots(t.Context()); err != nil || !cmp.Equal(got, []store.Slot{first}) {
			t.Error(got, err)
		}
		write(t, s, func(tx *store.Tx) error {
			if ok, err := tx.TakeOverSlot(t.Context(), other); !ok || err != nil {
				t.Error("take over:", ok, err)
			}
			first.State = store.SlotDone
			if err := tx.FinishSlot(t.Context(), first); !errors.Is(err, usher.ErrStale) {
				t.Errorf("finished by the owner that lost it: %v", err)
			}
			other.State, other.Detail = store.SlotFailed, "no file"
			if err := tx.FinishSlot(t.Context(), other); err != nil {
				return err
			}
			if err := tx.FinishSlot(t.Context(), other); !errors.Is(err, usher.ErrStale) {
				t.Errorf("finished twice: %v", err)
			}
			if ok, err := tx.TakeOverSlot(t.Context(), first); ok || err != nil {
				t.Error("an ended slot was taken over:", ok, err)
			}
			return tx.MissSlot(t.Context(), store.Slot{Schedule: "hr", Civil: "2026-02-28T02:30", DueAt: now - 2, Detail: "too late"})
		})
		other.StartedAt, other.FinishedAt = now, now
		missed := store.Slot{Schedule: "hr", Civil: "2026-02-28T02:30", DueAt: now - 2, State: store.SlotMissed, FinishedAt: now, Detail: "too late"}
		if got, err := s.Look().Slots(t.Context(), "hr", 10); err != nil || !cmp.Equal(got, []store.Slot{other, missed}) {
			t.Error(err, cmp.Diff(got, []store.Slot{other, missed}))
		}
		if claim(t, s, missed) {
			t.Error("a missed slot was claimed")
		}
		if got, err := s.Look().RunningSlots(t.Context()); err != nil || len(got) != 0 {
			t.Error(got, err)
		}
	})
}

func TestSlotsFrom(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		from := func(definition string, now, want usher.Time) {
			t.Helper()
			write(t, s, func(tx *store.Tx) error {
				got, err := tx.SlotsFrom(t.Context(), "hr", definition, now)
				if got != want {
					t.Errorf("%s at %d: from %d, want %d", definition, now, got, want)
				}
				return err
			})
		}
		if _, err := s.Look().LatestSlot(t.Context(), "hr"); !errors.Is(err, usher.ErrNotFound) {
			t.Error(err)
		}
		from("at two", 100, 100)
		from("at two", 200, 100)
		claim(t, s, store.Slot{Schedule: "hr", Civil: "2026-03-01T02:00", DueAt: 150})
		claim(t, s, store.Slot{Schedule: "hr", Civil: store.SlotManual + "2026", DueAt: 190})
		claim(t, s, store.Slot{Schedule: "staff", Civil: "2026-03-02T02:00", DueAt: 195})
		from("at two", 200, 150)
		from("at three", 200, 200)
		from("at two", 300, 150)
		if got, err := s.Look().LatestSlot(t.Context(), "hr"); err != nil || got.Civil != "2026-03-01T02:00" {
			t.Error(got, err)
		}
		if got, err := s.Look().Slots(t.Context(), "", 2); err != nil || len(got) != 2 || got[0].Schedule != "staff" || got[1].DueAt != 190 {
			t.Error(got, err)
		}
	})
}

func TestClaimSlotHasOneWinner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const slots, owners = 20, 6
		var won atomic.Int64
		var wg sync.WaitGroup
		for owner := range owners {
			wg.Go(func() {
				for i := range slots {
					slot := store.Slot{Schedule: "hr", Civil: fmt.Sprintf("2026-03-%02dT02:00", i+1), Owner: fmt.Sprint(owner)}
					err := s.Write(t.Context(), func(tx *store.Tx) error {
						ok, err := tx.ClaimSlot(t.Context(), slot)
						if ok {
							tx.AfterCommit(func() { won.Add(1) })
						}
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if won.Load() != slots {
			t.Errorf("%d claims of %d slots were won", won.Load(), slots)
		}
	})
}

func TestDatabaseTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		before := usher.TimeOf(time.Now().Add(-time.Second))
		got, err := s.DatabaseTime(t.Context())
		if after := usher.TimeOf(time.Now().Add(time.Second)); err != nil || got < before || got > after {
			t.Errorf("%s is not between %s and %s: %v", got.RFC3339(), before.RFC3339(), after.RFC3339(), err)
		}
	})
}
