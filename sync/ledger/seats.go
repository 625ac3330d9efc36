package ledger

import (
	"errors"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// wish is what a rule or a human wants for one person in one subscription.
type wish struct {
	plan.Wish
	person   usher.ID
	revision int64
	reason   reason
}

// wish notes, for every subscription, what the rules and decisions want for p now.
func (c *change) wish(p usher.Person, records []usher.Record, groups []usher.GroupRef, r reason) error {
	seats, err := c.tx.LiveSeatsOf(c.ctx, p.ID)
	if err != nil {
		return err
	}
	decisions, err := c.tx.DecisionsFor(c.ctx, p.ID)
	if err != nil {
		return err
	}
	return c.wishOf(p, records, grounds{groups, seats, decisions}, r)
}

// wishOf is wish for somebody of whom all is known that it depends on.
func (c *change) wishOf(p usher.Person, records []usher.Record, s grounds, r reason) error {
	managers, err := c.chain(p)
	if err != nil {
		return err
	}
	facts := plan.FactsOf(p, namesOf(s.groups), managers, c.bestDirectory(records))
	for _, pool := range c.policy.pools {
		d := decisionFor(s.decisions, pool.sub.ID)
		w, err := plan.Entitle(pool.sub, pool.rule, pool.priority, p, facts, d, c.now())
		if err != nil {
			// Nobody knows: what is stays, and the event says so.
			c.record(usher.Event{Kind: usher.EventSeatKept, Subject: "subscription", SubjectID: pool.sub.ID, Person: p.ID, Subscription: pool.sub.ID, Why: err.Error()})
			continue
		}
		wanted := wish{Wish: w, person: p.ID, revision: p.Revision, reason: r.in(pool.sub.ID)}
		if c.moves(seatIn(s.seats, pool.sub.ID), pool.sub, wanted) {
			c.wishes[pool.sub.ID] = append(c.wishes[pool.sub.ID], wanted)
		}
	}
	return nil
}

// moves says, before any lock, whether a wish changes anything.
func (c *change) moves(seat *usher.Seat, sub usher.Subscription, w wish) bool {
	step := plan.Next(seat, sub, w.Wish, w.reason.cause, c.now())
	return step.Kind != plan.StepNone || step.Changed || hastens(seat, w, c.now())
}

// hastens says that a human, by name, wants a seat back that still settles or is held.
func hastens(seat *usher.Seat, w wish, now usher.Time) bool {
	return w.By == plan.ByWithhold && seat != nil && seat.LeavingAt != 0 && seat.State != usher.Releasing && (seat.Hold != "" || seat.DueAt > now)
}

func namesOf(groups []usher.GroupRef) []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.DisplayName)
	}
	return names
}

// bestDirectory is the name of the directory that knows the person best. One that is silent
// stays it: rules ask where somebody belongs, and a file that stands in changes nothing of that.
func (c *change) bestDirectory(records []usher.Record) string {
	best := usher.Directory{}
	for _, r := range records {
		d := c.policy.directories[r.Directory]
		if r.DeletedAt == 0 && (best.Name == "" || d.Rank < best.Rank || d.Rank == best.Rank && d.Name < best.Name) {
			best = d
		}
	}
	return best.Name
}

func seatIn(seats []usher.Seat, subscription usher.ID) *usher.Seat {
	i := slices.IndexFunc(seats, func(s usher.Seat) bool { return s.Subscription == subscription })
	if i < 0 {
		return nil
	}
	return &seats[i]
}

func decisionFor(list []usher.Decision, subscription usher.ID) usher.Decision {
	i := slices.IndexFunc(list, func(d usher.Decision) bool { return d.Subscription == subscription })
	if i < 0 {
		return usher.Decision{}
	}
	return list[i]
}

