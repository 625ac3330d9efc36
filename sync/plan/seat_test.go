package plan_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/usher"
	"usher/sync/plan"
)

const settle = 15 * time.Minute

func TestNext(t *testing.T) {
	const (
		before = now - 1000
		due    = now + 15*60*1_000_000
	)
	sub := usher.Subscription{ID: "s1", Name: "adkar", Settle: settle, Grace: 24 * time.Hour}
	yes := plan.Wish{Wanted: true, Priority: 5, Reason: "in the rule"}
	no := plan.Wish{Reason: "left"}

	// seat is one of p1 that came into state before, changed by the edits.
	seat := func(state usher.SeatState, edits ...func(*usher.Seat)) *usher.Seat {
		s := &usher.Seat{ID: "t1", Subscription: "s1", Person: "p1", State: state, Priority: 5, Reason: "in the rule", RequestedAt: before, ChangedAt: before}
		if state != usher.Queued {
			s.SeatedAt = before
		}
		for _, edit := range edits {
			edit(s)
		}
		return s
	}
	because := func(reason string) func(*usher.Seat) { return func(s *usher.Seat) { s.Reason = reason } }
	leaving := func(s *usher.Seat) { s.LeavingAt, s.DueAt, s.LeavingBy, s.Reason = before, before+9, "d-old", "left" }
	held := func(s *usher.Seat) { s.Hold = "h1" }
	approved := func(s *usher.Seat) { s.Approved = true }
	changed := func(s *usher.Seat) { s.ChangedAt = now }
	starts := func(s *usher.Seat) { s.LeavingAt, s.DueAt, s.LeavingBy, s.Reason = now, due, "d1", "left" }
	graced := func(s *usher.Seat) { s.DueAt = now.Add(24 * time.Hour) }
	over := func(s *usher.Seat) { s.ReleasedAt, s.Reason = now, "left" }
	placed := func(priority int64) func(*usher.Seat) { return func(s *usher.Seat) { s.Priority = priority } }

	for _, c := range []struct {
		name    string
		seat    *usher.Seat
		wish    plan.Wish
		kind    plan.StepKind
		want    *usher.Seat
		changed bool
	}{
		{"none, not wanted", nil, no, plan.StepNone, &usher.Seat{}, false},
		{"none, wanted", nil, yes, plan.StepQueue, &usher.Seat{Subscription: "s1", State: usher.Queued, Priority: 5, Reason: "in the rule", RequestedAt: now, ChangedAt: now}, true},

		{"queued, wanted", seat(usher.Queued), yes, plan.StepNone, seat(usher.Queued), false},
		{"queued, another place", seat(usher.Queued, placed(1)), yes, plan.StepPriority, seat(usher.Queued, changed), true},
		{"queued, another reason", seat(usher.Queued, because("pinned")), yes, plan.StepNone, seat(usher.Queued, changed), true},
		{"queued and held, wanted", seat(usher.Queued, held), yes, plan.StepNone, seat(usher.Queued, held), false},
		{"queued, not wanted", seat(usher.Queued), no, plan.StepDequeue, seat(usher.Released, over, changed, func(s *usher.Seat) { s.SeatedAt = 0 }), true},
		{"queued and held, not wanted", seat(usher.Queued, held, approved), no, plan.StepDequeue, seat(usher.Released, over, changed, func(s *usher.Seat) { s.SeatedAt = 0 }), true},

		{"invited, wanted", seat(usher.Invited, approved), yes, plan.StepNone, seat(usher.Invited, approved), false},
		{"active, wanted", seat(usher.Active), yes, plan.StepNone, seat(usher.Active), false},
		{"active, another reason", seat(usher.Active, because("pinned")), yes, plan.StepNone, seat(usher.Active, changed), true},
		{"active, another priority", seat(usher.Active, placed(1)), yes, plan.StepNone, seat(usher.Active, changed), true},
		{"invited, not wanted", seat(usher.Invited), no, plan.StepLeave, seat(usher.Invited, starts, changed), true},
		{"active, not wanted", seat(usher.Active), no, plan.StepLeave, seat(usher.Active, starts, changed), true},
		{"active by approval, not wanted", seat(usher.Active, approved), no, plan.StepLeave, seat(usher.Active, starts, changed), true},

		{"leaving, not wanted", seat(usher.Active, leaving), no, plan.StepNone, seat(usher.Active, leaving), false},
		{"leaving, not wanted for another reason", seat(usher.Active, leaving, because("withheld")), no, plan.StepNone, seat(usher.Active, leaving, changed), true},
		{"missing from rosters", seat(usher.Active), plan.Wish{By: plan.ByAbsent, Reason: "left"}, plan.StepLeave, seat(usher.Active, starts, graced, changed), true},
		{"missing, then said to have left", seat(usher.Active, leaving, graced), no, plan.StepNone, seat(usher.Active, leaving, changed, func(s *usher.Seat) { s.DueAt = due }), true},
		{"said to have left, then missing", seat(usher.Active, leaving), plan.Wish{By: plan.ByAbsent, Reason: "left"}, plan.StepNone, seat(usher.Active, leaving), false},
		{"leaving, wanted", seat(usher.Active, leaving), yes, plan.StepReturn, seat(usher.Active, changed), true},
		{"leaving and held, wanted", seat(usher.Active, leaving, held, approved), yes, plan.StepReturn, seat(usher.Active, changed), true},
		{"invited and leaving, wanted", seat(usher.Invited, leaving), yes, plan.StepReturn, seat(usher.Invited, changed), true},

		{"releasing, not wanted", seat(usher.Releasing, leaving), no, plan.StepNone, seat(usher.Releasing, leaving), false},
		{"releasing, wanted", seat(usher.Releasing, leaving), yes, plan.StepReturn, seat(usher.Invited, changed), true},
		{"releasing without leaving, wanted", seat(usher.Releasing), yes, plan.StepReturn, seat(usher.Invited, changed), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var untouched usher.Seat
			if c.seat != nil {
				untouched = *c.seat
			}
			got := plan.Next(c.seat, sub, c.wish, "d1", now)
			if got.Kind != c.kind || got.Changed != c.changed || got.Seat != *c.want {
				t.Errorf("got  %+v\nwant %s %v %+v", got, c.kind, c.changed, *c.want)
			}
			if c.seat != nil && *c.seat != untouched {
				t.Error("the caller's seat was changed")
			}
		})
	}
}

