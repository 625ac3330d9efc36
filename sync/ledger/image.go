package ledger

import (
	"cmp"
	"context"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// PersonImage is all that usher has of one person, by name.
func (l *Ledger) PersonImage(ctx context.Context, person usher.ID) (i usher.PersonImage, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		p, err := l.policyFor(ctx, tx)
		if err != nil {
			return err
		}
		i, err = newChange(ctx, l, tx, p, usher.System("show")).image(person)
		return err
	})
	return i, err
}

// image is all that there is of one person now; nothing of nobody.
func (c *change) image(person usher.ID) (usher.PersonImage, error) {
	i := usher.PersonImage{ID: person, Records: []usher.RecordImage{}, Identifiers: []string{}, Seats: []usher.SeatView{}, Accounts: []usher.AccountImage{},
		Decisions: []string{}, Requests: []string{}, SignIns: []string{}, Roles: []string{}}
	if person == "" {
		return i, nil
	}
	p, err := c.tx.Person(c.ctx, person)
	if err != nil {
		return i, err
	}
	i.Name, i.Address, i.State = p.Name(), p.Address, p.State()
	for _, part := range []func(*usher.PersonImage) error{c.imageRecords, c.imageSeats, c.imageAccounts, c.imageWords, c.imageRights} {
		if err := part(&i); err != nil {
			return i, err
		}
	}
	return i, nil
}

func (c *change) imageRecords(i *usher.PersonImage) error {
	records, err := c.tx.RecordsOfPerson(c.ctx, i.ID)
	if err != nil {
		return err
	}
	for _, r := range records {
		i.Records = append(i.Records, c.recordImage(r))
	}
	identifiers, err := c.tx.IdentifiersOf(c.ctx, i.ID)
	for _, known := range identifiers {
		text := string(known.Kind) + " " + known.Shown
		if known.RetiredAt != 0 {
			text += " (no longer in use)"
		}
		i.Identifiers = append(i.Identifiers, text)
	}
	slices.Sort(i.Identifiers)
	return err
}

func (c *change) recordImage(r usher.Record) usher.RecordImage {
	says := "active"
	switch {
	case r.DeletedAt != 0:
		says = "deleted"
	case r.Gone():
		says = "not active"
	}
	a := r.Attributes
	return usher.RecordImage{ID: r.ID, Directory: c.policy.directories[r.Directory].Name, Name: a.FullName(), UserName: a.UserName,
		ExternalID: a.ExternalID, EmployeeNumber: a.EmployeeNumber, Says: says}
}

func (c *change) imageSeats(i *usher.PersonImage) error {
	seats, err := c.tx.LiveSeatsOf(c.ctx, i.ID)
	if err != nil {
		return err
	}
	for _, s := range seats {
		view := usher.SeatView{Subscription: c.subscriptionName(s.Subscription), State: s.State, Reason: s.Reason}
		if pool, ok := c.policy.pool(s.Subscription); ok {
			view.Portal = c.policy.portals[pool.sub.Portal].Name
		}
		if s.State == usher.Queued {
			if view.Place, err = c.tx.Place(c.ctx, s); err != nil {
				return err
			}
		}
		i.Seats = append(i.Seats, view)
	}
	slices.SortFunc(i.Seats, func(a, b usher.SeatView) int { return cmp.Compare(a.Subscription, b.Subscription) })
	return nil
}

func (c *change) subscriptionName(id usher.ID) string {
	pool, ok := c.policy.pool(id)
	if !ok {
		return string(id)
	}
	return pool.sub.Name
}

func (c *change) imageAccounts(i *usher.PersonImage) error {
	accounts, err := c.tx.AccountsOf(c.ctx, i.ID)
	for _, a := range accounts {
		if a.Kind != usher.AccountPerson || a.Desired == nil && !a.Known() {
			continue // a row in which nothing stands
		}
		state := "is not usher's"
		switch {
		case a.Desired != nil && a.Desired.Active:
			state = "stays open"
		case a.Desired != nil:
			state = "is closed"
		}
		i.Accounts = append(i.Accounts, usher.AccountImage{Portal: c.policy.portals[a.Portal].Name, KnownAs: calledThere(a), State: state})
	}
	slices.SortFunc(i.Accounts, func(a, b usher.AccountImage) int { return cmp.Compare(a.Portal, b.Portal) })
	return err
}

// calledThere is by what people find an account at its portal.
func calledThere(a usher.Account) string {
	known := a.RemoteID
	switch {
	case a.Seen != nil:
		known = cmp.Or(a.Seen.Address, a.Seen.UserName, a.RemoteID)
	case a.Desired != nil:
		known = cmp.Or(a.Desired.Address, a.Desired.UserName, a.RemoteID)
	}
	return known
}

// imageWords tells of what humans said: decisions and requests.
func (c *change) imageWords(i *usher.PersonImage) error {
	decisions, err := c.tx.DecisionsFor(c.ctx, i.ID)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		if d.In(c.now()) {
			i.Decisions = append(i.Decisions, c.decisionWords(d))
		}
	}
	requests, err := c.tx.OpenRequestsOf(c.ctx, i.ID)
	for _, r := range requests {
		i.Requests = append(i.Requests, c.subscriptionName(r.Subscription))
	}
	slices.Sort(i.Decisions)
	slices.Sort(i.Requests)
	return err
}

func (c *change) decisionWords(d usher.Decision) string {
	return c.subscriptionName(d.Subscription) + ": " + string(d.Kind) + " by " + d.By
}

// imageRights tells of sign-ins, roles and reports.
func (c *change) imageRights(i *usher.PersonImage) error {
	links, err := c.tx.LinksOf(c.ctx, i.ID)
	if err != nil {
		return err
	}
	for _, l := range links {
		i.SignIns = append(i.SignIns, l.Connection)
	}
	held, err := c.tx.HeldRoles(c.ctx, i.ID)
	if err != nil {
		return err
	}
	for _, g := range held.Grants {
		text := string(g.Role)
		if g.Subscription != "" {
			text += " for " + c.subscriptionName(g.Subscription)
		}
		i.Roles = append(i.Roles, text)
	}
	for _, address := range held.Addresses {
		i.Roles = append(i.Roles, "those of the configuration for "+address)
	}
	slices.Sort(i.Roles)
	return c.imageReports(i)
}

// imageReports counts the reports of those as well who were merged into the person: these find their manager soon.
func (c *change) imageReports(i *usher.PersonImage) error {
	p, err := c.tx.Person(c.ctx, i.ID)
	if err != nil || p.MergedInto != "" {
		return err
	}
	merged, err := c.tx.MergedInto(c.ctx, i.ID)
	if err != nil {
		return err
	}
	for _, id := range append(merged, i.ID) {
		reports, err := c.tx.Reports(c.ctx, id)
		if err != nil {
			return err
		}
		i.Reports += len(reports)
	}
	return nil
}
