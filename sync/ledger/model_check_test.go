package ledger_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// checker knows what must always be true of a ledger.
type checker struct {
	rapid.TB
	*world
	ctx     context.Context
	portals []*fakePortal
	policy  ledger.Policy
	// discarded are the seats whose hold an admin discarded, with the person's revision
	// then: what the directories said is void until they say something new.
	discarded map[place]int64
	lifted    map[place]bool        // whom a human wanted out by name in this step
	reserved  int                   // how often a seat was kept back
	started   map[usher.ID]bool     // records that served their person when they last changed
	joined    map[usher.ID]usher.ID // who was merged in this step, and into whom; both ways for a split
	bought    map[string]int        // the most seats that a subscription had in this step
	since     usher.Time            // when this step began
	before    picture
}

// place is one person's place in one subscription.
type place struct{ subscription, person usher.ID }

// try fails the test unless err is none or one of those expected.
func (k *checker) try(err error, expected ...error) bool {
	if err == nil {
		return true
	}
	if !slices.ContainsFunc(expected, func(e error) bool { return errors.Is(err, e) }) {
		k.Fatalf("%v", err)
	}
	return false
}

// sweep does what is due, as often as that makes more due.
func (k *checker) sweep() {
	for range 5 {
		k.try(k.ledger.Sweep(k.ctx))
		due, err := k.store.Look().CountDue(k.ctx)
		k.try(err)
		dated, err := k.store.Look().CountDated(k.ctx)
		k.try(err)
		if due+dated == 0 {
			return
		}
	}
	k.Fatalf("sweeping makes people due without end")
}

// picture is what of the ledger a step is compared with.
type picture struct {
	subscriptions map[usher.ID]usher.Subscription
	seats         map[usher.ID]usher.Seat // all that ever were
	holds         map[usher.ID]usher.Hold // open ones
}

func (k *checker) look() picture {
	p := picture{map[usher.ID]usher.Subscription{}, map[usher.ID]usher.Seat{}, map[usher.ID]usher.Hold{}}
	for _, s := range k.subscriptions() {
		p.subscriptions[s.ID] = s
	}
	for _, person := range k.people() {
		seats, err := k.store.Look().SeatsOf(k.ctx, person.ID)
		k.try(err)
		for _, s := range seats {
			p.seats[s.ID] = s
		}
	}
	for _, h := range k.openHolds() {
		p.holds[h.ID] = h
	}
	return p
}

func (k *checker) people() []usher.Person {
	list, err := k.store.Look().People(k.ctx, usher.Person{}, 1000)
	k.try(err)
	return list
}

func (k *checker) subscriptions() []usher.Subscription {
	list, err := k.store.Look().AllSubscriptions(k.ctx)
	k.try(err)
	return list
}

func (k *checker) openHolds() []usher.Hold {
	list, err := k.store.Look().Holds(k.ctx, true)
	k.try(err)
	return list
}

func (k *checker) name(subscription usher.ID) string {
	return k.before.subscriptions[subscription].Name
}

// live are a subscription's seats that are not released.
func (p picture) live(subscription usher.ID) []usher.Seat {
	var list []usher.Seat
	for _, s := range p.seats {
		if s.Subscription == subscription && s.State.Live() {
			list = append(list, s)
		}
	}
	return list
}

// verify checks everything that must hold after a step and a sweep.
func (k *checker) verify(step string) {
	now := k.look()
	people := map[usher.ID]usher.Person{}
	for _, p := range k.people() {
		people[p.ID] = p
	}
	for _, sub := range now.subscriptions {
		k.verifyCounts(step, sub, now)
		k.verifyReservations(step, sub, now)
		k.verifyQueue(step, sub, now)
		k.verifySeats(step, sub, now, people)
		k.verifyHolds(step, sub, now)
	}
	k.verifyEvents(step, now)
	for _, p := range k.portals {
		k.verifyPortal(step, p, now, people)
	}
	k.before = now
}

