package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/schedule"
)

// slotWorld is a real store in simulated time: where a Runner sleeps, time passes at once.
// The database's own clock goes on as always; leases that it would end are lapsed by hand.
type slotWorld struct {
	*testing.T
	store *store.Store
}

const slotLease = time.Minute

// eachSlotWorld runs f on both engines from a Monday in March 2026 at 12:00 UTC on.
func eachSlotWorld(t *testing.T, f func(w slotWorld)) {
	t.Helper()
	storetest.EachPlace(t, func(t *testing.T, place store.Options) { inSlotWorld(t, place, f) })
}

func inSlotWorld(t *testing.T, place store.Options, f func(w slotWorld)) {
	t.Helper()
	place.Clock = time.Now // the simulated one, in there
	var s *store.Store
	if place.URL == "" {
		s = storetest.Open(t, place) // its driver leaves goroutines behind
	}
	place.URL = strings.Replace(place.URL, "?", "?pool_health_check_period=9999h&pool_max_conn_lifetime=9999h&", 1) // no minute is long here
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, time.March, 23, 12, 0, 0, 0, time.UTC)))
		if place.URL != "" {
			s = storetest.Open(t, place)
		}
		f(slotWorld{t, s})
	})
}

// simulated is the store at the simulated time, as one process sees it.
type simulated struct{ slotStore }

func (simulated) DatabaseTime(context.Context) (usher.Time, error) {
	return usher.TimeOf(time.Now()), nil
}

// start starts a process and returns how to stop it, which waits for its end.
func (w slotWorld) start(o schedule.Options, jobs ...schedule.Job) (*schedule.Runner, func()) {
	w.Helper()
	o.LeaseLength = slotLease
	if o.Store == nil {
		o.Store = simulated{slotStore{w.store}}
	}
	if o.Log == nil {
		o.Log = func(job, what string, err error) { w.Logf("%s: %s: %s: %v", o.Owner, job, what, err) }
	}
	r, err := schedule.New(o, jobs)
	if err != nil {
		w.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(ctx)
	}()
	return r, func() {
		stop()
		<-ended
	}
}

// lapse ends an owner's lease of a job, as time does.
func (w slotWorld) lapse(job, owner string) {
	w.Helper()
	if _, err := w.store.TakeLease(w.Context(), "roster "+job, owner, 0); err != nil && !errors.Is(err, usher.ErrBusy) {
		w.Error(err)
	}
}

