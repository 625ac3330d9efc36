package ledger_test

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"

	"usher/internal/usher"
)

// picture is what of the ledger a step is compared with.
type picture struct {
	subscriptions map[usher.ID]usher.Subscription
	seats         map[usher.ID]usher.Seat // all that ever were
	holds         map[usher.ID]usher.Hold // open ones
}

func (m *model) look() picture {
	p := picture{map[usher.ID]usher.Subscription{}, map[usher.ID]usher.Seat{}, map[usher.ID]usher.Hold{}}
	for _, s := range m.subscriptions() {
		p.subscriptions[s.ID] = s
	}
	for _, person := range m.people() {
		seats, err := m.store.Look().SeatsOf(m.ctx, person.ID)
		m.try(err)
		for _, s := range seats {
			p.seats[s.ID] = s
		}
	}
	for _, h := range m.openHolds() {
		p.holds[h.ID] = h
	}
	return p
}

func (m *model) people() []usher.Person {
	list, err := m.store.Look().People(m.ctx, usher.Person{}, 1000)
	m.try(err)
	return list
}

func (m *model) subscriptions() []usher.Subscription {
	list, err := m.store.Look().AllSubscriptions(m.ctx)
	m.try(err)
	return list
}

func (m *model) openHolds() []usher.Hold {
	list, err := m.store.Look().Holds(m.ctx, true)
	m.try(err)
	return list
}

func (m *model) name(subscription usher.ID) string {
	return m.before.subscriptions[subscription].Name
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
func (m *model) verify(step string) {
	now := m.look()
	people := map[usher.ID]usher.Person{}
	for _, p := range m.people() {
		people[p.ID] = p
	}
	for _, sub := range now.subscriptions {
		m.verifyCounts(step, sub, now)
		m.verifyQueue(step, sub, now)
		m.verifySeats(step, sub, now, people)
		m.verifyHolds(step, sub, now)
	}
	m.verifyEvents(step, now)
	for _, p := range m.portals {
		m.verifyPortal(step, p, now, people)
	}
	m.before = now
}

// verifyCounts: never oversold, and never two seats for one person.
func (m *model) verifyCounts(step string, sub usher.Subscription, now picture) {
	occupied, persons := 0, map[usher.ID]bool{}
	for _, s := range now.live(sub.ID) {
		if s.State.Occupies() {
			occupied++
		}
		if persons[s.Person] {
			m.T.Fatalf("%s: person %s has two seats in %s", step, s.Person, sub.Name)
		}
		persons[s.Person] = true
	}
	was := m.before.subscriptions[sub.ID].Used
	switch {
	case occupied != sub.Used:
		m.T.Fatalf("%s: %s counts %d, and %d are occupied", step, sub.Name, sub.Used, occupied)
	case sub.Used > sub.Cap:
		m.T.Fatalf("%s: %s uses %d, cap is %d", step, sub.Name, sub.Used, sub.Cap)
	case sub.Used > max(sub.Purchased, was):
		m.T.Fatalf("%s: %s is oversold: %d of %d, were %d", step, sub.Name, sub.Used, sub.Purchased, was)
	}
}

// verifyQueue: no free seat beside somebody who may have it, and nobody was passed over.
func (m *model) verifyQueue(step string, sub usher.Subscription, now picture) {
	var line []usher.Seat // who waits and could be served
	for _, s := range now.live(sub.ID) {
		if s.State == usher.Queued && s.Hold == "" {
			line = append(line, s)
		}
	}
	portal, err := m.store.Look().Portal(m.ctx, sub.Portal)
	m.try(err)
	if portal.Live && sub.Open(m.store.Now()) && sub.Free() > 0 && len(line) > 0 {
		m.T.Fatalf("%s: %s has %d free seats while %d wait", step, sub.Name, sub.Free(), len(line))
	}
	for _, s := range now.seats {
		given := s.Subscription == sub.ID && s.SeatedAt >= m.since
		if !given {
			continue
		}
		if !portal.Live {
			m.T.Fatalf("%s: a seat in %s was given at a portal that is not live", step, sub.Name)
		}
		for _, left := range line {
			if m.before.seats[left.ID].State == usher.Queued && m.before.seats[left.ID].Hold == "" && !s.Approved && ahead(left, s) {
				m.T.Fatalf("%s: in %s, %s was served and %s, who is ahead, was not", step, sub.Name, s.ID, left.ID)
			}
		}
	}
}

func ahead(a, b usher.Seat) bool {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.RequestedAt, b.RequestedAt), cmp.Compare(a.ID, b.ID)) < 0
}

