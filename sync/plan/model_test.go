package plan_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/usher"
	"usher/sync/plan"
)

// pool is the smallest ledger that Next and Allocate can drive: one subscription, no store, no portal.
type pool struct {
	sub   usher.Subscription
	seats map[usher.ID]*usher.Seat // live ones, by person
	now   usher.Time
	made  int
}

// wish lets person be wanted or not, as a directory's signal would.
func (p *pool) wish(person usher.ID, wanted bool, priority int64) {
	p.now += 1_000_000
	step := plan.Next(p.seats[person], p.sub, plan.Wish{Wanted: wanted, Priority: priority}, "d1", p.now)
	switch step.Kind {
	case plan.StepQueue:
		p.made++
		step.Seat.ID, step.Seat.Person = usher.ID(fmt.Sprintf("t%04d", p.made)), person
		p.seats[person] = &step.Seat
	case plan.StepDequeue:
		delete(p.seats, person)
	default:
		if p.seats[person] != nil {
			p.seats[person] = &step.Seat
		}
	}
	p.promote()
}

// settle lets time pass, starts what is due and lets the portal confirm every release.
func (p *pool) settle() {
	p.now = p.now.Add(p.sub.Settle)
	for person, s := range p.seats {
		switch {
		case s.State == usher.Releasing:
			delete(p.seats, person)
			p.sub.Used--
		case s.LeavingAt != 0 && s.DueAt <= p.now:
			s.State = usher.Releasing
		}
	}
	p.promote()
}

func (p *pool) promote() {
	var queue []usher.Seat
	for _, s := range p.seats {
		queue = append(queue, *s)
	}
	for _, s := range plan.Allocate(p.sub, queue, p.now) {
		p.seats[s.Person].State, p.seats[s.Person].SeatedAt = usher.Invited, p.now
		p.sub.Used++
	}
}

// count is how many seats occupy and how many are queued.
func (p *pool) count() (occupied, queued int) {
	for _, s := range p.seats {
		if s.State.Occupies() {
			occupied++
		} else {
			queued++
		}
	}
	return occupied, queued
}

// Joiners, leavers, rejoiners, more and fewer seats in any order: never oversold, never a free seat while somebody is
// queued, nobody evicted, and a leaver who comes back in time sits where they sat.
func TestPoolIsNeverOversold(t *testing.T) {
	people := []usher.ID{"a", "b", "c", "d", "e", "f"}
	rapid.Check(t, func(t *rapid.T) {
		p := &pool{sub: usher.Subscription{ID: "s1", Settle: settle, Purchased: 3}, seats: map[usher.ID]*usher.Seat{}, now: now}
		wanted := map[usher.ID]bool{}
		check := func() {
			occupied, queued := p.count()
			if occupied != p.sub.Used {
				t.Fatalf("%d occupy, %d are counted", occupied, p.sub.Used)
			}
			if p.sub.Free() > 0 && queued > 0 {
				t.Fatalf("%d free while %d are queued", p.sub.Free(), queued)
			}
			for _, person := range people {
				s := p.seats[person]
				if wanted[person] && (s == nil || s.LeavingAt != 0 || s.State == usher.Releasing) {
					t.Fatalf("%s is wanted and has %+v", person, s)
				}
				if !wanted[person] && s != nil && (s.LeavingAt == 0 || s.State == usher.Queued) {
					t.Fatalf("%s is not wanted and has %+v", person, s)
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"wish": func(t *rapid.T) {
				person := rapid.SampledFrom(people).Draw(t, "person")
				before := p.seats[person]
				used := p.sub.Used
				wanted[person] = rapid.Bool().Draw(t, "wanted")
				p.wish(person, wanted[person], rapid.Int64Range(0, 1).Draw(t, "priority"))
				if p.sub.Used > max(p.sub.Purchased, used) {
					t.Fatalf("%d of %d seats", p.sub.Used, p.sub.Purchased)
				}
				if before != nil && before.State.Occupies() && p.seats[person].ID != before.ID {
					t.Fatalf("%s lost seat %s", person, before.ID)
				}
			},
			"settle": func(*rapid.T) { p.settle() },
			"buy": func(t *rapid.T) {
				used := p.sub.Used
				p.sub.Purchased = rapid.IntRange(0, 6).Draw(t, "purchased")
				p.promote()
				if p.sub.Used < used || p.sub.Used > max(p.sub.Purchased, used) {
					t.Fatalf("%d of %d seats, were %d", p.sub.Used, p.sub.Purchased, used)
				}
			},
			"": func(*rapid.T) { check() },
		})
	})
}