// settleSeats locks the subscriptions that are concerned, all of them first and by id,
// and takes the steps that the wishes ask for.
func (c *change) settleSeats() error {
	concerned := map[usher.ID]bool{}
	for id := range c.wishes {
		concerned[id] = true
	}
	for id := range c.touched {
		concerned[id] = true
	}
	for id := range c.decided {
		concerned[id] = true
	}
	var pools []*pool
	for _, id := range sorted(concerned) {
		p, err := c.lock(id)
		if err != nil {
			return err
		}
		pools = append(pools, p)
	}
	for _, p := range pools {
		for _, person := range c.decided[p.sub.ID] {
			if err := p.endReservation(person); err != nil {
				return fmt.Errorf("subscription %s, person %s: %w", p.sub.Name, person, err)
			}
		}
		for _, w := range c.wishes[p.sub.ID] {
			if err := p.follow(w); err != nil {
				return fmt.Errorf("subscription %s, person %s: %w", p.sub.Name, w.person, err)
			}
		}
		if err := p.allocate(); err != nil {
			return fmt.Errorf("subscription %s: %w", p.sub.Name, err)
		}
	}
	return nil
}

// follow takes the step from a person's seat to what is wanted.
func (p *pool) follow(w wish) error {
	live, err := p.tx.LiveSeat(p.ctx, p.sub.ID, w.person)
	seat := &live
	if errors.Is(err, usher.ErrNotFound) {
		seat, err = nil, nil
	}
	if err != nil {
		return err
	}
	step := plan.Next(seat, p.sub, w.Wish, w.reason.cause, p.now())
	s := step.Seat
	switch step.Kind {
	case plan.StepQueue:
		return p.enqueue(s, w)
	case plan.StepDequeue:
		return p.save(s, usher.EventSeatReleased, "left the queue: "+w.Reason)
	case plan.StepLeave:
		return p.leave(s, w)
	case plan.StepReturn:
		p.touch(p.sub.Portal, usher.AccountPerson, s.Person)
		return p.save(s, usher.EventSeatKept, "back before the seat was given on: "+w.Reason)
	}
	if hastens(seat, w, p.now()) {
		s.Hold, s.Approved, s.LeavingBy, s.DueAt, s.Reason = "", true, "", p.now(), w.Reason
		return p.release(s)
	}
	if !step.Changed {
		return nil
	}
	if w.By == plan.ByPin && s.State == usher.Queued {
		s.Hold, s.Approved = "", true
	}
	return p.tx.UpdateSeat(p.ctx, s)
}

func (p *pool) enqueue(s usher.Seat, w wish) error {
	if w.By != plan.ByPin { // which asks by name for what was discarded
		discarded, err := p.tx.DiscardedAt(p.ctx, p.sub.ID, w.person, w.revision)
		if err != nil || discarded {
			return err
		}
	}
	s.ID, s.Person, s.Approved, s.RequestedAt = p.tx.NewID(), w.person, w.By == plan.ByPin, p.lockedAt
	if err := p.resume(&s); err != nil {
		return err
	}
	if err := p.tx.InsertSeat(p.ctx, s); err != nil {
		return err
	}
	p.event(s, usher.EventSeatQueued, w.Reason)
	return nil
}

// leave starts a release: it settles first, the guard looks at it, and only then is
// anything sent.
func (p *pool) leave(s usher.Seat, w wish) error {
	if why, err := p.guardsLast(s.Person); why != "" || err != nil {
		return err // the accounts of admins are computed again when one comes or goes
	}
	s.Approved = w.reason.caution == store.CautionApproved || w.By == plan.ByWithhold || w.By == plan.ByEnd && w.reason.announced
	if !s.Approved && s.KeptRevision == w.revision && s.KeptRevision != 0 {
		return nil // discarded by an admin, and the directories said nothing new since
	}
	if w.By == plan.ByWithhold {
		s.DueAt = p.now() // a human said so by name: nothing to settle
	}
	if err := p.save(s, usher.EventSeatLeaving, w.Reason); err != nil {
		return err
	}
	if err := p.guardRelease(&s, w); err != nil {
		return err
	}
	if s.Hold == "" && s.DueAt <= p.now() {
		return p.release(s)
	}
	p.due = p.due || s.Hold == ""
	return nil
}
