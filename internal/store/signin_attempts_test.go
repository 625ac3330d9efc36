package store_test

import (
	"fmt"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// TestAttemptsAreBounded: whoever sends nonsense fills no disk; the newest refusals are kept.
func TestAttemptsAreBounded(t *testing.T) {
	at := time.Date(2026, time.March, 1, 2, 30, 0, 0, time.UTC)
	storetest.EachOptions(t, store.Options{Clock: func() time.Time { return at }}, func(t *testing.T, s *store.Store) {
		for i := range 10 {
			at = at.Add(time.Minute)
			if err := s.NoteAttempt(t.Context(), usher.Attempt{ID: fmt.Sprint("r", i), Code: "not_begun"}); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			after time.Duration
			most  int
			want  string
		}{{time.Hour, 10, "r9 r8 r7 r6 r5 r4 r3 r2 r1 r0"}, {time.Hour, 4, "r9 r8 r7 r6"}, {90 * time.Second, 4, "r9 r8"}} {
			if err := s.DropOldAttempts(t.Context(), c.after, c.most); err != nil {
				t.Fatal(err)
			}
			kept, err := s.Look().SignInAttempts(t.Context(), "", "", 100)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, a := range kept {
				got += " " + a.ID
			}
			if got != " "+c.want {
				t.Errorf("at most %d of %s: %s", c.most, c.after, got)
			}
		}
	})
}
