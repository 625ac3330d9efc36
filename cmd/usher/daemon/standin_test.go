package daemon_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/roster/rostertest"
)

// TestAFileStandsIn: an identity provider that reads is alive; one that is not heard for an
// hour is stood in for, also by a daemon that starts meanwhile; and its first request, a read,
// ends that before it is answered, and before those are that come at the same time.
func TestAFileStandsIn(t *testing.T) {
	const people = 8
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := rosterConfig(t, place)
		c.Directories[1].Lifecycle, c.Directories[1].StandsIn = "follower", config.StandsIn{For: "default", After: time.Hour}
		clock := &hands{at: time.Date(2026, 7, 1, 5, 0, 0, 0, time.UTC)}
		up := func() *running { return start(t, daemon.Options{Config: c, Clock: clock.now}) }
		r := up()
		quiet := func(d time.Duration) {
			for ; d > 0; d -= 10 * time.Minute {
				r.check(r.Ledger().Sweep(r.Context()))
				clock.add(10 * time.Minute)
			}
			r.check(r.Ledger().Sweep(r.Context()))
		}
		key, err := r.Key()
		r.check(err)
		token := func(directory string) string {
			text, _, err := r.Ledger().CreateToken(r.Context(), ann(), directory, 30*24*time.Hour, key)
			r.check(err)
			return text
		}
		scim, hr := token("default"), token("hr")
		pushed := pair{r, scim, hr}
		pushed.push(people)
		pushed.file(people)

		quiet(50 * time.Minute)
		r.want(200, "GET", "/scim/v2/Users?count=1", scim, "")
		clock.add(time.Minute)
		r.upload(200, hr, rostertest.Table(people, func(i int, row []string) []string {
			row[rostertest.Status], row[rostertest.End] = "active", ""
			if i == 1 { // whom the identity provider knows as well
				row[rostertest.Status] = "terminated"
			}
			return row
		}))
		quiet(50 * time.Minute)
		if n := r.active(); n != people || len(events(r, usher.EventStandInBegan)) != 0 {
			r.Fatalf("%d of %d are active, although the identity provider has read", n, people)
		}
		quiet(10 * time.Minute)
		eventually(r.T, "the file stands in", func() bool { return r.active() == people-1 }) // the daemon sweeps as well
		if text := r.log.String(); strings.Count(text, "directory hr stands in for default: silent since 2026-07-01") != 1 {
			r.Errorf("the log says\n%s", text)
		}
		r.stop()
		clock.add(3 * time.Hour)
		r = up()
		if text := r.want(200, "GET", "/metrics", "", "").text; !strings.Contains(text, `usher_stands_in{directory="hr",for="default"} 1`) {
			r.Errorf("the metrics say\n%s", text)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				answer := r.call("GET", "/scim/v2/Users?count=1", scim, "")
				if n := len(events(r, usher.EventStandInEnded)); n != 1 || answer.status != 200 {
					r.Errorf("%d ends of standing in after the answer %d to a read", n, answer.status)
				}
			})
		}
		all.Wait()
		eventually(r.T, "everybody is back", func() bool { return r.active() == people })
		if began, text := events(r, usher.EventStandInBegan), r.log.String(); len(began) != 1 || strings.Count(text, "no longer stands in") != 1 {
			r.Errorf("began %d times, and the log says\n%s", len(began), text)
		}
	})
}