// verifyCounts: never oversold, and never two seats for one person.
func (k *checker) verifyCounts(step string, sub usher.Subscription, now picture) {
	occupied, persons := 0, map[usher.ID]bool{}
	for _, s := range now.live(sub.ID) {
		if s.State.Occupies() {
			occupied++
		}
		if persons[s.Person] {
			k.Fatalf("%s: person %s has two seats in %s", step, s.Person, sub.Name)
		}
		persons[s.Person] = true
	}
	was := k.before.subscriptions[sub.ID].Used
	switch {
	case occupied != sub.Used:
		k.Fatalf("%s: %s counts %d, and %d are occupied", step, sub.Name, sub.Used, occupied)
	case sub.Used > sub.Cap:
		k.Fatalf("%s: %s uses %d, cap is %d", step, sub.Name, sub.Used, sub.Cap)
	case sub.Used > max(sub.Purchased, was, k.bought[sub.Name]):
		k.Fatalf("%s: %s is oversold: %d of %d, were %d", step, sub.Name, sub.Used, sub.Purchased, was)
	}
}

// verifyQueue: no free seat beside somebody who may have it, and nobody was passed over.
func (k *checker) verifyQueue(step string, sub usher.Subscription, now picture) {
	var line []usher.Seat // who waits and could be served
	for _, s := range now.live(sub.ID) {
		if s.State == usher.Queued && s.Hold == "" {
			line = append(line, s)
		}
	}
	portal, err := k.store.Look().Portal(k.ctx, sub.Portal)
	k.try(err)
	reserved := slices.ContainsFunc(line, func(s usher.Seat) bool { return s.ReservedUntil > k.store.Now() })
	if portal.Live && sub.Open(k.store.Now()) && (sub.Free() > 0 && len(line) > 0 || sub.Used < sub.Purchased && reserved) {
		k.Fatalf("%s: %s has %d free seats of %d while %d wait, somebody with a reservation among them: %v", step, sub.Name, sub.Free(), sub.Purchased-sub.Used, len(line), reserved)
	}
	for _, s := range now.seats {
		given := s.Subscription == sub.ID && s.SeatedAt >= k.since
		if !given {
			continue
		}
		if !portal.Live {
			k.Fatalf("%s: a seat in %s was given at a portal that is not live", step, sub.Name)
		}
		for _, left := range line {
			if k.hadReserved(s) {
				break // what was kept back is theirs, whoever is ahead
			}
			if k.before.seats[left.ID].State == usher.Queued && k.before.seats[left.ID].Hold == "" && !s.Approved && ahead(left, s) {
				k.Fatalf("%s: in %s, %s was served and %s, who is ahead, was not", step, sub.Name, s.ID, left.ID)
			}
		}
	}
}

// hadReserved says that a seat was kept back for whoever got s in this step, or came free
// in it.
func (k *checker) hadReserved(s usher.Seat) bool {
	for _, was := range k.before.seats {
		if was.Subscription == s.Subscription && (was.Person == s.Person || k.joined[was.Person] == s.Person) && (was.ReservedUntil >= k.since || was.State.Occupies()) {
			return true
		}
	}
	return false
}

// verifyReservations: what a roster took away is kept back for a day and for whoever had it,
// and nobody else's seat is.
func (k *checker) verifyReservations(step string, sub usher.Subscription, now picture) {
	reserved, persons := 0, map[usher.ID]bool{}
	for id, s := range now.seats {
		if s.Subscription != sub.ID {
			continue
		}
		was := k.before.seats[id]
		if s.ReservedUntil > k.store.Now() {
			reserved++
			if persons[s.Person] || s.State.Occupies() {
				k.Fatalf("%s: in %s a second seat is kept back for %s: %+v", step, sub.Name, s.Person, s)
			}
			persons[s.Person] = true
		}
		if s.State != usher.Released || s.SeatedAt == 0 || !was.State.Occupies() {
			continue // only what was released in this step
		}
		byFile := s.LeavingBy == k.directory("hr").Directory
		kept := s.ReservedUntil == s.ReleasedAt.Add(24*time.Hour)
		back := slices.ContainsFunc(now.live(sub.ID), func(o usher.Seat) bool { return o.Person == s.Person }) // and took it along
		if kept && !byFile || byFile && !kept && !back && !k.lifted[place{sub.ID, s.Person}] {
			k.Fatalf("%s: a seat in %s was released by directory %q, and is kept back: %v: %+v", step, sub.Name, s.LeavingBy, kept, s)
		}
		if kept {
			k.reserved++
		}
	}
	if reserved != sub.Reserved {
		k.Fatalf("%s: %s keeps %d seats back, and %d are to be", step, sub.Name, sub.Reserved, reserved)
	}
}

