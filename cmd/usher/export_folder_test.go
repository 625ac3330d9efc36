package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// TestAFolderOfExportsThatIsMissing is said by check and by portal show, not in the log alone.
func TestAFolderOfExportsThatIsMissing(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		folder := filepath.Join(t.TempDir(), "share")
		text, err := os.ReadFile(s.file)
		s.check(err)
		changed := strings.Replace(string(text), "later: {kind: worklist}", "later: {kind: worklist, exports: {folder: "+folder+"}}", 1)
		s.check(os.WriteFile(s.file, []byte(changed), 0o600))
		s.says(exitOK, "check --config-only", "Not on this machine: ", "usher.yaml:7:3: portals.later.exports.folder: "+folder+" is not there")
		s.check(s.daemon.Reload(t.Context()))
		missing := func(why string) {
			s.says(exitFailed, "check", "folder portals.later.exports.folder: "+why, "usher has to be able to read it")
			s.says(exitOK, "portal show later", "from nowhere: "+why)
		}
		missing(folder + " is not there")
		s.check(os.WriteFile(folder, nil, 0o600))
		missing(folder + " cannot be read: not a directory")
		s.check(os.Remove(folder))
		s.check(os.Mkdir(folder, 0o700))
		s.says(exitOK, "check", "The store: nothing is wrong.")
		s.says(exitOK, "portal show later", "Exports are taken by themselves from "+folder)
	})
}
