package ledger_test

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

func (w *filing) undo(number int64) usher.Plan {
	w.Helper()
	p, err := w.ledger.UndoPlan(w.Context(), w.ann, number)
	w.check(err)
	if p.State != usher.PlanOpen {
		return p
	}
	return w.confirm(p.Number, ledger.Selection{})
}

// seated are the display names of those who occupy a seat.
func (w *filing) seated() (names []string) {
	w.Helper()
	seats, err := w.store.Look().LiveSeats(w.Context(), w.subscription("adkar").ID)
	w.check(err)
	for _, s := range seats {
		if !s.State.Occupies() {
			continue
		}
		p, err := w.store.Look().Person(w.Context(), s.Person)
		w.check(err)
		names = append(names, p.Attributes.DisplayName)
	}
	slices.Sort(names)
	return names
}

// TestWhatARosterTakesAwayIsKeptBack: for a day nobody else gets the seats that a run
// released, and who had them is seated first.
func TestWhatARosterTakesAwayIsKeptBack(t *testing.T) {
	left := func(a *usher.Attributes) { a.Active = false }
	eachFiling(t, func(w *filing) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(10)}, Guards: wideGuards()})
		w.plan(people(12))
		w.deliver()
		before := w.seated()
		waiting := slices.DeleteFunc(w.active(), func(name string) bool { return slices.Contains(before, name) })
		leavers := &paper{}
		for _, r := range people(12).rows {
			if slices.Contains(before[:3], r.Record.Attributes.DisplayName) {
				leavers.add(r.Key, "Sales", left)
			} else {
				leavers.add(r.Key, "Sales")
			}
		}
		run := w.plan(leavers)
		w.deliver()
		if s := w.subscription("adkar"); s.Used != 7 || s.Reserved != 3 || s.Free() != 0 {
			w.Fatalf("after the run %+v", s)
		}
		x, err := w.ledger.Explain(t.Context(), string(w.known(waiting[0])))
		w.check(err)
		if got := x.Seats[0].Waiting; got != "a free seat: 7 of 10 taken; 3 kept back for people whom a roster made leave, the first until 2026-03-03 09:00:00" {
			w.Errorf("who waits is told %q", got)
		}
		back := w.undo(run.Number)
		w.deliver()
		if got := w.seated(); !slices.Equal(got, before) || back.Counts.Stale != 0 {
			w.Fatalf("undone: seated %v, before %v", got, before)
		}
		w.plan(leavers)
		w.deliver()
		w.later(24*time.Hour - time.Second)
		if got := w.seated(); len(got) != 7 {
			w.Fatalf("before the day is over: seated %v", got)
		}
		w.later(time.Second)
		if got := w.seated(); len(got) != 9 || !slices.Contains(got, waiting[0]) || !slices.Contains(got, waiting[1]) {
			w.Errorf("after the day: seated %v, %v waited", got, waiting)
		}
		if s := w.subscription("adkar"); s.Reserved != 0 || s.Free() != 1 {
			w.Errorf("after the day %+v", s)
		}
		w.seal()
		w.sound()
	})
}

// known is the person with the display name.
func (w *filing) known(name string) usher.ID {
	w.Helper()
	list, err := w.store.Look().People(w.Context(), usher.Person{}, 1000)
	w.check(err)
	i := slices.IndexFunc(list, func(p usher.Person) bool { return p.Attributes.DisplayName == name })
	if i < 0 {
		w.Fatalf("nobody is called %s", name)
	}
	return list[i].ID
}

