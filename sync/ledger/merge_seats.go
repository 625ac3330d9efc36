package ledger

import (
	"errors"
	"time"

	"usher/internal/usher"
)

// meet puts together what two people have at portals, who are one. Of two accounts at a portal the one stays that serves the better
// seat; what the other is, is closed there as a leaver's is, and its seat counts until the portal has said so.
func (r *reshaping) meet(keep, gone usher.ID) error {
	pools, err := r.lockSeats(keep, gone)
	if err != nil {
		return err
	}
	address, err := r.mainAddress(keep)
	if err != nil {
		return err
	}
	done := map[usher.ID]bool{}
	for _, p := range pools {
		if portal := p.sub.Portal; !done[portal] {
			done[portal] = true
			if err := r.meetAt(portal, keep, gone, address, pools); err != nil {
				return err
			}
		}
	}
	if err := r.moveAccounts(keep, gone, done); err != nil {
		return err
	}
	return r.countStrangers(pools)
}

// mainAddress is the folded address that a person has once their records are merged; empty for none.
func (r *reshaping) mainAddress(person usher.ID) (string, error) {
	p, err := r.tx.Person(r.ctx, person)
	if err != nil {
		return "", err
	}
	records, err := r.tx.RecordsOfPerson(r.ctx, person)
	if err != nil {
		return "", err
	}
	merged, _ := r.change.merge(p, records)
	key, err := usher.FoldAddress(merged.Address)
	if err != nil {
		return "", nil //nolint:nilerr // then no portal knows them by it
	}
	return key, nil
}

// moveAccounts gives keep the accounts at portals that have no subscription any longer.
func (r *reshaping) moveAccounts(keep, gone usher.ID, done map[usher.ID]bool) error {
	accounts, err := r.tx.AccountsOf(r.ctx, gone)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if done[a.Portal] {
			continue
		}
		if _, err := r.tx.AccountOf(r.ctx, a.Portal, usher.AccountPerson, keep); err == nil {
			continue
		}
		if err := r.moveAccount(a, keep); err != nil {
			return err
		}
	}
	return nil
}

func (r *reshaping) meetAt(portal, keep, gone usher.ID, address string, pools []*pool) error {
	a, err := r.at(portal, keep, pools)
	if err != nil {
		return err
	}
	b, err := r.at(portal, gone, pools)
	if err != nil {
		return err
	}
	if otherFirst(a, b, address) {
		if err := r.exchange(portal, keep, gone, pools, mergedTwo); err != nil {
			return err
		}
		a, b = b, a
	}
	name := r.policy.portals[portal].Name
	if a.has() && b.has() {
		r.note("Both have an account at %s: %s stays, and %s is closed there.", name, called(a), called(b))
	}
	for _, p := range pools {
		if p.sub.Portal != portal {
			continue
		}
		if err := r.meetIn(p, keep, gone, b.has()); err != nil {
			return err
		}
	}
	return nil
}

func called(s side) string {
	if known := calledThere(s.account); known != "" {
		return known
	}
	return "one that was not told yet"
}

// otherFirst says that of what two people have at a portal that of the second is to stay. What the portal was never told of can
// be moved, so it never is the reason; the better seat is, then the address under which they are to be known, then that the account is open.
func otherFirst(a, b side, address string) bool {
	switch {
	case !b.has():
		return false
	case !a.has():
		return true
	case a.standing() != b.standing():
		return b.standing() > a.standing()
	case a.bears(address) != b.bears(address):
		return b.bears(address)
	}
	return b.open() && !a.open()
}

// keptForMerged is how long a seat is kept for somebody whose second account has it and is closed first: what is carried to a
// portal is there within a week.
const keptForMerged = 8 * 24 * time.Hour

// meetIn leaves one seat of two in a subscription, and keeps nothing back for gone. told says that the portal may hold an account
// of gone's: then the seats that gone has lost stay with it, because they tell of it.
func (r *reshaping) meetIn(p *pool, keep, gone usher.ID, told bool) error {
	if err := r.resumeFor(p, keep, gone); err != nil {
		return err
	}
	if err := r.oneSeat(p, keep, gone, told); err != nil {
		return err
	}
	if err := p.endReservation(gone); err != nil || told {
		return err
	}
	return p.tx.MoveReleased(p.ctx, p.sub.ID, gone, keep)
}

