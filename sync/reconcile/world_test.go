package reconcile_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"usher/connectors"
	"usher/connectors/scimout"
	"usher/connectors/scimout/scimportal"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
	"usher/sync/reconcile"
)

func TestMain(m *testing.M) {
	if os.Getenv(partVariable) != "" {
		os.Exit(playPart())
	}
	storetest.Main(m)
}

// portalName is the one portal of all tests here, and subscriptionName what it sells.
const (
	portalName       = "learning"
	subscriptionName = "adkar"
)

// world is a ledger on a real store with one directory and one portal, and an engine that
// is started when the test wants it.
type world struct {
	testing.TB
	store  *store.Store
	ledger *ledger.Ledger
	portal usher.Portal
	okta   usher.Principal

	mu     sync.Mutex
	engine *reconcile.Engine
	said   []string
}

// eachWorld runs f on each engine with a portal that is as p says.
func eachWorld(t *testing.T, p usher.Portal, f func(w *world)) {
	t.Helper()
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		t.Parallel() // most of the time it waits
		w := openWorld(t, storetest.Open(t, place))
		w.setUp(p, 1000)
		f(w)
	})
}

// openWorld takes a store that may have been used before.
func openWorld(t testing.TB, s *store.Store) *world {
	w := &world{TB: t, store: s}
	w.ledger = ledger.New(s, ledger.Options{OnPortal: w.poke})
	return w
}

func (w *world) setUp(p usher.Portal, seats int) {
	w.Helper()
	p.Name, p.Kind = portalName, "test"
	ops := usher.Principal{Kind: usher.PrincipalOperator, Name: "ops", Reason: "test"}
	w.check(w.ledger.SetUp(w.Context(), ops, ledger.Setup{
		Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, Owner: true}},
		Portals:     []usher.Portal{p},
	}))
	_, err := w.ledger.Propose(w.Context(), ops, ledger.Policy{
		Subscriptions: []ledger.SubscriptionPolicy{{Name: subscriptionName, Portal: portalName, Seats: seats, Rule: "true"}},
		Guards:        usher.Guards{Releases: usher.Limit{Min: 1 << 30}, Invitations: usher.Limit{Min: 1 << 30}, ArmedFrom: 5},
	})
	w.check(err)
	w.look()
}

// look reads who and what the world consists of.
func (w *world) look() {
	w.Helper()
	d, err := w.store.Look().DirectoryNamed(w.Context(), "okta")
	w.check(err)
	w.okta = usher.Principal{Kind: usher.PrincipalDirectory, Name: "okta", Directory: d.ID}
	w.portal, err = w.store.Look().PortalNamed(w.Context(), portalName)
	w.check(err)
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) poke(portal usher.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.engine != nil {
		w.engine.Poke(portal)
	}
}

// quickOptions are those of an engine that decides in seconds what takes minutes in life.
func quickOptions(w *world, owner string, c reconcile.Connector) reconcile.Options {
	return reconcile.Options{
		Ledger: w.ledger, Look: func() reconcile.Reads { return w.store.Look() },
		Connectors: map[string]reconcile.Connector{portalName: c},
		Owner:      owner, LeaseLength: 1500 * time.Millisecond, Poll: 20 * time.Millisecond,
		WriteFile: table.WriteFileAtomic,
		Log:       func(portal, what string, err error) { w.say(fmt.Sprintf("%s: %s: %v", portal, what, err)) },
	}
}

func (w *world) say(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, text)
}

func (w *world) logged() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.said...)
}

// start runs an engine until stop is called, or the test ends.
func (w *world) start(o reconcile.Options) (stop func()) {
	w.Helper()
	e, err := reconcile.New(o)
	w.check(err)
	w.mu.Lock()
	w.engine = e
	w.mu.Unlock()
	ctx, cancel := context.WithCancel(w.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.Errorf("the engine's end: %v", err)
		}
	})
	w.Cleanup(stop)
	return stop
}

// run starts an engine with the connector c.
func (w *world) run(c reconcile.Connector) (stop func()) {
	w.Helper()
	return w.start(quickOptions(w, "test", c))
}

// eventually waits until f holds; f says what it still waits for, or nothing.
func (w *world) eventually(f func() string) {
	w.Helper()
	w.within(20*time.Second, f)
}

