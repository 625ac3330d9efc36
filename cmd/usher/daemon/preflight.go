package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

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

// preflights keeps, portal by portal, what the page shows: looking at very many people takes its time.
type preflights struct {
	d *Daemon

	mu sync.Mutex
	of map[usher.ID]*kept[web.Mismatches]
}

func (p *preflights) get(ctx context.Context, portal usher.ID) (web.Mismatches, error) {
	p.mu.Lock()
	k, known := p.of[portal]
	if !known {
		k = newKept(p.d.options.Clock, p.d.readFailed("sign-in check"), func(ctx context.Context) (web.Mismatches, error) {
			at := p.d.options.Clock()
			found, err := p.d.Preflight(ctx, portal)
			shown := min(len(found), web.MismatchesShown)
			return web.Mismatches{AsOf: at, Found: slices.Clone(found[:shown]), More: len(found) - shown}, err
		})
		p.of[portal] = k
	}
	p.mu.Unlock()
	return k.get(ctx)
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
	identifiers, err := look.IdentifiersOfPeople(ctx, usher.SpaceAddress, idsOf(shown))
	if err != nil {
		return nil, err
	}
	own := map[usher.ID][]usher.Identifier{}
	for _, i := range identifiers {
		if i.RetiredAt == 0 && i.Kind != usher.KindAlias {
			own[i.Person] = append(own[i.Person], i)
		}
	}
	differ := slices.DeleteFunc(slices.Clone(shown), func(s store.ShownAddress) bool { return !s.Active || !differs(s.Address, own[s.Person]) })
	if len(differ) == 0 {
		return nil, nil
	}
	named, err := look.PeopleByID(ctx, idsOf(differ))
	for _, s := range differ {
		found = append(found, web.Mismatch{Person: s.Person, Name: named[s.Person].Name(), There: s.Address, SignsInWith: shownAs(own[s.Person])})
	}
	return found, err
}

// differs says that an address is none of somebody's own. What is no address is not held against anybody.
func differs(address string, own []usher.Identifier) bool {
	key, err := usher.FoldAddress(address)
	return err == nil && !slices.ContainsFunc(own, func(i usher.Identifier) bool { return i.Key == key })
}

func idsOf(shown []store.ShownAddress) []usher.ID {
	people := make([]usher.ID, len(shown))
	for i, s := range shown {
		people[i] = s.Person
	}
	return people
}

// shownAs are identifiers as they were given.
func shownAs(own []usher.Identifier) string {
	names := make([]string, len(own))
	for i, o := range own {
		names[i] = o.Shown
	}
	return strings.Join(names, ", ")
}
