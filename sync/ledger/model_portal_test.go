package ledger_test

import (
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// quiet is how long a call of the model's portals may take: after it the call is given
// up, and its account may be told again.
const quiet = time.Minute

// fakePortal is a portal that is slow, refuses, fails and loses answers as the model
// draws it, and which remembers what it holds.
type fakePortal struct {
	usher.Portal
	lease   store.Lease
	holds   map[usher.ID]usher.Desired // by account
	flights []flight
}

// flight is a call that has not come back yet.
type flight struct {
	work ledger.Work
	ends time.Time // when it is given up
}

func newFakePortal(k *checker, name string) *fakePortal {
	p, err := k.store.Look().PortalNamed(k.ctx, name)
	k.try(err)
	lease, err := k.store.TakeLease(k.ctx, "portal/"+name, "test", 24*time.Hour)
	k.try(err)
	return &fakePortal{Portal: p, lease: lease, holds: map[usher.ID]usher.Desired{}}
}

func (m *model) somePortal() *fakePortal {
	p, _ := pick(m, "portal", m.portals)
	now, err := m.store.Look().Portal(m.ctx, p.ID)
	m.try(err)
	p.Portal = now
	// The calls whose time is over will never land.
	p.flights = slices.DeleteFunc(p.flights, func(f flight) bool { return !m.clock.now().Before(f.ends) })
	return p
}

// deliver lets a portal be told of some accounts.
func (m *model) deliver() {
	p := m.somePortal()
	if !p.Live {
		return
	}
	for _, w := range m.begin(p, rapid.IntRange(1, 4).Draw(m.T, "limit")) {
		if rapid.IntRange(0, 3).Draw(m.T, "slow") == 0 {
			p.flights = append(p.flights, flight{w, m.clock.now().Add(quiet)})
			continue
		}
		m.end(p, w)
	}
}

func (m *model) begin(p *fakePortal, limit int) []ledger.Work {
	work, err := m.ledger.Begin(m.ctx, p.lease, p.ID, limit, quiet)
	m.try(err)
	for _, w := range work {
		if slices.ContainsFunc(p.flights, func(f flight) bool { return f.work.Change.Account == w.Change.Account }) {
			m.T.Fatalf("two calls at once for account %s at %s", w.Change.Account, p.Name)
		}
	}
	return work
}

// land ends calls that were slow, in any order.
func (m *model) land() {
	p := m.somePortal()
	f, ok := pick(m, "flight", p.flights)
	if !ok {
		return
	}
	p.flights = slices.DeleteFunc(p.flights, func(o flight) bool { return o.work.Attempt == f.work.Attempt })
	m.end(p, f.work)
}

func (m *model) end(p *fakePortal, w ledger.Work) {
	o := usher.Outcome{Result: rapid.SampledFrom([]usher.OutcomeResult{usher.Done, usher.Done, usher.Done, usher.Refused, usher.Retry, usher.Unknown}).Draw(m.T, "result")}
	applied := o.Result == usher.Done
	switch o.Result {
	case usher.Done:
		o.Wrote, o.RemoteID = true, remoteID(w.Change.Account)
	case usher.Refused:
		o.Reason, o.NoSeats = "the portal refuses", rapid.Bool().Draw(m.T, "no seats")
	case usher.Retry:
		o.Reason = "the portal is busy"
	case usher.Unknown:
		o.Reason = "the answer was lost"
		applied = rapid.Bool().Draw(m.T, "worked")
	}
	m.acknowledge(p, w, o, applied)
}

func (m *model) acknowledge(p *fakePortal, w ledger.Work, o usher.Outcome, applied bool) {
	if applied {
		m.keyed(p, w)
		p.holds[w.Change.Account] = w.Change.Desired
	}
	m.try(m.ledger.Acknowledge(m.ctx, p.lease, w, o, quiet))
}

// keyed: a portal takes an account under another key for another system's, and knows one account by a key.
func (m *model) keyed(p *fakePortal, w ledger.Work) {
	for id, d := range p.holds {
		if same := id == w.Change.Account; w.Change.Kind == usher.AccountPerson && d.Key != "" && same != (d.Key == w.Change.Desired.Key) {
			m.T.Fatalf("portal %s has account %s under %q, and account %s comes under %q", p.Name, id, d.Key, w.Change.Account, w.Change.Desired.Key)
		}
	}
}

func remoteID(account usher.ID) string { return "r-" + string(account) }

// drift is somebody who deactivates or deletes an account at the portal by hand.
func (m *model) drift() {
	p := m.somePortal()
	id, ok := pick(m, "account", slices.Sorted(maps.Keys(p.holds)))
	if !ok {
		return
	}
	if rapid.Bool().Draw(m.T, "delete") {
		delete(p.holds, id)
		return
	}
	was := p.holds[id]
	was.Active, was.Subscriptions = false, nil
	p.holds[id] = was
}

// observe reads everything that a portal holds.
func (m *model) observe() { m.readAll(m.somePortal()) }

func (m *model) readAll(p *fakePortal) {
	since := m.store.Now()
	for _, kind := range []usher.AccountKind{usher.AccountPerson, usher.AccountTeam} {
		var seen []usher.Seen
		for _, id := range slices.Sorted(maps.Keys(p.holds)) {
			a, err := m.store.Look().Account(m.ctx, id)
			if m.try(err, usher.ErrNotFound) && a.Kind == kind {
				seen = append(seen, shown(id, p.holds[id]))
			}
		}
		m.try(m.ledger.Observe(m.ctx, p.lease, p.ID, kind, seen))
		m.try(m.ledger.Observed(m.ctx, p.lease, p.ID, kind, since))
	}
}

// shown is what a portal shows of an account: managers and members it keeps to itself.
func shown(account usher.ID, d usher.Desired) usher.Seen {
	return usher.Seen{RemoteID: remoteID(account), Key: d.Key, Active: d.Active, UserName: d.UserName, Address: d.Address, DisplayName: d.DisplayName,
		GivenName: d.GivenName, FamilyName: d.FamilyName, Title: d.Title, Department: d.Department, Subscriptions: d.Subscriptions}
}

// converge lets every fault end: then the portals hold what is desired.
func (m *model) converge() {
	for _, p := range m.portals {
		p.flights = nil
	}
	for range 3 {
		m.clock.add(2 * time.Hour)
		m.sweep()
		for _, p := range m.portals {
			m.readAll(p)
			_, err := m.ledger.RetryRefused(m.ctx, m.ann, p.ID)
			m.try(err)
			m.deliverAll(p)
		}
	}
}

func (m *model) deliverAll(p *fakePortal) {
	now, err := m.store.Look().Portal(m.ctx, p.ID)
	m.try(err)
	for round := 0; now.Live; round++ {
		work := m.begin(p, 50)
		if len(work) == 0 {
			return
		}
		if round > 50 {
			m.T.Fatalf("portal %s is told without end", p.Name)
		}
		for _, w := range work {
			m.acknowledge(p, w, usher.Outcome{Result: usher.Done, Wrote: true, RemoteID: remoteID(w.Change.Account)}, true)
		}
		m.sweep()
	}
}