func ahead(a, b usher.Seat) bool {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.RequestedAt, b.RequestedAt), cmp.Compare(a.ID, b.ID)) < 0
}

// verifySeats: who is entitled has a seat or a place in the queue, and nobody else has,
// unless it is being released, is held, or a human discarded the release.
func (k *checker) verifySeats(step string, sub usher.Subscription, now picture, people map[usher.ID]usher.Person) {
	seats := map[usher.ID]usher.Seat{}
	for _, s := range now.live(sub.ID) {
		seats[s.Person] = s
	}
	for _, p := range people {
		at := place{sub.ID, p.ID}
		revision, discarded := k.discarded[at]
		decision := k.decision(at)
		s, has := seats[p.ID]
		wanted := k.wantedIn(p, sub.ID)
		human := wanted && decision == usher.Pin || p.Active && (decision == usher.Withhold || decision == usher.GiveBack)
		discarded = discarded && revision == p.Revision && !human
		leaving := s.LeavingAt != 0 || s.State == usher.Releasing
		fail := func(what string) {
			k.Fatalf("%s: %s in %s (wanted %v, decision %q): %s: %+v", step, p.Attributes.DisplayName, sub.Name, wanted, decision, what, s)
		}
		switch {
		case wanted && !has && !discarded:
			fail("has no seat")
		case wanted && leaving:
			fail("is leaving")
		case !wanted && has && s.State == usher.Queued:
			fail("is queued")
		case !wanted && has && !leaving && !discarded:
			fail("keeps the seat")
		case has && s.LeavingAt != 0 && s.State != usher.Releasing && s.Hold == "" && s.DueAt <= k.store.Now():
			fail("has settled, and the release has not begun")
		case has && (decision == usher.Withhold || decision == usher.GiveBack) && p.Active && s.State != usher.Releasing:
			fail("is withheld")
		case has && decision == usher.Pin && s.Hold != "" && p.Active:
			fail("is pinned and held")
		case s.Hold != "" && now.holds[s.Hold].ID == "":
			fail("is stopped by a hold that is closed")
		}
		if _, d := k.discarded[at]; d && wanted && has {
			delete(k.discarded, at) // the rule agrees with what is: what was discarded is over
		}
	}
}

// verifyHolds: while a hold is open, nothing of its class begins without a human's word.
func (k *checker) verifyHolds(step string, sub usher.Subscription, now picture) {
	for _, h := range now.holds {
		if k.before.holds[h.ID].ID == "" || h.Subscription != sub.ID {
			continue
		}
		for _, s := range now.seats {
			was := k.before.seats[s.ID]
			if s.Subscription != sub.ID || s.Approved || was.State == s.State {
				continue
			}
			released := (was.State == usher.Invited || was.State == usher.Active) && (s.State == usher.Releasing || s.State == usher.Released)
			if h.Class == usher.HoldReleases && released || h.Class == usher.HoldInvitations && s.State == usher.Invited && was.State == usher.Queued {
				k.Fatalf("%s: in %s, %s went from %s to %s past hold %d", step, sub.Name, s.ID, was.State, s.State, h.Number)
			}
		}
	}
}

// verifyEvents: every change of a seat has its event, and the last one says how it is.
func (k *checker) verifyEvents(step string, now picture) {
	query := eventQuery
	query.Since = k.since
	events, err := k.store.Look().Events(k.ctx, query)
	k.try(err)
	states, kinds := map[usher.ID]usher.SeatState{}, map[usher.ID][]usher.EventKind{}
	for _, e := range events {
		if e.Subject != "seat" {
			continue
		}
		var after struct {
			State     usher.SeatState
			Used      int
			Purchased int
		}
		k.try(json.Unmarshal(e.After, &after))
		states[e.SubjectID] = after.State
		kinds[e.SubjectID] = append(kinds[e.SubjectID], e.Kind)
		if e.Kind == usher.EventSeatGiven && after.Used > after.Purchased {
			k.Fatalf("%s: a seat was given as number %d of %d", step, after.Used, after.Purchased)
		}
	}
	for id, s := range now.seats {
		was := k.before.seats[id]
		told := kinds[id]
		switch {
		case was.State != s.State && states[id] != s.State:
			k.Fatalf("%s: seat %s went from %q to %q, and the events say %q", step, id, was.State, s.State, states[id])
		case was.LeavingAt == 0 && s.LeavingAt != 0 && !slices.Contains(told, usher.EventSeatLeaving):
			k.Fatalf("%s: seat %s began to leave without an event", step, id)
		case was.LeavingAt != 0 && s.LeavingAt == 0 && !slices.Contains(told, usher.EventSeatKept):
			k.Fatalf("%s: seat %s was kept without an event", step, id)
		case was.SeatedAt == 0 && s.SeatedAt != 0 && !slices.Contains(told, usher.EventSeatGiven):
			k.Fatalf("%s: seat %s was given without an event", step, id)
		}
	}
}

