package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usher/connectors"
	"usher/connectors/scimout/scimportal"
	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
	"usher/sync/reconcile"
)

func live() usher.Portal { return usher.Portal{Live: true, Hard: true} }

// active says how many of the portal's users are active.
func active(p *scimportal.Portal, want int) func() string {
	return func() string {
		if got := p.Stats().Active; got != want {
			return fmt.Sprintf("%d active users, want %d", got, want)
		}
		return ""
	}
}

func TestJoinersAndLeaversReachThePortal(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		portal, connector := scim(w, scimportal.Options{})
		var records []usher.Record
		for i := range 20 {
			records = append(records, w.join(fmt.Sprintf("p%d", i)))
		}
		w.run(connector)
		w.inLine()
		active(portal, 20)()
		w.push(records[7], false)
		w.inLine()
		for _, u := range portal.Users() {
			if u.Active == (u.ExternalID == string(records[7].Person)) {
				w.Errorf("%s: active %t", u.UserName, u.Active)
			}
		}
		if s := portal.Stats(); s.Made != 20 || s.Writes != 21 || s.Duplicates != 0 {
			w.Errorf("%+v", s)
		}
		if h := w.health(); h.Failures != 0 || h.LastSuccessAt == 0 || h.ObservedAt == 0 {
			w.Errorf("health %+v", h)
		}
	})
}

func TestOfAPortalThatIsNotLiveOnlyNoteIsTaken(t *testing.T) {
	eachWorld(t, usher.Portal{Hard: true}, func(w *world) {
		portal, connector := scim(w, scimportal.Options{})
		made := make(map[string]int)
		for _, name := range []string{"ann", "stranger"} {
			made[name] = post(w, portal, name)
		}
		ann := w.join("ann")
		connector.ObserveEvery = 50 * time.Millisecond
		w.run(connector)
		w.eventually(func() string {
			accounts, err := w.store.Look().Accounts(w.Context(), w.portal.ID, "", 10)
			w.check(err)
			if len(accounts) < 2 || w.health().ObservedAt == 0 {
				return fmt.Sprintf("known are %+v", accounts)
			}
			return ""
		})
		if a := w.account(ann); a.RemoteID == "" || a.Seen == nil {
			w.Errorf("ann's account was not recognised: %+v", a)
		}
		if s := portal.Stats(); s.Writes != len(made) {
			w.Fatalf("%d writes at a portal that is not live", s.Writes-len(made))
		}
		w.check(w.ledger.GoLive(w.Context(), usher.System("test"), w.portal.ID))
		w.inLine()
		if s := portal.Stats(); s.Made != len(made) || s.Duplicates != 0 {
			w.Errorf("ann was not taken over: %+v", s)
		}
		if a := w.account(ann); a.Confirmed == 0 || a.Confirmed != a.Generation {
			w.Errorf("ann's account %+v", a)
		}
	})
}

// post makes a user at the portal behind usher's back.
func post(w *world, portal *scimportal.Portal, name string) int {
	w.Helper()
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%[1]s@example.com","active":true,"emails":[{"value":"%[1]s@example.com"}]}`, name)
	return behind(w, portal, http.MethodPost, "/Users", body)
}

// behind sends a request to the portal that is not usher's.
func behind(w *world, portal *scimportal.Portal, method, path, body string) int {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, path, strings.NewReader(body))
	w.check(err)
	answer := &discard{header: http.Header{}}
	portal.ServeHTTP(answer, r)
	if answer.status >= 300 {
		w.Fatalf("%s %s: %d", method, path, answer.status)
	}
	return answer.status
}

// discard is a ResponseWriter of which only the status is of interest.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }

func TestARestoredStoreTellsNobody(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		set := func(value string) {
			w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
				return tx.SetSetting(w.Context(), ledger.SettingRestored, value)
			}))
		}
		set("2026-03-02")
		portal, connector := scim(w, scimportal.Options{})
		w.join("ann")
		var looks atomic.Int64
		o := quickOptions(w, "test", connector)
		o.Renew = 20 * time.Millisecond
		look := o.Look
		o.Look = func() reconcile.Reads { looks.Add(1); return look() }
		w.start(o)
		rounds(w, &looks)
		if s := portal.Stats(); s.Requests != 0 {
			w.Fatalf("%d requests from a restored store", s.Requests)
		}
		set("")
		w.eventually(active(portal, 1))
		set("again")
		looks.Store(0)
		rounds(w, &looks)
		before := portal.Stats().Requests
		w.join("bob")
		rounds(w, &looks)
		if got := portal.Stats().Requests; got != before {
			w.Errorf("%d requests after the latch was set", got-before)
		}
	})
}

// rounds waits until the engine has looked at the store so often that it would have acted.
func rounds(w *world, looks *atomic.Int64) {
	w.Helper()
	from := looks.Load()
	w.eventually(func() string {
		if looks.Load() > from+20 {
			return ""
		}
		return "the engine looks at the store"
	})
}

func TestAPortalThatIsDownIsLeftAlone(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		var works atomic.Bool
		portal := &stub{answer: func(_ context.Context, c usher.AccountChange) (usher.Outcome, error) {
			if works.Load() {
				return done(c), nil
			}
			return usher.Outcome{Result: usher.Retry, Reason: "no"}, &connectors.Down{Err: errors.New("the token expired")}
		}}
		for i := range 30 {
			w.join(fmt.Sprintf("p%d", i))
		}
		w.run(reconcile.Connector{Each: portal, Workers: 4})
		w.eventually(func() string {
			if h := w.health(); h.Failures < 2 {
				return fmt.Sprintf("%d failures", h.Failures)
			}
			return ""
		})
		h := w.health()
		if !strings.Contains(h.LastError, "the token expired") || h.PausedUntil <= w.store.Now() {
			w.Errorf("health %+v", h)
		}
		// Four at once before the first answer; after the pause one.
		if calls := len(portal.told()); calls > 4+h.Failures {
			w.Errorf("%d calls with %d failures", calls, h.Failures)
		}
		works.Store(true)
		w.inLine()
		if h := w.health(); h.Failures != 0 || h.LastError != "" || h.PausedUntil != 0 {
			w.Errorf("health after it worked %+v", h)
		}
		events := 0
		for _, said := range w.logged() {
			if strings.Contains(said, "left alone") || strings.Contains(said, "works again") {
				events++
			}
		}
		if events != 2 {
			w.Errorf("said %q", w.logged())
		}
	})
}

func TestRetryAfterIsObeyed(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		const asked = 3 * time.Second
		times := make(chan time.Time, 2)
		portal := &stub{answer: func(_ context.Context, c usher.AccountChange) (usher.Outcome, error) {
			times <- time.Now()
			if len(times) == 1 {
				return usher.Outcome{Result: usher.Retry, Reason: "429"}, &connectors.Down{RetryAfter: asked, Err: errors.New("429")}
			}
			return done(c), nil
		}}
		w.join("ann")
		w.run(reconcile.Connector{Each: portal})
		w.inLine()
		first, second := <-times, <-times
		if waited := second.Sub(first); waited < asked {
			w.Errorf("the portal asked for %s, and was called after %s", asked, waited)
		}
	})
}

func TestOneBadAccountBlocksNobody(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		bad := w.join("bad")
		portal := &stub{answer: func(_ context.Context, c usher.AccountChange) (usher.Outcome, error) {
			if c.Desired.UserName == "bad@example.com" {
				return usher.Outcome{Result: usher.Unknown, Reason: "500"}, nil
			}
			return done(c), nil
		}}
		w.run(reconcile.Connector{Each: portal, Workers: 1})
		for i := range 10 {
			w.join(fmt.Sprintf("p%d", i))
		}
		w.eventually(func() string {
			n, _, err := w.store.Look().CountBehind(w.Context(), w.portal.ID)
			w.check(err)
			if n == 1 && w.account(bad).Attempts > 1 {
				return ""
			}
			return fmt.Sprintf("%d accounts not in line", n)
		})
		if h := w.health(); h.Failures != 0 {
			w.Errorf("one bad account is the portal's failure: %+v", h)
		}
	})
}

