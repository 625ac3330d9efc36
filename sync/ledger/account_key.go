package ledger

import (
	"errors"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// The key under which a portal has an account is its person's id, and stays what it is: a portal takes another one for another
// system's. Where an account became somebody else's, because people were merged or split, it is noted whose account the key is, and
// whoever needs a new account there gets the account's own id for a key.

func keyAt(portal usher.ID, key string) string { return string(portal) + "\n" + key }

// keyOf is the key of an account of p's.
func (c *change) keyOf(a usher.Account, p usher.Person) (string, error) {
	if a.Desired != nil && a.Desired.Key != "" {
		return a.Desired.Key, nil
	}
	moved, err := c.movedKeys()
	if err != nil {
		return "", err
	}
	if a.Seen != nil && moved[keyAt(a.Portal, a.Seen.Key)] == a.ID {
		return a.Seen.Key, nil
	}
	if other := moved[keyAt(a.Portal, string(p.ID))]; other == "" || other == a.ID {
		return string(p.ID), nil
	}
	return string(a.ID), c.noteKey(a, string(a.ID))
}

// movedKeys are the keys of accounts that became somebody else's; there are few.
func (c *change) movedKeys() (map[string]usher.ID, error) {
	if c.keys == nil {
		var err error
		if c.keys, err = c.tx.MergedOf(c.ctx, store.MergedKey); err != nil {
			return nil, err
		}
	}
	return c.keys, nil
}

// noteKey notes that a key is that of an account, whosever it is.
func (c *change) noteKey(a usher.Account, key string) error {
	c.keys = nil
	return c.tx.NoteMerged(c.ctx, store.MergedKey, keyAt(a.Portal, key), a.ID)
}

// moveAccount makes an account that is locked somebody else's, under the key that the portal has.
func (c *change) moveAccount(a usher.Account, person usher.ID) error {
	key := ""
	switch {
	case a.Desired != nil:
		key = a.Desired.Key
	case a.Seen != nil:
		key = a.Seen.Key
	}
	if key != "" {
		if err := c.noteKey(a, key); err != nil {
			return err
		}
	}
	return c.tx.MoveAccount(c.ctx, a.ID, person)
}

// subjectAt is whose account it is that a portal shows: that of a key which is noted, else subjectOf. Of somebody into whom others were
// merged it can be a second account, which is to be closed and which nobody had seen yet.
func (c *change) subjectAt(portal usher.ID, kind usher.AccountKind, s usher.Seen) (usher.ID, error) {
	if kind == usher.AccountPerson && s.Key != "" {
		moved, err := c.movedKeys()
		if err != nil {
			return "", err
		}
		if id := moved[keyAt(portal, s.Key)]; id != "" {
			a, err := c.tx.Account(c.ctx, id)
			if err == nil || !errors.Is(err, usher.ErrNotFound) {
				return a.Subject, err
			}
		}
	}
	subject, err := c.subjectOf(kind, s)
	if err != nil || subject == "" || kind != usher.AccountPerson {
		return subject, err
	}
	p, err := c.tx.PersonNow(c.ctx, subject)
	if err != nil {
		return "", err
	}
	return c.secondAt(portal, p.ID, s)
}

// secondAt is who was merged into a person and has the account that a portal shows under the address by which it was told; else
// the person.
func (c *change) secondAt(portal, person usher.ID, s usher.Seen) (usher.ID, error) {
	merged, err := c.tx.MergedInto(c.ctx, person)
	if err != nil {
		return "", err
	}
	for _, id := range merged {
		a, err := c.tx.AccountOf(c.ctx, portal, usher.AccountPerson, id)
		if errors.Is(err, usher.ErrNotFound) {
			continue
		}
		if err != nil {
			return "", err
		}
		if a.RemoteID == "" && a.Desired != nil && slices.Contains(plan.AddressKeys(s), plan.ToldAs(a)) {
			return id, nil
		}
	}
	return person, nil
}
