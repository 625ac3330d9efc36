package ledger

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// atOnce is how many people a change of a group computes again in its own transaction;
// the others follow in transactions of their own, so that a large group blocks nobody.
const atOnce = 20

// CreateGroup keeps a directory's new group. Repeats are recognised as in CreateRecord.
func (l *Ledger) CreateGroup(ctx context.Context, by usher.Principal, g usher.Group, members []usher.ID) (usher.Group, error) {
	var made usher.Group
	err := l.write(ctx, by, func(c *change) error {
		made = g
		made.ID, made.Directory, made.Version, made.CreatedAt, made.ModifiedAt = c.tx.NewID(), by.Directory, 1, c.now(), c.now()
		fresh, err := c.tx.InsertGroup(ctx, made)
		if err != nil {
			return fmt.Errorf("create group: %w", err)
		}
		if !fresh {
			made, err = c.replayedGroup(g)
			return err
		}
		c.record(usher.Event{Kind: usher.EventGroupCreated, Subject: "group", SubjectID: made.ID,
			After: payload(map[string]any{"displayName": made.DisplayName, "members": len(members)})})
		return c.members(made, []usher.MemberOp{{Kind: usher.MembersAdd, IDs: members}})
	})
	return made, err
}

func (c *change) replayedGroup(g usher.Group) (usher.Group, error) {
	old, err := c.tx.FindGroup(c.ctx, c.by.Directory, g.ExternalID, g.CreateHash)
	if errors.Is(err, usher.ErrNotFound) {
		return g, store.ErrAgain
	}
	if err != nil {
		return g, err
	}
	if old.Version == 1 && old.CreateHash == g.CreateHash && c.now().Sub(old.CreatedAt) < replayTime {
		return old, nil
	}
	return g, fmt.Errorf("a group with this externalId, or just like this one, exists: %w", usher.ErrConflict)
}

// ChangeGroup stores what f makes of a group, which it sees without members, and applies
// the membership steps in order, under the group's lock.
func (l *Ledger) ChangeGroup(ctx context.Context, by usher.Principal, id usher.ID, f func(usher.Group) (usher.Group, []usher.MemberOp, error)) (usher.Group, error) {
	var made usher.Group
	err := l.write(ctx, by, func(c *change) error {
		old, err := c.tx.LockGroup(ctx, by.Directory, id)
		if err != nil {
			return err
		}
		var steps []usher.MemberOp
		if made, steps, err = f(old); err != nil {
			return err
		}
		if string(made.Document) == string(old.Document) {
			made = old
		} else if err := c.saveGroup(&made, old); err != nil {
			return err
		}
		return c.members(made, steps)
	})
	return made, err
}

func (c *change) saveGroup(g *usher.Group, old usher.Group) error {
	if err := bounded(g.Document); err != nil {
		return err
	}
	g.ID, g.Directory, g.CreatedAt, g.CreateHash = old.ID, old.Directory, old.CreatedAt, old.CreateHash
	g.Version, g.ModifiedAt = old.Version+1, c.now()
	free, err := c.tx.UpdateGroup(c.ctx, *g)
	if err != nil {
		return fmt.Errorf("change group %s: %w", g.ID, err)
	}
	if !free {
		return fmt.Errorf("another group has this externalId: %w", usher.ErrConflict)
	}
	c.record(usher.Event{Kind: usher.EventGroupChanged, Subject: "group", SubjectID: g.ID,
		Before: payload(map[string]any{"displayName": old.DisplayName}), After: payload(map[string]any{"displayName": g.DisplayName})})
	if g.DisplayName == old.DisplayName {
		return nil
	}
	if err := c.renameTeam(*g); err != nil {
		return err
	}
	people, err := c.tx.PeopleInGroup(c.ctx, g.ID)
	if err != nil {
		return err
	}
	return c.recompute(people, reason{cause: g.Directory, caution: store.CautionGuard, why: "a group was renamed"})
}

