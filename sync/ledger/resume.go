package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"

	"usher/internal/store"
	"usher/internal/usher"
)

// Restore fills the empty store of o from a backup (store.Restore) and records who did
// so. Until Resume its portals are told nothing.
func Restore(ctx context.Context, o store.Options, by usher.Principal, backup io.Reader) (err error) {
	if err := store.Restore(ctx, o, backup); err != nil {
		return err
	}
	s, err := store.Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return New(s, Options{}).write(ctx, by, func(c *change) error {
		c.record(usher.Event{Kind: usher.EventRestored, Subject: "store"})
		return nil
	})
}

// Restored says whether the store was restored from a backup and nobody has resumed yet,
// and when that was, in RFC 3339.
func (l *Ledger) Restored(ctx context.Context) (at string, restored bool, err error) {
	at, err = l.store.Look().Setting(ctx, SettingRestored)
	return at, at != "", err
}

// Resume lets the portals of a restored store be told again. usher.ErrStale: the store
// does not wait for it.
func (l *Ledger) Resume(ctx context.Context, by usher.Principal) error {
	return l.write(ctx, by, func(c *change) error {
		at, err := c.tx.Setting(ctx, SettingRestored)
		if err != nil {
			return err
		}
		if at == "" {
			return fmt.Errorf("the store was not restored from a backup, or somebody has resumed: %w", usher.ErrStale)
		}
		c.record(usher.Event{Kind: usher.EventResumed, Subject: "store", Before: payload(map[string]any{"restored": at})})
		for portal := range c.policy.portals {
			c.told[portal] = true
		}
		return c.tx.SetSetting(ctx, SettingRestored, "")
	})
}

// Difference is one account that is not in line: what a portal will be told next.
type Difference struct {
	Portal string            `json:"portal"`
	Kind   usher.AccountKind `json:"kind"`
	Name   string            `json:"name"` // of the person or team
	// Active is what the account should be.
	Active bool `json:"active"`
	// Differs is what the portal was last seen to hold otherwise; empty when it was not
	// seen since.
	Differs []string   `json:"differs,omitempty"`
	SeenAt  usher.Time `json:"seenAt,omitempty"`
}

// Differences gives each the accounts that are not in line, by portal, a page at a time:
// those whose desired state no portal confirmed, and those seen to differ from it. Nothing
// is read at the portals.
func (l *Ledger) Differences(ctx context.Context, each func(Difference) error) error {
	return l.store.Read(ctx, func(tx *store.Tx) error {
		return eachPortal(ctx, tx, func(portal usher.Portal, page []usher.Account) error {
			for _, a := range page {
				d, err := difference(ctx, tx, a)
				if err != nil {
					return fmt.Errorf("account %s: %w", a.ID, err)
				}
				if d == nil {
					continue
				}
				d.Portal = portal.Name
				if err := each(*d); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// difference is nil for an account that is in line.
func difference(ctx context.Context, tx *store.Tx, a usher.Account) (*Difference, error) {
	if a.Desired == nil {
		return nil, nil
	}
	d := &Difference{Kind: a.Kind, Name: a.Desired.DisplayName, Active: a.Desired.Active, SeenAt: a.SeenAt}
	if a.Seen != nil {
		var err error
		if d.Differs, err = differsFromSeen(ctx, tx, a); err != nil {
			return nil, err
		}
	}
	if a.Generation <= a.Confirmed && len(d.Differs) == 0 {
		return nil, nil
	}
	return d, nil
}

// eachPortal gives f the accounts of every portal that is configured, a page at a time.
func eachPortal(ctx context.Context, tx *store.Tx, f func(usher.Portal, []usher.Account) error) error {
	portals, err := tx.Portals(ctx)
	if err != nil {
		return err
	}
	for _, p := range portals {
		if p.RetiredAt != 0 {
			continue
		}
		for after := usher.ID(""); ; {
			page, err := tx.Accounts(ctx, p.ID, after, checkPage)
			if err != nil {
				return fmt.Errorf("accounts at portal %s: %w", p.Name, err)
			}
			if len(page) == 0 {
				break
			}
			if err := f(p, page); err != nil {
				return err
			}
			after = page[len(page)-1].ID
		}
	}
	return nil
}
