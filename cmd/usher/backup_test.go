package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/cmd/usher/daemon"
	"usher/internal/store"
	"usher/internal/store/storetest"
)

// TestBackupAndResume moves a store of each engine into a new folder, where portals are
// told nothing until somebody has seen what would be told.
func TestBackupAndResume(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.push("POST", "/scim/v2/Users", "ann", "Ann Miller", "ann@example.com", true)
		s.until("batch", "prosci-0001")
		file := filepath.Join(t.TempDir(), "usher.backup")
		s.expect(exitOK, "backup "+file, "", "Backup written to "+file)
		s.expect(exitFailed, "backup "+file, "", "exists already")
		s.expect(exitFailed, "resume", "", "nothing to resume")
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("backup: mode %v, %v", info.Mode(), err)
		}

		key, err := os.ReadFile(filepath.Join(s.data, daemon.KeyFile))
		s.check(err)
		s.data = filepath.Join(t.TempDir(), "new")
		s.file = filepath.Join(t.TempDir(), "new.yaml")
		s.configure("sqlite", "true")
		s.expect(exitOK, "restore "+file, "", "usher resume")
		s.expect(exitFailed, "restore "+file, "", "restore")
		s.expect(exitFailed, "token create --directory default", "", "there is no "+daemon.KeyFile)
		s.check(os.WriteFile(filepath.Join(s.data, daemon.KeyFile), key, 0o600))
		s.expect(exitOK, "people", "Ann Miller", "")
		s.expect(exitOK, "check", "", "nothing is wrong")
		s.expect(exitOK, "resume", "Ann Miller", "resume --plan")
		plan := planID.FindString(s.last)
		s.expect(exitFailed, "resume --plan 00000000", "", "have changed")
		s.expect(exitOK, "resume --plan "+plan, "", "Resumed")
		s.expect(exitFailed, "resume", "", "nothing to resume")
	})
}

// TestCheckFindsACut cuts the end of the sealed events off: only the head beside the
// database can tell.
func TestCheckFindsACut(t *testing.T) {
	s := newSession(t, store.Options{Folder: t.TempDir()})
	s.push("POST", "/scim/v2/Users", "ann", "Ann Miller", "ann@example.com", true)
	head := filepath.Join(s.data, daemon.HeadFile)
	s.until("events --json", `"seal":3`)
	eventually(t, func() bool { _, err := os.Stat(head); return err == nil })
	s.expect(exitOK, "check", "", "The store: nothing is wrong.")
	// A head further on is what the database looks like when its end is missing.
	s.check(os.WriteFile(head, fmt.Appendf(nil, `{"number":1000000,"chain":%q}`, strings.Repeat("0", 64)), 0o600))
	s.expect(exitFailed, "check", "I17", "")
	s.expect(exitFailed, "check --json", `"invariant":"I17"`, "")
}

// expect runs a command and fails unless it ends and speaks as expected.
func (s *session) expect(code int, line, stdout, stderr string) {
	s.Helper()
	got, out, remarks := s.silent(line)
	s.last = out + remarks
	if got != code || !strings.Contains(out, stdout) || !strings.Contains(remarks, stderr) {
		s.Fatalf("usher %s: exit code %d, want %d\nstdout, with %q?\n%s\nstderr, with %q?\n%s", line, got, code, stdout, out, stderr, remarks)
	}
}