func TestNextWithoutSettleIsDueAtOnce(t *testing.T) {
	got := plan.Next(&usher.Seat{State: usher.Active}, usher.Subscription{}, plan.Wish{}, "", now).Seat
	if got.LeavingAt != now || got.DueAt != now {
		t.Errorf("got %+v", got)
	}
}

// Whatever the seat: the same wish a second time changes nothing, what occupied still occupies, and only a wish brings
// a seat to life.
func TestNextSettles(t *testing.T) {
	states := []usher.SeatState{usher.Queued, usher.Invited, usher.Active, usher.Releasing}
	rapid.Check(t, func(t *rapid.T) {
		sub := usher.Subscription{ID: "s1", Settle: settle}
		w := plan.Wish{
			Wanted: rapid.Bool().Draw(t, "wanted"), Priority: rapid.Int64Range(0, 2).Draw(t, "wished priority"),
			Reason: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "wished reason"),
		}
		var seat *usher.Seat
		if rapid.Bool().Draw(t, "has a seat") {
			seat = &usher.Seat{
				ID: "t1", State: rapid.SampledFrom(states).Draw(t, "state"), Priority: rapid.Int64Range(0, 2).Draw(t, "priority"),
				Reason: "a", Hold: rapid.SampledFrom([]usher.ID{"", "h1"}).Draw(t, "hold"), Approved: rapid.Bool().Draw(t, "approved"),
			}
			if seat.State != usher.Queued && rapid.Bool().Draw(t, "leaving") {
				seat.LeavingAt, seat.DueAt = now-5, now+5
			}
		}
		once := plan.Next(seat, sub, w, "d1", now)
		if seat != nil && seat.State.Occupies() != once.Seat.State.Occupies() {
			t.Fatalf("%s became %s", seat.State, once.Seat.State)
		}
		if w.Wanted != (once.Seat.State != "" && once.Seat.State.Live() && once.Seat.LeavingAt == 0 && once.Seat.State != usher.Releasing) {
			t.Fatalf("wanted %v, got %+v", w.Wanted, once.Seat)
		}
		if once.Kind != plan.StepNone && !once.Changed || once.Changed && once.Seat.ChangedAt != now {
			t.Fatalf("got %+v", once)
		}
		live := &once.Seat
		if !once.Seat.State.Live() || once.Seat.State == "" {
			live = nil
		}
		if twice := plan.Next(live, sub, w, "d2", now+1); twice.Changed || twice.Kind != plan.StepNone {
			t.Fatalf("the same wish again made %+v of %+v", twice, once)
		}
	})
}

