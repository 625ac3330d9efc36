package ledger

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// sweepSize is how much one transaction of a sweep takes on: small, so that it stands
// in nobody's way.
const sweepSize = 25

// Sweep does what is due now: directories to stand in for, people to compute again, or whose first or last day has
// come, guests whose end date has come, decisions that lapsed, renewals with fewer seats whose day has come, releases that have settled, rows that no portal showed in time, terms that began or end soon. Any process may
// call it at any time; each piece of work is done once.
func (l *Ledger) Sweep(ctx context.Context) error {
	by := usher.System("sweep")
	for _, step := range []func(context.Context, usher.Principal) (int, error){
		l.sweepStandIns, l.sweepDates, l.sweepGuests, l.sweepDecisions, l.sweepShrinks, l.sweepPeople, l.sweepReleases, l.sweepUnconfirmed, l.sweepQueues, l.sweepTerms, l.sweepPlans,
	} {
		for {
			n, err := step(ctx, by)
			if err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
			if n < sweepSize {
				break
			}
		}
	}
	return nil
}

func (l *Ledger) sweepPeople(ctx context.Context, by usher.Principal) (n int, err error) {
	if waiting, err := l.store.Look().CountDue(ctx); waiting == 0 || err != nil {
		return 0, err
	}
	err = l.write(ctx, by, func(c *change) error {
		due, err := c.tx.TakeDue(ctx, sweepSize)
		if err != nil {
			return err
		}
		n = len(due)
		var ids []usher.ID
		for _, d := range due {
			ids = append(ids, d.Person)
		}
		if _, err := c.tx.LockPersons(ctx, ids...); err != nil {
			return err
		}
		for _, d := range due {
			if err := c.compute(d.Person, reason{cause: d.Cause, caution: d.Caution, why: d.Why}); err != nil {
				return err
			}
			// What the portals should hold can depend on accounts that came since.
			c.touchAccounts(d.Person)
			if err := c.touchSeats(d.Person); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// touchSeats has the accounts brought in line at the portals where the person sits, also
// at one to which a subscription has moved.
func (c *change) touchSeats(person usher.ID) error {
	seats, err := c.tx.LiveSeatsOf(c.ctx, person)
	for _, s := range seats {
		if known, ok := c.policy.pool(s.Subscription); ok && s.State.Occupies() {
			c.touch(known.sub.Portal, usher.AccountPerson, person)
		}
	}
	return err
}

// sweepDates computes people again for whom a date has come. The guards look at what comes
// of it unless the date was announced, because a file can name yesterday as the last day of
// hundreds.
func (l *Ledger) sweepDates(ctx context.Context, by usher.Principal) (n int, err error) {
	if waiting, err := l.store.Look().CountDated(ctx); waiting == 0 || err != nil {
		return 0, err
	}
	err = l.write(ctx, by, func(c *change) error {
		dated, err := c.tx.TakeDated(ctx, sweepSize)
		if err != nil {
			return err
		}
		n = len(dated)
		return c.computeAll(dated, reason{caution: store.CautionGuard, why: "a first or last day has come"})
	})
	return n, err
}

func (l *Ledger) sweepGuests(ctx context.Context, by usher.Principal) (int, error) {
	ended, err := l.store.Look().EndedPeople(ctx, sweepSize)
	if err != nil || len(ended) == 0 {
		return 0, err
	}
	err = l.write(ctx, by, func(c *change) error {
		return c.computeAll(ended, reason{caution: store.CautionApproved, why: "the guest's last day is over"})
	})
	return len(ended), err
}

func (l *Ledger) sweepDecisions(ctx context.Context, by usher.Principal) (int, error) {
	lapsed, err := l.store.Look().LapsedDecisions(ctx, sweepSize)
	if err != nil || len(lapsed) == 0 {
		return 0, err
	}
	for _, d := range lapsed {
		err := l.write(ctx, by, func(c *change) error {
			if err := c.tx.DropLapsed(ctx, d.Subscription, d.Person); errors.Is(err, usher.ErrNotFound) {
				return nil // another process was quicker, or somebody decided anew
			} else if err != nil {
				return err
			}
			c.record(usher.Event{Kind: usher.EventSeatDecided, Subject: "subscription", SubjectID: d.Subscription, Person: d.Person,
				Subscription: d.Subscription, Why: fmt.Sprintf("the %s by %s has lapsed", d.Kind, d.By)})
			if err := c.touchShown(d.Subscription, d.Person); err != nil {
				return err
			}
			return c.compute(d.Person, reason{caution: store.CautionApproved, named: []usher.ID{d.Subscription}, why: "a decision lapsed"})
		})
		if err != nil {
			return 0, err
		}
	}
	return len(lapsed), nil
}

// sweepReleases begins the releases that have settled, unless a hold was opened on
// their subscription or directory meanwhile.
func (l *Ledger) sweepReleases(ctx context.Context, by usher.Principal) (int, error) {
	due, err := l.store.Look().DueSeats(ctx, sweepSize)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	bySubscription := map[usher.ID][]usher.Seat{}
	for _, s := range due {
		bySubscription[s.Subscription] = append(bySubscription[s.Subscription], s)
	}
	for _, id := range sorted(bySubscription) {
		err := l.write(ctx, by, func(c *change) error {
			p, err := c.lock(id)
			if err != nil {
				return err
			}
			for _, s := range bySubscription[id] {
				if err := p.releaseDue(s.ID); err != nil {
					return err
				}
			}
			return p.allocate()
		})
		if err != nil {
			return 0, fmt.Errorf("release: %w", err)
		}
	}
	return len(due), nil
}

func (p *pool) releaseDue(seat usher.ID) error {
	s, err := p.tx.Seat(p.ctx, seat)
	if err != nil {
		return err
	}
	if s.LeavingAt == 0 || s.DueAt > p.now() || s.Hold != "" || s.State != usher.Invited && s.State != usher.Active {
		return nil // came back, was held or was taken by another process
	}
	if !s.Approved {
		for _, scope := range [][2]usher.ID{{p.sub.ID, ""}, {"", s.LeavingBy}} {
			if scope[0] == "" && scope[1] == "" {
				continue
			}
			hold, err := p.openHold(scope[0], scope[1])
			if err != nil {
				return err
			}
			if hold.ID != "" {
				return p.hold(&s, hold)
			}
		}
	}
	return p.release(s)
}

// sweepQueues seats people in subscriptions whose term began, or that gained seats in
// another way than by a release.
func (l *Ledger) sweepQueues(ctx context.Context, by usher.Principal) (int, error) {
	waiting, err := l.store.Look().SubscriptionsToFill(ctx)
	if err != nil {
		return 0, err
	}
	for _, id := range waiting {
		err := l.write(ctx, by, func(c *change) error {
			c.touched[id] = true
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return 0, nil
}
