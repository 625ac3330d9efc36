package daemon_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

const (
	// clients is how many requests are under way at once.
	clients = 64
	// contenders is how many people want the seats of one subscription.
	contenders = 4
	// pools is how many subscriptions are contended for at once; each is used again in
	// the next round.
	pools = 32
)

// TestContestsPostgres has 64 clients race for last seats at two processes.
func TestContestsPostgres(t *testing.T) {
	contest(t, store.Options{URL: storetest.Postgres(t)}, 2)
}

// TestContestsSQLite has 64 clients race for last seats at one process.
func TestContestsSQLite(t *testing.T) {
	contest(t, store.Options{Folder: t.TempDir()}, 1)
}

// contest plays USHER_CONTESTS contests. In each, everybody who wants a seat of a
// subscription asks at once and more ask than there are seats; then those who got one
// leave at once, and the next in line must have it; then all leave.
func contest(t *testing.T, place store.Options, processes int) {
	n := count(t, "USHER_CONTESTS", 50)
	a := &arena{site: newSite(t, binary(t), place, arenaConfig(min(n, pools)))}
	for range processes {
		a.processes = append(a.processes, a.up())
	}
	began := time.Now()
	for a.contests < n {
		a.round(min(pools, n-a.contests))
	}
	if a.contests < n || a.oversold+a.undersold+a.breaks > 0 {
		t.Errorf("not what was asked for")
	}
	t.Logf("contests=%d oversold=%d undersold=%d order breaks=%d (%s, %d clients, %d processes, %d requests, %s)",
		a.contests, a.oversold, a.undersold, a.breaks, engineOf(place), clients, processes, a.requests, time.Since(began).Round(time.Second))
	a.sound()
}

func arenaConfig(pools int) string {
	var b strings.Builder
	b.WriteString("portals:\n  learning: {kind: scim, live: true, pool: soft, url: %PORTAL%, allow_private: true, rate: 5}\nsubscriptions:\n")
	for i := range pools {
		fmt.Fprintf(&b, "  p%03d: {portal: learning, seats: %d, settle: 0s, rule: 'department == \"p%03d\"'}\n", i, seatsOf(i), i)
	}
	return b.String()
}

// seatsOf is how many seats a subscription has: one or two.
func seatsOf(pool int) int { return 1 + pool%2 }

// arena is where contests take place.
type arena struct {
	*site
	processes                   []*child
	people                      [pools][contenders]string // records; empty before their first contest
	contests, requests          int
	oversold, undersold, breaks int
}

// standing is a seat or a place in a queue.
type standing struct {
	record    string
	occupies  bool
	requested int64
	id        string
}

func (a *arena) round(n int) {
	a.Helper()
	a.race(n, func(int, string) (string, bool) { return replace("active", true), true })
	first := a.standings()
	for pool := range n {
		a.judge(pool, first[pool], contenders)
	}
	winners := map[string]bool{}
	for _, s := range slices.Concat(first...) {
		winners[s.record] = s.occupies
	}
	a.race(n, func(_ int, record string) (string, bool) { return replace("active", false), winners[record] })
	second := a.standings()
	for pool := range n {
		a.judge(pool, second[pool], contenders-seatsOf(pool))
	}
	a.race(n, func(_ int, record string) (string, bool) { return replace("active", false), !winners[record] })
	for pool, left := range a.standings() {
		if pool < n && len(left) > 0 {
			a.Fatalf("all have left, and %d seats of p%03d live on", len(left), pool)
		}
	}
	a.contests += n
	a.requests += 2 * contenders * n
}

// race sends the requests of n contests at once, those of one contest side by side.
func (a *arena) race(n int, what func(pool int, record string) (body string, send bool)) {
	a.Helper()
	type job struct{ pool, i int }
	jobs := make(chan job)
	failed := make([]error, clients)
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for j := range jobs {
				p := a.processes[(c+j.i)%len(a.processes)]
				record := &a.people[j.pool][j.i]
				if *record == "" {
					failed[c] = errors.Join(failed[c], a.create(p, record, j.pool, j.i))
				} else if body, send := what(j.pool, *record); send {
					failed[c] = errors.Join(failed[c], a.patch(p, *record, body))
				}
			}
		})
	}
	for _, pool := range rand.Perm(n) {
		for _, i := range rand.Perm(contenders) {
			jobs <- job{pool, i}
		}
	}
	close(jobs)
	wg.Wait()
	if err := errors.Join(failed...); err != nil {
		a.Fatal(err)
	}
}

func (a *arena) create(p *child, record *string, pool, i int) error {
	got, err := a.send(p, "POST", "/Users", userBody(fmt.Sprintf("u%d.%d@example.com", pool, i), fmt.Sprintf("p%03d", pool)))
	if err == nil && got.status != http.StatusCreated {
		err = fmt.Errorf("create: %d %.200s", got.status, got.text)
	}
	*record = got.id()
	return err
}

func (a *arena) patch(p *child, record, body string) error {
	got, err := a.send(p, "PATCH", "/Users/"+record, body)
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("patch: %d %.200s", got.status, got.text)
	}
	return err
}

// standings are the live seats of all pools as the database has them, past usher.
func (a *arena) standings() [][]standing {
	a.Helper()
	_, rows := storetest.Rows(a.T, a.db, `
		select u.name, r.id, case when s.state = 'queued' then 0 else 1 end, s.requested_at, s.id
		from seat s join subscription u on u.id = s.subscription_id join record r on r.person_id = s.person_id
		where s.state <> 'released'`)
	all := make([][]standing, pools)
	for _, row := range rows {
		var pool int
		if _, err := fmt.Sscanf(row[0].(string), "p%03d", &pool); err != nil {
			a.Fatal(err)
		}
		all[pool] = append(all[pool], standing{row[1].(string), row[2].(int64) == 1, row[3].(int64), row[4].(string)})
	}
	return all
}

// judge looks at a pool for which that many people stand.
func (a *arena) judge(pool int, all []standing, people int) {
	a.Helper()
	if len(all) != people {
		a.Fatalf("%d people stand for p%03d, and %d have a seat or a place", people, pool, len(all))
	}
	slices.SortFunc(all, func(x, y standing) int {
		if x.requested != y.requested {
			return int(x.requested - y.requested)
		}
		return strings.Compare(x.id, y.id)
	})
	occupied, broken := 0, false
	for i, s := range all {
		if s.occupies {
			occupied++
			broken = broken || occupied != i+1 // somebody before them is queued
		}
	}
	want := min(people, seatsOf(pool))
	switch {
	case occupied > want:
		a.oversold++
	case occupied < want:
		a.undersold++
	case broken:
		a.breaks++
	default:
		return
	}
	a.Logf("p%03d with %d seats: %+v", pool, want, all)
}
