package store_test

import (
	"errors"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// TestLateRows: what a transaction has still to write is seen by whoever asks for it, the last of two rows of a key counts,
// and what cannot be written undoes all.
func TestLateRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var hr usher.ID
		err := s.Write(ctx, func(tx *store.Tx) error {
			hr = putDirectory(t, tx, "hr")
			for _, id := range []usher.ID{"r", "q"} {
				insertRecord(t, tx, usher.Record{ID: id, Directory: hr, Attributes: usher.Attributes{UserName: string(id)}})
			}
			for i := range 60 {
				tx.PutRosterRow(store.RosterRow{Directory: hr, Key: "k", Record: "r", Hash: int64(i)})
			}
			tx.PutRosterRow(store.RosterRow{Directory: hr, Key: "l", Record: "q", Hash: 7, Absences: 1})
			rows, err := tx.RosterRowsOf(ctx, hr, []string{"k", "l"})
			if len(rows) != 2 || rows["k"].Hash != 59 || rows["l"].Absences != 1 {
				t.Errorf("%+v", rows)
			}
			tx.PutRosterRow(store.RosterRow{Directory: hr, Key: "l", Record: "q", Hash: 8})
			return errors.Join(err, tx.DropRosterRow(ctx, hr, "k"))
		})
		rows, failed := s.Look().RosterRowsOf(ctx, hr, []string{"k", "l"})
		if err := errors.Join(err, failed); err != nil || len(rows) != 1 || rows["l"].Hash != 8 || rows["l"].Absences != 0 {
			t.Errorf("%+v, %v", rows, err)
		}
		err = s.Write(ctx, func(tx *store.Tx) error {
			tx.PutRosterRow(store.RosterRow{Directory: hr, Key: "m", Record: "r"})
			tx.UpdateChange(usher.Change{Plan: "none", Seq: 1})
			return nil
		})
		rows, failed = s.Look().RosterRowsOf(ctx, hr, []string{"m"})
		if !errors.Is(err, usher.ErrNotFound) || failed != nil || len(rows) != 0 {
			t.Errorf("%v, %v: %+v", err, failed, rows)
		}
	})
}