// TestWhatAHumanTakesAwayIsNotKeptBack, nor what a directory that pushes does, and a human
// can end what is kept back.
func TestWhatAHumanTakesAwayIsNotKeptBack(t *testing.T) {
	left := func(a *usher.Attributes) { a.Active = false }
	eachFiling(t, func(w *filing) {
		sub := w.seats(3)
		sub.Settle = time.Hour
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{sub}, Guards: wideGuards()})
		w.plan(people(4))
		pushed := w.push(user("zoe"))
		w.deliver()
		adkar := w.subscription("adkar").ID
		reserved := func(want int) {
			w.Helper()
			w.deliver()
			if s := w.subscription("adkar"); s.Reserved != want {
				w.Fatalf("%d seats are kept back, want %d: %+v", s.Reserved, want, s)
			}
		}
		seated := w.seated()
		w.check(w.ledger.Withhold(t.Context(), w.ann, adkar, w.known(seated[0]), 0))
		reserved(0)
		p := &paper{}
		for _, r := range people(4).rows {
			if slices.Contains(seated[1:3], r.Record.Attributes.DisplayName) {
				p.add(r.Key, "Sales", left)
			} else {
				p.add(r.Key, "Sales")
			}
		}
		w.plan(p)
		w.check(w.ledger.Release(t.Context(), w.ann, adkar, w.known(seated[1]))) // while it settles
		reserved(0)
		w.later(time.Hour)
		reserved(1)
		w.check(w.ledger.Release(t.Context(), w.ann, adkar, w.known(seated[2]))) // after it is over
		reserved(0)
		w.deliver()
		w.want(pushed, usher.Active)
		w.change(w.okta, pushed.ID, leaves)
		w.later(time.Hour)
		reserved(0)
		w.seal()
		w.sound()
	})
}

func TestFewerSeatsThanAreKeptBack(t *testing.T) {
	left := func(a *usher.Attributes) { a.Active = false }
	eachFiling(t, func(w *filing) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(4)}, Guards: wideGuards()})
		w.plan(people(4))
		w.deliver()
		run := w.plan(mixed(4, 3, left))
		w.deliver()
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(2)}, Guards: wideGuards()})
		w.undo(run.Number)
		w.deliver()
		if s := w.subscription("adkar"); s.Used != 2 || s.Reserved != 2 || s.Free() != 0 {
			w.Fatalf("%+v", s)
		}
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(4)}, Guards: wideGuards()})
		if s := w.subscription("adkar"); s.Used != 4 || s.Reserved != 0 {
			w.Fatalf("%+v", s)
		}
		w.seal()
		w.sound()
	})
}

func TestUndoLeavesOthersAlone(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(20))
		run := w.plan(people(20).add("ann", "Sales").add("bob", "Sales"))
		pushed := w.push(user("ann")) // the same person by her address
		back := w.undo(run.Number)
		if got := w.active(); back.Counts.Applied != 2 || slices.Contains(got, "Bob") || !w.person(pushed).Active {
			w.Errorf("%+v, active %v", back.Counts, got)
		}
		if list := w.conflicts(); len(list) != 0 {
			w.Errorf("conflicts %+v", list)
		}
		w.seal()
		w.sound()
		again := w.undo(back.Number)
		if p := w.person(pushed); again.Counts.Applied != 2 || !p.Active || !slices.Contains(w.active(), "Bob") {
			w.Errorf("%+v, active %v", again.Counts, w.active())
		}
		if got := len(w.active()); got != 22 {
			w.Errorf("%d are active: %v", got, w.active())
		}
		w.seal()
		w.sound()
	})
}

// TestUndoGivesAGuestBack: whom a run took for one of its own is a guest again.
func TestUndoGivesAGuestBack(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(20)}, Guards: wideGuards()})
		w.plan(people(12))
		guest, err := w.ledger.AddGuest(t.Context(), w.ann, ledger.Guest{Address: "gus@example.com", Sponsor: "ann", EndsAt: w.store.Now().Add(100 * time.Hour)})
		w.check(err)
		w.check(w.ledger.Grant(t.Context(), w.ann, w.subscription("adkar").ID, guest.ID, 0))
		w.deliver()
		run := w.plan(people(12).add("gus", "Sales"))
		if p, err := w.store.Look().Person(t.Context(), guest.ID); err != nil || p.Sponsor != "" {
			w.Fatalf("%+v, %v", p, err)
		}
		w.undo(run.Number)
		p, err := w.store.Look().Person(t.Context(), guest.ID)
		w.check(err)
		seat, err := w.liveSeat("adkar", guest.ID)
		w.check(err)
		if p.Sponsor != "ann" || p.EndsAt != guest.EndsAt || !p.Active || seat.State != usher.Active {
			w.Errorf("%+v, seat %+v", p, seat)
		}
		w.later(101 * time.Hour)
		w.deliver()
		w.seal()
		w.sound()
	})
}

