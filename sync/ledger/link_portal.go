package ledger

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/usher"
)

// LinkAccount ties an account that only the portal knows to a person: from now on it is theirs.
// It gives nobody a seat; adopting does. usher.ErrConflict: it is somebody's, or the person has
// another account there.
func (l *Ledger) LinkAccount(ctx context.Context, by usher.Principal, portal usher.ID, remote string, person usher.ID) error {
	return l.write(ctx, by, func(c *change) error {
		if _, err := c.lockStanding(person); err != nil {
			return err
		}
		found, err := c.tx.AccountByRemote(ctx, portal, usher.AccountPerson, remote)
		if err != nil {
			return err
		}
		pools, err := c.poolsOf(found)
		if err != nil {
			return err
		}
		a, err := c.tx.LockAccountOf(ctx, portal, usher.AccountPerson, person)
		if err != nil {
			return err
		}
		switch {
		case found.ID == a.ID:
			return nil
		case found.Subject != "":
			return fmt.Errorf("the account is linked to another person: %w", usher.ErrConflict)
		case a.RemoteID != "":
			return fmt.Errorf("the person has another account there, %s: %w", a.RemoteID, usher.ErrConflict)
		}
		return c.tie(a, found, pools)
	})
}

// tie makes what the portal shows of a stranger that of somebody's account.
func (c *change) tie(a, found usher.Account, pools []*pool) error {
	found, err := c.tx.LockAccount(c.ctx, found.ID)
	if err != nil {
		return err
	}
	if err := c.tx.EndDriftOf(c.ctx, found.ID); err != nil {
		return err
	}
	if err := c.vanish(found, pools); err != nil {
		return err
	}
	a.RemoteID, a.Seen, a.SeenAt = found.RemoteID, found.Seen, found.SeenAt
	if _, err := c.held(a, pools); err != nil {
		return err
	}
	if err := c.tx.UpdateAccount(c.ctx, a); err != nil {
		return err
	}
	if err := allocateFreed(pools); err != nil {
		return err
	}
	c.record(usher.Event{Kind: usher.EventAccountLinked, Subject: "account", SubjectID: a.ID, Person: a.Subject, Portal: a.Portal,
		After: payload(map[string]any{"remoteId": a.RemoteID})})
	return c.arrived(a)
}

// Learn keeps a template that an admin downloaded from a portal; t has Portal, Key, Name, SHA256 and
// Content.
func (l *Ledger) Learn(ctx context.Context, by usher.Principal, t usher.Template) error {
	return l.write(ctx, by, func(c *change) error {
		t.ID, t.LearnedAt, t.LearnedBy = c.tx.NewID(), c.now(), by.Name
		c.record(usher.Event{Kind: usher.EventTemplateLearned, Subject: "template", SubjectID: t.ID, Portal: t.Portal,
			After: payload(map[string]any{"key": t.Key, "name": t.Name, "sha256": t.SHA256})})
		c.told[t.Portal] = true // what waited for a template can go on
		if err := c.tx.PutTemplate(ctx, t); err != nil {
			return err
		}
		_, err := c.tx.RetryAccounts(ctx, t.Portal) // what was refused for want of it among them
		return err
	})
}

// Activity is when somebody last did something at a portal, as its lists have it.
type Activity struct {
	Address string
	At      usher.Time
}

// TakeActivity notes when people were last active at a portal, and gives the addresses that no
// account there has. Older news changes nothing.
func (l *Ledger) TakeActivity(ctx context.Context, by usher.Principal, portal usher.ID, list []Activity) (noted int, unknown []string, err error) {
	for len(list) > 0 {
		part := list[:min(exportPart, len(list))]
		list = list[len(part):]
		var strange []string
		var n int
		err := l.write(ctx, by, func(c *change) error {
			strange, n = nil, 0
			for _, one := range part {
				known, err := c.active(portal, one)
				if err != nil {
					return err
				}
				if known {
					n++
				} else {
					strange = append(strange, one.Address)
				}
			}
			return nil
		})
		if err != nil {
			return noted, unknown, err
		}
		noted, unknown = noted+n, append(unknown, strange...)
	}
	return noted, unknown, nil
}

func (c *change) active(portal usher.ID, one Activity) (bool, error) {
	a, err := c.bearer(portal, one.Address)
	if errors.Is(err, usher.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if a, err = c.tx.LockAccount(c.ctx, a.ID); err != nil || a.Seen == nil || a.Seen.LastActiveAt >= one.At {
		return err == nil && a.Seen != nil, err
	}
	seen := *a.Seen
	seen.LastActiveAt = one.At
	a.Seen = &seen
	return true, c.tx.UpdateAccount(c.ctx, a)
}

// bearer is the account that a portal's list means by an address.
func (c *change) bearer(portal usher.ID, address string) (usher.Account, error) {
	a, err := c.tx.AccountByRemote(c.ctx, portal, usher.AccountPerson, address)
	if !errors.Is(err, usher.ErrNotFound) {
		return a, err
	}
	person, err := c.subjectOf(usher.AccountPerson, usher.Seen{Address: address})
	if err != nil {
		return a, err
	}
	if person == "" {
		return a, usher.ErrNotFound
	}
	return c.tx.AccountOf(c.ctx, portal, usher.AccountPerson, person)
}
