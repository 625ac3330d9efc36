package reconcile_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/connectors"
	"usher/connectors/pluralsight"
	"usher/connectors/pluralsight/pluralsightportal"
	"usher/connectors/scimout"
	"usher/connectors/scimout/scimportal"
	"usher/internal/outbound"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
	"usher/sync/reconcile"
)

// The two portals of the campaign.
const sick, well = "sick", "well"

// rereadings is how many full readings of a portal it may take, once it is well again, until
// all is right there.
const rereadings = 2

// TestFaultsOfPortals has one of two portals fail in every way that portals over HTTP do,
// while people join and leave. The other one must be served as if nothing were the matter: how long
// it takes until it is told of each change is compared with how long it takes when both are well,
// in turns of the same run. When the fault is over, the portal must come to hold what the directory
// says within two full readings, and nobody twice.
//
// USHER_FAULT_PEOPLE is how many people there are. Given, each portal is tried on each
// store, one after the other.
func TestFaultsOfPortals(t *testing.T) {
	people, whole := 30, false
	if text := os.Getenv("USHER_FAULT_PEOPLE"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 30 {
			t.Fatalf("USHER_FAULT_PEOPLE=%q: at least 30 are needed", text)
		}
		people, whole = n, true
	}
	times := &times{}
	t.Cleanup(func() { times.judge(t, whole) })
	for _, a := range ailments() {
		for kind, admitted := range patients() {
			t.Run(a.name+"/"+kind, func(t *testing.T) {
				storetest.EachPlace(t, func(t *testing.T, place store.Options) {
					if !whole && (kind == "scim") == (place.URL != "") {
						return // one store for each will do
					}
					if !whole {
						t.Parallel() // it waits most of the time
					}
					w := openWard(t, place, admitted(), a, people)
					w.times = times
					w.run()
				})
			})
		}
	}
}

// patient is a portal and the way to it.
type patient struct {
	http.Handler
	connect func(url string, client *http.Client) (connectors.Each, error)
	// held is whether each account is active, by our key, and how many there are.
	held func() (active map[string]bool, accounts int)
	// workers is how many calls it takes at a time, and batch how many accounts one is for;
	// 0: as usual.
	workers, batch int
}

// patients are the portals that have an interface, by the kind of their connector.
func patients() map[string]func() patient {
	return map[string]func() patient{"scim": scimPatient, "pluralsight": pluralsightPatient}
}

func scimPatient() patient {
	p := scimportal.New(scimportal.Options{NoVersions: true})
	return patient{
		Handler: p,
		connect: func(url string, client *http.Client) (connectors.Each, error) {
			return scimout.New(scimout.Options{BaseURL: url + "/scim/v2", Client: client})
		},
		held: func() (map[string]bool, int) {
			active := map[string]bool{}
			users := p.Users()
			for _, u := range users {
				active[u.ExternalID] = u.Active
			}
			return active, len(users)
		},
	}
}

func pluralsightPatient() patient {
	p := pluralsightportal.New(pluralsightportal.Options{Key: "key"})
	return patient{
		Handler: p, workers: 1, batch: 50,
		connect: func(url string, client *http.Client) (connectors.Each, error) {
			return pluralsight.New(pluralsight.Options{BaseURL: url, Token: "key", Client: client})
		},
		held: func() (map[string]bool, int) {
			active := map[string]bool{}
			people := p.People()
			for _, person := range people {
				active[person.ID] = person.Active
			}
			return active, len(people)
		},
	}
}

// ward is one run of the campaign.
type ward struct {
	*world
	t        *testing.T
	hospital *hospital
	patient  patient
	portals  map[string]usher.Portal
	ways     map[string]reconcile.Connector
	heard    *heard
	ailment  ailment
	times    *times
	beside   beside // this run's
	well     *clocked
	people   int
	left     int // of the records, from the first on
	records  []usher.Record
	out      map[usher.ID]bool // records of those who left
}

func openWard(t *testing.T, place store.Options, p patient, a ailment, people int) *ward {
	t.Helper()
	w := &ward{
		world: openWorld(t, storetest.Open(t, place)), t: t, patient: p, ailment: a, people: people, heard: &heard{},
		portals: map[string]usher.Portal{}, ways: map[string]reconcile.Connector{}, out: map[usher.ID]bool{},
	}
	w.hospital = admit(t, p, a)
	w.setUpBoth()
	client := outbound.New(outbound.Options{AllowPrivate: true, RootCAs: w.hospital.roots})
	each, err := p.connect(w.hospital.url, client)
	w.check(err)
	w.ways[sick] = reconcile.Connector{Each: each, Workers: p.workers, Batch: p.batch, ObserveEvery: max(10*time.Second, time.Duration(people)*time.Second/20)}
	neighbour := httptest.NewServer(scimportal.New(scimportal.Options{}))
	t.Cleanup(neighbour.Close)
	w.well = clock(t, neighbour.URL)
	w.ways[well] = reconcile.Connector{Each: w.well}
	return w
}

