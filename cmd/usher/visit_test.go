package main

import (
	"os"
	"path/filepath"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// TestVisitTranscript is a visit to a portal, from its sheet to the last row.
func TestVisitTranscript(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.run("visit")
		s.run("visit show prosci")
		names := map[string]string{"ann": "Ann Miller", "bob": "Bob Stone"}
		for _, first := range []string{"ann", "bob"} {
			s.push("POST", "/scim/v2/Users", first, names[first], first+"@example.com", true)
		}
		s.until("batch", "prosci-0001")
		copied := filepath.Join(filepath.Dir(s.file), "copy.csv")
		for _, line := range []string{
			"visit", "visit show prosci", "portal show prosci",
			"batch save prosci-0001-worklist.csv -o " + copied, "batch save prosci-0001-worklist.csv -o " + copied,
			"visit done prosci --batch other.csv", "visit done prosci --number 7", "visit done prosci", "visit done prosci",
			"visit", "visit show prosci", "batch confirm prosci-0001-worklist.csv --rows all", "visit", "visit show prosci --number 1", "portal show prosci",
		} {
			s.run(line)
		}
		saved, err := os.ReadFile(copied)
		s.check(err)
		b, err := s.daemon.Store().Look().BatchNamed(t.Context(), "prosci-0001-worklist.csv")
		s.check(err)
		if string(saved) != string(b.Content) {
			t.Errorf("saved %q", saved)
		}
		s.golden("visits.golden")
	})
}