// verifySeats: who is entitled has a seat or a place in the queue, and nobody else has,
// unless it is being released, is held, or a human discarded the release.
func (m *model) verifySeats(step string, sub usher.Subscription, now picture, people map[usher.ID]usher.Person) {
	seats := map[usher.ID]usher.Seat{}
	for _, s := range now.live(sub.ID) {
		seats[s.Person] = s
	}
	for _, p := range people {
		at := place{sub.ID, p.ID}
		revision, discarded := m.discarded[at]
		decision := m.decision(at)
		s, has := seats[p.ID]
		wanted := m.wantedIn(p, sub.ID)
		human := wanted && decision == usher.Pin || p.Active && decision == usher.Withhold
		discarded = discarded && revision == p.Revision && !human
		leaving := s.LeavingAt != 0 || s.State == usher.Releasing
		fail := func(what string) {
			m.T.Fatalf("%s: %s in %s (wanted %v, decision %q): %s: %+v", step, p.Attributes.DisplayName, sub.Name, wanted, decision, what, s)
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
		case has && s.LeavingAt != 0 && s.State != usher.Releasing && s.Hold == "" && s.DueAt <= m.store.Now():
			fail("has settled, and the release has not begun")
		case has && decision == usher.Withhold && p.Active && s.State != usher.Releasing:
			fail("is withheld")
		case has && decision == usher.Pin && s.Hold != "" && p.Active:
			fail("is pinned and held")
		case s.Hold != "" && now.holds[s.Hold].ID == "":
			fail("is stopped by a hold that is closed")
		}
		if _, d := m.discarded[at]; d && wanted && has {
			delete(m.discarded, at) // the rule agrees with what is: what was discarded is over
		}
	}
}

// verifyHolds: while a hold is open, nothing of its class begins without a human's word.
func (m *model) verifyHolds(step string, sub usher.Subscription, now picture) {
	for _, h := range now.holds {
		if m.before.holds[h.ID].ID == "" || h.Subscription != sub.ID {
			continue
		}
		for _, s := range now.seats {
			was := m.before.seats[s.ID]
			if s.Subscription != sub.ID || s.Approved || was.State == s.State {
				continue
			}
			released := (was.State == usher.Invited || was.State == usher.Active) && (s.State == usher.Releasing || s.State == usher.Released)
			if h.Class == usher.HoldReleases && released || h.Class == usher.HoldInvitations && s.State == usher.Invited && was.State == usher.Queued {
				m.T.Fatalf("%s: in %s, %s went from %s to %s past hold %d", step, sub.Name, s.ID, was.State, s.State, h.Number)
			}
		}
	}
}

// verifyEvents: every change of a seat has its event, and the last one says how it is.
func (m *model) verifyEvents(step string, now picture) {
	query := eventQuery
	query.Since = m.since
	events, err := m.store.Look().Events(m.ctx, query)
	m.try(err)
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
		m.try(json.Unmarshal(e.After, &after))
		states[e.SubjectID] = after.State
		kinds[e.SubjectID] = append(kinds[e.SubjectID], e.Kind)
		if e.Kind == usher.EventSeatGiven && after.Used > after.Purchased {
			m.T.Fatalf("%s: a seat was given as number %d of %d", step, after.Used, after.Purchased)
		}
	}
	for id, s := range now.seats {
		was := m.before.seats[id]
		told := kinds[id]
		switch {
		case was.State != s.State && states[id] != s.State:
			m.T.Fatalf("%s: seat %s went from %q to %q, and the events say %q", step, id, was.State, s.State, states[id])
		case was.LeavingAt == 0 && s.LeavingAt != 0 && !slices.Contains(told, usher.EventSeatLeaving):
			m.T.Fatalf("%s: seat %s began to leave without an event", step, id)
		case was.LeavingAt != 0 && s.LeavingAt == 0 && !slices.Contains(told, usher.EventSeatKept):
			m.T.Fatalf("%s: seat %s was kept without an event", step, id)
		case was.SeatedAt == 0 && s.SeatedAt != 0 && !slices.Contains(told, usher.EventSeatGiven):
			m.T.Fatalf("%s: seat %s was given without an event", step, id)
		}
	}
}

