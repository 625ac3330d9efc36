package daemon

import (
	"context"
	"errors"
	"strings"

	"usher/internal/usher"
	"usher/internal/web"
)

// preflightPage is how many accounts are looked at at once.
const preflightPage = 500

// Preflight are the people whom a portal has under an address that is not one of those they sign in with.
func (d *Daemon) Preflight(ctx context.Context, portal usher.ID) (found []web.Mismatch, err error) {
	look := d.store.Look()
	for after := usher.ID(""); ; {
		accounts, err := look.Accounts(ctx, portal, after, preflightPage)
		if err != nil || len(accounts) == 0 {
			return found, err
		}
		after = accounts[len(accounts)-1].ID
		for _, a := range accounts {
			if a.Kind != usher.AccountPerson || a.Subject == "" || a.Seen == nil || !a.Seen.Active {
				continue
			}
			m, differs, err := d.preflightOf(ctx, a)
			if err != nil {
				return nil, err
			}
			if differs {
				found = append(found, m)
			}
		}
	}
}

// knownAs is the address with which a portal knows somebody, where it is none that they sign in with.
func (d *Daemon) knownAs(ctx context.Context, portal, person usher.ID) (string, error) {
	a, err := d.store.Look().AccountOf(ctx, portal, usher.AccountPerson, person)
	if errors.Is(err, usher.ErrNotFound) || err == nil && (a.Seen == nil || !a.Seen.Active) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	m, differs, err := d.preflightOf(ctx, a)
	if !differs {
		return "", err
	}
	return m.There, err
}

func (d *Daemon) preflightOf(ctx context.Context, a usher.Account) (web.Mismatch, bool, error) {
	look := d.store.Look()
	m := web.Mismatch{Person: a.Subject, There: a.Seen.Address}
	key, err := usher.FoldAddress(a.Seen.Address)
	if err != nil {
		return m, false, nil //nolint:nilerr // the portal shows no address
	}
	own, err := look.IdentifiersOf(ctx, a.Subject)
	if err != nil {
		return m, false, err
	}
	var signsInWith []string
	for _, i := range own {
		if i.Space != usher.SpaceAddress || i.RetiredAt != 0 || i.Kind == usher.KindAlias {
			continue
		}
		if i.Key == key {
			return m, false, nil
		}
		signsInWith = append(signsInWith, i.Shown)
	}
	p, err := look.Person(ctx, a.Subject)
	m.Name, m.SignsInWith = p.Name(), strings.Join(signsInWith, ", ")
	return m, p.Active, err
}
