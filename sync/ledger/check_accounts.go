package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// checkAccounts: I4, that what a portal should hold for people follows from their seats,
// and I7, that what counts as in line is.
func (c *checker) checkAccounts() error {
	untold, err := c.tx.UntoldSeats(c.ctx, maxFindings)
	if err != nil {
		return err
	}
	for _, id := range untold {
		c.find("I4", "seat", id, "is occupied, and nothing is to be told to its portal")
	}
	return eachPortal(c.ctx, c.tx, func(portal usher.Portal, page []usher.Account) error {
		var people []usher.ID
		for _, a := range page {
			people = append(people, a.Subject)
		}
		seats, err := c.tx.PortalSeatsOf(c.ctx, people)
		if err != nil {
			return err
		}
		due, err := c.tx.DueAmong(c.ctx, people)
		if err != nil {
			return err
		}
		for _, a := range page {
			if a.Kind == usher.AccountPerson && a.Desired != nil {
				if err := c.checkDesired(portal, a, seats[a.Subject]); err != nil {
					return err
				}
			}
			if !due[a.Subject] {
				if err := c.checkSeen(portal, a); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// checkDesired compares what a portal should hold for a person with the seats there.
func (c *checker) checkDesired(portal usher.Portal, a usher.Account, seats []store.PortalSeat) error {
	names, err := c.leftAlone(portal, a)
	if err != nil {
		return err
	}
	admin := a.Desired.Admin && !portal.Profile.AdminSeats
	for _, s := range seats {
		if s.Portal == a.Portal {
			names = append(names, s.Subscription)
		}
	}
	slices.Sort(names)
	switch {
	case admin && a.Desired.Active && slices.Equal(names, a.Desired.Subscriptions):
	case a.Desired.Active && len(names) == 0:
		c.find("I4", "account", a.ID, "is to be active at portal %s, and the person has no seat there", portal.Name)
	case a.Desired.Active != (len(names) > 0):
		c.find("I4", "account", a.ID, "is not to be active at portal %s, and the person has a seat in %s", portal.Name, strings.Join(names, ", "))
	case !slices.Equal(names, a.Desired.Subscriptions):
		c.find("I4", "account", a.ID, "portal %s is to show the subscriptions [%s], and the person has seats in [%s]", portal.Name, strings.Join(a.Desired.Subscriptions, ", "), strings.Join(names, ", "))
	}
	return nil
}

// leftAlone are the subscriptions that a portal shows with a person who never had a seat of
// ours in them: what it should hold may name them.
func (c *checker) leftAlone(portal usher.Portal, a usher.Account) ([]string, error) {
	if !portal.Profile.Whole {
		return nil, nil
	}
	foreign, err := c.tx.ForeignOf(c.ctx, a.ID)
	var names []string
	for _, f := range foreign {
		if slices.Contains(a.Desired.Subscriptions, f.Subscription) {
			names = append(names, f.Subscription)
		}
	}
	return names, err
}

// checkSeen compares what counts as in line with what the portal showed.
func (c *checker) checkSeen(portal usher.Portal, a usher.Account) error {
	if portal.Profile.Whole {
		return c.checkShown(portal, a)
	}
	if a.Desired == nil || a.Seen == nil || a.Generation > a.Confirmed {
		return nil
	}
	differs, err := differsFromSeen(c.ctx, c.tx, a)
	if err != nil || len(differs) == 0 {
		return err
	}
	if a.Kind == usher.AccountTeam {
		// Its members at the portal can be more than they were when it was told.
		if waiting, err := c.tx.CountDue(c.ctx); waiting > 0 || err != nil {
			return err
		}
	}
	c.find("I7", "account", a.ID, "counts as in line at portal %s, which shows something else: %d differences", portal.Name, len(differs))
	return nil
}

// checkStuck: I7, that what is not in line is worked on, or says why not.
func (c *checker) checkStuck() error {
	if at, err := c.tx.Setting(c.ctx, SettingRestored); at != "" || err != nil {
		return err // portals are told nothing until somebody resumes
	}
	portals, err := c.tx.Portals(c.ctx)
	if err != nil {
		return err
	}
	for _, p := range portals {
		if !p.Live || p.RetiredAt != 0 || p.Failures > 0 {
			continue
		}
		if p.Hard { // a visit that is still to be carried there is why nobody is told
			if carrying, err := c.tx.VisitsToCarry(c.ctx, p.ID); err != nil {
				return err
			} else if len(carrying) > 0 {
				continue
			}
		}
		patience := maxStuck
		if p.Profile.Whole {
			patience = maxUnvisited
		}
		stuck, err := c.tx.StuckAccounts(c.ctx, p.ID, c.tx.Now().Add(-patience), maxFindings)
		if err != nil {
			return err
		}
		for _, a := range stuck {
			c.find("I7", "account", a.ID, "portal %s was to be told by %s, was not, and nothing says why: %s", p.Name, a.NextTryAt.RFC3339(), progress(a))
		}
	}
	return nil
}

func progress(a usher.Account) string {
	text := fmt.Sprintf("generation %d is desired, %d was sent, %d confirmed", a.Generation, a.Sent, a.Confirmed)
	if a.UnknownSince != 0 {
		text += ", with a call whose outcome is unknown"
	}
	return text
}

// differsFromSeen says what a portal was last seen to hold otherwise than desired now.
func differsFromSeen(ctx context.Context, tx *store.Tx, a usher.Account) ([]string, error) {
	change, err := describe(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	_, differs := plan.Same(change.Desired, *a.Seen, change.ManagerRemoteID, change.MemberRemoteIDs)
	return differs, nil
}
