package daemon_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/connectors/proportal/fakeportal"
	"usher/internal/notify/smtptest"
	"usher/internal/store"
	"usher/internal/store/storetest"
)

// crashConfig has two seats at one portal whose owner is told of each visit.
const crashConfig = `listen: 127.0.0.1:0
data: %s
store: %q
limits: {rate: 100000, burst: 1000000}
guards:
  releases: {min: 1000000, percent: 100}
  invitations: {min: 1000000}
mail: {from: usher@example.com, smtp: {host: 127.0.0.1, port: %d, tls: none}}
portals:
  site: {kind: %s, live: true%s, pool: hard, teams: false, owner: {name: Ann Lee, mail: ann@example.com, attach: true}}
subscriptions:
  seats: {portal: site%s, seats: 2, rule: 'true', settle: 0s}
`

// crashKind is a kind of portal, what else is configured of one, and one that is empty.
type crashKind struct {
	name, keys, subscription string
	open                     func() stand
}

func crashKinds() []crashKind {
	const areas = ", columns: {Functional Area: {from: department, values: {Sales: Sales Team}}}"
	return []crashKind{
		{"prosci", "", ", code: P410", func() stand { return newProsciSite() }},
		{"ascender", areas, "", func() stand { return newAscenderSite() }},
		{"proportal", "", "", func() stand { return teamSite{fakeportal.New(2), fakeportal.Subscription} }},
		{"myaci", "", ", code: user", func() stand { return teamSite{fakeportal.NewMyACI(2, nil), fakeportal.User} }},
		{"worklist", "", "", func() stand { return listSite{} }},
	}
}

// batchSteps are the steps of a batch's life at which a process is killed, each once.
// Where mail was sent and not noted is "VisitTold begins".
func batchSteps() []string {
	return []string{
		"Collect reads", "CommitVisit begins", "writeFiles reads",
		"file is empty", "file has a byte", "file is half there", "file is beside its place", "file is in its place",
		"BatchWritten begins", "post reads", "postVisit reads", "letter reads", "VisitTold begins",
		"CarryVisit begins", "ConfirmBatchRow begins", "TakeExport reads", "TakeExport begins",
	}
}

// TestBatchCrashesByKill kills usher by SIGKILL at each step of a batch's life, and at moments drawn
// by lot after one, while people come and go at a portal that takes files. Another process takes
// over. Every file has the bytes that were committed, from the moment it can be seen; every row is
// there once, at the portal and in the ledger; and a visit's mail comes a second time only where
// usher died between sending it and noting that it was sent.
//
// Given USHER_BATCH_CRASHES, every kind of portal has its turn on each store, with a tenth as many
// kills by lot.
func TestBatchCrashesByKill(t *testing.T) {
	n := count(t, "USHER_BATCH_CRASHES", 1)
	whole := n > 1
	for _, kind := range crashKinds() {
		t.Run(kind.name, func(t *testing.T) {
			storetest.EachPlace(t, func(t *testing.T, place store.Options) {
				if !whole && place.URL != "" && kind.name != "prosci" {
					return // one store for each will do
				}
				t.Parallel()
				v := newVictim(t, place, kind)
				v.walk()
				v.draw(n / 10)
				v.report()
			})
		})
	}
}

// victim is an installation whose process is killed again and again, its portal, and whoever
// works there.
type victim struct {
	*site
	kind   crashKind
	at     stand
	mail   *smtptest.Server
	since  time.Time
	folder string
	people map[string]string // records, by first name
	in     []string          // first names of those who have, or wait for, a seat
	hired  int
	export int

	p      *child
	done   map[string]bool   // batches that were carried
	sums   map[string]string // of files that were seen
	mayTwo map[string]int    // mails that a visit may have: one, and one for each death at its mail

	mu     sync.Mutex
	kills  map[string]int // by step
	away   int            // processes that had ended before they were killed
	killed map[*child]bool
	// judge says of a step whether the process dies there, and how long after.
	judge func(step string) (dies bool, after time.Duration)
	last  []string // steps of the process
}

