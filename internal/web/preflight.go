package web

import (
	"context"
	"slices"
	"time"

	"usher/internal/usher"
)

// Mismatch is somebody whom a portal has under an address that they do not sign in with.
type Mismatch struct {
	Person      usher.ID
	Name        string
	There       string // the address at the portal
	SignsInWith string // the addresses and user names that they sign in with
}

// Mismatches are those of one portal.
type Mismatches struct {
	AsOf  time.Time
	Found []Mismatch // MismatchesShown at most
	More  int        // that there are beside
}

// Portal is a portal with its subscriptions.
type Portal struct {
	ID            usher.ID
	Name          string
	Subscriptions []usher.ID
}

// Preflight looks at portals before people sign in there.
type Preflight interface {
	Portals(ctx context.Context) ([]Portal, error)
	// Mismatches are those of one portal, as they were a short while ago where finding them takes its time.
	Mismatches(ctx context.Context, portal usher.ID) (Mismatches, error)
}

// MismatchesShown is how many of each portal's mismatches a page shows.
const MismatchesShown = 50

var preflightRoutes = []Route{{Method: "GET", Path: "/preflight", Access: usher.AccessReaders, serve: showPreflight}}

// showPreflight shows who could not sign in at a portal, for the portals of which the visitor may see people.
func showPreflight(v *visit) error {
	portals, err := v.o.Preflight.Portals(v.r.Context())
	if err != nil {
		return err
	}
	type looked struct {
		Portal

		Mismatches
	}
	var shown []looked
	for _, p := range portals {
		if !mayLookAt(v.By.Rights, p) {
			continue
		}
		found, err := v.o.Preflight.Mismatches(v.r.Context(), p.ID)
		if err != nil {
			return err
		}
		shown = append(shown, looked{p, found})
	}
	return v.show("preflight", struct{ Portals []looked }{shown})
}

// mayLookAt says whether somebody sees who is at a portal: whoever sees the people of one of its subscriptions.
func mayLookAt(r usher.Rights, p Portal) bool {
	return r.Owner || r.Auditor || r.AllSeats || slices.ContainsFunc(p.Subscriptions, r.MayRead)
}
