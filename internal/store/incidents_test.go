package store_test

import (
	"fmt"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

func incident(id, subject string, resolved usher.Time) usher.Incident {
	return usher.Incident{ID: usher.ID(id), Kind: usher.IncidentPortal, Subject: subject, Title: "fails", OpenedAt: 10, BackAt: 10, SeenAt: 20, ResolvedAt: resolved, Times: 1}
}

func TestIncidents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		write(t, s, func(tx *store.Tx) error {
			for _, i := range []usher.Incident{incident("a", "p", 0), incident("b", "q", 100), incident("c", "q", 200)} {
				if err := tx.PutIncident(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
		err := s.Write(ctx, func(tx *store.Tx) error { return tx.PutIncident(ctx, incident("d", "p", 0)) })
		if err == nil {
			t.Error("two incidents of one subject are open")
		}
		changed := incident("a", "p", 0)
		changed.Title, changed.Times, changed.BackAt, changed.Level, changed.Detail, changed.Path = "fails again", 2, 50, 3, "d", "/p"
		told := usher.IncidentTold{Incident: "a", Target: "ops", Level: 1, At: 30, OverAt: 5}
		write(t, s, func(tx *store.Tx) error {
			if err := tx.PutIncident(ctx, changed); err != nil {
				return err
			}
			for _, mark := range []usher.IncidentTold{{Incident: "a", Target: "ops", At: 1}, told, {Incident: "b", Target: "ops", At: 1}, {Incident: "a", Target: "chat", At: 2}} {
				if err := tx.PutTold(ctx, mark); err != nil {
					return err
				}
			}
			return nil
		})
		list, err := s.Look().Incidents(ctx, 100)
		if err != nil || len(list) != 2 || list[0] != changed || list[1].ID != "c" {
			t.Errorf("incidents %+v, %v", list, err)
		}
		marks, err := s.Look().IncidentsTold(ctx, "ops", 100)
		if err != nil || len(marks) != 1 || marks["a"] != told {
			t.Errorf("told %+v, %v", marks, err)
		}
		write(t, s, func(tx *store.Tx) error { return tx.DropOldIncidents(ctx, 201, 1) })
		if list, err := s.Look().Incidents(ctx, 0); err != nil || len(list) != 2 || list[0].ID != "a" || list[1].ID != "c" {
			t.Errorf("after one was forgotten: %+v, %v", list, err)
		}
	})
}

func TestNotifications(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		keep := func(id, slot string, made usher.Time) (added bool) {
			t.Helper()
			write(t, s, func(tx *store.Tx) (err error) {
				added, err = tx.InsertNotification(ctx, usher.Notification{ID: usher.ID(id), Target: "ops", Slot: slot, Body: []byte(`{}`), MadeAt: made})
				return err
			})
			return added
		}
		if !keep("one", "", 10) || !keep("two", "", 5) || !keep("digest", "2026-03-02T08:00", 20) || keep("digest again", "2026-03-02T08:00", 21) {
			t.Error("two without a slot and one for a slot were to be kept")
		}
		unsent := func() (ids string) {
			t.Helper()
			list, err := s.Look().UnsentNotifications(ctx, "ops")
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range list {
				ids += fmt.Sprintf("%s/%d/%s ", n.ID, n.Attempts, n.LastError)
			}
			return ids
		}
		if got, want := unsent(), "two/0/ one/0/ digest/0/ "; got != want {
			t.Errorf("unsent %q, want %q", got, want)
		}
		write(t, s, func(tx *store.Tx) error {
			if err := tx.NotificationFailed(ctx, "two", "no", 99); err != nil {
				return err
			}
			return tx.NotificationSent(ctx, "one")
		})
		if got, want := unsent(), "two/1/no digest/0/ "; got != want {
			t.Errorf("unsent %q, want %q", got, want)
		}
		stuck, err := s.Look().StuckTargets(ctx, 5)
		if err != nil || len(stuck) != 1 || stuck[0] != (usher.ChannelStanding{Target: "ops", Since: 5, Waits: 1}) {
			t.Errorf("stuck %+v, %v", stuck, err)
		}
		if stuck, err := s.Look().StuckTargets(ctx, 4); err != nil || len(stuck) != 0 {
			t.Errorf("stuck for longer %+v, %v", stuck, err)
		}
		write(t, s, func(tx *store.Tx) error { return tx.DropOlderDigests(ctx, "ops", "2026-03-02T08:00") })
		if got, want := unsent(), "two/1/no digest/0/ "; got != want {
			t.Errorf("the digest of the slot is dropped: %q", got)
		}
		write(t, s, func(tx *store.Tx) error {
			if err := tx.DropOlderDigests(ctx, "ops", "2026-03-03T08:00"); err != nil {
				return err
			}
			return tx.DropOldNotifications(ctx, usher.Time(time.Minute.Microseconds()))
		})
		if got := unsent(); got != "" {
			t.Errorf("left %q", got)
		}
	})
}