func newVictim(t *testing.T, place store.Options, kind crashKind) *victim {
	t.Helper()
	v := &victim{
		kind: kind, at: kind.open(), mail: smtptest.New(t, false), since: time.Now().Truncate(time.Microsecond), people: map[string]string{},
		done: map[string]bool{}, sums: map[string]string{}, mayTwo: map[string]int{}, kills: map[string]int{}, killed: map[*child]bool{},
	}
	v.site = &site{T: t, place: place, data: place.Folder, client: newClient()}
	if v.data == "" {
		v.data = t.TempDir()
	}
	v.folder = filepath.Join(v.data, "outbox", "site")
	url := place.URL
	if url == "" {
		url = "sqlite"
	}
	v.file = filepath.Join(t.TempDir(), "usher.yaml")
	v.check(os.WriteFile(v.file, fmt.Appendf(nil, crashConfig, v.data, url, v.mail.Port, kind.name, kind.keys, kind.subscription), 0o600))
	v.spare()
	v.live()
	t.Cleanup(func() { v.die() })
	template, err := v.at.template()
	v.check(err)
	if template != nil {
		file := filepath.Join(t.TempDir(), "template")
		v.check(os.WriteFile(file, template, 0o600))
		v.must("learn", "site", file)
	}
	v.push("POST", v.hire(), true)
	v.push("POST", v.hire(), true)
	v.settle()
	return v
}

func (v *victim) check(err error) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
}

// hire is a new first name.
func (v *victim) hire() string {
	v.hired++
	name := fmt.Sprintf("p%d", v.hired)
	v.in = append(v.in, name)
	return name
}

// push has the directory say that somebody came or left; nobody dies of it.
func (v *victim) push(method, first string, active bool) {
	v.Helper()
	path := "/Users"
	if method == "PUT" {
		path += "/" + v.people[first]
	}
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",%q],"userName":"%[2]s@example.com","active":%[3]t,"displayName":"%[2]s O'Neill",
		"name":{"givenName":%[2]q,"familyName":"O'Neill"},"emails":[{"value":"%[2]s@example.com","primary":true}],%[1]q:{"department":"Sales"}}`, enterprise, first, active)
	answer, err := v.send(v.p, method, path, body)
	v.check(err)
	if answer.status/100 != 2 {
		v.Fatalf("%s %s: %d %s", method, path, answer.status, answer.text)
	}
	v.people[first] = answer.id()
}

// turn is one turn of the portal's people: whoever has been there longest leaves, and another comes.
func (v *victim) turn(judge func(step string) (bool, time.Duration)) {
	v.Helper()
	gone := v.in[0]
	v.in = v.in[1:]
	v.push("PUT", gone, false)
	v.push("POST", v.hire(), true)
	v.mu.Lock()
	v.judge = judge
	v.mu.Unlock()
	v.settle()
	v.spare()
	v.sound()
}

// walk kills once at each step of a batch's life.
func (v *victim) walk() {
	v.Helper()
	left := batchSteps()
	for turns := 0; len(left) > 0 && !v.Failed(); turns++ {
		if turns > len(batchSteps()) {
			v.Fatalf("usher was never at %q", left)
		}
		v.turn(func(step string) (bool, time.Duration) {
			before := len(left)
			left = slices.DeleteFunc(left, func(s string) bool { return s == step })
			return len(left) < before, 0
		})
	}
}

// draw kills so often up to three milliseconds after a step drawn by lot: in the midst of a
// transaction, of its commit, of a file's way to its place, of a mail.
func (v *victim) draw(n int) {
	v.Helper()
	dice, steps := rand.New(rand.NewPCG(uint64(n), 7)), batchSteps()
	for before := v.deaths(); v.deaths() < before+n && !v.Failed(); {
		nth, after := 1+dice.IntN(40), time.Duration(1+dice.IntN(3000))*time.Microsecond
		v.turn(func(step string) (bool, time.Duration) {
			if slices.Contains(steps, step) {
				nth--
				return nth == 0, after
			}
			return false, 0
		})
	}
}

func (v *victim) deaths() (n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, of := range v.kills {
		n += of
	}
	return n - v.away
}

func (v *victim) report() {
	v.Helper()
	visits := v.number(`select count(*) from visit`)
	v.Logf("%s: kills=%d at %d steps, visits=%d batches=%d rows=%d lost=0 twice=0, %d mails sent again (%s)", v.kind.name, v.deaths(), len(v.kills), visits,
		v.number(`select count(*) from batch`), v.number(`select count(*) from batch_row`), len(v.mail.Taken())-visits, engineOf(v.place))
	v.Logf("%v", slices.Sorted(maps.Keys(v.kills)))
}
