package ledger

import (
	"context"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// AllowHold lets the changes that a hold stops go on, all of them, approved by name.
func (l *Ledger) AllowHold(ctx context.Context, by usher.Principal, number int64) error {
	return l.closeHold(ctx, by, number, "allowed", func(p *pool, s usher.Seat) error {
		s.Hold, s.Approved, s.ChangedAt = "", true, p.now()
		if s.State == usher.Queued || s.DueAt > p.now() {
			return p.tx.UpdateSeat(p.ctx, s)
		}
		return p.release(s)
	})
}

// DiscardHold drops the changes that a hold stops: seats stay, invitations are not
// made, until the directories say something new of the person.
func (l *Ledger) DiscardHold(ctx context.Context, by usher.Principal, number int64) error {
	return l.closeHold(ctx, by, number, "discarded", func(p *pool, s usher.Seat) error {
		person, err := p.tx.Person(p.ctx, s.Person)
		if err != nil {
			return err
		}
		s.Hold, s.KeptRevision, s.ChangedAt = "", person.Revision, p.now()
		s.Reason = fmt.Sprintf("hold %d discarded by %s", number, by.Name)
		if s.State == usher.Queued {
			s.State, s.ReleasedAt = usher.Released, p.now()
			return p.save(s, usher.EventSeatReleased, s.Reason)
		}
		s.LeavingAt, s.DueAt, s.LeavingBy = 0, 0, ""
		return p.save(s, usher.EventSeatKept, s.Reason)
	})
}

func (l *Ledger) closeHold(ctx context.Context, by usher.Principal, number int64, decision string, each func(*pool, usher.Seat) error) error {
	return l.write(ctx, by, func(c *change) error {
		h, err := c.tx.LockHold(ctx, number)
		if err != nil {
			return fmt.Errorf("hold %d: %w", number, err)
		}
		if h.ClosedAt != 0 {
			return fmt.Errorf("hold %d was %s by %s: %w", number, h.Decision, h.ClosedBy, usher.ErrStale)
		}
		h.ClosedAt, h.ClosedBy, h.Decision = c.now(), by.Name, decision
		if err := c.tx.CloseHold(ctx, h); err != nil {
			return err
		}
		c.record(usher.Event{Kind: usher.EventHoldClosed, Subject: "hold", SubjectID: h.ID, Subscription: h.Subscription, Why: decision + ": " + by.Reason})
		return c.eachHeld(h, each)
	})
}

func (c *change) eachHeld(h usher.Hold, each func(*pool, usher.Seat) error) error {
	held, err := c.heldBy(h)
	if err != nil {
		return err
	}
	var pools []*pool
	for i, s := range held { // by subscription
		if i == 0 || s.Subscription != held[i-1].Subscription {
			p, err := c.lock(s.Subscription)
			if err != nil {
				return err
			}
			pools = append(pools, p)
		}
	}
	if held, err = c.heldBy(h); err != nil { // again, now that they cannot move
		return err
	}
	for _, p := range pools {
		for _, s := range held {
			if s.Subscription != p.sub.ID {
				continue
			}
			if err := each(p, s); err != nil {
				return err
			}
		}
		if err := p.allocate(); err != nil {
			return err
		}
	}
	return nil
}

// heldBy are the seats that a hold stops, by subscription. That of a directory is also
// about those that still settle in any subscription: they would join it once due.
func (c *change) heldBy(h usher.Hold) ([]usher.Seat, error) {
	held, err := c.tx.HeldSeats(c.ctx, h.ID)
	if err != nil || h.Directory == "" {
		return held, err
	}
	leaving, err := c.tx.LeavingBy(c.ctx, h.Directory)
	for _, s := range leaving {
		if s.Hold == "" && !s.Approved {
			held = append(held, s)
		}
	}
	slices.SortStableFunc(held, func(a, b usher.Seat) int { return compareIDs(a.Subscription, b.Subscription) })
	return held, err
}

// LinkConflict answers a conflict about a record: it is the given person's. An empty
// person makes a new one.
func (l *Ledger) LinkConflict(ctx context.Context, by usher.Principal, number int64, person usher.ID) error {
	return l.answer(ctx, by, number, "linked", func(c *change, k usher.Conflict) error {
		if k.Record == "" {
			return fmt.Errorf("conflict %d is not about a record: %w", number, usher.ErrInvalid)
		}
		r, err := c.tx.LockRecordAny(ctx, k.Record)
		if err != nil {
			return err
		}
		if r.Person != "" && r.Person != person {
			return fmt.Errorf("conflict %d: the record is linked already: %w", number, usher.ErrInvalid)
		}
		if person != "" {
			if _, err := c.lockStanding(person); err != nil {
				return err
			}
		}
		// Somebody new, somebody else, or the one it is linked to: what the record bears is theirs.
		if person == "" || person == r.Person || person != k.Person && !slices.Contains(k.Others, person) {
			if err := c.freeIdentifiers(r, person); err != nil {
				return err
			}
		}
		if r, err = c.linkTo(r, person, "linked by "+by.Name+": "+by.Reason); err != nil {
			return err
		}
		_, err = c.observed(r, usher.Record{}, store.CautionGuard)
		return err
	})
}

// inUse says that an identifier is one that an active person bears now: taking it away
// would leave two people with one address, and a seat for each.
func inUse(k plan.Candidate) bool { return k.Person.Active && k.Identifier.RetiredAt == 0 }

// freeIdentifiers takes from others the identifiers that r bears: a human said whose the
// record is, so the addresses are theirs now.
func (c *change) freeIdentifiers(r usher.Record, owner usher.ID) error {
	found, err := c.candidates(r)
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Person.ID == owner {
			continue
		}
		if inUse(f) {
			return &usher.InvalidError{Attribute: string(f.Identifier.Kind),
				Problem: fmt.Sprintf("is in use by another active person (%s): correct one of the two records in its directory, and the conflict settles itself", f.Person.ID)}
		}
		if err := c.tx.DropIdentifier(c.ctx, f.Identifier); err != nil {
			return err
		}
		c.touchAccounts(f.Person.ID) // a portal's profile may have known them by it
		c.record(usher.Event{Kind: usher.EventPersonMoved, Subject: "person", SubjectID: f.Person.ID, Person: f.Person.ID,
			Before: payload(map[string]any{"identifier": f.Identifier.Shown}), Why: "given to somebody else"})
	}
	return nil
}

// DismissConflict closes a conflict without a change.
func (l *Ledger) DismissConflict(ctx context.Context, by usher.Principal, number int64) error {
	return l.answer(ctx, by, number, "dismissed", func(*change, usher.Conflict) error { return nil })
}

func (l *Ledger) answer(ctx context.Context, by usher.Principal, number int64, decision string, f func(*change, usher.Conflict) error) error {
	return l.write(ctx, by, func(c *change) error {
		k, err := c.tx.LockConflict(ctx, number)
		if err != nil {
			return fmt.Errorf("conflict %d: %w", number, err)
		}
		if k.ClosedAt != 0 {
			return fmt.Errorf("conflict %d was %s by %s: %w", number, k.Decision, k.ClosedBy, usher.ErrStale)
		}
		if err := c.closeConflictBecause(k, decision, because(decision, by)); err != nil {
			return err
		}
		return f(c, k)
	})
}

// because is what events say of a decision: with the reason, where somebody gave one.
func because(decision string, by usher.Principal) string {
	if by.Reason == "" {
		return decision
	}
	return decision + ": " + by.Reason
}
