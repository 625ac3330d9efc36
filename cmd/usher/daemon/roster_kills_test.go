package daemon_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/sync/roster/rostertest"
)

// rosterSite is a site's configuration with a directory of files.
func rosterSite(seats int) string {
	var columns strings.Builder
	for attribute, column := range rostertest.Columns() {
		fmt.Fprintf(&columns, "      %s: %s\n", attribute, column)
	}
	return fmt.Sprintf(`  addresses: {min: 1000000}
  managers: {min: 1000000}
directories:
  default: {kind: scim, rank: 1}
  hr:
    kind: file
    rank: 2
    columns:
%sportals:
  learning: {kind: worklist, live: true, pool: soft}
subscriptions:
  adkar: {portal: learning, seats: %d, settle: 0s, rule: 'department == "Sales"'}
`, columns.String(), seats)
}

// feeder sends rosters to processes of a site.
type feeder struct {
	*site
	token string
}

func newFeeder(s *site) *feeder {
	token, _ := s.do("token", "create", "--directory", "hr")
	return &feeder{s, strings.TrimSpace(token)}
}

// upload sends a file. The error is of the road: nobody knows what became of it.
func (f *feeder) upload(p *child, content []byte) (int, error) {
	for {
		status, err := f.uploadOnce(p, content)
		// One file is read at a time: the lease of a process that was killed has to lapse.
		if err != nil || status != http.StatusServiceUnavailable {
			return status, err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func (f *feeder) uploadOnce(p *child, content []byte) (int, error) {
	req, err := http.NewRequestWithContext(f.Context(), "POST", p.url+uploadPath+"?name=people.csv", strings.NewReader(string(content)))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+f.token)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// TestRosterKills ends usher by SIGKILL while it reads and while it applies a roster, and
// starts it again: what was begun is finished, and nothing is done twice.
func TestRosterKills(t *testing.T) {
	bin := binary(t)
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		const people = 2000
		f := newFeederOf(t, bin, place)
		p := f.process
		applied := `select count(*) from plan_change where state = 'applied'`
		kills := 0
		for _, begun := range []string{`select count(*) from plan`, applied, applied} {
			before, done := f.number(begun), make(chan struct{})
			go func() {
				defer close(done)
				_, _ = f.upload(p, rostertest.Good(people)) // cut off
			}()
			f.patience("the work has begun: "+begun, func() bool { return f.number(begun) > before })
			open := f.number(`select count(*) from plan where state in ('reading', 'applying')`)
			p.kill()
			<-done
			if open > 0 && f.number(`select count(*) from plan where state in ('reading', 'applying')`) > 0 {
				kills++
			}
			p = f.up()
		}
		f.idle()
		status, err := f.upload(p, rostertest.Good(people))
		if err != nil || status != http.StatusOK {
			t.Fatalf("the last upload: %d, %v", status, err)
		}
		there := people - people/20
		for what, query := range map[string]string{
			"records": `select count(*) from record`, "people": `select count(*) from person where active`, "rows": `select count(*) from roster_row`,
			"records that were made": `select count(*) from event where kind = 'record.created'`, "changes applied": applied,
		} {
			if n := f.number(query); n != there {
				t.Errorf("%d %s, want %d", n, what, there)
			}
		}
		if n := f.number(`select count(*) from plan_change where state not in ('applied', 'planned')`); n != 0 {
			t.Errorf("%d changes are neither applied nor of a file that was never read", n)
		}
		if kills < 2 {
			t.Errorf("usher was killed %d times at work", kills)
		}
		f.sound()
		t.Logf("kills at work=%d people=%d twice=0 (%s)", kills, there, engineOf(place))
	})
}

// idle waits until no roster is being applied, which takes a while.
func (f *feeder) idle() {
	f.Helper()
	for deadline := time.Now().Add(2 * time.Minute); f.number(`select count(*) from plan where state = 'applying'`) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.Fatal("in vain: the run is finished")
		}
	}
}

// fedSite is a feeder with a process.
type fedSite struct {
	*feeder
	process *child
}

func newFeederOf(t *testing.T, bin string, place store.Options) fedSite {
	t.Helper()
	s := newSite(t, bin, place, rosterSite(200))
	p := s.up()
	return fedSite{newFeeder(s), p}
}
