package main

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// says runs a command and wants its exit code and parts of what it prints.
func (s *session) says(code int, line string, parts ...string) string {
	s.Helper()
	got, stdout, stderr := s.silent(line)
	if got != code {
		s.Fatalf("usher %s: exit code %d\n%s%s", line, got, stdout, stderr)
	}
	for _, part := range parts {
		if !strings.Contains(stdout+stderr, part) {
			s.Fatalf("usher %s: %q is not in\n%s%s", line, part, stdout, stderr)
		}
	}
	return stdout
}

// brings writes a file that somebody brought from a portal, made at the given time.
func (s *session) brings(name, content string, at time.Time) string {
	s.Helper()
	path := filepath.Join(filepath.Dir(s.file), name)
	s.check(os.WriteFile(path, []byte(content), 0o600))
	s.check(os.Chtimes(path, at, at))
	return path
}

// TestPortalsAreReadBack goes the round of a portal that takes files: handed over, refused,
// confirmed by its own list, left, proved.
func TestPortalsAreReadBack(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		ann := s.push("POST", "/scim/v2/Users", "ann@example.com", "Ann Lee", "ann@example.com", true)
		s.push("POST", "/scim/v2/Users", "bob@example.com", "Bob Ray", "bob@example.com", true)
		s.until("batch", "prosci-0001-worklist.csv")
		if !eventually(t, func() bool { _, out, _ := s.silent("batch --json"); return strings.Contains(out, `"writtenAt"`) }) {
			t.Fatal("the list was never written")
		}

		answer := s.brings("answer.csv", "Mail,Message\nbob@example.com,Domain is not allowed\nnobody@example.com,What is this\nann@example.com,\n", time.Now())
		s.says(exitOK, "portal refused prosci-0001-worklist.csv "+answer, "Domain is not allowed", "Rows refused: 1.", "Messages about nobody known: 1")
		s.says(exitOK, "batch show prosci-0001-worklist.csv", "refused", "Domain is not allowed")
		s.says(exitFailed, "portal refused prosci-0001-worklist.csv "+s.brings("other.csv", "Mail,Message\nx@example.com,No\n", time.Now()), "names nobody of the batch")

		saved := filepath.Join(filepath.Dir(s.file), "saved.csv")
		s.says(exitOK, "batch save prosci-0001-worklist.csv --output "+saved)
		list, err := os.ReadFile(saved)
		s.check(err)
		anew := s.brings("worklist.csv", strings.ReplaceAll(string(list), ",", ";"), time.Now())
		s.says(exitFailed, "portal import prosci "+anew, "prosci-0001-worklist.csv, which usher wrote", "nothing was changed")

		users := s.brings("users.csv", "Name,E-Mail\nAnn Lee,Ann@example.com\nWalk In,walk.in@home.example\n=cmd,nonsense\n", time.Now())
		s.says(exitOK, "portal import prosci "+users+" --dry-run", "Rows of batches confirmed: 1", "Nothing was changed.", "unknown_at_portal", "export.address")
		s.says(exitOK, "seats adkar", "invited")
		s.says(exitOK, "portal import prosci "+users, "Accounts of people: 1, of nobody: 1", "walk.in@home.example", "email_case")
		s.says(exitOK, "seats adkar", "active")
		s.says(exitOK, "portal import prosci "+users, "These bytes were taken already, as export 1 of prosci")
		old := s.brings("old.csv", "E-Mail\nann@example.com\n", time.Now().Add(-time.Hour))
		s.says(exitFailed, "portal import prosci "+old, "was taken already", "nothing was changed")
		s.says(exitFailed, "portal import prosci "+s.brings("wrong.csv", "Course,Score\nA,1\n", time.Now()), "none of its columns is known to hold addresses")
		s.says(exitUsage, "portal import prosci "+users+" --as-of tomorrow", "--as-of")

		s.says(exitOK, "drift", "prosci", "unknown_at_portal", "walk.in@home.example", "users.csv", "Ann Lee")
		if rows, err := csv.NewReader(strings.NewReader(s.says(exitOK, "drift prosci --csv"))).ReadAll(); err != nil || len(rows) != 3 {
			t.Fatalf("%v: %q", err, rows)
		}
		s.says(exitOK, "drift --json", `"code":"email_case"`)
		s.says(exitFailed, "portal link prosci other@home.example ann@example.com", "no export of prosci showed")
		s.says(exitFailed, "portal link prosci walk.in@home.example ann@example.com", "another account there")
		s.says(exitOK, "portal link prosci walk.in@home.example bob@example.com", "is the account of Bob Ray")
		s.says(exitFailed, "portal learn prosci "+users, "fills no template")
		s.says(exitOK, "portal templates prosci")
		s.says(exitFailed, "portal activity prosci "+users, "no lists of activity")

		s.push("PUT", ann, "ann@example.com", "Ann Lee", "ann@example.com", false)
		s.until("batch list", "prosci-0002-worklist.csv")
		s.says(exitOK, "evidence", "OPEN: carried to the portal by nobody yet", "disabled in the directory", "Leavers at portals: 1, confirmed: 0, open: 1.")
		s.says(exitOK, "batch confirm prosci-0002-worklist.csv --rows all")
		s.says(exitOK, "evidence --portal prosci --since 1d --format csv", "confirmed", "said by ann", "Hours until confirmed")
		s.says(exitOK, "evidence --format html", "<!DOCTYPE html>", "<td>Ann Lee</td>", "Leavers at portals: 1, confirmed: 1, open: 0.")
		s.says(exitUsage, "evidence --format xlsx", "name a file with -o")
		out := filepath.Join(filepath.Dir(s.file), "evidence.xlsx")
		s.says(exitOK, "evidence --format xlsx -o "+out, "confirmed: 1")
		content, err := os.ReadFile(out)
		s.check(err)
		if _, err := zip.NewReader(bytes.NewReader(content), int64(len(content))); err != nil {
			t.Fatalf("no workbook: %v", err)
		}
	})
}

// TestAdoptionAtTheCommandLine takes any list with a column of addresses.
func TestAdoptionAtTheCommandLine(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.push("POST", "/scim/v2/Users", "ann@example.com", "Ann Lee", "ann@example.com", true)
		s.push("POST", "/scim/v2/Users", "bob@example.com", "Bob Ray", "bob@example.com", true)
		list := s.brings("people.csv", "Email\nbob@example.com\nwalk.in@home.example\n", time.Now())
		s.says(exitOK, "portal adopt later "+list+" --complete --dry-run", "matched", "orphan", "missing", "ann@example.com", "Seats that would be usher's: 1")
		s.says(exitOK, "seats hub", "queued")
		s.says(exitOK, "portal adopt later "+list+" --complete", "Bob Ray", "hub", "Seats that are usher's now: 1")
		if out := s.says(exitOK, "seats hub --json"); !strings.Contains(out, "active") || strings.Index(out, "bob@example.com") > strings.Index(out, "ann@example.com") {
			t.Fatalf("bob is not ahead of the queue:\n%s", out)
		}
		s.says(exitUsage, "portal adopt later "+list+" --subscription adkar", "of another portal")
		states := s.brings("states.csv", "Email,Status\nbob@example.com,Deactivated\n", time.Now())
		s.says(exitOK, "portal import later "+states+" --dry-run", "export.status_unread", "leave out whom the portal has switched off")
		s.says(exitOK, "portal adopt later "+list+" --complete --json", `"class":"orphan"`)
	})
}
