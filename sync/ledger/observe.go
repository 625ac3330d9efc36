package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// Observe takes up what a portal shows of some accounts. Who is found to differ from
// what is desired becomes due again; who is nobody's is kept as known to the portal
// alone. It writes nothing at a portal, also for one that is not live.
func (l *Ledger) Observe(ctx context.Context, lease store.Lease, portal usher.ID, kind usher.AccountKind, seen []usher.Seen) error {
	return l.write(ctx, usher.Principal{Kind: usher.PrincipalPortal, Name: string(portal)}, func(c *change) error {
		if err := holds(ctx, c.tx, lease); err != nil {
			return err
		}
		c.by.Name = c.policy.portals[portal].Name
		for _, s := range seen {
			if err := c.observe(portal, kind, s); err != nil {
				return fmt.Errorf("account %q at portal %s: %w", s.RemoteID, c.by.Name, err)
			}
		}
		return nil
	})
}

func (c *change) observe(portal usher.ID, kind usher.AccountKind, s usher.Seen) error {
	pools, err := c.poolsOf(usher.Account{Portal: portal, Kind: kind})
	if err != nil {
		return err
	}
	a, err := c.accountSeen(portal, kind, s)
	if err != nil {
		return err
	}
	if a, err = c.tx.LockAccount(c.ctx, a.ID); err != nil {
		return err
	}
	arrived, admin := a.RemoteID == "" && a.Subject != "", administers(a)
	a.RemoteID, a.Seen, a.SeenAt = s.RemoteID, &s, c.now()
	if a, err = c.reheld(a, pools); err != nil {
		return err
	}
	if administers(a) != admin {
		if err := c.tellAdmins(portal, a.Subject); err != nil {
			return err
		}
	}
	// A call under way will say for itself what it did.
	if a.Desired != nil && a.Confirmed >= a.Generation && a.UnknownSince == 0 {
		change, err := describe(c.ctx, c.tx, a)
		if err != nil {
			return err
		}
		if same, differs := plan.Same(change.Desired, s, change.ManagerRemoteID, change.MemberRemoteIDs); !same {
			a.Confirmed, a.NextTryAt = a.Generation-1, c.now()
			c.told[portal] = true
			c.recordAccount(a, usher.EventAccountSeen, "differs: "+strings.Join(differs, "; "))
		}
	}
	if err := c.tx.UpdateAccount(c.ctx, a); err != nil || !arrived {
		return err
	}
	return c.arrived(a)
}

// reheld writes down which seats an account was seen to hold; where that is news it is
// computed again before it is compared, because what is foreign is to stay.
func (c *change) reheld(a usher.Account, pools []*pool) (usher.Account, error) {
	news, err := c.held(a, pools)
	if err != nil || !news {
		return a, err
	}
	if err := allocateFreed(pools); err != nil || a.Subject == "" {
		return a, err
	}
	if err := c.tx.UpdateAccount(c.ctx, a); err != nil {
		return a, err
	}
	if err := c.refreshPeople(a.Portal, []usher.ID{a.Subject}); err != nil {
		return a, err
	}
	return c.tx.LockAccount(c.ctx, a.ID)
}

// accountSeen finds whose account it is that a portal shows: by the portal's id, by ours,
// by address; or nobody's.
func (c *change) accountSeen(portal usher.ID, kind usher.AccountKind, s usher.Seen) (usher.Account, error) {
	a, err := c.tx.AccountByRemote(c.ctx, portal, kind, s.RemoteID)
	if !errors.Is(err, usher.ErrNotFound) {
		return a, err
	}
	subject, err := c.subjectAt(portal, kind, s)
	if err != nil {
		return a, err
	}
	if subject != "" {
		a, err = c.tx.LockAccountOf(c.ctx, portal, kind, subject)
		if err != nil || a.RemoteID == "" {
			return a, err
		}
	}
	// Nobody's, or a second account of somebody who has one.
	a = usher.Account{ID: c.tx.NewID(), Portal: portal, Kind: kind, RemoteID: s.RemoteID}
	fresh, err := c.tx.InsertAccount(c.ctx, a)
	if err == nil && !fresh {
		err = store.ErrAgain
	}
	return a, err
}