// TestUndoGivesANewcomerBack: whom a run took for one of its own is unconfirmed again.
func TestUndoGivesANewcomerBack(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(20)}, Guards: wideGuards()})
		w.plan(people(12))
		in := usher.SignedIn{Connection: "okta", Subject: "s-gus", Address: "gus@example.com", AddressVerified: true}
		gus, _, err := w.ledger.SignIn(t.Context(), in, usher.LinkRule{Domains: []string{"example.com"}, Newcomers: true}, usher.Session{ExpiresAt: w.store.Now().Add(time.Hour)})
		w.check(err)
		run := w.plan(people(12).add("gus", "Sales"))
		w.deliver()
		if p, err := w.store.Look().Person(t.Context(), gus.ID); err != nil || p.Newcomer != "" {
			w.Fatalf("%+v, %v", p, err)
		}
		if _, err := w.liveSeat("adkar", gus.ID); err != nil {
			w.Errorf("in the roster, and without a seat: %v", err)
		}
		w.undo(run.Number)
		w.deliver()
		p, err := w.store.Look().Person(t.Context(), gus.ID)
		w.check(err)
		seat, err := w.liveSeat("adkar", gus.ID)
		if !p.Unconfirmed() || !p.Active || err == nil && seat.LeavingAt == 0 && seat.State != usher.Releasing {
			w.Errorf("%+v, seat %+v, %v", p, seat, err)
		}
		w.later(20 * time.Minute)
		w.deliver()
		w.seal()
		w.sound()
	})
}

func TestTwoUndosOfOneRun(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(12))
		run := w.plan(mixed(12, 2, func(a *usher.Attributes) { a.Department = "R&D" }))
		first, err := w.ledger.UndoPlan(t.Context(), w.ann, run.Number)
		w.check(err)
		second, err := w.ledger.UndoPlan(t.Context(), w.ann, run.Number)
		w.check(err)
		if _, err := w.ledger.ConfirmPlan(t.Context(), w.ann, first.Number, ledger.Selection{}); !errors.Is(err, usher.ErrStale) {
			w.Errorf("the older undo was confirmed: %v", err)
		}
		if _, err := w.ledger.ConfirmPlan(t.Context(), w.ann, second.Number, ledger.Selection{}); err != nil {
			w.Fatal(err)
		}
		third, err := w.ledger.UndoPlan(t.Context(), w.ann, run.Number) // finishes the second before it looks
		w.check(err)
		findings, err := w.store.Look().Findings(t.Context(), third.ID, 10)
		w.check(err)
		if third.State != usher.PlanUnchanged || len(findings) != 2 || findings[0].Code != "undo.changed_since" {
			w.Errorf("%+v, findings %+v", third, findings)
		}
	})
}

// TestUndoOfAnAbsenceThatWentOn: a later file that names somebody again, or leaves them out
// again, has changed what the run noted, though it never touched the record.
func TestUndoOfAnAbsenceThatWentOn(t *testing.T) {
	eachFiling(t, func(w *filing) {
		all := people(12)
		w.plan(all)
		for name, next := range map[string]*paper{"named again": all, "left out again": all.without(1)} {
			run := w.plan(all.without(1))
			if run.Counts.Missing != 1 {
				w.Fatalf("%s: %+v", name, run.Counts)
			}
			w.later(2 * time.Hour)
			w.plan(next)
			undo := w.undo(run.Number)
			findings, err := w.store.Look().Findings(t.Context(), undo.ID, 10)
			w.check(err)
			if undo.State != usher.PlanUnchanged || len(findings) != 1 || findings[0].Value != "P00" {
				w.Errorf("%s: %+v, findings %+v", name, undo, findings)
			}
			w.plan(all)
		}
		run := w.plan(all.without(1))
		w.undo(run.Number)
		w.later(2 * time.Hour)
		if again := w.plan(all.without(1)); again.Counts.Missing != 1 || again.Counts.Absent != 0 {
			w.Errorf("after the undo it counts anew: %+v", again.Counts)
		}
	})
}

