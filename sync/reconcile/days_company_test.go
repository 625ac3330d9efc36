package reconcile_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/connectors"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
	"usher/sync/reconcile"
)

// dayKind is one sort of portal in the simulation.
type dayKind struct {
	name   string
	portal usher.Portal // as the daemon makes it of its kind
	subs   []ledger.SubscriptionPolicy
	teams  bool
	open   func(c *company) dayPortal
}

// dayPortal is a portal, and whoever works there.
type dayPortal interface {
	connector() connectors.Whole
	templates() [][]byte
	// carry does rows of a batch, and gives an answer for each that was tried: nil where the portal
	// did as it says. What has to wait for somebody is left out.
	carry(c *company, b usher.Batch, chosen func(row int) bool) map[int]error
	// export is the portal's list, of all or of some.
	export(c *company, all bool) []byte
	// accounts are the addresses of all accounts, and holds the subscriptions in which each has a seat.
	accounts() []string
	holds(address string) []string
	// life is what happens at the portal without usher; come has all who were invited come.
	life(c *company)
	come(c *company)
	// doubles are whom usher invited twice.
	doubles() []string
}

// company is people, a portal, and usher between them.
type company struct {
	testing.TB
	*rand.Rand
	seed       uint64
	day        int
	kind       dayKind
	store      *store.Store
	ledger     *ledger.Ledger
	engine     *stepped
	portal     dayPortal
	at         usher.Portal
	reader     connectors.ExportReader
	okta       usher.Principal
	ann        usher.Principal
	people     []*employee
	subs       map[string]usher.Subscription
	admins     []string
	done       map[string]map[int]bool // rows that were done at the portal, by batch
	own        map[string]time.Time    // "address subscription" seats that the portal's own life gave, and when
	stale      []byte                  // a list that nobody has brought yet
	staleAt    time.Time
	last       time.Time // of the last complete list
	count      map[string]int
	lastVisit  usher.ID
	lastReport ledger.ExportReport

	oversold, doubled int

	// Of the process that works now: its life, and what sees each of its steps.
	alive  context.Context
	die    context.CancelFunc
	lives  int
	folder string
	step   func(what string)

	mu   sync.Mutex
	time time.Time
	said []string
}

// employee is one person of the company.
type employee struct {
	key       string
	record    usher.Record
	addresses []string // the present one last
	pinned    string
}

func newCompany(t testing.TB, place store.Options, kind dayKind, seed uint64) *company {
	t.Helper()
	c := &company{
		TB: t, Rand: lot(seed), seed: seed, kind: kind, time: time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC),
		done: map[string]map[int]bool{}, own: map[string]time.Time{}, subs: map[string]usher.Subscription{}, count: map[string]int{},
	}
	c.alive, c.die = context.WithCancel(t.Context())
	c.folder = t.TempDir()
	place.Clock = func() time.Time { c.step(stepLook); return c.now() }
	ids := 0
	c.step = onward
	place.NewID = func() usher.ID {
		c.step(stepID)
		c.mu.Lock()
		defer c.mu.Unlock()
		ids++
		return usher.ID(fmt.Sprintf("%08d", ids))
	}
	c.store = storetest.Open(t, place)
	t.Cleanup(func() { c.die() })
	c.ledger = ledger.New(c.store, ledger.Options{})
	c.ann = usher.Principal{Kind: usher.PrincipalOperator, Name: "ann", Reason: "test"}
	c.portal = kind.open(c)
	c.reader, _ = c.portal.connector().(connectors.ExportReader)
	c.setUp()
	return c
}

func (c *company) setUp() {
	c.Helper()
	c.configure()
	_, err := c.ledger.Propose(c.Context(), c.ann, ledger.Policy{
		Subscriptions: c.kind.subs, Teams: ledger.TeamPolicy{ByDepartment: c.kind.teams},
		Guards: usher.Guards{Releases: usher.Limit{Min: 1000}, Invitations: usher.Limit{Min: 1000}, ArmedFrom: 5},
	})
	c.check(err)
	d, err := c.store.Look().DirectoryNamed(c.Context(), "okta")
	c.check(err)
	c.okta = usher.Principal{Kind: usher.PrincipalDirectory, Name: "okta", Directory: d.ID}
	subs, err := c.store.Look().Subscriptions(c.Context())
	c.check(err)
	for _, s := range subs {
		c.subs[s.Name] = s
	}
	for i, content := range c.portal.templates() {
		learned, err := c.portal.connector().(connectors.Learner).Learn(content)
		c.check(err)
		c.check(c.ledger.Learn(c.Context(), c.ann, usher.Template{Portal: c.at.ID, Key: learned.Key, Name: fmt.Sprint("template", i), SHA256: sumOf(content), Content: content}))
	}
}

// configure says again who administers the portal.
func (c *company) configure() {
	c.Helper()
	p := c.kind.portal
	p.Name, p.Kind, p.Profile.Admins = portalName, "test", slices.Clone(c.admins)
	c.check(c.ledger.SetUp(c.Context(), c.ann, ledger.Setup{
		Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, Owner: true}}, Portals: []usher.Portal{p},
	}))
	var err error
	c.at, err = c.store.Look().PortalNamed(c.Context(), portalName)
	c.check(err)
}

// Context is the life of the process that works now.
func (c *company) Context() context.Context { return c.alive }

// died is what ends the work of a process that is no more.
type died struct{}

