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
	success     usher.Time
	observed    usher.Time
}

// Run implements storeCommand.
func (c *portalsCmd) Run(d *desk) error {
	portals, err := d.daemon.Ledger().Portals(d.ctx, c.All)
	if err != nil {
		return err
	}
	rows := []portalRow{}
	for _, p := range portals {
		success, observed := usher.TimeOf(p.LastSuccess), usher.TimeOf(p.Observed)
		rows = append(rows, portalRow{p.Name, p.Kind, portalState(p), p.Behind, p.SeatsUsed, success.RFC3339(), observed.RFC3339(), p.LastError, success, observed})
	}
	return show(c.listing, d.stdout, rows, []column[portalRow]{
		{"PORTAL", func(r portalRow) string { return r.Name }},
		{"KIND", func(r portalRow) string { return r.Kind }},
		{"STATE", func(r portalRow) string { return r.State }},
		{"SEATS", func(r portalRow) string { return strconv.Itoa(r.Seats) }},
		{"BEHIND", func(r portalRow) string { return strconv.Itoa(r.Behind) }},
		{"LAST SUCCESS (UTC)", func(r portalRow) string { return stamp(r.success) }},
		{"LAST READ (UTC)", func(r portalRow) string { return stamp(r.observed) }},
		{"LAST ERROR", func(r portalRow) string { return r.LastError }},
	})
}

// portalState says in words how a portal does.
func portalState(p usher.PortalView) string {
	switch p.State {
	case usher.PortalObserved:
		return "observed only"
	case usher.PortalRestored:
		return "told nothing before `usher resume`"
	case usher.PortalPaused:
		return "failing, paused until " + stamp(usher.TimeOf(p.PausedUntil)) + " UTC"
	}
	return string(p.State)
}
