package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// silentAfter is how long okta may be silent in these tests.
const silentAfter = 4 * time.Hour

// standing is a filing in which the file follows okta, and stands in for it.
type standing struct {
	*filing
	token string // of okta
	told  *[]ledger.StandInChange
}

func eachStanding(t *testing.T, f func(w *standing)) {
	t.Helper()
	eachFiling(t, func(w *filing) { f(newStanding(w)) })
}

func newStanding(w *filing) *standing {
	w.Helper()
	told := &[]ledger.StandInChange{}
	w.ledger = ledger.New(w.store, ledger.Options{OnStandIn: func(c ledger.StandInChange) { *told = append(*told, c) }})
	w.setUp(standInSetup("okta", silentAfter))
	_, token, err := w.ledger.CreateToken(w.Context(), w.ann, "okta", 365*24*time.Hour, []byte("key"))
	w.check(err)
	s := &standing{filing: w, token: token.ID, told: told}
	s.heard()
	return s
}

func standInSetup(name string, after time.Duration) ledger.Setup {
	s := filingSetup()
	s.Directories[1].Owner = false
	s.Directories[1].StandIn = usher.StandIn{For: name, After: after}
	return s
}

// heard is a sign of life of okta.
func (w *standing) heard() {
	w.Helper()
	w.check(w.ledger.TouchToken(w.Context(), w.token))
}

// quiet lets time pass in which usher is there and hears nothing.
func (w *standing) quiet(d time.Duration) {
	w.Helper()
	w.sweep()
	for ; d > 0; d -= 10 * time.Minute {
		w.later(min(d, 10*time.Minute))
	}
}

// known are the people of a paper as okta knows them; the file knows them as well.
func (w *standing) known(p *paper) map[string]usher.Record {
	w.Helper()
	records := map[string]usher.Record{}
	for _, r := range p.rows {
		records[r.Key] = w.push(user(r.Key))
	}
	w.plan(p)
	w.heard()
	w.later(time.Minute)
	return records
}

// leave is the paper in which some people have left.
func (p *paper) leave(keys ...string) *paper {
	next := &paper{}
	for _, r := range p.rows {
		next.add(r.Key, r.Record.Attributes.Department, func(a *usher.Attributes) { a.Active = !slices.Contains(keys, r.Key) })
	}
	return next
}

