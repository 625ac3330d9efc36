package ledger

import (
	"context"
	"errors"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// peopleAt are the people who bear, or bore, one of the addresses, by id. One that is
// nobody's finds nobody.
func peopleAt(ctx context.Context, tx *store.Tx, addresses []string) ([]usher.ID, error) {
	var keys []usher.Identifier
	for _, address := range addresses {
		if key, err := usher.FoldAddress(address); err == nil {
			keys = append(keys, usher.Identifier{Space: usher.SpaceAddress, Key: key})
		}
	}
	found, err := tx.FindIdentifiers(ctx, keys)
	var people []usher.ID
	for _, i := range found {
		people = append(people, i.Person)
	}
	slices.Sort(people)
	return slices.Compact(people), err
}

// declaredAt are the people whom a portal's profile declares to be its admins.
func (c *change) declaredAt(portal usher.ID) ([]usher.ID, error) {
	return peopleAt(c.ctx, c.tx, c.policy.portals[portal].Profile.Admins)
}

// adminAt is what decides whether a person administers a portal; a is their account there.
func (c *change) adminAt(portal, person usher.ID, a usher.Account) (plan.Admin, error) {
	admin := plan.Admin{Shown: shownAsAdmin(a)}
	declared, err := c.declaredAt(portal)
	if err != nil {
		return admin, err
	}
	known := c.policy.portals[portal]
	// Nobody is told to a portal that usher only observes.
	admin.Declared = slices.Contains(declared, person) && (known.Live && known.RetiredAt == 0 || a.Desired != nil)
	for _, other := range declared {
		if other == person || admin.OtherThere {
			continue
		}
		if admin.OtherThere, err = c.isAdmin(portal, other); err != nil {
			return admin, err
		}
	}
	return admin, nil
}

// isAdmin says that a declared admin is there: active, and with an account that the portal
// shows as active and not as that of somebody who is no admin.
func (c *change) isAdmin(portal, person usher.ID) (bool, error) {
	p, err := c.tx.Person(c.ctx, person)
	if err != nil || !p.Active {
		return false, err
	}
	a, err := c.tx.AccountOf(c.ctx, portal, usher.AccountPerson, person)
	if errors.Is(err, usher.ErrNotFound) {
		return false, nil
	}
	return err == nil && administers(a), err
}

// administers says that the portal holds an admin's account, as far as it shows.
func administers(a usher.Account) bool {
	return a.Desired != nil && a.Desired.Admin && a.Seen != nil && a.Seen.Active && (a.Seen.Admin == nil || *a.Seen.Admin)
}

func shownAsAdmin(a usher.Account) bool {
	return a.Seen != nil && a.Seen.Active && a.Seen.Admin != nil && *a.Seen.Admin
}

// touchAdmins has the accounts computed again of people who are declared to be admins: they
// may have one without a seat. Whether an admin came or went decides about the others.
func (c *change) touchAdmins() error {
	for _, portal := range sorted(c.policy.portals) {
		if known := c.policy.portals[portal]; len(known.Profile.Admins) == 0 || known.RetiredAt != 0 {
			continue
		}
		declared, err := c.declaredAt(portal)
		if err != nil {
			return err
		}
		for _, person := range declared {
			if !c.moved[person] {
				continue
			}
			c.touch(portal, usher.AccountPerson, person)
			if c.turned[person] {
				if err := c.tellAdmins(portal, person); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// tellAdmins has the other admins of a portal computed again, because one came or went.
func (c *change) tellAdmins(portal, person usher.ID) error {
	declared, err := c.declaredAt(portal)
	if err != nil {
		return err
	}
	if !slices.Contains(declared, person) {
		return nil
	}
	admins, err := c.adminsTold(portal)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(append(declared, admins...), func(id usher.ID) bool { return id == person })
	slices.Sort(others)
	return c.markDue(slices.Compact(others), store.DuePerson{Why: "an admin of portal " + c.policy.portals[portal].Name + " came or went", Caution: store.CautionGuard})
}

// adminsTold are the people who are to be admins of a portal now, declared or not. It reads
// all of its accounts, which is only wanted when an admin comes or goes.
func (c *change) adminsTold(portal usher.ID) ([]usher.ID, error) {
	var people []usher.ID
	for after := usher.ID(""); ; {
		page, err := c.tx.Accounts(c.ctx, portal, after, checkPage)
		if err != nil || len(page) == 0 {
			return people, err
		}
		for _, a := range page {
			if a.Kind == usher.AccountPerson && a.Desired != nil && a.Desired.Admin {
				people = append(people, a.Subject)
			}
		}
		after = page[len(page)-1].ID
	}
}

// guardsLast says why a seat is not released: its holder is the last admin of a portal where
// an admin takes one. Empty: it can be.
func (p *pool) guardsLast(person usher.ID) (string, error) {
	if !p.portal.Profile.AdminSeats || len(p.portal.Profile.Admins) == 0 {
		return "", nil
	}
	a, err := p.tx.AccountOf(p.ctx, p.portal.ID, usher.AccountPerson, person)
	if errors.Is(err, usher.ErrNotFound) {
		return "", nil
	}
	if err != nil || !administers(a) {
		return "", err
	}
	admin, err := p.adminAt(p.portal.ID, person, a)
	if err != nil || !admin.Declared || admin.OtherThere {
		return "", err
	}
	return lastAdmin(p.portal), nil
}

func lastAdmin(p usher.Portal) string {
	return "the last admin of portal " + p.Name + " who is there; declare another, who has to be there first"
}

// KeptAdmins are those who left and stay admins of a portal because no other declared one
// is there.
func (l *Ledger) KeptAdmins(ctx context.Context, portal usher.ID) ([]usher.Person, error) {
	var kept []usher.Person
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		kept = nil
		policy, err := l.policyFor(ctx, tx)
		if err != nil {
			return err
		}
		c := newChange(ctx, l, tx, policy, usher.System("show"))
		declared, err := c.declaredAt(portal)
		if err != nil {
			return err
		}
		for _, id := range declared {
			p, err := c.keptAdmin(portal, id)
			if err != nil {
				return err
			}
			if p.ID != "" {
				kept = append(kept, p)
			}
		}
		return nil
	})
	return kept, err
}

// keptAdmin is the person if they are kept as the last admin; nobody if they are not.
func (c *change) keptAdmin(portal, person usher.ID) (usher.Person, error) {
	p, err := c.tx.Person(c.ctx, person)
	if err != nil {
		return p, err
	}
	a, err := c.tx.AccountOf(c.ctx, portal, usher.AccountPerson, person)
	if errors.Is(err, usher.ErrNotFound) || err == nil && (a.Desired == nil || !a.Desired.Admin) {
		return usher.Person{}, nil
	}
	if err != nil {
		return p, err
	}
	admin, err := c.adminAt(portal, person, a)
	if err != nil || !admin.Last(p) {
		return usher.Person{}, err
	}
	return p, nil
}
