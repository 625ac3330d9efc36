package main

import (
	"os"
	"path/filepath"
	"strings"
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

// TestThePortalSaysWhenItIsVisited is about a portal with a calendar: nothing is handed over
// before its time.
func TestThePortalSaysWhenItIsVisited(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		text, err := os.ReadFile(s.file)
		s.check(err)
		visited := strings.Replace(string(text), "prosci: {kind: worklist, live: true,", `prosci: {kind: worklist, live: true, visit: {cron: "0 9 1 1 *", zone: UTC},`, 1)
		s.check(os.WriteFile(s.file, []byte(visited), 0o600))
		s.check(s.daemon.Reload(t.Context()))
		s.push("POST", "/scim/v2/Users", "ann", "Ann Miller", "ann@example.com", true)
		s.until("portal show prosci", "ann@example.com")
		_, out, _ := s.silent("portal show prosci")
		if !strings.Contains(out, "The next visit is at ") || !strings.Contains(out, "-01-01 09:00 UTC.") {
			t.Errorf("portal show:\n%s", out)
		}
		if _, out, _ = s.silent("visit"); strings.Contains(out, "prosci") {
			t.Errorf("a visit before its time:\n%s", out)
		}
	})
}

// TestSeveralVisitsAreOpen: the newest is shown, the others are named, and none is done by guess.
func TestSeveralVisitsAreOpen(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		text, err := os.ReadFile(s.file)
		s.check(err)
		soft := strings.Replace(string(text), "prosci: {kind: worklist, live: true,", "prosci: {kind: worklist, live: true, pool: soft,", 1)
		s.check(os.WriteFile(s.file, []byte(soft), 0o600))
		s.check(s.daemon.Reload(t.Context()))
		for i, first := range []string{"ann", "bob"} {
			s.push("POST", "/scim/v2/Users", first, first+" Lee", first+"@example.com", true)
			s.until("batch", []string{"prosci-0001", "prosci-0002"}[i])
		}
		s.says(exitOK, "visit done prosci --number 1")
		if out := s.says(exitOK, "visit show prosci", "Open as well: visit 1 of ", "UTC, carried there ", "--number N"); !strings.Contains(out, "bob Lee") || strings.Contains(out, "ann Lee") {
			t.Errorf("not the newest:\n%s", out)
		}
		s.says(exitOK, "visit show prosci --number 1", "prosci-0001-worklist.csv was carried there")
		s.says(exitUsage, "visit done prosci", "2 visits to prosci are open")
	})
}

// TestThePortalSaysWhatHoldsUpTheNextVisit: one that is still to be carried there, or a row that is open.
func TestThePortalSaysWhatHoldsUpTheNextVisit(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		ann := s.push("POST", "/scim/v2/Users", "ann", "Ann Miller", "ann@example.com", true)
		s.until("batch", "prosci-0001")
		s.push("POST", "/scim/v2/Users", "bob", "Bob Stone", "bob@example.com", true)
		s.until("portal show prosci", "The next visit begins when visit 1 was carried there: say `usher visit done prosci`, or confirm or refuse its rows.")
		s.run("visit done prosci")
		s.until("batch", "prosci-0002")
		s.push("PUT", ann, "ann", "Ann Miller", "ann@example.com", false)
		s.until("portal show prosci", "What is due waits until the open rows about the same people are confirmed or refused.")
		s.run("visit done prosci --number 2")
		s.run("batch confirm prosci-0001-worklist.csv --rows all")
		s.until("batch", "prosci-0003")
	})
}
