package ledger_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// shelf is a portal that takes files, as it really is: who holds a seat there. Only usher
// acts on it, but for those who were there at first and may go.
type shelf struct {
	*world
	rt      *rapid.T
	records []usher.Record
	there   map[string]usher.Seen // by address
	strange []string              // addresses of those who are nobody's
}

const shelfSeats = 4

// TestModelOfStrangers plays random histories at a hard portal that had people of its own, and
// checks that seats and strangers never come to more than what was purchased, neither there
// nor here.
func TestModelOfStrangers(t *testing.T) {
	given := 0
	for engine, place := range map[string]func(t *testing.T) (store.Options, func()){
		"sqlite": func(t *testing.T) (store.Options, func()) {
			folder, err := os.MkdirTemp(t.TempDir(), "")
			if err != nil {
				t.Fatal(err)
			}
			return store.Options{Folder: folder}, func() { _ = os.RemoveAll(folder) }
		},
		"postgres": func(t *testing.T) (store.Options, func()) {
			return store.Options{URL: storetest.Postgres(t)}, func() {}
		},
	} {
		t.Run(engine, func(t *testing.T) {
			setFlag(t, "rapid.steps", "30")
			setFlag(t, "rapid.checks", map[string]string{"sqlite": "12", "postgres": "2"}[engine])
			setFlag(t, "rapid.nofailfile", "true")
			rapid.Check(t, func(rt *rapid.T) {
				at, remove := place(t)
				defer remove()
				s := newShelf(t, rt, at)
				defer func() { _ = s.store.Close() }()
				rt.Repeat(map[string]func(*rapid.T){
					"join": s.join, "leave or return": s.turn, "visit": s.visit, "export": s.export, "a stranger goes": s.goes, "time": s.pass, "": s.verify,
				})
				s.settle()
				given += s.subscription("adkar").Used
			})
		})
	}
	if given == 0 {
		t.Error("no seat was ever given")
	}
}

func newShelf(t *testing.T, rt *rapid.T, at store.Options) *shelf {
	s := &shelf{world: newWorld(t, at), rt: rt, there: map[string]usher.Seen{}}
	sub := s.seats(shelfSeats)
	sub.Settle = time.Minute
	s.sell(sub)
	s.filing(true, usher.Profile{})
	for i := range rapid.IntRange(0, shelfSeats).Draw(rt, "strangers") {
		seen := holder(fmt.Sprintf("stranger%d", i), "adkar")
		s.there[seen.RemoteID] = seen
		s.strange = append(s.strange, seen.RemoteID)
	}
	s.export(rt)
	return s
}

func (s *shelf) join(*rapid.T) {
	s.records = append(s.records, s.push(user(fmt.Sprintf("p%d", len(s.records)))))
}

func (s *shelf) turn(rt *rapid.T) {
	if len(s.records) == 0 {
		return // nobody is there yet
	}
	r := s.records[rapid.IntRange(0, len(s.records)-1).Draw(rt, "who")]
	s.change(s.okta, r.ID, func(a *usher.Attributes) { a.Active = !a.Active })
	s.sweep()
}

// visit carries some changes to the portal; what came of a part of them nobody says before
// the next export.
func (s *shelf) visit(rt *rapid.T) {
	s.bring(rapid.IntRange(1, 5).Draw(rt, "rows"), func() bool { return rapid.Bool().Draw(rt, "nobody says") })
}

// bring carries up to limit changes to the portal.
func (s *shelf) bring(limit int, lost func() bool) {
	work, err := s.ledger.Begin(s.Context(), s.lease, s.portal().ID, limit, time.Minute)
	s.check(err)
	for _, one := range work {
		d := one.Change.Desired
		seen := usher.Seen{RemoteID: d.Address, Active: d.Active, Address: d.Address, Subscriptions: d.Subscriptions}
		o := usher.Outcome{Result: usher.Done, Wrote: true, RemoteID: d.Address, Seen: &seen}
		s.there[d.Address] = seen
		if lost() {
			o = usher.Outcome{Result: usher.Unknown, Reason: "not confirmed"}
		}
		s.check(s.ledger.Acknowledge(s.Context(), s.lease, one, o, time.Minute))
		s.full()
	}
	s.sweep()
}

func (s *shelf) export(*rapid.T) {
	var seen []usher.Seen
	for _, a := range s.there {
		seen = append(seen, a)
	}
	slices.SortFunc(seen, func(a, b usher.Seen) int { return cmp.Compare(a.RemoteID, b.RemoteID) })
	s.shown(seen...)
}

func (s *shelf) goes(*rapid.T) {
	if len(s.strange) == 0 {
		return // all are gone
	}
	name := s.strange[0]
	s.strange = s.strange[1:]
	seen := s.there[name]
	seen.Active, seen.Subscriptions = false, nil
	s.there[name] = seen
}

func (s *shelf) pass(*rapid.T) { s.later(2 * time.Minute) }

// full fails when more people hold a seat at the portal than were purchased.
func (s *shelf) full() {
	held := 0
	for _, a := range s.there {
		if shows := a.Active && slices.Contains(a.Subscriptions, "adkar"); shows {
			held++
		}
	}
	if held > shelfSeats {
		s.rt.Fatalf("%d people hold one of %d seats at the portal", held, shelfSeats)
	}
}

func (s *shelf) verify(*rapid.T) {
	s.full()
	if sub := s.subscription("adkar"); sub.Used+sub.Strangers > shelfSeats || sub.Used > sub.Cap {
		s.rt.Fatalf("%d seats and %d strangers, of %d", sub.Used, sub.Strangers, shelfSeats)
	}
	s.seal()
	for _, f := range s.findings() {
		s.rt.Fatalf("%s %s: %s", f.Invariant, f.Subject, f.Detail)
	}
}

// settle carries everything and shows it: then there is nobody left to whom a free seat could
// have been given.
func (s *shelf) settle() {
	for range 4 {
		s.later(2 * time.Minute)
		s.bring(100, func() bool { return false })
		s.export(s.rt)
	}
	sub := s.subscription("adkar")
	states, err := s.store.Look().CountStates(s.Context(), sub.ID)
	s.check(err)
	if sub.Vacant() > 0 && states[usher.Queued] > 0 {
		s.rt.Fatalf("%d seats are vacant, and %d people are queued", sub.Vacant(), states[usher.Queued])
	}
	s.verify(s.rt)
}
