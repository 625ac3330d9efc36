package ledger

import (
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// checkHoldings: I1, that the seats that count as taken at portals which take files are those
// that they show, and that a stranger is who has no seat here.
func (c *checker) checkHoldings() error {
	wrong, err := c.tx.WrongHoldings(c.ctx, maxFindings)
	if err != nil {
		return err
	}
	for _, h := range wrong {
		if h.Stranger {
			c.find("I1", "holding", h.Account, "counts as a stranger's, and its person has a seat here")
		} else {
			c.find("I1", "holding", h.Account, "counts as one of ours, and its person has no seat here")
		}
	}
	subs, err := c.tx.AllSubscriptions(c.ctx)
	if err != nil {
		return err
	}
	return eachPortal(c.ctx, c.tx, func(portal usher.Portal, page []usher.Account) error {
		var ids []usher.ID
		for _, a := range page {
			ids = append(ids, a.ID)
		}
		holdings, err := c.tx.HoldingsAmong(c.ctx, ids)
		if err != nil {
			return err
		}
		for _, a := range page {
			c.checkHeld(portal, a, subs, holdings[a.ID])
		}
		return nil
	})
}

func (c *checker) checkHeld(portal usher.Portal, a usher.Account, subs []usher.Subscription, holdings []store.Holding) {
	for _, s := range subs {
		shown := portal.Profile.Whole && a.Kind == usher.AccountPerson && s.Portal == portal.ID && a.Seen.Takes(s.Name)
		i := slices.IndexFunc(holdings, func(h store.Holding) bool { return h.Subscription == s.ID })
		switch {
		case shown && i < 0:
			c.find("I1", "account", a.ID, "portal %s shows it in %s, and no seat counts as taken there", portal.Name, s.Name)
		case !shown && i >= 0:
			c.find("I1", "account", a.ID, "a seat in %s counts as taken at portal %s, which does not show it", s.Name, portal.Name)
		case i >= 0 && holdings[i].Person != a.Subject:
			c.find("I1", "account", a.ID, "a seat in %s counts as taken by somebody else", s.Name)
		}
	}
}
