package ledger_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// clock is a clock that moves only when a test moves it.
type clock struct {
	mu    sync.Mutex
	t     time.Time
	asked func() // is called by each transaction as it begins; nil: nothing is
}

func (c *clock) now() time.Time {
	if c.asked != nil {
		c.asked()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is a ledger on a real store with one directory and one portal, both named as in
// the tests' policies.
type world struct {
	*testing.T
	store  *store.Store
	ledger *ledger.Ledger
	clock  *clock
	okta   usher.Principal
	ann    usher.Principal // an operator
	lease  store.Lease
	at     string // the portal that is meant; empty: learning
}

// eachWorld runs f in a new world on each engine.
func eachWorld(t *testing.T, f func(w *world)) {
	t.Helper()
	storetest.EachPlace(t, func(t *testing.T, place store.Options) { f(newWorld(t, place)) })
}

func newWorld(t *testing.T, place store.Options) *world {
	t.Helper()
	w := &world{T: t, clock: &clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}}
	place.Clock, place.Doubt = w.clock.now, true
	w.store = storetest.Open(t, place)
	w.ledger = ledger.New(w.store, ledger.Options{})
	w.ann = usher.Principal{Kind: usher.PrincipalOperator, Name: "ann", Reason: "test"}
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
		Portals:     []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}},
	})
	w.okta = w.directory("okta")
	lease, err := w.store.TakeLease(t.Context(), "portal/learning", "test", time.Hour)
	w.check(err)
	w.lease = lease
	return w
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) setUp(s ledger.Setup) {
	w.Helper()
	w.check(w.ledger.SetUp(w.Context(), w.ann, s))
}

func (w *world) directory(name string) usher.Principal {
	w.Helper()
	d, err := w.store.Look().DirectoryNamed(w.Context(), name)
	w.check(err)
	return usher.Principal{Kind: usher.PrincipalDirectory, Name: name, Directory: d.ID}
}

// guards that never trip unless a test says so.
func wideGuards() usher.Guards {
	return usher.Guards{Releases: usher.Limit{Min: 1000}, Invitations: usher.Limit{Min: 1000}, ArmedFrom: 5}
}

// policy makes subs the active policy.
func (w *world) policy(p ledger.Policy) usher.Revision {
	w.Helper()
	r, err := w.ledger.Propose(w.Context(), w.ann, p)
	w.check(err)
	w.sweep()
	return r
}

func (w *world) seats(n int) ledger.SubscriptionPolicy {
	return ledger.SubscriptionPolicy{Name: "adkar", Portal: "learning", Seats: n, Rule: `department == "Sales"`}
}

func (w *world) sell(subs ...ledger.SubscriptionPolicy) {
	w.Helper()
	w.policy(ledger.Policy{Subscriptions: subs, Teams: ledger.TeamPolicy{ByDepartment: true}, Guards: wideGuards()})
}

func (w *world) sweep() {
	w.Helper()
	w.check(w.ledger.Sweep(w.Context()))
}

func (w *world) later(d time.Duration) {
	w.Helper()
	w.clock.add(d)
	w.sweep()
}

// user is a record as a directory would push it.
func user(name string, change ...func(*usher.Attributes)) usher.Record {
	a := usher.Attributes{UserName: name + "@example.com", ExternalID: "x-" + name, Active: true, DisplayName: name, Department: "Sales",
		Emails: []usher.Email{{Value: name + "@example.com", Type: "work", Primary: true}}}
	for _, f := range change {
		f(&a)
	}
	return withAttributes(usher.Record{}, a)
}

func withAttributes(r usher.Record, a usher.Attributes) usher.Record {
	r.Attributes = a
	r.Document = document(a)
	r.CreateHash = string(r.Document)
	return r
}

func (w *world) push(r usher.Record) usher.Record {
	w.Helper()
	made, err := w.ledger.CreateRecord(w.Context(), w.okta, r)
	w.check(err)
	return made
}

func (w *world) pushAll(names ...string) map[string]usher.Record {
	w.Helper()
	records := map[string]usher.Record{}
	for _, name := range names {
		records[name] = w.push(user(name))
		w.clock.add(time.Millisecond)
	}
	return records
}

func (w *world) change(by usher.Principal, id usher.ID, f func(*usher.Attributes)) usher.Record {
	w.Helper()
	made, err := w.ledger.ChangeRecord(w.Context(), by, id, func(r usher.Record) (usher.Record, error) {
		a := r.Attributes
		a.Emails = slices.Clone(a.Emails)
		f(&a)
		return withAttributes(r, a), nil
	})
	w.check(err)
	return made
}

func leaves(a *usher.Attributes)  { a.Active = false }
func returns(a *usher.Attributes) { a.Active = true }

// seat is the state of a record's seat in adkar; empty for none.
func (w *world) seat(r usher.Record) usher.SeatState {
	w.Helper()
	return w.seatIn("adkar", r)
}

func (w *world) seatIn(subscription string, r usher.Record) usher.SeatState {
	w.Helper()
	s, err := w.liveSeat(subscription, w.person(r).ID)
	if errors.Is(err, usher.ErrNotFound) {
		return ""
	}
	w.check(err)
	return s.State
}

func (w *world) liveSeat(subscription string, person usher.ID) (usher.Seat, error) {
	w.Helper()
	sub, err := w.store.Look().SubscriptionNamed(w.Context(), subscription)
	w.check(err)
	return w.store.Look().LiveSeat(w.Context(), sub.ID, person)
}

func (w *world) person(r usher.Record) usher.Person {
	w.Helper()
	now, err := w.store.Record(w.Context(), r.Directory, r.ID)
	if errors.Is(err, usher.ErrNotFound) {
		now, err = r, nil
	}
	w.check(err)
	if now.Person == "" {
		w.Fatalf("record %s is linked to nobody", r.ID)
	}
	p, err := w.store.Look().Person(w.Context(), now.Person)
	w.check(err)
	return p
}

func (w *world) want(r usher.Record, state usher.SeatState) {
	w.Helper()
	if got := w.seat(r); got != state {
		w.Fatalf("seat of %s is %q, want %q", r.Attributes.DisplayName, got, state)
	}
}

// deliver plays a portal that does all it is told; it says how many accounts it was told.
func (w *world) deliver() int {
	w.Helper()
	portal, err := w.store.Look().PortalNamed(w.Context(), "learning")
	w.check(err)
	told := 0
	for {
		work, err := w.ledger.Begin(w.Context(), w.lease, portal.ID, 50, time.Minute)
		w.check(err)
		if len(work) == 0 {
			return told
		}
		for _, one := range work {
			told++
			o := usher.Outcome{Result: usher.Done, Wrote: true, RemoteID: "r-" + string(one.Change.Account)}
			w.check(w.ledger.Acknowledge(w.Context(), w.lease, one, o, time.Minute))
		}
		w.sweep()
	}
}

func (w *world) subscription(name string) usher.Subscription {
	w.Helper()
	s, err := w.store.Look().SubscriptionNamed(w.Context(), name)
	w.check(err)
	return s
}

func (w *world) conflicts() []usher.Conflict {
	w.Helper()
	list, err := w.store.Look().Conflicts(w.Context(), true)
	w.check(err)
	return list
}

func (w *world) holds() []usher.Hold {
	w.Helper()
	list, err := w.store.Look().Holds(w.Context(), true)
	w.check(err)
	return list
}
