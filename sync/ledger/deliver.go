package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// Work is one account that the owner of a portal's lease is about to bring in line.
type Work struct {
	Change  usher.AccountChange
	Attempt usher.ID
}

// Begin takes up to limit accounts of a portal that are due. Until Acknowledge each
// counts as a call whose outcome is unknown: should this process die, the next owner
// waits for quiet, reads back, and only then writes. usher.ErrStale: the lease is lost, or
// the portal is not to be told anything.
func (l *Ledger) Begin(ctx context.Context, lease store.Lease, portal usher.ID, limit int, quiet time.Duration) ([]Work, error) {
	var work []Work
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		work = nil
		if err := mayTell(ctx, tx, lease, portal); err != nil {
			return err
		}
		due, err := tx.DueAccounts(ctx, portal, limit)
		if err != nil {
			return err
		}
		for _, d := range due {
			w, err := begin(ctx, tx, lease, d.ID, quiet)
			if err != nil {
				return fmt.Errorf("account %s: %w", d.ID, err)
			}
			if w != nil {
				work = append(work, *w)
			}
		}
		return nil
	})
	return work, err
}

func holds(ctx context.Context, tx *store.Tx, lease store.Lease) error {
	ours, err := tx.HoldsLease(ctx, lease)
	if err == nil && !ours {
		err = fmt.Errorf("lease %q: %w", lease.Name, usher.ErrStale)
	}
	return err
}

// mayTell refuses to begin anything at a portal without its lease, before it is live, when
// it is configured no longer, and on a restored store that nobody has resumed.
func mayTell(ctx context.Context, tx *store.Tx, lease store.Lease, portal usher.ID) error {
	if err := holds(ctx, tx, lease); err != nil {
		return err
	}
	p, err := tx.Portal(ctx, portal)
	if err != nil {
		return err
	}
	restored, err := tx.Setting(ctx, SettingRestored)
	if err == nil && (restored != "" || !p.Live || p.RetiredAt != 0) {
		err = fmt.Errorf("portal %s is not to be told anything: %w", p.Name, usher.ErrStale)
	}
	return err
}

