package store_test

import (
	"slices"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// TestWhatWaitsInParts: holds and conflicts come newest first, those that wait apart from those that were decided.
func TestWhatWaitsInParts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		err := s.Write(ctx, func(tx *store.Tx) error {
			for n := int64(1); n <= 9; n++ {
				h := usher.Hold{ID: tx.NewID(), Number: n, Class: usher.HoldReleases, Why: "many", OpenedAt: 1}
				k := usher.Conflict{ID: tx.NewID(), Number: n, Kind: usher.ConflictAmbiguous, Record: tx.NewID(), OpenedAt: 1}
				if n%3 == 0 {
					h.ClosedAt, k.ClosedAt = 2, 2
				}
				if err := tx.InsertHold(ctx, h); err != nil {
					return err
				}
				if _, err := tx.OpenConflict(ctx, k); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		look := s.Look()
		holds := func(q usher.HoldQuery) (numbers []int64) {
			t.Helper()
			list, err := look.HoldsIn(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range list {
				numbers = append(numbers, h.Number)
			}
			return numbers
		}
		conflicts := func(open bool, before int64) (numbers []int64) {
			t.Helper()
			list, err := look.ConflictsBefore(ctx, open, before, 4)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range list {
				numbers = append(numbers, k.Number)
			}
			return numbers
		}
		for _, c := range []struct {
			what      string
			got, want []int64
		}{
			{"open holds", holds(usher.HoldQuery{Open: true, Limit: 4}), []int64{8, 7, 5, 4}},
			{"the next ones", holds(usher.HoldQuery{Open: true, Before: 4, Limit: 4}), []int64{2, 1}},
			{"decided holds", holds(usher.HoldQuery{Limit: 2}), []int64{9, 6}},
			{"of no subscription", holds(usher.HoldQuery{Open: true, Among: []usher.ID{}, Limit: 4}), nil},
			{"of another subscription", holds(usher.HoldQuery{Open: true, Among: []usher.ID{"x", "y"}, Limit: 4}), nil},
			{"open conflicts", conflicts(true, 0), []int64{8, 7, 5, 4}},
			{"the next ones", conflicts(true, 4), []int64{2, 1}},
			{"answered conflicts", conflicts(false, 9), []int64{6, 3}},
		} {
			if !slices.Equal(c.got, c.want) {
				t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
			}
		}
		if k, err := look.Conflict(ctx, 3); err != nil || k.ClosedAt != 2 {
			t.Errorf("%+v, %v", k, err)
		}
	})
}
