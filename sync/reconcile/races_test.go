package reconcile_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/connectors/scimout/scimportal"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
	"usher/sync/reconcile"
)

// raceLease is the lease of the campaign. What is written late at the portal must be so
// within two thirds of it: a portal that is slower than that after its client was killed
// is beyond what a quiet time of one lease can help.
const raceLease = 2 * time.Second

// TestRacesOfActivationAndDeactivation has people activated and deactivated over and over
// while the portal is slow, fails, and loses answers, and while a process that works for
// it is killed every few seconds. On PostgreSQL a second process goes on meanwhile, and
// takes turns with it; on SQLite the only process is killed. When the faults stop, the
// portal must hold what the directories said last: nobody twice, and no call that took
// effect after a later one.
//
// USHER_RACE_PEOPLE is how many people there are.
func TestRacesOfActivationAndDeactivation(t *testing.T) {
	people := 60
	if text := os.Getenv("USHER_RACE_PEOPLE"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 10 {
			t.Fatalf("USHER_RACE_PEOPLE=%q: at least 10 are needed", text)
		}
		people = n
	}
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		t.Parallel() // it waits most of the time
		// Versions would turn a late write away, and hide that it came.
		portal := scimportal.New(scimportal.Options{NoVersions: true})
		faults := &faults{}
		portal.SetFault(faults.next)
		server := httptest.NewServer(portal)
		t.Cleanup(server.Close)
		r := race{T: t, place: place, portal: portal, url: server.URL, people: people}
		r.load()
		kills := r.run()
		for again := 0; again < 5 && r.told().cut == 0; again++ { // chance owes one
			kills += r.run()
		}
		portal.SetFault(nil)
		r.settle()
		r.judge(kills, faults)
	})
}

// race is one campaign.
type race struct {
	*testing.T
	place   store.Options
	portal  *scimportal.Portal
	url     string
	people  int
	toggled atomic.Int64
}

// server says whether the store can be shared by processes.
func (r *race) server() bool { return r.place.URL != "" }

// load pushes everybody, all of them active.
func (r *race) load() {
	s := r.open()
	w := openWorld(r, s)
	w.setUp(live(), r.people)
	for i := range r.people {
		w.join(raceName(i))
	}
	w.check(s.Close())
}

func (r *race) open() *store.Store {
	r.Helper()
	s, err := store.Open(r.Context(), r.place)
	if err != nil {
		r.Fatal(err)
	}
	return s
}

func raceName(i int) string { return fmt.Sprintf("p%d", i) }

// run kills until it was often enough, and the portal was told often enough.
func (r *race) run() (kills int) {
	ctx, cancel := context.WithCancel(r.Context())
	var mine sync.WaitGroup
	if r.server() {
		mine.Go(func() { r.takeTurns(ctx) })
	}
	enough := func() bool { return kills >= max(4, r.people/40) && len(r.portal.Audit("")) >= 3*r.people }
	for deadline := time.Now().Add(5*time.Minute + time.Duration(r.people)*time.Second); !enough(); kills++ {
		if time.Now().After(deadline) {
			r.Errorf("after %d kills the portal was told only %d times", kills, len(r.portal.Audit("")))
			break
		}
		r.killOne()
	}
	cancel()
	mine.Wait()
	return kills
}

// killOne starts a process and kills it one to three seconds later, whatever it does.
func (r *race) killOne() {
	p := part{URL: r.place.URL, Folder: r.place.Folder, Portal: r.url, People: r.people, Drive: !r.server()}
	cmd, said := p.start(r)
	line, err := said.ReadString('\n')
	if err != nil {
		r.Fatalf("the process that is to be killed did not come up: %q, %v", line, err)
	}
	time.Sleep(time.Second + rand.N(2*time.Second)) // the point in time is the test
	if err := cmd.Process.Kill(); err != nil {
		r.Fatal(err)
	}
	rest, _ := io.ReadAll(said)
	_ = cmd.Wait() // it was killed
	for range rest {
		r.toggled.Add(1)
	}
}