func begin(ctx context.Context, tx *store.Tx, lease store.Lease, id usher.ID, quiet time.Duration) (*Work, error) {
	a, err := tx.LockAccount(ctx, id)
	if err != nil || a.Generation <= a.Confirmed || a.Refused || a.NextTryAt > tx.Now() || a.Desired == nil {
		return nil, err
	}
	change, err := describe(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	a.Sent, a.UnknownSince, a.NextTryAt = a.Generation, tx.Now(), tx.Now().Add(quiet)
	if err := tx.UpdateAccount(ctx, a); err != nil {
		return nil, err
	}
	attempt := store.Attempt{ID: tx.NewID(), Account: a.ID, Generation: a.Generation, Fence: lease.Fence, StartedAt: tx.Now()}
	return &Work{Change: change, Attempt: attempt.ID}, tx.InsertAttempt(ctx, attempt)
}

// Acknowledge writes what became of a piece of work. Whatever the account's desired
// state is by now decides what comes next; an old success never hides a newer wish.
// usher.ErrStale: the lease is lost, and the next owner reads back.
func (l *Ledger) Acknowledge(ctx context.Context, lease store.Lease, w Work, o usher.Outcome, quiet time.Duration) error {
	return l.write(ctx, usher.System("reconcile"), func(c *change) error {
		found, err := c.tx.Account(ctx, w.Change.Account)
		if err != nil {
			return err
		}
		pools, err := c.poolsOf(found)
		if err != nil {
			return err
		}
		a, err := c.tx.LockAccount(ctx, found.ID)
		if err == nil && a.Subject != found.Subject {
			err = store.ErrAgain // two people were made one meanwhile, and other seats are meant
		}
		if err != nil {
			return err
		}
		if err := holds(ctx, c.tx, lease); err != nil {
			return err
		}
		if err := c.tx.EndAttempt(ctx, store.Attempt{ID: w.Attempt, Result: o.Result, Reason: o.Reason}); err != nil {
			return err
		}
		return c.outcome(a, telling{w.Change.Generation, &w.Change.Desired}, o, quiet, pools)
	})
}

// poolsOf locks the subscriptions in which an outcome for the account can move a seat, or
// change what is known to be taken.
func (c *change) poolsOf(a usher.Account) ([]*pool, error) {
	switch {
	case a.Kind != usher.AccountPerson:
		return nil, nil
	case c.policy.portals[a.Portal].Profile.Whole:
		return c.lockPortal(a.Portal)
	case a.Subject == "":
		return nil, nil
	}
	seats, err := c.tx.LiveSeatsOf(c.ctx, a.Subject) // by subscription id
	if err != nil {
		return nil, err
	}
	var pools []*pool
	for _, s := range seats {
		known, ok := c.policy.pool(s.Subscription)
		if !ok || known.sub.Portal != a.Portal {
			continue
		}
		p, err := c.lock(s.Subscription)
		if err != nil {
			return nil, err
		}
		pools = append(pools, p)
	}
	return pools, nil
}

// noSeatsPause is how long an account waits after the portal said that it has no seats,
// unless whoever tells the portal sees one come free and tries it before.
const noSeatsPause = 5 * time.Minute

// telling is what a portal was told of an account: a generation and what was desired in it.
type telling struct {
	generation int64
	desired    *usher.Desired
}

// outcome writes what a portal answered, or a person said, to what it was told.
func (c *change) outcome(a usher.Account, t telling, o usher.Outcome, quiet time.Duration, pools []*pool) error {
	admin := administers(a)
	arrived, err := c.knownAs(&a, o.RemoteID, pools)
	if err != nil {
		return err
	}
	if o.Seen != nil {
		a.Seen, a.SeenAt = o.Seen, c.now()
		if _, err := c.held(a, pools); err != nil {
			return err
		}
	}
	news := a.LastError != o.Reason
	a.UnknownSince = 0
	switch o.Result {
	case usher.Done:
		a.Confirmed, a.Attempts, a.NextTryAt = max(a.Confirmed, t.generation), 0, c.now()
		if !a.Refused || a.Generation <= a.Confirmed {
			a.LastError = "" // else it says why what is wanted since then was refused
		}
		a.Urgent = a.Urgent && a.Generation > a.Confirmed
		if o.Wrote {
			c.recordAccount(a, usher.EventAccountTold, "confirmed by the portal")
		}
	case usher.Awaiting:
		a.LastError, a.NextTryAt, a.Urgent = "", never, false
	case usher.Refused:
		a.LastError = o.Reason
		switch {
		case a.Generation > t.generation:
			a.NextTryAt = c.now() // what is wanted now was not refused
		case o.NoSeats:
			a.NextTryAt = c.now().Add(noSeatsPause)
		default:
			a.Refused = true
		}
		if news {
			c.recordAccount(a, usher.EventAccountRefused, o.Reason)
		}
	case usher.Unknown:
		a.Attempts++
		a.LastError, a.UnknownSince, a.NextTryAt = o.Reason, c.now(), c.now().Add(quiet)
	case usher.Retry:
		a.Attempts++
		a.LastError, a.NextTryAt = o.Reason, c.now().Add(backOff(a.Attempts, o.RetryAfter))
	}
	if err := c.tx.UpdateAccount(c.ctx, a); err != nil {
		return err
	}
	if o.Result == usher.Done {
		if err := c.confirmSeats(a, t.desired, pools); err != nil {
			return err
		}
	}
	if err := allocateFreed(pools); err != nil {
		return err
	}
	if administers(a) != admin {
		if err := c.tellAdmins(a.Portal, a.Subject); err != nil {
			return err
		}
	}
	if a.Generation > a.Confirmed {
		c.told[a.Portal] = true
	}
	if arrived {
		return c.arrived(a)
	}
	return nil
}

// knownAs notes by which id the portal knows an account, and says whether it is its first.
func (c *change) knownAs(a *usher.Account, remote string, pools []*pool) (arrived bool, err error) {
	if remote == "" || remote == a.RemoteID {
		return false, nil
	}
	arrived = a.RemoteID == ""
	err = c.claim(*a, remote, pools)
	a.RemoteID = remote
	return arrived, err
}

// claim takes a portal's id from the account that bears it: one that nobody knew to be
// this person's, or one whose person had the address before.
func (c *change) claim(a usher.Account, remote string, pools []*pool) error {
	other, err := c.tx.AccountByRemote(c.ctx, a.Portal, a.Kind, remote)
	if errors.Is(err, usher.ErrNotFound) || err == nil && other.ID == a.ID {
		return nil
	}
	if err != nil {
		return err
	}
	if other, err = c.tx.LockAccount(c.ctx, other.ID); err != nil {
		return err
	}
	return c.vanish(other, pools)
}

// vanish notes that the portal does not hold an account, or that it is somebody else's: one
// that only the portal knew is forgotten.
func (c *change) vanish(a usher.Account, pools []*pool) error {
	a.RemoteID, a.Seen = "", nil
	if _, err := c.held(a, pools); err != nil {
		return err
	}
	if a.Subject == "" {
		return c.tx.DeleteAccount(c.ctx, a.ID)
	}
	return c.tx.UpdateAccount(c.ctx, a)
}

// never is a time that does not come: whoever has to act is not usher.
const never = usher.Time(1 << 62)

// backOff is how long to wait before the given try: full jitter over a doubling time
// from a second to an hour, and never less than the portal asked for.
func backOff(attempt, retryAfter int) time.Duration {
	ceiling := min(time.Second<<min(attempt, 12), hour)
	return max(time.Duration(retryAfter)*time.Second, rand.N(ceiling)+100*time.Millisecond)
}

// confirmSeats moves the person's seats at the portal to what it confirmed: what was
// given is active, what was released is free for the next in line.
func (c *change) confirmSeats(a usher.Account, confirmed *usher.Desired, pools []*pool) error {
	for _, p := range pools {
		s, err := p.tx.LiveSeat(p.ctx, p.sub.ID, a.Subject)
		if errors.Is(err, usher.ErrNotFound) {
			continue // it ended before its subscription was locked
		}
		if err != nil {
			return err
		}
		has := confirmed.Active && slices.Contains(confirmed.Subscriptions, p.sub.Name)
		switch {
		case s.State == usher.Invited && has:
			s.State, s.ChangedAt = usher.Active, p.now()
			err = p.save(s, usher.EventSeatActive, s.Reason)
		case s.State == usher.Releasing && !has:
			if err = p.free(s); err == nil {
				err = p.allocate()
			}
		}
		if err != nil {
			return fmt.Errorf("seat %s: %w", s.ID, err)
		}
	}
	return nil
}

// arrived has the account brought in line that a portal now shows, and those that name it:
// reports and teams.
func (c *change) arrived(a usher.Account) error {
	if a.Kind != usher.AccountPerson || a.Subject == "" {
		return nil
	}
	c.touch(a.Portal, a.Kind, a.Subject)
	if err := c.touchTeamsOf(a.Subject); err != nil {
		return err
	}
	reports, err := c.tx.Reports(c.ctx, a.Subject)
	if err != nil {
		return err
	}
	return c.markDue(reports, store.DuePerson{Why: "an account came into being", Caution: store.CautionGuard})
}

func (c *change) recordAccount(a usher.Account, kind usher.EventKind, why string) {
	e := usher.Event{Kind: kind, Subject: "account", SubjectID: a.ID, Portal: a.Portal, Why: why}
	if a.Kind == usher.AccountPerson {
		e.Person = a.Subject
	}
	if a.Desired != nil {
		e.After = payload(map[string]any{"active": a.Desired.Active, "subscriptions": a.Desired.Subscriptions, "generation": a.Generation})
	}
	c.record(e)
}

// RetryRefused has the accounts tried again that a portal refused.
func (l *Ledger) RetryRefused(ctx context.Context, _ usher.Principal, portal usher.ID) (int, error) {
	var n int
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		var err error
		n, err = tx.RetryAccounts(ctx, portal)
		tx.AfterCommit(func() { l.onPortal(portal) })
		return err
	})
	return n, err
}