func (w *standing) events(kind usher.EventKind) (found []usher.Event) {
	w.Helper()
	all, err := w.store.Look().Events(w.Context(), store.EventQuery{Limit: 10_000})
	w.check(err)
	for _, e := range all {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

// wantTurns wants that a stand-in began and ended so many times, with one event and one
// call for each.
func (w *standing) wantTurns(began, ended int) {
	w.Helper()
	if b, e := len(w.events(usher.EventStandInBegan)), len(w.events(usher.EventStandInEnded)); b != began || e != ended || len(*w.told) != b+e {
		w.Fatalf("%d began and %d ended, want %d and %d; told %v", b, e, began, ended, *w.told)
	}
}

func TestAFileStandsInForASilentDirectory(t *testing.T) {
	eachStanding(t, func(w *standing) {
		all := people(8)
		records := w.known(all)
		solo := w.push(user("solo"))
		w.plan(all.leave("p00"))
		w.deliver()
		if !w.person(records["p00"]).Active || len(w.conflicts()) != 1 {
			t.Fatalf("okta speaks and keeps p00 active; conflicts %v", w.conflicts())
		}
		w.quiet(silentAfter - 2*time.Minute)
		w.wantTurns(0, 0)
		w.quiet(2 * time.Minute)
		w.wantTurns(1, 0)
		w.quiet(30 * time.Minute) // nothing more happens
		w.wantTurns(1, 0)
		if w.person(records["p00"]).Active || len(w.conflicts()) != 0 {
			t.Fatalf("p00 is active although the file says left; conflicts %v", w.conflicts())
		}
		w.says(records["p00"], "silent, so hr stands in since 2026-03-02 13:", "stands in for okta since 2026-03-02 13:",
			"directory hr stands in for okta: silent since 2026-03-02 09:00:00")
		if !w.person(solo).Active || strings.Contains(w.whole(solo), "stands in") {
			t.Errorf("okta alone knows solo:\n%s", w.whole(solo))
		}
		w.deliver()
		w.want(records["p00"], "")
		w.want(records["p01"], usher.Active)
		w.want(solo, usher.Active)
		w.plan(all.leave("p00", "p01")) // what the file says meanwhile counts at once
		if w.person(records["p01"]).Active {
			t.Error("p01 is active although the file says left")
		}
		w.heard()
		w.wantTurns(1, 1)
		w.sweep()
		for _, key := range []string{"p00", "p01"} {
			if !w.person(records[key]).Active {
				t.Errorf("okta is back, and %s is not", key)
			}
		}
		w.says(records["p00"], "directory hr no longer stands in for okta: heard again")
		if len(w.conflicts()) != 2 {
			t.Errorf("conflicts %v", w.conflicts())
		}
		w.inOrder()
	})
}

func TestStandingInReleasesNobodyPastAGuard(t *testing.T) {
	eachStanding(t, func(w *standing) {
		all := people(9)
		records := w.known(all)
		w.deliver()
		w.quiet(25 * time.Hour) // okta's first people are no news to the guards any longer
		w.heard()
		w.sweep()
		w.later(time.Minute)
		w.plan(all.leave("p00", "p01", "p02"))
		w.quiet(2 * time.Hour)
		w.plan(all.leave("p00", "p01", "p02", "p03", "p04", "p05"))
		w.quiet(silentAfter)
		w.deliver()
		seated, left := 0, 0
		for _, r := range records {
			if w.seat(r) == usher.Active {
				seated++
			}
			if !w.person(r).Active {
				left++
			}
		}
		w.wantTurns(1, 0)
		if left != 6 || seated < 6 || len(w.holds()) != 1 {
			t.Fatalf("%d left, %d of 9 sit, holds %v", left, seated, w.holds())
		}
		if why := w.holds()[0].Why; !strings.Contains(why, "releases from adkar") {
			t.Errorf("held because %s", why)
		}
		w.heard()
		w.sweep()
		w.deliver()
		for key, r := range records {
			if !w.person(r).Active || w.seat(r) != usher.Active {
				t.Errorf("okta is back, and %s is active=%v, seat %q", key, w.person(r).Active, w.seat(r))
			}
		}
		w.inOrder()
	})
}

// TestTheFirstWordOfASilentDirectoryCounts: what the request brings that ends a silence is
// computed with the directory's own word, though no sweep came between.
func TestTheFirstWordOfASilentDirectoryCounts(t *testing.T) {
	eachStanding(t, func(w *standing) {
		all := people(8)
		records := w.known(all)
		w.plan(all.leave("p01"))
		w.quiet(silentAfter)
		w.wantTurns(1, 0)
		w.heard()
		w.change(w.okta, records["p00"].ID, leaves) // the file says that p00 is there
		if w.person(records["p00"]).Active {
			t.Error("p00 is active although okta says left")
		}
		w.change(w.okta, records["p01"].ID, func(a *usher.Attributes) { a.Title = "Head" })
		if !w.person(records["p01"]).Active {
			t.Error("p01 is not active although okta says so")
		}
		w.inOrder()
	})
}

// TestNobodyLeavesForNotBeingInAFile: p00 is missing before the file stands in, p01 while it
// does, and of p02 it said when they end before it named them no longer.
func TestNobodyLeavesForNotBeingInAFile(t *testing.T) {
	eachStanding(t, func(w *standing) {
		all := people(12)
		records := w.known(all)
		w.deliver()
		last := all.without(3).add("p01", "Sales").add("p02", "Sales", ends("2026-03-02"))
		w.plan(last)
		w.later(2 * time.Hour)
		w.plan(last)
		w.quiet(silentAfter)
		w.wantTurns(1, 0)
		if !w.person(records["p00"]).Active || len(w.conflicts()) != 1 {
			t.Errorf("okta kept p00, and they are not active; conflicts %v", w.conflicts())
		}
		if text := w.whole(records["p00"]); strings.Contains(text, "stands in since") || !strings.Contains(text, "missing since") {
			t.Errorf("nobody stands in where p00 is concerned:\n%s", text)
		}
		w.until("2026-03-03T00:00:00Z")
		if w.person(records["p02"]).Active {
			t.Error("p02 is active although their last day is over")
		}
		w.plan(all.without(3))
		w.later(2 * time.Hour)
		w.plan(all.without(3))
		w.deliver()
		for key, want := range map[string]usher.SeatState{"p00": usher.Active, "p01": usher.Active, "p02": ""} {
			w.want(records[key], want)
		}
		if why := w.person(records["p02"]).WhyInactive(); why != "left: end date 2026-03-02" {
			t.Errorf("p02 is not active: %s", why)
		}
		w.heard()
		w.sweep()
		if !w.person(records["p02"]).Active {
			t.Error("okta is back, and p02 is not")
		}
		w.inOrder()
	})
}

func TestNobodyIsSilentWhileUsherIsAway(t *testing.T) {
	eachStanding(t, func(w *standing) {
		w.known(people(8))
		w.quiet(time.Hour)
		w.plan(people(8).leave("p00"))
		w.later(10 * time.Hour)
		w.wantTurns(0, 0)
		w.quiet(silentAfter - 10*time.Minute)
		w.wantTurns(0, 0)
		w.quiet(10 * time.Minute)
		w.wantTurns(1, 0)
		w.later(10 * time.Hour) // usher was away, but that is no word of okta's
		w.wantTurns(1, 0)
	})
}

func TestAnOldFileStandsInForNobody(t *testing.T) {
	eachStanding(t, func(w *standing) {
		records := w.known(people(8))
		w.plan(people(8).leave("p00"))
		w.later(time.Minute)
		w.heard()
		w.quiet(silentAfter)
		w.wantTurns(0, 0)
		if !w.person(records["p00"]).Active {
			t.Error("p00 is not active although nobody stands in for okta")
		}
		w.plan(people(8).leave("p00")) // the same again is news as well
		w.sweep()
		w.wantTurns(1, 0)
		if w.person(records["p00"]).Active {
			t.Error("p00 is active although the file says left")
		}
	})
}

// TestAllProcessesAgreeOnAStandIn: one that was not there when it began computes with it, and
// so does one that had the policy of before.
func TestAllProcessesAgreeOnAStandIn(t *testing.T) {
	eachStanding(t, func(w *standing) {
		all := people(8)
		records := w.known(all)
		other := ledger.New(w.store, ledger.Options{})
		_, err := other.CreateRecord(w.Context(), w.okta, user("solo"))
		w.check(err)
		w.later(time.Minute)
		w.plan(all)
		w.quiet(silentAfter)
		w.setUp(standInSetup("okta", silentAfter)) // as every start does
		w.wantTurns(1, 0)
		for _, l := range []*ledger.Ledger{other, ledger.New(w.store, ledger.Options{})} {
			key := fmt.Sprintf("p0%d", len(w.conflicts()))
			_, err := l.ChangeRecord(w.Context(), w.okta, records[key].ID, func(r usher.Record) (usher.Record, error) {
				r.Attributes.Active = false
				return withAttributes(r, r.Attributes), nil
			})
			w.check(err)
			if !w.person(records[key]).Active {
				t.Errorf("%s is not active although the file says so", key)
			}
		}
		w.check(other.Sweep(w.Context()))
		w.wantTurns(1, 0)
		w.inOrder()
	})
}

// TestStandingInBeginsAndEndsOnce, however many processes notice it at the same time.
func TestStandingInBeginsAndEndsOnce(t *testing.T) {
	eachStanding(t, func(w *standing) {
		w.known(people(8))
		w.plan(people(8))
		w.quiet(silentAfter - 10*time.Minute)
		w.clock.add(10 * time.Minute)
		var mu sync.Mutex
		told := func(c ledger.StandInChange) {
			mu.Lock()
			defer mu.Unlock()
			*w.told = append(*w.told, c)
		}
		together := func(f func(l *ledger.Ledger) error) {
			var all sync.WaitGroup
			failed := make([]error, 6)
			for i := range failed {
				all.Go(func() { failed[i] = f(ledger.New(w.store, ledger.Options{OnStandIn: told})) })
			}
			all.Wait()
			w.check(errors.Join(failed...))
		}
		together(func(l *ledger.Ledger) error { return l.Sweep(w.Context()) })
		w.wantTurns(1, 0)
		together(func(l *ledger.Ledger) error { return l.TouchToken(w.Context(), w.token) })
		w.wantTurns(1, 1)
		w.sweep()
		w.inOrder()
	})
}

func TestTheConfigurationEndsAStandIn(t *testing.T) {
	another := standInSetup("entra", silentAfter)
	another.Directories = append(another.Directories, usher.Directory{Name: "entra", Kind: usher.DirectorySCIM, Rank: 3})
	alone, deaf := standInSetup("", 0), standInSetup("okta", silentAfter)
	alone.Directories, deaf.Directories = alone.Directories[:1], deaf.Directories[1:]
	for name, next := range map[string]ledger.Setup{
		"no longer": standInSetup("", 0), "for another": another, "longer": standInSetup("okta", 2*silentAfter),
		"without the file": alone, "without the silent one": deaf,
	} {
		t.Run(name, func(t *testing.T) {
			eachStanding(t, func(w *standing) {
				records := w.known(people(8))
				w.plan(people(8).leave("p00"))
				w.quiet(silentAfter)
				w.wantTurns(1, 0)
				if w.person(records["p00"]).Active {
					t.Error("p00 is active although the file says left")
				}
				w.setUp(next)
				w.sweep()
				w.wantTurns(1, 1)
				w.sweep()
				if !w.person(records["p00"]).Active {
					t.Error("p00 is not active although nobody stands in for okta")
				}
				w.inOrder()
			})
		})
	}
}

// TestWhatIsNotConfiguredStandsInForNobody: the directories stay, the one that could stand in
// and the one that is silent.
func TestWhatIsNotConfiguredStandsInForNobody(t *testing.T) {
	for name, gone := range map[string]int{"the silent one": 0, "the file": 1} {
		t.Run(name, func(t *testing.T) {
			eachStanding(t, func(w *standing) {
				w.known(people(3))
				w.plan(people(3).leave("p00"))
				next := standInSetup("okta", silentAfter)
				next.Directories = slices.Delete(next.Directories, gone, gone+1)
				w.setUp(next)
				version, err := w.store.Look().PolicyVersion(w.Context())
				w.check(err)
				w.quiet(silentAfter + time.Hour)
				w.wantTurns(0, 0)
				w.setUp(next)
				if again, err := w.store.Look().PolicyVersion(w.Context()); err != nil || again != version {
					t.Errorf("the same configuration again is a new policy: %v", err)
				}
				w.setUp(standInSetup("okta", silentAfter)) // both are configured again, and usher listens again
				w.quiet(silentAfter)
				w.wantTurns(1, 0)
			})
		})
	}
}

func TestAPlanOfBeforeAStandInIsStale(t *testing.T) {
	eachStanding(t, func(w *standing) {
		w.known(people(8))
		w.plan(people(8))
		held := w.plan(people(8).leave("p00", "p01", "p02", "p03"))
		if held.State != usher.PlanOpen {
			t.Fatalf("%+v", held)
		}
		w.quiet(silentAfter)
		w.wantTurns(1, 0)
		_, err := w.ledger.ConfirmPlan(w.Context(), w.ann, held.Number, ledger.Selection{})
		if err == nil || !strings.Contains(err.Error(), "stands in") {
			t.Errorf("%v", err)
		}
	})
}
