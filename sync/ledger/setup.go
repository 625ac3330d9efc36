package ledger

import (
	"context"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// Setup is what the configuration says of directories and portals; it takes effect at
// once, because none of it seats or releases anybody.
type Setup struct {
	Directories []usher.Directory
	Portals     []usher.Portal
}

// SetUp brings directories and portals in line with the configuration. A portal that is
// new starts as p.Live says; one that is known stays as it is until an admin makes it
// live. Portals that are named no longer are left alone from now on; directories keep their
// people, and stand in for nobody.
func (l *Ledger) SetUp(ctx context.Context, by usher.Principal, s Setup) error {
	return l.store.Write(ctx, func(tx *store.Tx) error {
		// A start or reload that changes nothing is no new policy: plans stay what they are.
		if same, err := standing(ctx, tx, s); same || err != nil {
			return err
		}
		if err := tx.LockPolicy(ctx); err != nil {
			return err
		}
		if err := l.putDirectories(ctx, tx, by, s.Directories); err != nil {
			return err
		}
		return l.putPortals(ctx, tx, s.Portals)
	})
}

// standing says that the store has the directories and portals just as they are configured.
func standing(ctx context.Context, tx *store.Tx, s Setup) (bool, error) {
	directories, err := tx.Directories(ctx)
	if err != nil {
		return false, err
	}
	for _, d := range standIns(s.Directories, directories) {
		i := slices.IndexFunc(directories, func(k usher.Directory) bool { return k.Name == d.Name })
		if i < 0 {
			return false, nil
		}
		d.ID, d.CreatedAt, d.StandIn.Since = directories[i].ID, directories[i].CreatedAt, directories[i].StandIn.Since
		if d != directories[i] {
			return false, nil
		}
	}
	portals, err := tx.Portals(ctx)
	if err != nil {
		return false, err
	}
	for _, k := range portals {
		i := slices.IndexFunc(s.Portals, func(p usher.Portal) bool { return p.Name == k.Name })
		if (i < 0) != (k.RetiredAt != 0) {
			return false, nil
		}
		if i >= 0 && (s.Portals[i].Kind != k.Kind || s.Portals[i].Hard != k.Hard || s.Portals[i].Teams != k.Teams || !sameProfile(s.Portals[i], k)) {
			return false, nil
		}
	}
	unknown := slices.ContainsFunc(s.Portals, func(p usher.Portal) bool {
		return !slices.ContainsFunc(portals, func(k usher.Portal) bool { return k.Name == p.Name })
	})
	return !unknown, nil
}

// putDirectories writes the directories. Where one of them now counts for more or less,
// everybody is computed again, and whoever would lose a seat by it is held.
func (l *Ledger) putDirectories(ctx context.Context, tx *store.Tx, by usher.Principal, wanted []usher.Directory) error {
	known, err := tx.Directories(ctx)
	if err != nil {
		return err
	}
	counts := false
	for _, d := range standIns(wanted, known) {
		for _, k := range known {
			if k.Name == d.Name && k.Kind != d.Kind {
				people, err := tx.CountActive(ctx, k.ID)
				if err != nil {
					return err
				}
				if people > 0 {
					return fmt.Errorf("%w: directory %s is of kind %s and has %d people; give the one of kind %s another name", usher.ErrInvalid, d.Name, k.Kind, people, d.Kind)
				}
			}
			if k.Name == d.Name && k.StandIn.Since != 0 && k.StandIn.For != d.StandIn.For {
				if err := l.turn(ctx, tx, by, k, "the configuration says so"); err != nil {
					return err
				}
				counts = true
			}
			counts = counts || k.Name == d.Name && (k.Rank != d.Rank || k.Owner != d.Owner || k.EmployeeNumbers != d.EmployeeNumbers || k.Zone != d.Zone || k.LeadDays != d.LeadDays)
		}
		d.ID, d.CreatedAt = tx.NewID(), tx.Now()
		if _, err := tx.PutDirectory(ctx, d); err != nil {
			return fmt.Errorf("directory %s: %w", d.Name, err)
		}
	}
	if !counts {
		return nil
	}
	tx.AfterCommit(l.onDue)
	return tx.MarkEveryoneDue(ctx, store.DuePerson{Why: "the configuration of a directory changed", Caution: store.CautionHold})
}

// GoLive lets usher act at a portal: the seats of its subscriptions are given from now
// on. The first load that follows was seen by name, so the guard on invitations counts
// from here.
func (l *Ledger) GoLive(ctx context.Context, by usher.Principal, portal usher.ID) error {
	return l.store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockPolicy(ctx); err != nil {
			return err
		}
		p, err := tx.Portal(ctx, portal)
		if err != nil {
			return err
		}
		if p.Live {
			return fmt.Errorf("portal %s is live already: %w", p.Name, usher.ErrStale)
		}
		if err := tx.SetPortalLive(ctx, portal); err != nil {
			return err
		}
		policy, err := loadPolicy(ctx, tx, 0) // not kept: this transaction may still fail
		if err != nil {
			return err
		}
		c := newChange(ctx, l, tx, policy, by)
		c.byName = true
		c.record(usher.Event{Kind: usher.EventPortalLive, Subject: "portal", SubjectID: portal, Portal: portal})
		for _, pool := range policy.pools {
			if pool.sub.Portal != portal {
				continue
			}
			if err := c.arm(pool.sub.ID); err != nil {
				return err
			}
			c.touched[pool.sub.ID] = true
		}
		declared, err := c.declaredAt(portal)
		if err != nil {
			return err
		}
		for _, person := range declared {
			c.touch(portal, usher.AccountPerson, person)
		}
		return c.finish()
	})
}

func (c *change) arm(subscription usher.ID) error {
	sub, err := c.tx.LockSubscription(c.ctx, subscription)
	if err != nil || sub.ArmedAt != 0 {
		return err
	}
	// The seats that the confirmed plan names are given in this same transaction.
	sub.ArmedAt = c.now() + 1
	return c.tx.UpdateSubscription(c.ctx, sub)
}