// setUpBoth makes two portals at which everybody is entitled.
func (w *ward) setUpBoth() {
	w.Helper()
	ops := usher.Principal{Kind: usher.PrincipalOperator, Name: "ops", Reason: "test"}
	setup := ledger.Setup{Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, Owner: true}}}
	policy := ledger.Policy{Guards: usher.Guards{Releases: usher.Limit{Min: 1 << 30}, Invitations: usher.Limit{Min: 1 << 30}, ArmedFrom: 5}}
	for _, name := range []string{sick, well} {
		setup.Portals = append(setup.Portals, usher.Portal{Name: name, Kind: "test", Live: true, Hard: true})
		policy.Subscriptions = append(policy.Subscriptions, ledger.SubscriptionPolicy{Name: "at-" + name, Portal: name, Seats: 10_000, Rule: "true"})
	}
	w.check(w.ledger.SetUp(w.Context(), ops, setup))
	_, err := w.ledger.Propose(w.Context(), ops, policy)
	w.check(err)
	d, err := w.store.Look().DirectoryNamed(w.Context(), "okta")
	w.check(err)
	w.okta = usher.Principal{Kind: usher.PrincipalDirectory, Name: "okta", Directory: d.ID}
	for _, name := range []string{sick, well} {
		w.portals[name], err = w.store.Look().PortalNamed(w.Context(), name)
		w.check(err)
	}
}

// run is the story: everybody arrives; then the one portal is well and sick in turns, while people
// join and leave one after the other; and each time it recovers.
func (w *ward) run() {
	n := w.people / 5 // changes before each illness, and in it
	w.arrive(w.people - turns*n)
	stop := w.serve(sick, well)
	defer stop()
	w.waitFor(sick, well)
	var took time.Duration
	var readings int
	for turn := range turns {
		w.change(n, &w.beside.well[turn%2])
		w.hospital.fall(w.t)
		w.change(n, &w.beside.sick)
		w.within(time.Minute, w.struck)
		w.hospital.heal()
		read, healed := w.heard.readings(sick), time.Now()
		w.waitFor(sick, well)
		took, readings = max(took, time.Since(healed)), max(readings, w.heard.readings(sick)-read)
		w.heard.forget(sick)
	}
	w.judge(took, readings)
}

// turns are how often the portal falls ill.
const turns = 2

// change has one person join and another leave, until that makes n changes, and notes how long it
// took each time until the other portal had done what follows of it.
func (w *ward) change(n int, took *[]time.Duration) {
	w.Helper()
	for i := range n {
		began := time.Now()
		joins := i%2 == 0
		var who usher.Record
		if joins {
			w.arrive(1)
			who = w.records[len(w.records)-1]
		} else {
			who = w.records[w.left]
			w.leave(w.records[w.left : w.left+1])
			w.left++
		}
		*took = append(*took, w.well.done(w.TB, who.Person, joins).Sub(began))
	}
}

// arrive pushes people who were not there before.
func (w *ward) arrive(n int) {
	for range n {
		w.records = append(w.records, w.join(fmt.Sprintf("p%d", len(w.records))))
	}
}

// leave pushes that people have left.
func (w *ward) leave(records []usher.Record) {
	w.Helper()
	for _, r := range records {
		w.push(r, false)
		w.out[r.ID] = true
	}
}

// serve starts an engine for some of the portals.
func (w *ward) serve(names ...string) (stop func()) {
	w.Helper()
	o := quickOptions(w.world, "test", reconcile.Connector{})
	o.Connectors, o.LeaseLength, o.Observer = map[string]reconcile.Connector{}, 6*time.Second, w.heard
	for _, name := range names {
		o.Connectors[name] = w.ways[name]
	}
	return w.start(o)
}

// waitFor waits until portals are in line.
func (w *ward) waitFor(names ...string) {
	w.Helper()
	w.within(time.Minute+time.Duration(w.people)*time.Second/3, func() string {
		for _, name := range names {
			n, _, err := w.store.Look().CountBehind(w.Context(), w.portals[name].ID)
			w.check(err)
			if n > 0 {
				return fmt.Sprintf("%d accounts not in line at %s", n, name)
			}
		}
		return ""
	})
}

// struck says whether the fault was felt.
func (w *ward) struck() string {
	if w.heard.failures(sick) == 0 {
		return "nothing went wrong at the sick portal"
	}
	return ""
}

// judge compares the portal with what the directory said last.
func (w *ward) judge(took time.Duration, readings int) {
	w.Helper()
	active, accounts := w.patient.held()
	wrong := 0
	for _, r := range w.records {
		if active[string(r.Person)] == w.out[r.ID] {
			wrong++
		}
	}
	w.Logf("%s: people=%d wrong=%d duplicates=%d; in line %.1f s after the fault was over at most, with %d readings at most; the other portal: %s; %d of its calls failed",
		w.ailment.name, len(w.records), wrong, accounts-len(active), took.Seconds(), readings, w.beside, w.heard.failures(well))
	if wrong > 0 || accounts != len(active) || accounts > len(w.records) || readings > rereadings {
		w.Error("the portal is not as it should be")
	}
	if told := strings.Join(w.logged(), "\n"); w.ailment.expired && !strings.Contains(told, "certificate has expired") {
		w.Errorf("the certificate was not what went wrong: %s", told)
	}
	w.times.add(w.beside)
}

// heard is an Observer that counts by portal.
type heard struct {
	mu     sync.Mutex
	failed map[string]int
	read   map[string]int
}

func (h *heard) Told(portal string, result usher.OutcomeResult, _ time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if result == usher.Done {
		return
	}
	if h.failed == nil {
		h.failed = map[string]int{}
	}
	h.failed[portal]++
}

func (h *heard) Paused(string, time.Duration) {}

func (h *heard) Read(portal string, _ error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.read == nil {
		h.read = map[string]int{}
	}
	h.read[portal]++
}

// forget forgets what failed at a portal.
func (h *heard) forget(portal string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.failed, portal)
}

func (h *heard) failures(portal string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failed[portal]
}

func (h *heard) readings(portal string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.read[portal]
}