// renameTeam gives a team made of the group the group's new name, also in its members'
// accounts.
func (c *change) renameTeam(g usher.Group) error {
	t, err := c.tx.TeamByKey(c.ctx, plan.TeamOfGroup, string(g.ID))
	if errors.Is(err, usher.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	t.Name = g.DisplayName
	if t, err = c.team(t); err != nil {
		return err
	}
	members, err := c.tx.TeamMembers(c.ctx, t.ID)
	if err != nil {
		return err
	}
	return c.markDue(members, store.DuePerson{Why: "a team was renamed", Caution: store.CautionGuard})
}

// members applies membership steps and has everybody computed again whom they moved. A
// group that falls to zero holds the releases that come of it, from the first person:
// an emptied group is more often an accident than a wish.
func (c *change) members(g usher.Group, steps []usher.MemberOp) error {
	added, removed, err := c.tx.ApplyMembers(c.ctx, g, steps)
	if err != nil {
		return err
	}
	if len(added)+len(removed) == 0 {
		return nil
	}
	c.record(usher.Event{Kind: usher.EventGroupChanged, Subject: "group", SubjectID: g.ID,
		After: payload(map[string]any{"displayName": g.DisplayName, "added": added, "removed": removed})})
	r := reason{cause: c.by.Directory, caution: store.CautionGuard, why: "membership of group " + g.DisplayName}
	if len(removed) > 0 {
		left, err := c.tx.MemberCount(c.ctx, g.ID)
		if err != nil {
			return err
		}
		if left == 0 {
			r.caution, r.why = store.CautionHold, fmt.Sprintf("the group %q fell to zero members", g.DisplayName)
		}
	}
	people, err := c.tx.PeopleOfRecords(c.ctx, append(added, removed...))
	if err != nil {
		return err
	}
	return c.recompute(people, r)
}

// DeleteGroup removes a group once check agrees; its members lose what it gave them.
func (l *Ledger) DeleteGroup(ctx context.Context, by usher.Principal, id usher.ID, check func(usher.Group) error) error {
	return l.write(ctx, by, func(c *change) error {
		g, err := c.tx.LockGroup(ctx, by.Directory, id)
		if err != nil {
			return err
		}
		if err := check(g); err != nil {
			return err
		}
		people, err := c.tx.PeopleInGroup(ctx, id)
		if err != nil {
			return err
		}
		if err := c.tx.DeleteGroup(ctx, g); err != nil {
			return err
		}
		if err := c.retireTeam(g); err != nil {
			return err
		}
		c.record(usher.Event{Kind: usher.EventGroupDeleted, Subject: "group", SubjectID: id, Before: payload(map[string]any{"displayName": g.DisplayName, "members": len(people)})})
		return c.recompute(people, reason{cause: by.Directory, caution: store.CautionHold, why: fmt.Sprintf("the group %q was deleted", g.DisplayName)})
	})
}

func (c *change) retireTeam(g usher.Group) error {
	t, err := c.tx.TeamByKey(c.ctx, plan.TeamOfGroup, string(g.ID))
	if errors.Is(err, usher.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c.touchTeam(t.ID)
	return c.tx.RetireTeam(c.ctx, t.ID)
}

// recompute computes a few people again now and notes the others.
func (c *change) recompute(people []usher.ID, r reason) error {
	if len(people) > atOnce {
		return c.markDue(people, store.DuePerson{Cause: r.cause, Why: r.why, Caution: r.caution})
	}
	return c.computeAll(people, r)
}

// computeAll computes people again, whose locks are taken first and in order.
func (c *change) computeAll(people []usher.ID, r reason) error {
	if _, err := c.tx.LockPersons(c.ctx, people...); err != nil {
		return err
	}
	for _, id := range people {
		if err := c.compute(id, r); err != nil {
			return err
		}
	}
	return nil
}
