package daemon

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestProcessesShareTheSAMLKey: of those that begin at once all have the same, and nothing else is left.
func TestProcessesShareTheSAMLKey(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, SAMLKeyFile)
	serials := make([]string, 4)
	var all sync.WaitGroup
	for i := range serials {
		all.Go(func() {
			key, err := ownSAMLKey(file, time.Now())
			if err != nil {
				t.Error(err)
				return
			}
			serials[i] = key.Certificate.SerialNumber.String()
		})
	}
	all.Wait()
	for _, serial := range serials {
		if serial == "" || serial != serials[0] {
			t.Errorf("%q", serials)
		}
	}
	there, err := os.ReadDir(folder)
	info, err2 := os.Stat(file)
	if err != nil || err2 != nil || len(there) != 1 || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v %v", there, err, err2)
	}
}