func (r *reshaping) oneSeat(p *pool, keep, gone usher.ID, told bool) error {
	mine, err := p.liveSeat(keep)
	if err != nil {
		return err
	}
	other, err := p.liveSeat(gone)
	if err != nil || other.ID == "" {
		return err
	}
	movable := !other.State.Occupies() || !told
	switch {
	case mine.ID == "" && movable:
		return p.takeSeat(other, keep)
	case mine.ID == "":
		if mine, err = p.queueFor(keep, other); err != nil {
			return err
		}
	case mine.State == usher.Queued && other.State.Occupies() && movable:
		r.note("Both have something in %s: the seat stays, and the place in the queue goes.", p.sub.Name)
		if err := p.leaveQueue(mine); err != nil {
			return err
		}
		return p.takeSeat(other, keep)
	default:
		r.note("Both have something in %s: what is %s stays, and what is %s goes.", p.sub.Name, mine.State, other.State)
	}
	if err := p.takePlace(mine, other); err != nil {
		return err
	}
	return p.endSecond(other)
}

// takeSeat makes a seat keep's, who has none. What is kept back for keep goes with it, or is wanted no longer.
func (p *pool) takeSeat(s usher.Seat, keep usher.ID) error {
	if s.State.Occupies() {
		if err := p.endReservation(keep); err != nil {
			return err
		}
		return p.moveSeat(s, keep, mergedTwo)
	}
	s.Person = keep
	if err := p.resume(&s); err != nil {
		return err
	}
	return p.moveSeat(s, keep, mergedTwo)
}

// mergedTwo is why a seat is another's, or over, after a merge.
const mergedTwo = "two people were merged"

// queueFor puts somebody in the queue whose seat another account of theirs has, which is to be closed: the seat is kept for them.
func (p *pool) queueFor(person usher.ID, other usher.Seat) (usher.Seat, error) {
	s := usher.Seat{ID: p.tx.NewID(), Subscription: p.sub.ID, Person: person, State: usher.Queued, Reason: other.Reason, Priority: other.Priority,
		RequestedAt: other.RequestedAt, Approved: true, ChangedAt: p.now()}
	if err := p.resume(&s); err != nil {
		return s, err
	}
	if err := p.tx.InsertSeat(p.ctx, s); err != nil {
		return s, err
	}
	p.event(s, usher.EventSeatQueued, mergedTwo)
	return s, nil
}

// takePlace gives a queued seat the better of two places, and what is kept back for the other; and where the other occupies, its seat.
func (p *pool) takePlace(mine, other usher.Seat) error {
	if mine.State != usher.Queued {
		return nil
	}
	mine.RequestedAt = min(mine.RequestedAt, other.RequestedAt)
	if other.State.Occupies() && other.LeavingAt == 0 && other.State != usher.Releasing {
		mine.Hold, mine.Approved = "", true
		mine.ReservedUntil = max(mine.ReservedUntil, p.now().Add(keptForMerged))
	}
	mine.ReservedUntil, mine.ChangedAt = max(mine.ReservedUntil, other.ReservedUntil), p.now()
	return p.tx.UpdateSeat(p.ctx, mine)
}

func (p *pool) leaveQueue(s usher.Seat) error {
	s.State, s.ReleasedAt, s.ChangedAt, s.ReservedUntil, s.Hold, s.Approved, s.Reason = usher.Released, p.now(), p.now(), 0, "", false, mergedTwo
	return p.save(s, usher.EventSeatReleased, s.Reason)
}

// endSecond ends the second seat of one person: at once where nothing was told, else as every release does. A human said so by
// name, so nothing settles and no guard counts it.
func (p *pool) endSecond(s usher.Seat) error {
	switch {
	case s.State == usher.Queued:
		return p.leaveQueue(s)
	case s.State == usher.Releasing:
		return nil
	}
	fresh := s.LeavingAt == 0
	s.Hold, s.Approved, s.LeavingBy, s.DueAt, s.Reason, s.ChangedAt = "", true, "", p.now(), "the second seat of one person", p.now()
	if fresh {
		s.LeavingAt = p.now()
		if err := p.save(s, usher.EventSeatLeaving, s.Reason); err != nil {
			return err
		}
	}
	return p.release(s)
}

// resumeFor takes along for keep the seat that is kept back because gone has lost it. Nobody has two kept back.
func (r *reshaping) resumeFor(p *pool, keep, gone usher.ID) error {
	lost, err := p.tx.ReservedSeat(p.ctx, p.sub.ID, gone)
	if errors.Is(err, usher.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := p.tx.ReservedSeat(p.ctx, p.sub.ID, keep); !errors.Is(err, usher.ErrNotFound) {
		return err // there is one, or nobody knows
	}
	mine, err := p.liveSeat(keep)
	switch {
	case err != nil:
		return err
	case mine.ID == "":
		lost.Person, lost.KeptRevision = keep, 0
		return p.tx.UpdateSeat(p.ctx, lost)
	case mine.State == usher.Queued && mine.ReservedUntil == 0:
		mine.ReservedUntil = lost.ReservedUntil
		return p.tx.UpdateSeat(p.ctx, mine)
	}
	return nil
}