func TestAPortalThatAnswersNobodyIsDown(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		portal := &stub{answer: func(context.Context, usher.AccountChange) (usher.Outcome, error) {
			return usher.Outcome{Result: usher.Unknown, Reason: "no answer"}, nil
		}}
		for i := range 10 {
			w.join(fmt.Sprintf("p%d", i))
		}
		w.run(reconcile.Connector{Each: portal, Workers: 2})
		w.eventually(func() string {
			if w.health().Failures == 0 {
				return "the portal counts as working"
			}
			return ""
		})
	})
}

// TestAfterAnUnknownOutcome: nothing is sent for a lease's length, not even for a newer
// wish, and then the portal is read first.
func TestAfterAnUnknownOutcome(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		var first, second atomic.Int64
		readBack := make(chan bool, 1)
		portal := &stub{}
		portal.answer = func(_ context.Context, c usher.AccountChange) (usher.Outcome, error) {
			now := time.Now().UnixMicro()
			if first.CompareAndSwap(0, now) {
				return usher.Outcome{Result: usher.Unknown, Reason: "lost"}, nil
			}
			if second.CompareAndSwap(0, now) {
				readBack <- c.ReadBack && !c.Desired.Active
			}
			return done(c), nil
		}
		ann := w.join("ann")
		o := quickOptions(w, "test", reconcile.Connector{Each: portal})
		w.start(o)
		w.eventually(func() string {
			if w.account(ann).LastError == "" {
				return "the outcome was not written"
			}
			return ""
		})
		w.push(ann, false)
		w.inLine()
		if waited := time.Duration(second.Load()-first.Load()) * time.Microsecond; waited < o.LeaseLength {
			w.Errorf("%s after an unknown outcome the portal was told again", waited)
		}
		if !<-readBack {
			w.Error("the second call did not read back, or told an old wish")
		}
	})
}

func TestNoSeatsLeft(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		portal, connector := scim(w, scimportal.Options{Seats: 2})
		ann := w.join("ann")
		w.join("bob")
		connector.Workers = 1
		w.run(connector)
		w.inLine()
		w.join("cy")
		w.join("dot")
		w.eventually(func() string {
			if len(w.logged()) == 0 {
				return "nobody was turned away"
			}
			return ""
		})
		w.push(ann, false)
		w.eventually(func() string {
			for _, u := range portal.Users() {
				if u.Active && (u.UserName == "cy@example.com" || u.UserName == "dot@example.com") {
					return ""
				}
			}
			return "nobody got the seat that came free"
		})
		count := 0
		for _, said := range w.logged() {
			if strings.Contains(said, "no seats left") {
				count++
			}
		}
		if count == 0 || count > 2 {
			w.Errorf("said %q", w.logged())
		}
	})
}

