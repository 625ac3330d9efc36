package main

import (
	"strconv"

	"usher/internal/usher"
)

// portalsCmd lists portals.
type portalsCmd struct {
	listing

	All bool `help:"Also portals that the configuration names no longer."`
}

// portalRow is a portal as listed.
type portalRow struct {
	Name        string `json:"name"`
	Kind        string `json:"kind"`
	State       string `json:"state"`
	Behind      int    `json:"accountsBehind"`
	Seats       int    `json:"seatsUsed"`
	LastSuccess string `json:"lastSuccessAt,omitempty"`
	Observed    string `json:"observedAt,omitempty"`
	LastError   string `json:"lastError,omitempty"`
	portal      usher.Portal
}

// Run implements storeCommand.
func (c *portalsCmd) Run(d *desk) error {
	look := d.daemon.Store().Look()
	portals, err := look.Portals(d.ctx)
	if err != nil {
		return err
	}
	subs, err := look.AllSubscriptions(d.ctx)
	if err != nil {
		return err
	}
	_, restored, err := d.daemon.Ledger().Restored(d.ctx)
	if err != nil {
		return err
	}
	rows := []portalRow{}
	for _, p := range portals {
		if p.RetiredAt != 0 && !c.All {
			continue
		}
		behind, err := look.CountDueAccounts(d.ctx, p.ID)
		if err != nil {
			return err
		}
		if p.Profile.Whole {
			if p.ObservedAt, err = d.daemon.Ledger().ListedAt(d.ctx, p.ID); err != nil {
				return err
			}
		}
		rows = append(rows, portalRow{p.Name, p.Kind, portalState(p, restored, look.Now()), behind, usedAt(p, subs), p.LastSuccessAt.RFC3339(), p.ObservedAt.RFC3339(), p.LastError, p})
	}
	return show(c.listing, d.stdout, rows, []column[portalRow]{
		{"PORTAL", func(r portalRow) string { return r.Name }},
		{"KIND", func(r portalRow) string { return r.Kind }},
		{"STATE", func(r portalRow) string { return r.State }},
		{"SEATS", func(r portalRow) string { return strconv.Itoa(r.Seats) }},
		{"BEHIND", func(r portalRow) string { return strconv.Itoa(r.Behind) }},
		{"LAST SUCCESS (UTC)", func(r portalRow) string { return stamp(r.portal.LastSuccessAt) }},
		{"LAST READ (UTC)", func(r portalRow) string { return stamp(r.portal.ObservedAt) }},
		{"LAST ERROR", func(r portalRow) string { return r.LastError }},
	})
}

func portalState(p usher.Portal, restored bool, now usher.Time) string {
	switch {
	case p.RetiredAt != 0:
		return "retired"
	case !p.Live:
		return "observed only"
	case restored:
		return "told nothing before `usher resume`"
	case p.PausedUntil > now:
		return "failing, paused until " + stamp(p.PausedUntil) + " UTC"
	case p.Failures > 0:
		return "failing"
	}
	return "live"
}

func usedAt(p usher.Portal, subs []usher.Subscription) int {
	n := 0
	for _, s := range subs {
		if s.Portal == p.ID {
			n += s.Used
		}
	}
	return n
}
