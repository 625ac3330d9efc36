package reconcile_test

import (
	"context"
	"sync"
	"testing"

	"usher/sync/reconcile"
)

// shelf is an outbox elsewhere whose line is cut once after the file was taken.
type shelf struct {
	mu    sync.Mutex
	files map[string]string
	puts  int
}

func (s *shelf) Put(_ context.Context, name string, content []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = string(content)
	if s.puts++; s.puts == 1 {
		return errDisk
	}
	return nil
}

func TestFilesGoToAnOutboxElsewhere(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		s := &shelf{files: map[string]string{}}
		w.join("ann")
		w.run(reconcile.Connector{Whole: list(), Outbox: s})
		b := w.batches(1)[0]
		w.eventually(func() string {
			if h := w.health(); h.Failures != 0 {
				return "the portal still counts as failing: " + h.LastError
			}
			return ""
		})
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.puts != 2 || len(s.files) != 1 || s.files[b.Name] != string(b.Content) {
			w.Errorf("%d puts, files %q", s.puts, s.files)
		}
	})
}