// verifyPortal: what is desired says exactly who sits, and a hard pool holds nobody
// whose seat could be given to somebody else.
func (k *checker) verifyPortal(step string, p *fakePortal, now picture, people map[usher.ID]usher.Person) {
	accounts := map[usher.ID]usher.Account{}
	list, err := k.store.Look().Accounts(k.ctx, p.ID, "", 1000)
	k.try(err)
	for _, a := range list {
		if a.Kind == usher.AccountPerson && a.Subject != "" {
			accounts[a.Subject] = a
		}
	}
	for _, person := range people {
		a := accounts[person.ID]
		wanted, occupied := k.seatsAt(p, person.ID, now)
		var desired usher.Desired
		if a.Desired != nil {
			desired = *a.Desired
		}
		if desired.Active != (len(wanted) > 0) || !slices.Equal(desired.Subscriptions, wanted) {
			k.Fatalf("%s: %s sits in %v at %s, and desired is active %v in %v (generation %d, confirmed %d)", step,
				person.Attributes.DisplayName, wanted, p.Name, desired.Active, desired.Subscriptions, a.Generation, a.Confirmed)
		}
		for _, name := range p.holds[a.ID].Subscriptions {
			if p.Hard && a.ID != "" && !slices.Contains(occupied, name) {
				k.Fatalf("%s: the portal %s holds %s in %s, which may be given to somebody else", step, p.Name, person.Attributes.DisplayName, name)
			}
		}
	}
}

// seatsAt are the names of the subscriptions in which a portal should serve a person, and
// of those that the person occupies.
func (k *checker) seatsAt(p *fakePortal, person usher.ID, now picture) (wanted, occupied []string) {
	for _, sub := range now.subscriptions {
		for _, s := range now.live(sub.ID) {
			if sub.Portal != p.ID || s.Person != person || !s.State.Occupies() {
				continue
			}
			occupied = append(occupied, sub.Name)
			if s.State != usher.Releasing && !k.parked(sub, person) {
				wanted = append(wanted, sub.Name)
			}
		}
	}
	slices.Sort(wanted)
	return wanted, occupied
}

// verifyConverged: without faults, every live portal holds what is desired.
func (k *checker) verifyConverged() {
	for _, p := range k.portals {
		list, err := k.store.Look().Accounts(k.ctx, p.ID, "", 1000)
		k.try(err)
		for _, a := range list {
			portal, err := k.store.Look().Portal(k.ctx, p.ID)
			k.try(err)
			if a.Desired == nil || !portal.Live {
				continue
			}
			held := p.holds[a.ID]
			if a.Confirmed < a.Generation || held.Active != a.Desired.Active || a.Kind == usher.AccountPerson && !reflect.DeepEqual(held.Subscriptions, a.Desired.Subscriptions) {
				k.Fatalf("in the end %s holds %+v, and %+v is desired (generation %d, confirmed %d)", p.Name, held, *a.Desired, a.Generation, a.Confirmed)
			}
		}
	}
	for _, s := range k.before.seats {
		portal, err := k.store.Look().Portal(k.ctx, k.before.subscriptions[s.Subscription].Portal)
		k.try(err)
		parked := s.State == usher.Invited && k.parked(k.before.subscriptions[s.Subscription], s.Person)
		if portal.Live && (s.State == usher.Releasing || s.State == usher.Invited && !parked) {
			k.Fatalf("in the end seat %s in %s is %s", s.ID, k.name(s.Subscription), s.State)
		}
	}
}
