package daemon_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

func TestTokenLife(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		clock := &hands{at: time.Now()}
		r := start(t, daemon.Options{Config: configAt(t, place), Clock: clock.now})
		first, firstID := r.token("default") // beside the one of the first start
		key, err := r.Key()
		r.check(err)
		_, _, err = r.Ledger().CreateToken(t.Context(), ann(), "default", time.Hour, key)
		wantError(t, err, usher.ErrConflict, "2 live tokens", firstID, "revoke")
		r.want(200, "GET", "/scim/v2/Users", first, "")
		used, err := r.Store().Look().Token(t.Context(), firstID)
		r.check(err)
		if used.LastUsedAt == 0 || strings.Contains(used.Hash, first) {
			t.Errorf("the store says %+v", used)
		}

		r.check(r.Ledger().RevokeToken(t.Context(), ann(), firstID))
		r.want(401, "GET", "/scim/v2/Users", first, "")
		wantError(t, r.Ledger().RevokeToken(t.Context(), ann(), firstID), usher.ErrStale)
		wantError(t, r.Ledger().RevokeToken(t.Context(), ann(), "nosuch"), usher.ErrNotFound)

		second, _ := r.token("default")
		r.want(200, "GET", "/scim/v2/Users", second, "")
		clock.add(time.Hour)
		r.want(401, "GET", "/scim/v2/Users", second, "")
	})
}

func TestTokenOfNoDirectory(t *testing.T) {
	eachDaemon(t, func(r *running) {
		key, err := r.Key()
		r.check(err)
		_, _, err = r.Ledger().CreateToken(r.Context(), ann(), "nosuch", time.Hour, key)
		wantError(r.T, err, usher.ErrNotFound, "nosuch")
		_, _, err = r.Ledger().CreateToken(r.Context(), ann(), "default", 0, key)
		wantError(r.T, err, usher.ErrInvalid)
	})
}

// TestFirstStart writes the first token once, and keeps to the key.
func TestFirstStart(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := configAt(t, place)
		r := start(t, daemon.Options{Config: c})
		file := filepath.Join(c.Data, "default.token")
		if r.TokenFile() != file {
			t.Fatalf("the token is in %q, want %q", r.TokenFile(), file)
		}
		for _, name := range []string{file, filepath.Join(c.Data, daemon.KeyFile)} {
			info, err := os.Stat(name)
			r.check(err)
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v", name, info.Mode())
			}
		}
		text, err := os.ReadFile(file)
		r.check(err)
		token := strings.TrimSpace(string(text))
		r.want(200, "GET", "/scim/v2/Users", token, "")
		if strings.Contains(r.log.String(), token) {
			t.Error("the log has the token")
		}
		r.stop()
		r.check(os.Remove(file))

		again := start(t, daemon.Options{Config: c})
		if _, err := os.Stat(file); again.TokenFile() != "" || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the second start wrote a token: %v", err)
		}
		again.want(200, "GET", "/scim/v2/Users", token, "")
		again.stop()

		other := func(name string) (string, bool) { return strings.Repeat("0f", 32), name == daemon.KeyVariable }
		_, err = daemon.Open(t.Context(), daemon.Options{Config: c, Env: other})
		wantError(t, err, usher.ErrInvalid, "not the one", daemon.KeyFile)
		r.check(os.Remove(filepath.Join(c.Data, daemon.KeyFile)))
		_, err = daemon.Open(t.Context(), daemon.Options{Config: c})
		wantError(t, err, usher.ErrInvalid, "no "+daemon.KeyFile, daemon.KeyVariable)
		lost := start(t, daemon.Options{Config: c, NewKey: true})
		lost.want(401, "GET", "/scim/v2/Users", token, "")
	})
}

// hands is a clock that a test sets.
type hands struct {
	mu sync.Mutex
	at time.Time
}

func (h *hands) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hands) add(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// TestFirstStartOfMany starts four processes on an empty PostgreSQL at once: whoever has
// the key of the first goes on, others are refused.
func TestFirstStartOfMany(t *testing.T) {
	place := store.Options{URL: storetest.Postgres(t)}
	type outcome struct {
		daemon *daemon.Daemon
		err    error
	}
	outcomes := make(chan outcome)
	for range 4 {
		c := configAt(t, place) // each with a folder, and so with a key, of its own
		go func() {
			d, err := daemon.Open(t.Context(), daemon.Options{Config: c})
			outcomes <- outcome{d, err}
		}()
	}
	started := 0
	for range 4 {
		o := <-outcomes
		if o.err != nil {
			wantError(t, o.err, usher.ErrInvalid, daemon.KeyFile)
			continue
		}
		started++
		if err := o.daemon.Close(); err != nil {
			t.Error(err)
		}
	}
	if started != 1 {
		t.Errorf("%d processes with keys of their own started, want 1", started)
	}
	shared := func(name string) (string, bool) { return strings.Repeat("5a", 32), name == daemon.KeyVariable }
	place = store.Options{URL: storetest.Postgres(t)}
	for range 4 {
		c := configAt(t, place)
		go func() {
			d, err := daemon.Open(t.Context(), daemon.Options{Config: c, Env: shared})
			outcomes <- outcome{d, err}
		}()
	}
	for range 4 {
		o := <-outcomes
		if o.err != nil {
			t.Errorf("with the same key: %v", o.err)
			continue
		}
		if err := o.daemon.Close(); err != nil {
			t.Error(err)
		}
	}
}
