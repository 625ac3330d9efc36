package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/internal/web"
)

// preflightPage is how many people are looked at at once.
const preflightPage = 1000

// Preflight are the people whom a portal has under an address that is not one of those they sign in with. Each
// page of people is read for itself: somebody who changes meanwhile shows as they were or as they are.
func (d *Daemon) Preflight(ctx context.Context, portal usher.ID) (found []web.Mismatch, err error) {
	look := d.store.Look()
	for after := usher.ID(""); ; {
		shown, err := look.ShownAddresses(ctx, portal, after, preflightPage)
		if err != nil {
			return nil, err
		}
		differ, err := mismatches(ctx, look, shown)
		if err != nil {
			return nil, err
		}
		found = append(found, differ...)
		if len(shown) < preflightPage {
			return found, nil
		}
		after = shown[len(shown)-1].Person
	}
}

// preflights are the mismatches of all portals, by portal.
func (d *Daemon) preflights(ctx context.Context) (map[usher.ID]web.Mismatches, error) {
	portals, err := d.store.Look().Portals(ctx)
	if err != nil {
		return nil, err
	}
	found := map[usher.ID]web.Mismatches{}
	for _, p := range portals {
		if p.RetiredAt != 0 {
			continue
		}
		at := d.options.Clock()
		list, err := d.Preflight(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		found[p.ID] = web.Mismatches{AsOf: at, Found: list}
	}
	return found, nil
}

// knownAs is the address with which a portal knows somebody, where it is none that they sign in with.
func (d *Daemon) knownAs(ctx context.Context, portal, person usher.ID) (string, error) {
	look := d.store.Look()
	a, err := look.AccountOf(ctx, portal, usher.AccountPerson, person)
	if errors.Is(err, usher.ErrNotFound) || err == nil && a.Seen == nil {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	found, err := mismatches(ctx, look, []store.ShownAddress{{Person: person, Address: a.Seen.Address, Active: a.Seen.Active}})
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].There, nil
}

// mismatches are those of some people. Whom the portal shows without an address, or inactive, is none.
func mismatches(ctx context.Context, look *store.Tx, shown []store.ShownAddress) (found []web.Mismatch, err error) {
	people := make([]usher.ID, len(shown))
	for i, s := range shown {
		people[i] = s.Person
	}
	identifiers, err := look.IdentifiersOfPeople(ctx, usher.SpaceAddress, people)
	if err != nil {
		return nil, err
	}
	own := map[usher.ID][]usher.Identifier{}
	for _, i := range identifiers {
		if i.RetiredAt == 0 && i.Kind != usher.KindAlias {
			own[i.Person] = append(own[i.Person], i)
		}
	}
	for _, s := range shown {
		key, err := usher.FoldAddress(s.Address)
		if err != nil || !s.Active || slices.ContainsFunc(own[s.Person], func(i usher.Identifier) bool { return i.Key == key }) {
			continue
		}
		p, err := look.Person(ctx, s.Person)
		if err != nil {
			return nil, err
		}
		found = append(found, web.Mismatch{Person: p.ID, Name: p.Name(), There: s.Address, SignsInWith: shownAs(own[s.Person])})
	}
	return found, nil
}

// shownAs are identifiers as they were given.
func shownAs(own []usher.Identifier) string {
	names := make([]string, len(own))
	for i, o := range own {
		names[i] = o.Shown
	}
	return strings.Join(names, ", ")
}
