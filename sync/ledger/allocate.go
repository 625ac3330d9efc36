package ledger

import (
	"errors"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// pool is a locked subscription: the only place where seats are given, taken and counted.
type pool struct {
	*change
	compiled
	portal usher.Portal
	// lockedAt is the time of the lock: a transaction's own can be that of long before,
	// and who queues later would stand ahead.
	lockedAt usher.Time
	freed    bool // the portal shows fewer strangers than it did: there may be a seat to give
}

func (c *change) lock(subscription usher.ID) (*pool, error) {
	sub, err := c.tx.LockSubscription(c.ctx, subscription)
	if err != nil {
		return nil, err
	}
	known, ok := c.policy.pool(subscription)
	if !ok {
		known = compiled{}
	}
	known.sub = sub
	return &pool{change: c, compiled: known, portal: c.policy.portals[sub.Portal], lockedAt: c.ledger.store.Now()}, nil
}

// allocate gives seats to those for whom they are kept back, and the free ones to the head
// of the queue: by priority, then by who asked first. Nobody is seated at a portal that
// usher only observes.
func (p *pool) allocate() error {
	for p.portal.Live && p.sub.Vacant() > 0 {
		next, err := p.next()
		if err != nil || len(next) == 0 {
			return err
		}
		if wait, err := p.awaited(next); wait || err != nil {
			return err
		}
		if next, err = p.guardInvitations(next); err != nil || len(next) == 0 {
			return err
		}
		for _, s := range next {
			if err := p.give(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// next are those of the queue who would be seated now.
func (p *pool) next() ([]usher.Seat, error) {
	var queue []usher.Seat
	if p.sub.Reserved > 0 && p.sub.Vacant() > 0 {
		var err error
		if queue, err = p.tx.ReservedQueue(p.ctx, p.sub.ID, p.sub.Vacant()); err != nil {
			return nil, err
		}
	}
	if p.sub.Free() > 0 {
		line, err := p.tx.Queue(p.ctx, p.sub.ID, p.sub.Free())
		if err != nil {
			return nil, err
		}
		queue = append(queue, line...)
	}
	return plan.Allocate(p.sub, queue, p.now()), nil
}

// awaited says that somebody who is next waits to be computed again: their place may be
// that of a rule which is past. The sweep computes them and comes back.
func (p *pool) awaited(next []usher.Seat) (bool, error) {
	if p.byName {
		return false, nil
	}
	var people []usher.ID
	for _, s := range next {
		if !slices.ContainsFunc(p.wishes[p.sub.ID], func(w wish) bool { return w.person == s.Person }) { // else computed just now
			people = append(people, s.Person)
		}
	}
	due, err := p.tx.AnyDue(p.ctx, people)
	p.due = p.due || due
	return due, err
}

// give seats the holder of a queued seat.
func (p *pool) give(s usher.Seat) error {
	if err := p.count(+1); err != nil {
		return err
	}
	if s.Reserved(p.now()) {
		p.sub.Reserved--
	}
	s.State, s.SeatedAt, s.ChangedAt, s.ReservedUntil = usher.Invited, p.now(), p.now(), 0
	p.touch(p.sub.Portal, usher.AccountPerson, s.Person)
	if err := p.save(s, usher.EventSeatGiven, s.Reason); err != nil {
		return err
	}
	return p.estrange(s.Person, false)
}

// release takes an occupied seat back. In a soft pool it is free at once. In a hard one
// it is free when the portal confirmed, which needs no waiting where the portal was
// never told of it.
func (p *pool) release(s usher.Seat) error {
	if why, err := p.guardsLast(s.Person); why != "" || err != nil {
		s.LeavingAt, s.DueAt, s.LeavingBy, s.Hold, s.Approved, s.Reason, s.ChangedAt = 0, 0, "", "", false, why, p.now()
		return errors.Join(err, p.save(s, usher.EventSeatKept, why))
	}
	p.touch(p.sub.Portal, usher.AccountPerson, s.Person)
	if err := p.leaveTeams(s.Person); err != nil {
		return err
	}
	told, err := p.told(s)
	if err != nil {
		return err
	}
	if !p.portal.Hard || !told {
		return p.free(s)
	}
	s.State, s.ChangedAt = usher.Releasing, p.now()
	return p.save(s, usher.EventSeatReleasing, s.Reason)
}

// leaveTeams has the person computed again once this release is written, because teams
// are kept for as long as a seat is.
func (p *pool) leaveTeams(person usher.ID) error {
	teams, err := p.tx.TeamsOf(p.ctx, person)
	if err != nil || len(teams) == 0 {
		return err
	}
	return p.markDue([]usher.ID{person}, store.DuePerson{Why: "a seat was released", Caution: store.CautionGuard})
}

// told says whether the portal may hold anything for the seat. Once a call was begun, it
// may; of a parked seat it does not when it confirmed so.
func (p *pool) told(s usher.Seat) (bool, error) {
	accounts, err := p.tx.AccountsOf(p.ctx, s.Person)
	if err != nil {
		return false, err
	}
	for _, a := range accounts {
		if a.Portal != p.sub.Portal {
			continue
		}
		if s.State != usher.Invited && !without(a, p.sub.Name) {
			return true, nil
		}
		locked, err := p.change.tx.LockAccount(p.ctx, a.ID)
		return locked.Known() && !without(locked, p.sub.Name), err
	}
	return s.State != usher.Invited, nil
}

// without says that the portal has confirmed an account that does not serve the
// subscription, and that nothing else is under way.
func without(a usher.Account, subscription string) bool {
	return a.Desired != nil && a.Confirmed >= a.Generation && a.UnknownSince == 0 &&
		(!a.Desired.Active || !slices.Contains(a.Desired.Subscriptions, subscription))
}

// keptBack is how long a seat is given to nobody else that a roster took from somebody:
// for so long an undo gives it back to the same person.
const keptBack = 24 * time.Hour

// free ends an occupied seat: from now on it can be given to the next in line, unless a
// roster is why it ended. Nobody has two kept back: who was merged may be queued for one.
func (p *pool) free(s usher.Seat) error {
	if err := p.count(-1); err != nil {
		return err
	}
	s.State, s.ReleasedAt, s.ChangedAt, s.Hold = usher.Released, p.now(), p.now(), ""
	if p.policy.directories[s.LeavingBy].Kind == usher.DirectoryFile {
		another, err := p.tx.HasReservation(p.ctx, p.sub.ID, s.Person)
		if err != nil {
			return err
		}
		if !another {
			s.ReservedUntil = p.now().Add(keptBack)
			p.sub.Reserved++
		}
	}
	if err := p.save(s, usher.EventSeatReleased, s.Reason); err != nil {
		return err
	}
	return p.estrange(s.Person, true) // until the portal shows otherwise, it is not free there
}

// resume has a new request take along what is kept back for the person.
func (p *pool) resume(s *usher.Seat) error {
	if p.sub.Reserved == 0 {
		return nil
	}
	lost, err := p.tx.ReservedSeat(p.ctx, p.sub.ID, s.Person)
	if errors.Is(err, usher.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.ReservedUntil, lost.ReservedUntil = lost.ReservedUntil, 0
	return p.tx.UpdateSeat(p.ctx, lost)
}

// endReservation keeps nothing back any longer for somebody about whom a human decided.
func (p *pool) endReservation(person usher.ID) (err error) {
	if err = p.tx.EndReservation(p.ctx, p.sub.ID, person); err == nil {
		p.sub.Reserved, err = p.tx.CountReserved(p.ctx, p.sub.ID)
	}
	return err
}

// count moves the number of occupied seats. Cap only ever comes down to what was
// purchased: a count above it breaks the table's check, and with it the transaction.
func (p *pool) count(by int) error {
	p.sub.Used += by
	p.sub.Cap = max(p.sub.Purchased, min(p.sub.Cap, p.sub.Used))
	return p.tx.UpdateSubscription(p.ctx, p.sub)
}

// save writes a seat that changed, with its event.
func (p *pool) save(s usher.Seat, kind usher.EventKind, why string) error {
	p.event(s, kind, why)
	return p.tx.UpdateSeat(p.ctx, s)
}

func (p *pool) event(s usher.Seat, kind usher.EventKind, why string) {
	p.record(usher.Event{
		Kind: kind, Subject: "seat", SubjectID: s.ID, Person: s.Person, Subscription: p.sub.ID, Portal: p.sub.Portal,
		After: payload(map[string]any{"subscription": p.sub.Name, "state": s.State, "used": p.sub.Used, "purchased": p.sub.Purchased}),
		Why:   why,
	})
}