// takeTurns drives the people, and works for the portal every other few seconds, so that
// the process that is killed gets the lease in between.
func (r *race) takeTurns(ctx context.Context) {
	s := r.open()
	defer s.Close()
	e, err := raceEngine(s, r.url, "mine")
	if err != nil {
		r.Error(err)
		return
	}
	var driving sync.WaitGroup
	defer driving.Wait()
	driving.Go(func() {
		if err := drive(ctx, s, r.people, func() { r.toggled.Add(1) }); err != nil {
			r.Error(err)
		}
	})
	for ctx.Err() == nil {
		turn, cancel := context.WithTimeout(ctx, time.Second+rand.N(2*time.Second))
		if err := e.Run(turn); err != nil {
			r.Errorf("a turn's end: %v", err)
		}
		cancel()
		select {
		case <-ctx.Done():
		case <-time.After(time.Second + rand.N(2*time.Second)):
		}
	}
}

// told are the calls of everybody up to now, while nobody works.
func (r *race) told() (told attempts) {
	r.Helper()
	s := r.open()
	w := openWorld(r, s)
	w.look()
	for i := range r.people {
		rec, err := findRecord(w.Context(), s, w.okta.Directory, i)
		w.check(err)
		told.add(w, w.account(rec))
	}
	w.check(s.Close())
	return told
}

