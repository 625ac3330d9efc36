package daemon_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// TestRestoresPostgres restores backups into empty databases.
func TestRestoresPostgres(t *testing.T) {
	restores(t, func() store.Options { return store.Options{URL: storetest.Postgres(t)} })
}

// TestRestoresSQLite restores backups into new data folders.
func TestRestoresSQLite(t *testing.T) {
	restores(t, func() store.Options { return store.Options{Folder: t.TempDir()} })
}

// restores takes USHER_RESTORES backups under load and starts each elsewhere, before the
// same portal, which has gone on meanwhile.
func restores(t *testing.T, place func() store.Options) {
	n := count(t, "USHER_RESTORES", 1)
	file, began := binary(t), time.Now()
	engine, acked := "", 0
	for i := range n {
		at := place()
		engine = engineOf(at)
		s := newSite(t, file, at, loadConfig)
		l, backup := backUp(s, uint64(i))
		acked += l.acked()
		elsewhere := s.restored(place(), backup)
		elsewhere.resume()
		if t.Failed() {
			t.Fatalf("restore %d", i+1)
		}
	}
	t.Logf("restores=%d of %d invariants broken=0 pushed before resume=0 (%s, %d writes acknowledged, %s)", n, n, engine, acked, time.Since(began).Round(time.Second))
}

// backUp takes a backup while people are pushed and the portal is told, lets some more
// happen, and ends the daemon.
func backUp(s *site, seed uint64) (l *load, file string) {
	s.Helper()
	p := s.up()
	l = newLoad(s, p, "before", seed)
	stop := make(chan struct{})
	wg := l.run(p, stop)
	eventually(s.T, "the portal is told", func() bool { return s.portal.Stats().Writes > 20 })
	file = filepath.Join(s.TempDir(), "usher.tar.gz")
	s.do("backup", file)
	after := s.portal.Stats().Writes
	eventually(s.T, "the portal goes on", func() bool { return s.portal.Stats().Writes > after+5 })
	close(stop)
	wg.Wait()
	l.verify(p)
	p.end()
	return l, file
}

// restored is the installation that a backup makes at another place, with the same key.
func (s *site) restored(at store.Options, backup string) *site {
	s.Helper()
	r := &site{T: s.T, binary: s.binary, place: at, data: at.Folder, portal: s.portal, token: s.token, client: s.client}
	if r.data == "" {
		r.data = s.TempDir()
	}
	key, err := os.ReadFile(filepath.Join(s.data, "usher.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(r.data, "usher.key"), key, 0o600)
	}
	if err != nil {
		s.Fatal(err)
	}
	// More seats than the backup may have taken, so that there is something to tell the
	// portal of everybody who is pushed after it.
	r.configure(s.portalURL, strings.Replace(loadConfig, "seats: 12", "seats: 60", 1))
	r.do("restore", backup)
	r.db = storetest.Raw(s.T, at)
	return r
}

// planned is the id of the list of differences.
var planned = regexp.MustCompile(`--plan ([0-9a-f]+)`)

// resume starts a restored installation: nothing may reach the portal before an admin
// has said so, whatever the directories push; and after that all is brought in line.
func (s *site) resume() {
	s.Helper()
	writes := s.portal.Stats().Writes
	p := s.up()
	s.sound()
	l := newLoad(s, p, "after", 7)
	stop := make(chan struct{})
	wg := l.run(p, stop)
	s.patience("people are pushed", func() bool { return s.number(`select count(*) from account where generation > confirmed`) > 5 })
	// Long enough for a portal to be told several times over.
	wait := time.NewTimer(3 * time.Second)
	<-wait.C
	close(stop)
	wg.Wait()
	if now := s.portal.Stats().Writes; now != writes {
		s.Fatalf("%d writes reached the portal before resume", now-writes)
	}
	_, remarks := s.do("resume")
	plan := planned.FindStringSubmatch(remarks)
	if plan == nil {
		s.Fatalf("resume names no plan: %s", remarks)
	}
	s.do("resume", "--plan", plan[1], "--reason", "test")
	s.patience("the portal is in line", func() bool {
		return s.number(`select count(*) from account where generation > confirmed and desired is not null`) == 0
	})
	if s.portal.Stats().Writes == writes {
		s.Error("nothing reached the portal after resume")
	}
	s.inLine()
	s.sound()
	p.end()
}

// inLine compares what the portal holds with who sits.
func (s *site) inLine() {
	s.Helper()
	_, rows := storetest.Rows(s.T, s.db, `
		select a.subject_id, count(t.id) from account a
		left join seat t on t.person_id = a.subject_id and t.state in ('invited', 'active')
		where a.kind = 'person' and a.desired is not null group by a.subject_id`)
	sits := map[string]bool{}
	for _, row := range rows {
		sits[row[0].(string)] = row[1].(int64) > 0
	}
	seen := 0
	for _, u := range s.portal.Users() {
		want, ours := sits[u.ExternalID]
		if ours && u.Active != want {
			s.Errorf("the portal holds %s active=%v, want %v", u.UserName, u.Active, want)
		}
		if ours && want {
			seen++
		}
	}
	if seen == 0 {
		s.Error("nobody of the portal's has a seat")
	}
}

// patience is eventually for what may have to wait for the lease and the quiet time of a
// process that has gone.
func (s *site) patience(what string, f func() bool) {
	s.Helper()
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if f() {
			return
		}
	}
	s.Fatalf("in vain: %s", what)
}