func (c *change) subjectOf(kind usher.AccountKind, s usher.Seen) (usher.ID, error) {
	if kind == usher.AccountTeam {
		t, err := c.tx.Team(c.ctx, usher.ID(s.Key))
		if errors.Is(err, usher.ErrNotFound) {
			return "", nil
		}
		return t.ID, err
	}
	if p, err := c.tx.Person(c.ctx, usher.ID(s.Key)); err == nil || !errors.Is(err, usher.ErrNotFound) {
		return p.ID, err
	}
	for _, address := range []string{s.Address, s.UserName} {
		key, err := usher.FoldAddress(address)
		if err != nil {
			continue // what a portal shows need not be an address
		}
		found, err := c.tx.FindIdentifiers(c.ctx, []usher.Identifier{{Space: usher.SpaceAddress, Key: key}})
		if err != nil || len(found) > 0 {
			return firstPerson(found), err
		}
	}
	return "", nil
}

func firstPerson(found []usher.Identifier) usher.ID {
	if len(found) == 0 {
		return ""
	}
	return found[0].Person
}

// Observed ends a full reading of a portal that began at since: accounts that it did not
// show are not there. Those that should be become due again.
func (l *Ledger) Observed(ctx context.Context, lease store.Lease, portal usher.ID, kind usher.AccountKind, since usher.Time) error {
	missing, err := l.store.Look().AccountsNotSeen(ctx, portal, kind, since)
	if err != nil {
		return err
	}
	for _, id := range missing {
		err := l.write(ctx, usher.Principal{Kind: usher.PrincipalPortal, Name: string(portal)}, func(c *change) error {
			if err := holds(ctx, c.tx, lease); err != nil {
				return err
			}
			pools, err := c.poolsOf(usher.Account{Portal: portal, Kind: kind})
			if err != nil {
				return err
			}
			a, err := c.tx.LockAccount(ctx, id)
			if err != nil || a.SeenAt >= since {
				return err
			}
			return c.missing(a, pools)
		})
		if err != nil {
			return fmt.Errorf("account %s: %w", id, err)
		}
	}
	return nil
}

// missing notes that a portal that showed everything did not show an account.
func (c *change) missing(a usher.Account, pools []*pool) error {
	admin := administers(a)
	a.SeenAt = c.now()
	if a.Desired != nil && a.Desired.Active && a.Confirmed >= a.Generation {
		a.Confirmed, a.NextTryAt = a.Generation-1, c.now()
		c.told[a.Portal] = true
		c.recordAccount(a, usher.EventAccountSeen, "missing at the portal")
	}
	if err := c.vanish(a, pools); err != nil {
		return err
	}
	if admin {
		if err := c.tellAdmins(a.Portal, a.Subject); err != nil {
			return err
		}
	}
	return allocateFreed(pools)
}

// Health writes what the owner of a portal's lease knows of its health, with an event
// when it starts or stops failing.
func (l *Ledger) Health(ctx context.Context, lease store.Lease, p usher.Portal) error {
	return l.write(ctx, usher.System("reconcile"), func(c *change) error {
		if err := holds(ctx, c.tx, lease); err != nil {
			return err
		}
		before, err := c.tx.Portal(ctx, p.ID)
		if err != nil {
			return err
		}
		if before.Failures == 0 && p.Failures > 0 {
			c.record(usher.Event{Kind: usher.EventPortalFailing, Subject: "portal", SubjectID: p.ID, Portal: p.ID, Why: p.LastError})
		}
		if before.Failures > 0 && p.Failures == 0 {
			c.record(usher.Event{Kind: usher.EventPortalRecovered, Subject: "portal", SubjectID: p.ID, Portal: p.ID})
		}
		return c.tx.SetPortalHealth(ctx, p)
	})
}