// verifyPortal: what is desired says exactly who sits, and a hard pool holds nobody
// whose seat could be given to somebody else.
func (m *model) verifyPortal(step string, p *fakePortal, now picture, people map[usher.ID]usher.Person) {
	accounts := map[usher.ID]usher.Account{}
	list, err := m.store.Look().Accounts(m.ctx, p.ID, "", 1000)
	m.try(err)
	for _, a := range list {
		if a.Kind == usher.AccountPerson && a.Subject != "" {
			accounts[a.Subject] = a
		}
	}
	for _, person := range people {
		a := accounts[person.ID]
		wanted, occupied := m.seatsAt(p, person.ID, now)
		var desired usher.Desired
		if a.Desired != nil {
			desired = *a.Desired
		}
		if desired.Active != (len(wanted) > 0) || !slices.Equal(desired.Subscriptions, wanted) {
			m.T.Fatalf("%s: %s sits in %v at %s, and desired is active %v in %v (generation %d, confirmed %d)", step,
				person.Attributes.DisplayName, wanted, p.Name, desired.Active, desired.Subscriptions, a.Generation, a.Confirmed)
		}
		for _, name := range p.holds[a.ID].Subscriptions {
			if p.Hard && a.ID != "" && !slices.Contains(occupied, name) {
				m.T.Fatalf("%s: the portal %s holds %s in %s, which may be given to somebody else", step, p.Name, person.Attributes.DisplayName, name)
			}
		}
	}
}

// seatsAt are the names of the subscriptions in which a portal should serve a person, and
// of those that the person occupies.
func (m *model) seatsAt(p *fakePortal, person usher.ID, now picture) (wanted, occupied []string) {
	for _, sub := range now.subscriptions {
		for _, s := range now.live(sub.ID) {
			if sub.Portal != p.ID || s.Person != person || !s.State.Occupies() {
				continue
			}
			occupied = append(occupied, sub.Name)
			if s.State != usher.Releasing {
				wanted = append(wanted, sub.Name)
			}
		}
	}
	slices.Sort(wanted)
	return wanted, occupied
}

// verifyConverged: without faults, every live portal holds what is desired.
func (m *model) verifyConverged() {
	for _, p := range m.portals {
		list, err := m.store.Look().Accounts(m.ctx, p.ID, "", 1000)
		m.try(err)
		for _, a := range list {
			portal, err := m.store.Look().Portal(m.ctx, p.ID)
			m.try(err)
			if a.Desired == nil || !portal.Live {
				continue
			}
			held := p.holds[a.ID]
			if a.Confirmed < a.Generation || held.Active != a.Desired.Active || a.Kind == usher.AccountPerson && !reflect.DeepEqual(held.Subscriptions, a.Desired.Subscriptions) {
				m.T.Fatalf("in the end %s holds %+v, and %+v is desired (generation %d, confirmed %d)", p.Name, held, *a.Desired, a.Generation, a.Confirmed)
			}
		}
	}
	for _, s := range m.before.seats {
		portal, err := m.store.Look().Portal(m.ctx, m.before.subscriptions[s.Subscription].Portal)
		m.try(err)
		if portal.Live && (s.State == usher.Releasing || s.State == usher.Invited) {
			m.T.Fatalf("in the end seat %s in %s is %s", s.ID, m.name(s.Subscription), s.State)
		}
	}
}