func (w *world) within(limit time.Duration, f func() string) {
	w.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); ; <-tick.C {
		missing := f()
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			w.Fatalf("after %s still: %s\nsaid: %q", limit, missing, w.logged())
		}
	}
}

// record is what a directory says of somebody.
func record(r usher.Record, name string, active bool) usher.Record {
	r.Attributes = usher.Attributes{
		UserName: name + "@example.com", ExternalID: "x-" + name, Active: active, DisplayName: name,
		Emails: []usher.Email{{Value: name + "@example.com", Type: "work", Primary: true}},
	}
	document, err := json.Marshal(r.Attributes)
	if err != nil {
		panic(err) // texts only
	}
	r.Document, r.CreateHash = document, string(document)
	return r
}

// join pushes somebody who is entitled, and gives the record.
func (w *world) join(name string) usher.Record {
	w.Helper()
	r, err := w.ledger.CreateRecord(w.Context(), w.okta, record(usher.Record{}, name, true))
	w.check(err)
	return r
}

// push says whether somebody is active.
func (w *world) push(r usher.Record, active bool) {
	w.Helper()
	_, err := w.ledger.ChangeRecord(w.Context(), w.okta, r.ID, func(old usher.Record) (usher.Record, error) {
		return record(old, r.Attributes.DisplayName, active), nil
	})
	w.check(err)
}

// account is somebody's account at the portal; a zero one when there is none.
func (w *world) account(r usher.Record) usher.Account {
	w.Helper()
	a, err := w.store.Look().AccountOf(w.Context(), w.portal.ID, usher.AccountPerson, r.Person)
	if errors.Is(err, usher.ErrNotFound) {
		return usher.Account{}
	}
	w.check(err)
	return a
}

// inLine waits until the portal confirmed what is desired for everybody.
func (w *world) inLine() {
	w.Helper()
	w.eventually(func() string {
		n, _, err := w.store.Look().CountBehind(w.Context(), w.portal.ID)
		w.check(err)
		if n == 0 {
			return ""
		}
		return fmt.Sprintf("%d accounts not in line", n)
	})
}

func (w *world) health() usher.Portal {
	w.Helper()
	p, err := w.store.Look().PortalNamed(w.Context(), portalName)
	w.check(err)
	return p
}

// scim is a SCIM portal on loopback and the way to it.
func scim(t testing.TB, o scimportal.Options) (*scimportal.Portal, reconcile.Connector) {
	t.Helper()
	portal := scimportal.New(o)
	server := httptest.NewServer(portal)
	t.Cleanup(server.Close)
	return portal, scimConnector(t, server.URL)
}

func scimConnector(t testing.TB, url string) reconcile.Connector {
	t.Helper()
	c, err := newSCIM(url)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// stub is an Each that answers as its function says, and counts how many calls are in
// flight for one account.
type stub struct {
	answer func(ctx context.Context, c usher.AccountChange) (usher.Outcome, error)

	mu    sync.Mutex
	calls []usher.AccountChange
	now   map[usher.ID]int
	twice bool
}

func (s *stub) Deliver(ctx context.Context, changes []usher.AccountChange) ([]usher.Outcome, error) {
	c := changes[0]
	s.enter(c)
	defer s.leave(c)
	o, err := s.answer(ctx, c)
	return []usher.Outcome{o}, err
}

func (s *stub) enter(c usher.AccountChange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil {
		s.now = map[usher.ID]int{}
	}
	s.calls = append(s.calls, c)
	s.now[c.Account]++
	s.twice = s.twice || s.now[c.Account] > 1
}

func (s *stub) leave(c usher.AccountChange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now[c.Account]--
}

// told are the calls so far.
func (s *stub) told() []usher.AccountChange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]usher.AccountChange(nil), s.calls...)
}

// done is the outcome of a portal that did as it was told.
func done(c usher.AccountChange) usher.Outcome {
	seen := usher.Seen{RemoteID: "remote-" + c.Desired.Key, Key: c.Desired.Key, Active: c.Desired.Active, UserName: c.Desired.UserName}
	return usher.Outcome{Result: usher.Done, RemoteID: seen.RemoteID, Seen: &seen, Wrote: true}
}

var _ connectors.Each = (*stub)(nil)

// newSCIM is the way to a SCIM portal at url.
func newSCIM(url string) (reconcile.Connector, error) {
	c, err := scimout.New(scimout.Options{BaseURL: url, Client: &http.Client{}})
	return reconcile.Connector{Each: c}, err
}