func TestUndoOfARunThatStillHolds(t *testing.T) {
	left := func(a *usher.Attributes) { a.Active = false }
	eachFiling(t, func(w *filing) {
		w.plan(people(30))
		run := w.plan(mixed(30, 6, left).add("new", "Sales"))
		if run.State != usher.PlanOpen || run.Counts.Applied != 1 {
			w.Fatalf("%+v", run)
		}
		w.undo(run.Number)
		if got := w.active(); len(got) != 30 || slices.Contains(got, "New") {
			w.Errorf("active %v", got)
		}
		if _, err := w.ledger.ConfirmPlan(t.Context(), w.ann, run.Number, ledger.Selection{}); !errors.Is(err, usher.ErrStale) {
			w.Errorf("what the undone run holds was confirmed: %v", err)
		}
		if _, err := w.ledger.UndoPlan(t.Context(), w.ann, run.Number+100); !errors.Is(err, usher.ErrNotFound) {
			w.Errorf("no such plan: %v", err)
		}
		late := w.plan(people(31))
		w.later(ledger.UndoLife + time.Second)
		if _, err := w.ledger.UndoPlan(t.Context(), w.ann, late.Number); !errors.Is(err, usher.ErrStale) {
			w.Errorf("after 90 days: %v", err)
		}
	})
}

// TestRowsSwapNames: two rows of one file take each other's user name, and a third one's
// passes on.
func TestRowsSwapNames(t *testing.T) {
	named := func(name string) func(*usher.Attributes) {
		return func(a *usher.Attributes) { a.UserName = name + "@example.com" }
	}
	eachFiling(t, func(w *filing) {
		first := people(6)
		w.plan(first)
		next := &paper{}
		next.add("p00", "Sales", named("p01")).add("p01", "Sales", named("p00")).
			add("p02", "Sales", named("p03")).add("p03", "Sales", named("free")).
			add("p04", "Sales").add("p05", "Sales", named("other")).add("p06", "Sales", named("p05"))
		run := w.plan(next)
		if run.State != usher.PlanApplied || run.Counts.Stale != 0 || run.Counts.Applied != 6 {
			w.Fatalf("%+v", run)
		}
		if again := w.plan(next); again.State != usher.PlanUnchanged {
			w.Errorf("the file again: %+v", again)
		}
		if back := w.undo(run.Number); back.Counts.Stale != 0 || back.Counts.Applied != 6 {
			w.Errorf("undo: %+v", back)
		}
		if again := w.plan(first); again.State != usher.PlanUnchanged {
			w.Errorf("the first file again: %+v", again)
		}
		w.seal()
		w.sound()
	})
}

// TestUndos makes random companies by rosters, runs another one, changes this and that, and
// takes the run back. USHER_UNDOS sets how many on SQLite; PostgreSQL makes a tenth.
func TestUndos(t *testing.T) {
	n := 20
	if text := os.Getenv("USHER_UNDOS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			t.Fatalf("USHER_UNDOS=%q is not a number of undos", text)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		playUndos(t, n, func() (store.Options, func()) {
			folder, err := os.MkdirTemp(t.TempDir(), "")
			if err != nil {
				t.Fatal(err)
			}
			return store.Options{Folder: folder}, func() { _ = os.RemoveAll(folder) }
		})
	})
	t.Run("postgres", func(t *testing.T) {
		playUndos(t, max(2, n/10), func() (store.Options, func()) { return store.Options{URL: storetest.Postgres(t)}, func() {} })
	})
}