func (c *company) check(err error) {
	c.Helper()
	if err != nil && c.alive.Err() != nil {
		panic(died{})
	}
	if err != nil {
		c.Fatalf("seed %d, day %d: %v", c.seed, c.day, err)
	}
}

func (c *company) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *company) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
}

// chance is true p times of a hundred.
func (c *company) chance(p int) bool { return c.IntN(100) < p }

// who is whose address it is; nil for a stranger.
func (c *company) who(address string) *employee {
	key, _, _ := strings.Cut(strings.ToLower(address), ".")
	i := slices.IndexFunc(c.people, func(e *employee) bool { return e.key == key })
	if i < 0 {
		return nil
	}
	return c.people[i]
}

// adopt is the first day: usher is shown who is at the portal already, and then may act there.
func (c *company) adopt() {
	c.Helper()
	for range 12 {
		c.join()
	}
	c.portal.life(c)
	c.check(c.ledger.Sweep(c.Context()))
	c.pass(time.Minute)
	if c.reader != nil {
		_, err := c.ledger.Adopt(c.Context(), c.ann, c.at.ID, c.read(c.portal.export(c, true), true, c.now()), false)
		c.check(err)
		c.last = c.now()
	}
	c.pass(time.Minute)
	c.check(c.ledger.GoLive(c.Context(), c.ann, c.at.ID))
	c.start()
}

// start has a process of usher work.
func (c *company) start() {
	c.Helper()
	c.lives++
	e, err := newStepped(c.Context(), c.ledger, c.store, reconcile.Connector{Whole: c.portal.connector(), Folder: c.folder},
		reconcile.Options{Owner: fmt.Sprint("process ", c.lives), WriteFile: c.writeFile, Log: c.log})
	c.check(err)
	c.engine = e
	c.Cleanup(func() {
		if err := e.stop(); err != nil {
			c.Error(err)
		}
	})
}

func (c *company) log(_, what string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.said = append(c.said, fmt.Sprintf("%s: %v", what, err))
	}
}

// morning has usher do what is due, and make its files.
func (c *company) morning() {
	c.Helper()
	c.check(c.ledger.Sweep(c.Context()))
	for n := 0; c.engine.step(); n++ {
		if n == 10 {
			c.Errorf("day %d: usher asks for the same again and again: %v", c.day, c.pending())
			return
		}
	}
	if c.alive.Err() != nil {
		panic(died{})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.said) > 0 {
		c.Fatalf("seed %d, day %d: usher says %q", c.seed, c.day, c.said)
	}
	c.time = c.time.Add(time.Minute)
}

// pending are the accounts that are not in line, in words.
func (c *company) pending() (list []string) {
	c.Helper()
	accounts, err := c.store.Look().Accounts(c.Context(), c.at.ID, "", 1000)
	c.check(err)
	for _, a := range accounts {
		if a.Generation > a.Confirmed {
			rows, err := c.store.Look().RowsOfAccount(c.Context(), a.ID)
			c.check(err)
			last := ""
			for _, r := range rows[max(0, len(rows)-3):] {
				last += fmt.Sprintf(" [%s %s: %s %s]", r.Action, r.Text, r.State, r.Note)
			}
			list = append(list, fmt.Sprintf("%s %s %s: desired %+v seen %+v generation %d sent %d confirmed %d refused %t %q rows%s", a.ID, a.Kind, a.RemoteID, *a.Desired, a.Seen, a.Generation, a.Sent, a.Confirmed, a.Refused, a.LastError, last))
		}
	}
	return list
}

// read reads a list as its connector does.
func (c *company) read(content []byte, complete bool, asOf time.Time) ledger.ExportFile {
	c.Helper()
	var f ledger.ExportFile
	findings, err := c.reader.ReadExport(content, func(s usher.Seen) error { f.Seen = append(f.Seen, s); return nil })
	c.check(err)
	f.Findings = findings
	f.Name, f.SHA256, f.AsOf, f.Complete = "users "+asOf.Format(time.DateTime), sumOf(content)+asOf.String(), usher.TimeOf(asOf), complete
	return f
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// sound is `usher check`.
func (c *company) sound() {
	c.Helper()
	key := bytes.Repeat([]byte{7}, 32)
	_, err := c.ledger.Seal(c.Context(), key, "test")
	c.check(err)
	found, err := c.ledger.Check(c.Context(), key)
	c.check(err)
	for _, f := range found {
		c.Errorf("day %d: %s %s: %s%s", c.day, f.Invariant, f.Subject, f.Detail, c.told(f.Subject))
	}
}

// told is what is known of an account that a check is about.
func (c *company) told(subject string) string {
	id, ok := strings.CutPrefix(subject, "account ")
	if !ok {
		return ""
	}
	a, err := c.store.Look().Account(c.Context(), usher.ID(id))
	c.check(err)
	rows, err := c.store.Look().RowsOfAccount(c.Context(), a.ID)
	c.check(err)
	return fmt.Sprintf("\n%+v\ndesired %+v\nseen %+v\nrows %+v", a, a.Desired, a.Seen, rows[max(0, len(rows)-8):])
}

// account is somebody's account at the portal; a zero one when there is none.
func (c *company) account(e *employee) usher.Account {
	c.Helper()
	a, err := c.store.Look().AccountOf(c.Context(), c.at.ID, usher.AccountPerson, e.record.Person)
	if errors.Is(err, usher.ErrNotFound) {
		return usher.Account{}
	}
	c.check(err)
	return a
}