func queued(id usher.ID, priority int64, at usher.Time) usher.Seat {
	return usher.Seat{ID: id, State: usher.Queued, Priority: priority, RequestedAt: at}
}

func ids(seats []usher.Seat) []usher.ID {
	var list []usher.ID
	for _, s := range seats {
		list = append(list, s.ID)
	}
	return list
}

func TestAllocate(t *testing.T) {
	held := queued("held", 99, 1)
	held.Hold = "h1"
	seated := queued("seated", 99, 1)
	seated.State = usher.Active
	line := []usher.Seat{queued("d", 0, 2), queued("c", 0, 1), held, queued("b", 0, 1), queued("a", 7, 3), seated}
	for _, c := range []struct {
		name string
		sub  usher.Subscription
		want []usher.ID
	}{
		{"none free", usher.Subscription{Purchased: 3, Used: 3}, nil},
		{"over", usher.Subscription{Purchased: 3, Used: 5}, nil},
		{"one free: the highest priority", usher.Subscription{Purchased: 3, Used: 2}, []usher.ID{"a"}},
		{"then who asked first, then by id", usher.Subscription{Purchased: 3}, []usher.ID{"a", "b", "c"}},
		{"more free than wanted", usher.Subscription{Purchased: 9}, []usher.ID{"a", "b", "c", "d"}},
		{"term has not begun", usher.Subscription{Purchased: 9, StartsAt: now + 1}, nil},
		{"term begins", usher.Subscription{Purchased: 4, Used: 3, StartsAt: now}, []usher.ID{"a"}},
		{"term is over", usher.Subscription{Purchased: 9, EndsAt: now}, nil},
		{"retired", usher.Subscription{Purchased: 9, RetiredAt: 1}, nil},
	} {
		if got := ids(plan.Allocate(c.sub, line, now)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	if got := ids(line); !slices.Equal(got, []usher.ID{"d", "c", "held", "b", "a", "seated"}) {
		t.Errorf("the caller's queue was reordered: %v", got)
	}
}

// Never more than are free, never somebody before somebody who comes first, never a seat left while somebody waits.
func TestAllocateKeepsTheQueue(t *testing.T) {
	comesFirst := func(a, b usher.Seat) bool {
		if a.Priority != b.Priority {
			return a.Priority > b.Priority
		}
		if a.RequestedAt != b.RequestedAt {
			return a.RequestedAt < b.RequestedAt
		}
		return a.ID < b.ID
	}
	rapid.Check(t, func(t *rapid.T) {
		var line []usher.Seat
		for i := range rapid.IntRange(0, 20).Draw(t, "queue") {
			line = append(line, queued(usher.ID(rune('a'+i)), rapid.Int64Range(-1, 1).Draw(t, "priority"), usher.Time(rapid.IntRange(1, 3).Draw(t, "at"))))
		}
		line = rapid.Permutation(line).Draw(t, "order")
		sub := usher.Subscription{Purchased: rapid.IntRange(0, 20).Draw(t, "purchased"), Used: rapid.IntRange(0, 20).Draw(t, "used")}
		got := plan.Allocate(sub, line, now)
		if want := min(max(sub.Free(), 0), len(line)); len(got) != want {
			t.Fatalf("%d seated, want %d", len(got), want)
		}
		seated := map[usher.ID]bool{}
		for i, s := range got {
			if seated[s.ID] || i > 0 && comesFirst(s, got[i-1]) {
				t.Fatalf("got %v", ids(got))
			}
			seated[s.ID] = true
		}
		for _, waits := range line {
			for _, s := range got {
				if !seated[waits.ID] && comesFirst(waits, s) {
					t.Fatalf("%s sits before %s", s.ID, waits.ID)
				}
			}
		}
	})
}

func TestNextForgetsADiscardedReleaseOnceThePersonIsWanted(t *testing.T) {
	seated := usher.Seat{ID: "t1", State: usher.Active, Reason: "hold 1 discarded", KeptRevision: 7}
	leaving := seated
	leaving.LeavingAt = now
	for name, s := range map[string]usher.Seat{"seated": seated, "leaving": leaving} {
		if got := plan.Next(&s, usher.Subscription{}, plan.Wish{Wanted: true, Reason: "rule"}, "", now).Seat.KeptRevision; got != 0 {
			t.Errorf("%s: kept revision %d, want none", name, got)
		}
	}
}