func playUndos(t *testing.T, n int, place func() (store.Options, func())) {
	setFlag(t, "rapid.checks", strconv.Itoa(n))
	setFlag(t, "rapid.nofailfile", "true")
	back, kept := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		at, remove := place()
		defer remove()
		u := newUndoing(t, rt, at)
		defer func() { _ = u.store.Close() }()
		u.play()
		back, kept = back+u.back, kept+u.kept
	})
	if n >= 20 && (back == 0 || kept == 0) {
		t.Errorf("%d records were put back, %d were left as they are: one of these was never tried", back, kept)
	}
	t.Logf("undos=%d records put back=%d changed since=%d", n, back, kept)
}

// TestPlacesBehindWhatIsKeptBack: who has a seat kept back is served before those who asked
// earlier, and everybody's place says so.
func TestPlacesBehindWhatIsKeptBack(t *testing.T) {
	left := func(a *usher.Attributes) { a.Active = false }
	eachFiling(t, func(w *filing) {
		sell := func(seats int) {
			w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(seats)}, Guards: wideGuards()})
		}
		sell(4)
		w.plan(people(6))
		w.deliver()
		before := w.seated()
		queued := slices.DeleteFunc(w.active(), func(name string) bool { return slices.Contains(before, name) })
		leavers := &paper{}
		for _, r := range people(6).rows {
			if slices.Contains(before[:2], r.Record.Attributes.DisplayName) {
				leavers.add(r.Key, "Sales", left)
			} else {
				leavers.add(r.Key, "Sales")
			}
		}
		run := w.plan(leavers)
		w.deliver()
		sell(2)
		w.later(time.Minute)
		w.undo(run.Number) // back, and there is no seat for them
		w.deliver()
		explained := func(name string) ledger.ExplainedSeat {
			w.Helper()
			x, err := w.ledger.Explain(t.Context(), string(w.known(name)))
			w.check(err)
			return x.Seats[0]
		}
		places := map[string]int{}
		for _, name := range slices.Concat(before[:2], queued) {
			places[name] = explained(name).Place
			records, err := w.store.Look().RecordsOfPerson(t.Context(), w.known(name))
			w.check(err)
			shown, err := w.store.Record(t.Context(), w.hr.Directory, records[0].ID)
			w.check(err)
			if len(shown.Seats) != 1 || shown.Seats[0].Place != places[name] {
				w.Errorf("%s is at place %d, and over SCIM %+v", name, places[name], shown.Seats)
			}
		}
		if places[before[0]]+places[before[1]] != 3 || places[queued[0]]+places[queued[1]] != 7 {
			w.Errorf("places %v", places)
		}
		for _, name := range queued {
			s := explained(name)
			if len(s.Ahead) < 2 || !strings.Contains(s.Ahead[0], "(a seat is kept back for them until 2026") || !strings.Contains(s.Waiting, "2 of 2 taken; 2 kept back for people") {
				w.Errorf("%s: %+v", name, s)
			}
		}
		if s := explained(before[0]); !strings.Contains(s.Waiting, "one is kept back for them until 2026") || !strings.Contains(s.Waiting, "; 1 kept back for people") {
			w.Errorf("%s waits for %q", before[0], s.Waiting)
		}
		adkar := w.subscription("adkar").ID
		seats, err := w.store.Look().LiveSeats(t.Context(), adkar)
		w.check(err)
		for i, s := range seats[2:] {
			if place, err := w.store.Look().Place(t.Context(), s); err != nil || place != i+1 {
				w.Errorf("listed %d, at place %d: %v", i+1, place, err)
			}
		}
		sell(3)
		if got := w.seated(); !slices.Contains(got, before[0]) && !slices.Contains(got, before[1]) {
			w.Errorf("seated %v", got)
		}
		w.seal()
		w.sound()
	})
}