// is compares a job's slots, from the first to the last, with "civil state" each.
func (w slotWorld) is(want ...string) {
	w.Helper()
	slots, err := w.store.Look().Slots(w.Context(), "", 1000)
	if err != nil {
		w.Fatal(err)
	}
	var got []string
	for _, s := range slices.Backward(slots) {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", s.Civil, s.State, s.Detail)))
	}
	if !slices.Equal(got, want) {
		w.Errorf("slots are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func nightly(w slotWorld, expression string, run func(context.Context, schedule.Slot) error) schedule.Job {
	w.Helper()
	s, err := schedule.Parse(expression, "Europe/Berlin")
	if err != nil {
		w.Fatal(err)
	}
	return schedule.Job{Name: "hr", Schedule: s, Run: run}
}

func succeed(context.Context, schedule.Slot) error { return nil }

func untilEnd(ctx context.Context, _ schedule.Slot) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestSlotsMissed(t *testing.T) {
	eachSlotWorld(t, func(w slotWorld) {
		job := nightly(w, "0 2 * * *", succeed)
		_, stop := w.start(schedule.Options{Owner: "a"}, job)
		time.Sleep(20 * time.Hour)
		stop()
		w.is("2026-03-24T02:00 done") // and none from before it was configured
		time.Sleep(74 * time.Hour)    // until Friday 10:00 UTC
		_, stop = w.start(schedule.Options{Owner: "b"}, job)
		time.Sleep(time.Second)
		stop()
		const replaced = " missed a later slot was due before a process could run it"
		ran := []string{"2026-03-24T02:00 done", "2026-03-25T02:00" + replaced, "2026-03-26T02:00" + replaced, "2026-03-27T02:00 done"}
		w.is(ran...)
		time.Sleep(28 * time.Hour) // Saturday 14:00 UTC is too late
		_, stop = w.start(schedule.Options{Owner: "c"}, job)
		time.Sleep(time.Second)
		stop()
		w.is(append(ran, "2026-03-28T02:00 missed no process could run it before its deadline")...)
	})
}

func TestSlotsWhenClocksChange(t *testing.T) {
	inSlotWorld(t, store.Options{Folder: t.TempDir()}, func(w slotWorld) {
		var ran []string
		_, stop := w.start(schedule.Options{Owner: "a", Poll: time.Hour}, nightly(w, "30 2 * * *", func(context.Context, schedule.Slot) error {
			ran = append(ran, time.Now().UTC().Format("01-02T15:04"))
			return nil
		}))
		time.Sleep(230 * 24 * time.Hour)
		stop()
		for _, want := range []string{"03-28T01:30 03-29T01:00 03-30T00:30", "10-24T00:30 10-25T00:30 10-26T01:30"} {
			if !strings.Contains(strings.Join(ran, " "), want) {
				w.Errorf("%s is not in %s", want, ran)
			}
		}
		if len(ran) != 230 {
			w.Errorf("%d runs in 230 days", len(ran))
		}
	})
}

// killed is the store of a process that is killed: it gives nothing back.
type killed struct{ simulated }

func (killed) DropLease(context.Context, string, string, int64) error { return nil }

func TestSlotsAreTakenOver(t *testing.T) {
	eachSlotWorld(t, func(w slotWorld) {
		_, kill := w.start(schedule.Options{Owner: "a", Store: killed{simulated{slotStore{w.store}}}}, nightly(w, "0 2 * * *", untilEnd))
		time.Sleep(14 * time.Hour)
		var again []schedule.Slot
		_, stop := w.start(schedule.Options{Owner: "b"}, nightly(w, "0 2 * * *", func(_ context.Context, s schedule.Slot) error {
			again = append(again, s)
			return nil
		}))
		time.Sleep(10 * time.Minute)
		kill()
		time.Sleep(10 * time.Minute)
		w.is("2026-03-24T02:00 running") // a's lease is not over
		w.lapse("hr", "a")
		time.Sleep(time.Minute)
		stop()
		w.is("2026-03-24T02:00 done")
		want := schedule.Slot{Schedule: "hr", Civil: "2026-03-24T02:00", DueAt: usher.TimeOf(time.Date(2026, 3, 24, 1, 0, 0, 0, time.UTC))}
		if len(again) != 1 || again[0] != want {
			w.Errorf("taken over: %v", again)
		}
	})
}

func TestSlotsBegunTooLongAgo(t *testing.T) {
	eachSlotWorld(t, func(w slotWorld) {
		_, stop := w.start(schedule.Options{Owner: "a"}, nightly(w, "0 2 * * 2", untilEnd))
		time.Sleep(14 * time.Hour)
		stop()
		time.Sleep(12 * time.Hour)
		_, stop = w.start(schedule.Options{Owner: "b"}, nightly(w, "0 2 * * 2", succeed))
		time.Sleep(time.Minute)
		stop()
		w.is("2026-03-24T02:00 missed no process could run it before its deadline")
	})
}

// A process that was paused for longer than its lease must not go on as if nothing were.
func TestSlotsOfALostLease(t *testing.T) {
	eachSlotWorld(t, func(w slotWorld) {
		var cause error
		var logged []error
		log := func(_, _ string, err error) { logged = append(logged, err) }
		_, stop := w.start(schedule.Options{Owner: "a", Log: log}, nightly(w, "0 2 * * *", func(ctx context.Context, _ schedule.Slot) error {
			if cause != nil {
				return nil
			}
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		}))
		time.Sleep(14*time.Hour + 5*time.Second) // between two renewals
		w.lapse("hr", "a")
		if _, err := w.store.TakeLease(w.Context(), "roster hr", "b", time.Hour); err != nil {
			w.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if !errors.Is(cause, usher.ErrStale) || len(logged) != 1 || !errors.Is(logged[0], usher.ErrStale) {
			w.Errorf("the run ended because of %v, and was logged as %v", cause, logged)
		}
		w.is("2026-03-24T02:00 running")
		w.lapse("hr", "b")
		time.Sleep(time.Minute)
		stop()
		w.is("2026-03-24T02:00 done")
	})
}

func TestSlotsFail(t *testing.T) {
	eachSlotWorld(t, func(w slotWorld) {
		n := 0
		_, stop := w.start(schedule.Options{Owner: "a"}, nightly(w, "0 2 * * *", func(context.Context, schedule.Slot) error {
			if n++; n == 1 {
				return errors.New("no file")
			}
			panic("no column")
		}))
		time.Sleep(48 * time.Hour)
		stop()
		w.is("2026-03-24T02:00 failed no file", "2026-03-25T02:00 failed panic: no column")
	})
}

func TestSlotsByHand(t *testing.T) {
	eachSlotWorld(t, func(w slotWorld) {
		r, stop := w.start(schedule.Options{Owner: "a"}, nightly(w, "0 2 * * *", succeed))
		defer stop()
		time.Sleep(time.Minute)
		if _, err := r.Trigger(w.Context(), "none"); !errors.Is(err, usher.ErrNotFound) {
			w.Errorf("a job that is not there: %v", err)
		}
		slot, err := r.Trigger(w.Context(), "hr")
		if err != nil || slot.Civil != "manual 2026-03-23T12:01:00.000000Z" {
			w.Fatal(slot, err)
		}
		if _, err := r.Trigger(w.Context(), "hr"); !errors.Is(err, usher.ErrConflict) {
			w.Errorf("twice at the same instant: %v", err)
		}
		synctest.Wait()
		time.Sleep(time.Second)
		w.is(slot.Civil + " done")
		time.Sleep(14 * time.Hour)
		w.is(slot.Civil+" done", "2026-03-24T02:00 done")
	})
}

func TestSlotsOfChangedJobs(t *testing.T) {
	eachSlotWorld(t, func(w slotWorld) {
		r, stop := w.start(schedule.Options{Owner: "a"}, nightly(w, "0 2 * * *", succeed))
		defer stop()
		set := func(jobs ...schedule.Job) {
			w.Helper()
			if err := r.Set(jobs); err != nil {
				w.Fatal(err)
			}
		}
		time.Sleep(22 * time.Hour) // Tuesday 10:00 UTC
		set(nightly(w, "0 1,2,9 * * *", succeed))
		time.Sleep(time.Hour)
		w.is("2026-03-24T02:00 done")             // neither 02:00 again, nor 01:00 or 09:00 of before the change
		time.Sleep(13*time.Hour + 30*time.Minute) // Wednesday 01:30 on the wall
		w.is("2026-03-24T02:00 done", "2026-03-25T01:00 done")
		set()
		time.Sleep(30 * time.Hour)
		w.is("2026-03-24T02:00 done", "2026-03-25T01:00 done")
		one, two := nightly(w, "0 2 * * *", succeed), nightly(w, "0 2 * * *", succeed)
		for _, jobs := range [][]schedule.Job{{one, two}, {{Name: "x", Run: succeed}}, {{Schedule: one.Schedule, Run: succeed}}, {{Name: "x", Schedule: one.Schedule}}} {
			if err := r.Set(jobs); err == nil {
				w.Errorf("%v were taken", jobs)
			}
		}
	})
}

func TestSlotsWaitForARightClock(t *testing.T) {
	eachSlotWorld(t, func(w slotWorld) {
		offset := time.Duration(0)
		clock := func() time.Time { return time.Now().Add(offset) }
		r, stop := w.start(schedule.Options{Owner: "a", Clock: clock}, nightly(w, "0 2 * * *", succeed))
		defer stop()
		for _, tt := range []struct {
			offset time.Duration
			well   bool
		}{{4 * time.Second, true}, {-4 * time.Second, true}, {6 * time.Second, false}, {-6 * time.Second, false}} {
			offset = tt.offset
			time.Sleep(time.Minute)
			if err := r.Health(); (err == nil) != tt.well || err != nil && !strings.Contains(err.Error(), "6s away from the database's") {
				w.Errorf("%s off: %v", offset, err)
			}
		}
		time.Sleep(14 * time.Hour)
		w.is()
		offset = 0
		time.Sleep(time.Minute)
		w.is("2026-03-24T02:00 done")
		if err := r.Health(); err != nil {
			w.Error(err)
		}
	})
}

// TestSlotsInRealTime has nothing simulated: the clocks are the machine's and the database's.
func TestSlotsInRealTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		every, err := schedule.Parse("* * * * *", "UTC")
		if err != nil {
			t.Fatal(err)
		}
		ran := make(chan schedule.Slot, 10)
		var triggered schedule.Slot
		for _, owner := range []string{"a", "b", "c"} {
			r, err := schedule.New(schedule.Options{Store: slotStore{s}, Owner: owner, Poll: 20 * time.Millisecond}, []schedule.Job{{
				Name: "hr", Schedule: every, Run: func(_ context.Context, s schedule.Slot) error {
					ran <- s
					return nil
				},
			}})
			if err != nil {
				t.Fatal(err)
			}
			if owner == "a" {
				if triggered, err = r.Trigger(t.Context(), "hr"); err != nil {
					t.Fatal(err)
				}
			}
			ended := make(chan struct{})
			ctx, stop := context.WithCancel(t.Context())
			go func() {
				defer close(ended)
				r.Run(ctx)
			}()
			defer func() {
				stop()
				<-ended
				if err := r.Health(); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}()
		}
		for got := range ran {
			if got == triggered {
				break
			}
		}
	})
}