// settle works on without faults and without changes until all accounts are in line.
func (r *race) settle() {
	s := r.open()
	r.Cleanup(func() { _ = s.Close() })
	w := openWorld(r, s)
	w.look()
	e, err := raceEngine(s, r.url, "last")
	w.check(err)
	ctx, cancel := context.WithCancel(r.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	w.within(3*time.Minute, func() string {
		w.check(w.ledger.Sweep(w.Context()))
		n, _, err := s.Look().CountBehind(w.Context(), w.portal.ID)
		w.check(err)
		if n == 0 {
			return ""
		}
		return fmt.Sprintf("%d accounts not in line", n)
	})
	cancel()
	w.check(<-ended)
	w.check(s.Close())
}

// judge compares the portal with what the directory said last.
func (r *race) judge(kills int, f *faults) {
	told := r.told()
	s := r.open()
	r.Cleanup(func() { _ = s.Close() })
	w := openWorld(r, s)
	w.look()
	there := map[string][]scimportal.User{}
	for _, u := range r.portal.Users() {
		there[u.UserName] = append(there[u.UserName], u)
	}
	wrong, active := 0, 0
	for i := range r.people {
		rec, err := findRecord(w.Context(), s, w.okta.Directory, i)
		w.check(err)
		users := there[rec.Attributes.UserName]
		right := len(users) == 1 && users[0].Active == rec.Attributes.Active && users[0].ExternalID == string(rec.Person) ||
			len(users) == 0 && !rec.Attributes.Active
		if !right {
			wrong++
			r.Errorf("%s should be active %t, the portal holds %+v", rec.Attributes.UserName, rec.Attributes.Active, users)
		}
		if rec.Attributes.Active {
			active++
		}
	}
	sub, err := s.Look().SubscriptionNamed(w.Context(), subscriptionName)
	w.check(err)
	stats := r.portal.Stats()
	lease, err := w.ledger.TakeLease(w.Context(), "portal/"+string(w.portal.ID), "judge", time.Second)
	w.check(err)
	r.Logf("%d people, %d of them right, %d active in the end; %d kills, %d owners of the lease, %d changes, %d attempts (%d unknown, %d cut off by a kill); "+
		"%d requests with %d faults, %d writes took effect, %d duplicate accounts, %d inversions",
		r.people, r.people-wrong, active, kills, lease.Fence, r.toggled.Load(), told.all, told.unknown, told.cut,
		stats.Requests, f.struck.Load(), len(r.portal.Audit("")), stats.Duplicates, stats.Inversions)
	if stats.Duplicates != 0 || stats.Inversions != 0 || stats.Made > r.people || sub.Used != active || stats.Active != active {
		r.Errorf("%d seats used by %d people; the portal: %+v", sub.Used, active, stats)
	}
	if told.cut == 0 || told.unknown == 0 || f.struck.Load() == 0 || r.toggled.Load() < int64(r.people) || lease.Fence < 3 {
		r.Error("there was no race")
	}
}

// attempts are the calls that were begun for an account.
type attempts struct{ all, unknown, cut int }

func (a *attempts) add(w *world, account usher.Account) {
	list, err := w.store.Look().Attempts(w.Context(), account.ID, 100_000)
	w.check(err)
	for _, attempt := range list {
		a.all++
		if attempt.EndedAt == 0 {
			a.cut++
		}
		if attempt.Result == usher.Unknown {
			a.unknown++
		}
	}
}

// faults makes a portal slow, unsound and forgetful.
type faults struct{ struck atomic.Int64 }

func (f *faults) next(r *http.Request) scimportal.Fault {
	late := 7*raceLease/20 + rand.N(raceLease/5) // after its client has left
	n := rand.IntN(1000)
	if r.Method == http.MethodGet {
		n *= 4 // what goes wrong with a write is what matters
	}
	fault := scimportal.Fault{}
	switch {
	case n < 100:
		fault.Before = late
	case n < 130:
		fault.After = late
	case n < 160:
		fault.Drop = true
	case n < 200:
		fault.Drop, fault.Effect = true, true
	case n < 220:
		fault.Status = http.StatusBadGateway
	case n < 250:
		fault.Status, fault.Effect = http.StatusInternalServerError, true
	case n < 253:
		fault.Status, fault.RetryAfter = http.StatusTooManyRequests, "1"
	case n < 256:
		fault.Status, fault.Effect = http.StatusServiceUnavailable, true
	case n < 350:
		fault.Before = rand.N(raceLease / 5)
	default:
		return fault
	}
	f.struck.Add(1)
	return fault
}

// raceEngine is an engine in a hurry.
func raceEngine(s *store.Store, url, owner string) (*reconcile.Engine, error) {
	c, err := newSCIM(url)
	if err != nil {
		return nil, err
	}
	c.Workers = 32
	return reconcile.New(reconcile.Options{
		Ledger: ledger.New(s, ledger.Options{}), Look: func() reconcile.Reads { return s.Look() },
		Connectors: map[string]reconcile.Connector{portalName: c},
		Owner:      owner, LeaseLength: raceLease, Renew: raceLease / 4, Poll: 50 * time.Millisecond,
	})
}

// drive activates and deactivates people at random until ctx is done.
func drive(ctx context.Context, s *store.Store, people int, did func()) error {
	d, err := s.Look().DirectoryNamed(ctx, "okta")
	if err != nil {
		return err
	}
	l := ledger.New(s, ledger.Options{})
	okta := usher.Principal{Kind: usher.PrincipalDirectory, Name: d.Name, Directory: d.ID}
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	for {
		i := rand.IntN(people)
		rec, err := findRecord(ctx, s, d.ID, i)
		if err == nil {
			_, err = l.ChangeRecord(ctx, okta, rec.ID, func(old usher.Record) (usher.Record, error) {
				return record(old, raceName(i), !old.Attributes.Active), nil
			})
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !errors.Is(err, usher.ErrBusy):
			return err
		}
		did()
		<-tick.C
	}
}

func findRecord(ctx context.Context, s *store.Store, directory usher.ID, i int) (usher.Record, error) {
	a := record(usher.Record{}, raceName(i), true).Attributes
	return s.Look().FindRecord(ctx, directory, a.UserName, a.ExternalID)
}

// partVariable tells a copy of the test binary that it is to play a part in a campaign.
const partVariable = "USHER_RECONCILE_PART"

// part is what a process that is to be killed does.
type part struct {
	URL, Folder string // of the store
	Portal      string
	People      int
	Drive       bool // whether it also activates and deactivates
}

// start starts the process. It ends with the test at the latest, because its input does.
func (p part) start(r *race) (*exec.Cmd, *bufio.Reader) {
	r.Helper()
	self, err := os.Executable()
	if err != nil {
		r.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		r.Fatal(err)
	}
	cmd := exec.CommandContext(r.Context(), self)
	cmd.Env = append(os.Environ(), partVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		r.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		r.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.Fatal(err)
	}
	return cmd, bufio.NewReader(out)
}

// playPart works until it is killed. It says "ready", and then a byte for each change.
func playPart() int {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until whoever started this is gone
		cancel()
	}()
	if err := play(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "part:", err)
		return 1
	}
	return 0
}

func play(ctx context.Context) error {
	var p part
	if err := json.Unmarshal([]byte(os.Getenv(partVariable)), &p); err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{URL: p.URL, Folder: p.Folder})
	if err != nil {
		return err
	}
	defer s.Close()
	e, err := raceEngine(s, p.Portal, fmt.Sprintf("process %d", os.Getpid()))
	if err != nil {
		return err
	}
	os.Stdout.WriteString("ready\n")
	errs := make(chan error, 2)
	go func() { errs <- e.Run(ctx) }()
	if p.Drive {
		go func() { errs <- drive(ctx, s, p.People, func() { os.Stdout.WriteString(".") }) }()
	}
	return <-errs
}
