package ledger_test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// shelf is a portal that takes files, as it really is: who holds a seat there. Only usher
// acts on it, but for those who were there at first and may go.
type shelf struct {
	*world
	rt      *rapid.T
	records []usher.Record
	there   map[string]usher.Seen // by address
	merged  int
	strange []string // addresses of those who are nobody's
}

const shelfSeats = 4

// TestModelOfStrangers plays random histories at a hard portal that had people of its own, and
// checks that seats and strangers never come to more than what was purchased, neither there
// nor here.
func TestModelOfStrangers(t *testing.T) {
	given, merged := 0, 0
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
					"join": s.join, "leave or return": s.turn, "visit": s.visit, "export": s.export, "a stranger goes": s.goes, "time": s.pass, "merge": s.merge, "split": s.split, "": s.verify,
				})
				s.settle()
				given += s.subscription("adkar").Used
				merged += s.merged
			})
		})
	}
	if given == 0 || merged == 0 {
		t.Errorf("%d seats were given, and %d people merged", given, merged)
	}
}

func newShelf(t *testing.T, rt *rapid.T, at store.Options) *shelf {
	s := &shelf{world: newWorld(t, at), rt: rt, there: map[string]usher.Seen{}}
	sub := s.seats(shelfSeats)
	sub.Settle = time.Minute
	s.sell(sub)
	s.filing(true, usher.Profile{})
	s.setUp(ledger.Setup{
		Directories: []usher.Directory{
			{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true},
			{Name: "hr", Kind: usher.DirectorySCIM, Rank: 2, EmployeeNumbers: "hr"},
		},
		Portals: []usher.Portal{{Name: "learning", Kind: "worklist", Live: true, Hard: true, Profile: usher.Profile{Whole: true}}},
	})
	for i := range rapid.IntRange(0, shelfSeats).Draw(rt, "strangers") {
		seen := holder(fmt.Sprintf("stranger%d", i), "adkar")
		s.there[seen.RemoteID] = seen
		s.strange = append(s.strange, seen.RemoteID)
	}
	s.export(rt)
	return s
}

// join has either directory know somebody new.
func (s *shelf) join(rt *rapid.T) {
	by := s.okta
	if rapid.Bool().Draw(rt, "hr") {
		by = s.directory("hr")
	}
	made, err := s.ledger.CreateRecord(s.Context(), by, user(fmt.Sprintf("p%d", len(s.records))))
	s.check(err)
	s.records = append(s.records, made)
}

// merge says that two of them are one.
func (s *shelf) merge(rt *rapid.T) {
	if len(s.records) < 2 {
		return
	}
	a := rapid.IntRange(0, len(s.records)-1).Draw(rt, "keep")
	b := rapid.IntRange(0, len(s.records)-1).Draw(rt, "gone")
	_, err := s.ledger.MergePeople(s.Context(), s.ann, s.person(s.records[a]).ID, s.person(s.records[b]).ID)
	switch {
	case err == nil:
		s.merged++
	case !errors.Is(err, usher.ErrInvalid):
		s.rt.Fatal(err)
	}
	s.sweep()
}

// split says that a record is somebody else's.
func (s *shelf) split(rt *rapid.T) {
	if len(s.records) == 0 {
		return
	}
	r := s.records[rapid.IntRange(0, len(s.records)-1).Draw(rt, "who")]
	if _, err := s.ledger.SplitPerson(s.Context(), s.ann, s.person(r).ID, r.ID); err != nil && !errors.Is(err, usher.ErrInvalid) {
		s.rt.Fatal(err)
	}
	s.sweep()
}

func (s *shelf) turn(rt *rapid.T) {
	if len(s.records) == 0 {
		return // nobody is there yet
	}
	r := s.records[rapid.IntRange(0, len(s.records)-1).Draw(rt, "who")]
	s.change(usher.Principal{Kind: usher.PrincipalDirectory, Directory: r.Directory}, r.ID, func(a *usher.Attributes) { a.Active = !a.Active })
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
		known := cmp.Or(one.Change.RemoteID, d.Address) // whatever they are called now
		seen := usher.Seen{RemoteID: known, Active: d.Active, Address: known, Subscriptions: d.Subscriptions}
		o := usher.Outcome{Result: usher.Done, Wrote: true, RemoteID: known, Seen: &seen}
		s.there[known] = seen
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
