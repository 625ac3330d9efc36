package daemon_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/roster/rostertest"
)

// fetching is a daemon with a clock that can be put forward.
type fetching struct {
	*running
	ahead *atomic.Int64
}

func newFetching(t *testing.T, c *config.Config) fetching {
	t.Helper()
	ahead := new(atomic.Int64)
	r := start(t, daemon.Options{Config: c, Clock: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	return fetching{r, ahead}
}

// fetch expects the plan of one file, and nothing taken where it is nil.
func (f fetching) fetch(want func(usher.Plan) bool) {
	f.Helper()
	taken, why, err := f.Fetch(f.Context(), "hr")
	f.check(err)
	switch {
	case want == nil && len(taken) == 0 && strings.Contains(why, "unchanged"):
	case want != nil && len(taken) == 1 && want(taken[0]):
	default:
		f.Errorf("taken %+v: %q", taken, why)
	}
}

// TestFetchWithoutVersions: a server that tells no version of its file gives the same one every
// night. That is no second file, unless there is something to make up for.
func TestFetchWithoutVersions(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		var content atomic.Pointer[[]byte]
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(*content.Load()) }))
		t.Cleanup(server.Close)
		serve := func(text []byte) { content.Store(&text) }
		c := rosterConfig(t, place)
		c.Directories[1].Source.HTTPS = config.HTTPS{URL: server.URL + "/people.csv", AllowPrivate: true}
		f := newFetching(t, c)
		serve(rostertest.Good(60))
		f.fetch(func(p usher.Plan) bool { return p.State == usher.PlanApplied && p.Counts.Applied == 57 })
		f.fetch(nil)
		serve(rostertest.Good(58))
		f.fetch(func(p usher.Plan) bool { return p.Counts.Missing > 0 && p.Counts.Absent == 0 })
		for range 3 {
			f.ahead.Add(int64(25 * time.Hour))
			f.fetch(nil)
		}
		if len(f.plans()) != 2 || len(f.archived()) != 2 || f.active() != 57 {
			t.Errorf("%d plans, files %q, %d people", len(f.plans()), f.archived(), f.active())
		}
		serve(append(rostertest.Good(58), '\n')) // other bytes: it was made anew
		f.fetch(func(p usher.Plan) bool { return p.Counts.Absent > 0 })
		if f.active() == 57 {
			t.Error("nobody is absent")
		}
		serve([]byte("<html>502 Bad Gateway</html>"))
		for range 2 { // what was refused is looked at again: usher may read it in another way by then
			f.fetch(func(p usher.Plan) bool { return p.State == usher.PlanRefused })
		}
	})
}

// TestTheSameBytesDroppedAgain: a producer that drops a file again says again whom it leaves out,
// whatever the bytes; where it leaves out nobody, nothing is new.
func TestTheSameBytesDroppedAgain(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := rosterConfig(t, place)
		folder := t.TempDir()
		c.Directories[1].Source.Folder = config.Folder{Path: folder, Ready: config.Ready{Settle: "rename", Marker: "{name}.done", Rest: time.Second}}
		f := newFetching(t, c)
		drop := func(name string, rows int, want func(usher.Plan) bool) {
			t.Helper()
			put(t, filepath.Join(folder, name), rostertest.Good(rows), -time.Duration(f.ahead.Load()))
			f.fetch(want)
			f.ahead.Add(int64(25 * time.Hour))
		}
		drop("monday.csv", 60, func(p usher.Plan) bool { return p.State == usher.PlanApplied })
		drop("tuesday.csv", 60, func(p usher.Plan) bool { return p.State == usher.PlanUnchanged })
		drop("wednesday.csv", 58, func(p usher.Plan) bool { return p.Counts.Missing > 0 })
		drop("thursday.csv", 58, func(p usher.Plan) bool { return p.Counts.Absent > 0 })
		drop("friday.csv", 58, func(p usher.Plan) bool { return p.State == usher.PlanUnchanged })
	})
}