func TestDifferencesAtThePortalAreMended(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		portal, connector := scim(w, scimportal.Options{})
		w.join("ann")
		w.join("bob")
		connector.ObserveEvery = 50 * time.Millisecond
		w.run(connector)
		w.inLine()
		users := portal.Users()
		behind(w, portal, http.MethodPatch, "/Users/"+users[0].ID, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`)
		behind(w, portal, http.MethodDelete, "/Users/"+users[1].ID, "")
		w.eventually(active(portal, 2))
		w.inLine()
	})
}

// TestAtTheEnd: calls in flight are finished and written, and the lease is free at once.
func TestAtTheEnd(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		entered, finish := make(chan bool), make(chan bool)
		portal := &stub{answer: func(ctx context.Context, c usher.AccountChange) (usher.Outcome, error) {
			entered <- true
			select {
			case <-finish:
				return done(c), nil
			case <-ctx.Done():
				return usher.Outcome{Result: usher.Unknown, Reason: "cut off"}, nil
			}
		}}
		ann := w.join("ann")
		o := quickOptions(w, "test", reconcile.Connector{Each: portal})
		o.LeaseLength = time.Minute // so that only giving it back can free it
		stop := w.start(o)
		<-entered
		ended := make(chan bool)
		go func() { stop(); close(ended) }()
		close(finish)
		<-ended
		if a := w.account(ann); a.Confirmed != a.Generation {
			w.Errorf("the call in flight was not written: %+v", a)
		}
		if _, err := w.ledger.TakeLease(w.Context(), "portal/"+string(w.portal.ID), "next", time.Second); err != nil {
			w.Errorf("the next owner: %v", err)
		}
	})
}

// TestALostLeaseEndsTheCalls: whoever lost the lease calls nobody and writes nothing.
func TestALostLeaseEndsTheCalls(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		entered, cut := make(chan time.Duration, 1), make(chan bool, 1)
		portal := &stub{answer: func(ctx context.Context, c usher.AccountChange) (usher.Outcome, error) {
			deadline, _ := ctx.Deadline()
			entered <- time.Until(deadline)
			<-ctx.Done()
			cut <- errors.Is(ctx.Err(), context.Canceled)
			return done(c), nil
		}}
		ann := w.join("ann")
		o := quickOptions(w, "test", reconcile.Connector{Each: portal})
		o.LeaseLength, o.Renew = 6*time.Second, 10*time.Millisecond
		w.start(o)
		if left := <-entered; left > o.LeaseLength/3 {
			w.Errorf("the call may take %s of a lease of %s", left, o.LeaseLength)
		}
		// The lease ends and is taken again, as after a time without the database.
		name := "portal/" + string(w.portal.ID)
		lease, err := w.ledger.TakeLease(w.Context(), name, o.Owner, o.LeaseLength)
		w.check(err)
		w.check(w.ledger.DropLease(w.Context(), lease))
		if !<-cut {
			w.Error("the call ended by its deadline, not with the lease")
		}
		w.eventually(func() string {
			for _, said := range w.logged() {
				if strings.Contains(said, "lease is lost") {
					return ""
				}
			}
			return "nobody says that the lease is lost"
		})
		if a := w.account(ann); a.Confirmed != 0 || a.UnknownSince == 0 {
			w.Errorf("written without the lease: %+v", a)
		}
	})
}

// TestTwoProcessesShareThePortals: one has the lease, and the other goes on when it ends.
func TestTwoProcessesShareThePortals(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		by := make(chan string, 100)
		engine := func(owner string) func() {
			portal := &stub{answer: func(_ context.Context, c usher.AccountChange) (usher.Outcome, error) {
				by <- owner
				return done(c), nil
			}}
			return w.start(quickOptions(w, owner, reconcile.Connector{Each: portal}))
		}
		stopFirst := engine("first")
		w.join("ann")
		if got := <-by; got != "first" {
			w.Fatalf("told by %s", got)
		}
		engine("second")
		w.join("bob")
		if got := <-by; got != "first" {
			w.Fatalf("told by %s although the lease is the first one's", got)
		}
		w.inLine()
		stopFirst()
		w.join("cy")
		if got := <-by; got != "second" {
			w.Fatalf("told by %s after its end", got)
		}
		w.inLine()
	})
}

func TestOptionsThatCannotWork(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		good := func() reconcile.Options { return quickOptions(w, "test", reconcile.Connector{Each: &stub{}}) }
		if _, err := reconcile.New(good()); err != nil {
			w.Fatal(err)
		}
		for name, spoil := range map[string]func(*reconcile.Options){
			"no ledger":   func(o *reconcile.Options) { o.Ledger = nil },
			"no store":    func(o *reconcile.Options) { o.Look = nil },
			"no owner":    func(o *reconcile.Options) { o.Owner = "" },
			"no grain":    func(o *reconcile.Options) { o.Connectors["x"] = reconcile.Connector{} },
			"both grains": func(o *reconcile.Options) { o.Connectors["x"] = reconcile.Connector{Each: &stub{}, Whole: list()} },
			"no folder":   func(o *reconcile.Options) { o.Connectors["x"] = reconcile.Connector{Whole: list()} },
			"nobody writes": func(o *reconcile.Options) {
				o.Connectors["x"], o.WriteFile = reconcile.Connector{Whole: list(), Folder: "x"}, nil
			},
		} {
			o := good()
			spoil(&o)
			if _, err := reconcile.New(o); err == nil {
				w.Errorf("%s: accepted", name)
			}
		}
	})
}
