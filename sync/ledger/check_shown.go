package ledger

import (
	"slices"

	"usher/internal/usher"
	"usher/sync/plan"
)

// lists are what the last lists of a portal that takes files said.
type lists struct {
	subs  []usher.Subscription
	drift []usher.Drift // open
	// complete is when the portal made the last list that had everybody; zero: none was taken.
	complete usher.Time
}

// listsOf reads them once for each portal.
func (c *checker) listsOf(portal usher.ID) (lists, error) {
	if l, ok := c.lists[portal]; ok {
		return l, nil
	}
	var l lists
	subs, err := c.tx.AllSubscriptions(c.ctx)
	if err != nil {
		return l, err
	}
	l.subs = slices.DeleteFunc(subs, func(s usher.Subscription) bool { return s.Portal != portal })
	if l.drift, err = c.tx.OpenDrift(c.ctx, portal); err != nil {
		return l, err
	}
	exports, err := c.tx.Exports(c.ctx, portal, 10_000)
	for _, e := range exports {
		if e.Complete && e.TakenAt != 0 {
			l.complete = max(l.complete, e.AsOf)
		}
	}
	if c.lists == nil {
		c.lists = map[usher.ID]lists{}
	}
	c.lists[portal] = l
	return l, err
}

// checkShown is checkSeen of a portal that takes files: each seat in which what it shows is not what is
// desired has a difference with a name for just that seat, person and direction, or a row that is to
// mend it, or is yet to be told.
func (c *checker) checkShown(portal usher.Portal, a usher.Account) error {
	unknown := a.Seen != nil && a.Seen.Active && a.Seen.Subscriptions == nil
	if a.Kind != usher.AccountPerson || unknown || a.Generation > a.Confirmed && (a.NextTryAt != never || a.Refused) {
		return nil // it is told when it is due, or says why not
	}
	l, err := c.listsOf(portal.ID)
	if err != nil || a.Desired == nil && (l.complete == 0 || a.SeenAt < l.complete) {
		return err
	}
	rows, err := c.tx.RowsOfAccount(c.ctx, a.ID)
	if err != nil {
		return err
	}
	for _, sub := range l.subs {
		wanted := a.Desired != nil && a.Desired.Active && slices.Contains(a.Desired.Subscriptions, sub.Name)
		if shown := a.Seen.Takes(sub.Name); shown != wanted && !explained(a, sub, shown, l, rows) {
			c.find("I7", "account", a.ID, "portal %s shows %s in %s, %s: no difference and no open row names it", portal.Name, hasIt(shown), sub.Name, whereItStands(a))
		}
	}
	return nil
}

func hasIt(shown bool) string {
	if shown {
		return "a seat"
	}
	return "no seat"
}

func whereItStands(a usher.Account) string {
	switch {
	case a.Desired == nil:
		return "of which nothing is desired"
	case a.Generation > a.Confirmed:
		return "which waits for rows"
	}
	return "and it counts as in line"
}

// explained says that it is known why a portal shows a seat that is not desired, or does not show one
// that is: a difference or a row that is open says so, or somebody has confirmed since the last complete list
// that a row brought the seat along.
func explained(a usher.Account, sub usher.Subscription, shown bool, l lists, rows []usher.BatchRow) bool {
	for _, d := range l.drift {
		if d.Account == a.ID || a.RemoteID != "" && d.Address == a.RemoteID {
			if more, seats := plan.TooMany(d.Code); seats && more == shown && plan.Concerns(d, sub) {
				return true
			}
		}
	}
	return slices.ContainsFunc(rows, func(r usher.BatchRow) bool {
		moves := r.Gives
		if shown {
			moves = r.Takes
		}
		waits := r.State == usher.RowOpen || r.Generation == a.Generation && a.Generation > a.Confirmed && r.State != usher.RowConfirmed
		if shown && r.State == usher.RowConfirmed && r.SettledAt > l.complete && r.Told != nil && slices.Contains(r.Told.Subscriptions, sub.Name) {
			return true
		}
		return waits && slices.Contains(moves, sub.Name)
	})
}
