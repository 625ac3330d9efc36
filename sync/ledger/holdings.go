package ledger

import (
	"context"
	"errors"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// lockPortal locks all subscriptions of a portal, by id, as far as the policy knows them:
// what a portal that takes files shows of an account can be a seat in each of them.
func (c *change) lockPortal(portal usher.ID) ([]*pool, error) {
	var pools []*pool
	for _, known := range c.policy.pools {
		if known.sub.Portal != portal {
			continue
		}
		p, err := c.lock(known.sub.ID)
		if err != nil {
			return nil, err
		}
		pools = append(pools, p)
	}
	return pools, nil
}

// held writes down which seats the portal shows with an account, once its Seen is set and
// before its seats move; pools are those of lockPortal. It says whether that is news. Whoever
// calls it has allocateFreed called after.
func (c *change) held(a usher.Account, pools []*pool) (news bool, err error) {
	if a.Kind != usher.AccountPerson || !c.policy.portals[a.Portal].Profile.Whole {
		return false, nil
	}
	have, err := c.tx.HoldingsOf(c.ctx, a.ID)
	if err != nil {
		return false, err
	}
	for _, p := range pools {
		i := slices.IndexFunc(have, func(h store.Holding) bool { return h.Subscription == p.sub.ID })
		var old *store.Holding
		if i >= 0 {
			old = &have[i]
		}
		changed, err := p.holds(a, old)
		if err != nil {
			return news, err
		}
		news = news || changed
	}
	if news && a.Subject != "" {
		c.touch(a.Portal, a.Kind, a.Subject)
	}
	return news, nil
}

// holds brings the holding of one account in line with what was seen; old is what there is.
func (p *pool) holds(a usher.Account, old *store.Holding) (changed bool, err error) {
	h := store.Holding{Account: a.ID, Subscription: p.sub.ID, Person: a.Subject, Stranger: true}
	if !a.Seen.Takes(p.sub.Name) {
		if old == nil {
			return false, nil
		}
		if old.Stranger {
			p.sub.Strangers--
			p.freed = true
		}
		return true, p.tx.DropHolding(p.ctx, h)
	}
	if a.Subject != "" {
		seat, err := p.tx.LiveSeat(p.ctx, p.sub.ID, a.Subject)
		if err != nil && !errors.Is(err, usher.ErrNotFound) {
			return false, err
		}
		h.Stranger = !seat.State.Occupies()
	}
	if old != nil && *old == h {
		return false, nil
	}
	if old != nil && old.Stranger {
		p.sub.Strangers--
		p.freed = !h.Stranger
	}
	if h.Stranger {
		p.sub.Strangers++
	}
	return true, p.tx.PutHolding(p.ctx, h)
}

// allocateFreed gives the seats on that strangers had, by what the portal shows now.
func allocateFreed(pools []*pool) error {
	for _, p := range pools {
		if !p.freed {
			continue
		}
		p.freed = false
		if err := p.allocate(); err != nil {
			return err
		}
	}
	return nil
}

// estrange keeps it right who is a stranger, now that a seat occupies or does no longer.
func (p *pool) estrange(person usher.ID, stranger bool) error {
	if !p.portal.Profile.Whole {
		return nil
	}
	n, err := p.tx.Estrange(p.ctx, p.sub.ID, person, stranger)
	if !stranger {
		n = -n
	}
	p.sub.Strangers += n
	return err
}

// foreign are the subscriptions that the portal shows with an account whose person never
// had a seat of ours in them. Of those that a human withholds it says that there is one.
func (c *change) foreign(a usher.Account) (names []string, withheld bool, err error) {
	if !c.policy.portals[a.Portal].Profile.Whole {
		return nil, false, nil
	}
	list, err := c.tx.ForeignOf(c.ctx, a.ID)
	for _, f := range list {
		if f.Withheld {
			withheld = true
		} else {
			names = append(names, f.Subscription)
		}
	}
	return names, withheld, err
}

// holdAnew writes down again what the accounts of a portal hold, because it has other
// subscriptions, or takes files only now. No other writer is under way: the policy is locked.
func holdAnew(ctx context.Context, tx *store.Tx, portal usher.Portal) error {
	subs, err := tx.AllSubscriptions(ctx)
	if err != nil {
		return err
	}
	subs = slices.DeleteFunc(subs, func(s usher.Subscription) bool { return s.Portal != portal.ID })
	if err := tx.DropHoldings(ctx, portal.ID); err != nil || !portal.Profile.Whole {
		return err
	}
	for after := usher.ID(""); ; {
		page, err := tx.Accounts(ctx, portal.ID, after, checkPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, a := range page {
			if err := holdAgain(ctx, tx, a, subs); err != nil {
				return err
			}
		}
		after = page[len(page)-1].ID
	}
}

func holdAgain(ctx context.Context, tx *store.Tx, a usher.Account, subs []usher.Subscription) error {
	for _, s := range subs {
		if a.Kind != usher.AccountPerson || !a.Seen.Takes(s.Name) {
			continue
		}
		h := store.Holding{Account: a.ID, Subscription: s.ID, Person: a.Subject, Stranger: true}
		if a.Subject != "" {
			seat, err := tx.LiveSeat(ctx, s.ID, a.Subject)
			if err != nil && !errors.Is(err, usher.ErrNotFound) {
				return err
			}
			h.Stranger = !seat.State.Occupies()
		}
		if err := tx.PutHolding(ctx, h); err != nil {
			return err
		}
	}
	return nil
}
