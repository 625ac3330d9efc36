package ledger

import (
	"cmp"
	"context"
	"strings"

	"usher/internal/usher"
)

// Portals lists portals by name; all says whether also those that the configuration names no longer.
func (l *Ledger) Portals(ctx context.Context, all bool) ([]usher.PortalView, error) {
	list, err := l.store.Look().Portals(ctx)
	if err != nil {
		return nil, err
	}
	views := []usher.PortalView{}
	for _, p := range list {
		if p.RetiredAt != 0 && !all {
			continue
		}
		v, _, err := l.portalView(ctx, p)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

// portalView is a portal, and how many accounts it refused for a reason that only a person can mend.
func (l *Ledger) portalView(ctx context.Context, p usher.Portal) (v usher.PortalView, refused int, err error) {
	look := l.store.Look()
	_, restored, err := l.Restored(ctx)
	if err != nil {
		return v, 0, err
	}
	if p.Profile.Whole {
		if p.ObservedAt, err = l.ListedAt(ctx, p.ID); err != nil {
			return v, 0, err
		}
	}
	v = usher.PortalView{Name: p.Name, Kind: p.Kind, State: portalState(p, restored, look.Now()), LastSuccess: p.LastSuccessAt.Std(), Observed: p.ObservedAt.Std(), LastError: p.LastError}
	if v.State == usher.PortalPaused {
		v.PausedUntil = p.PausedUntil.Std()
	}
	subs, err := look.AllSubscriptions(ctx)
	if err != nil {
		return v, 0, err
	}
	for _, s := range subs {
		if s.Portal == p.ID {
			v.SeatsUsed += s.Used
		}
	}
	behind, err := l.countBehind(ctx, p.ID)
	v.Behind = behind.all
	return v, behind.refused, err
}

func portalState(p usher.Portal, restored bool, now usher.Time) usher.PortalState {
	switch {
	case p.RetiredAt != 0:
		return usher.PortalRetired
	case !p.Live:
		return usher.PortalObserved
	case restored:
		return usher.PortalRestored
	case p.PausedUntil > now:
		return usher.PortalPaused
	case p.Failures > 0:
		return usher.PortalFailing
	}
	return usher.PortalLive
}

// Portal shows a portal and at most limit of its accounts that are not in line, by their next try.
func (l *Ledger) Portal(ctx context.Context, name string, limit int) (v usher.PortalDetail, err error) {
	p, err := l.store.Look().PortalNamed(ctx, name)
	if err != nil {
		return v, err
	}
	if v.PortalView, _, err = l.portalView(ctx, p); err != nil {
		return v, err
	}
	look := l.store.Look()
	behind, err := look.AccountsBehind(ctx, p.ID, usher.Mark{}, limit)
	v.NotInLine = make([]usher.BehindView, 0, len(behind))
	for _, a := range behind {
		v.NotInLine = append(v.NotInLine, behindView(a, look.Now()))
	}
	return v, err
}

// behindView shows no next try where none is to come: the account's row of a batch has to be settled.
func behindView(a usher.Account, now usher.Time) usher.BehindView {
	v := usher.BehindView{Name: cmp.Or(a.Desired.Address, a.Desired.DisplayName), Active: a.Desired.Active, Subscriptions: a.Desired.Subscriptions,
		Attempts: a.Attempts, Refused: a.Refused, Why: cmp.Or(a.LastError, strings.Join(a.Desired.Unmapped, "; "))}
	if a.Kind == usher.AccountPerson {
		v.Person = a.Subject
	}
	if a.NextTryAt < now.Add(10*365*24*hour) {
		v.NextTryAt = a.NextTryAt.Std()
	}
	return v
}
