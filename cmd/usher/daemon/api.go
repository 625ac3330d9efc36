package daemon

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"usher/internal/api"
	"usher/internal/config"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// newAPI makes the interface in JSON, as the configuration says.
func (d *Daemon) newAPI(c *config.Config, files uploads) http.Handler {
	return api.New(api.Options{
		Reads: d.ledger, Writes: d.ledger, Seats: explained{d}, Plans: confirmed{d}, Rosters: files,
		Authenticate: d.authenticateAPI, Client: proxies(c.TrustedProxies).client, Rate: float64(c.Limits.Rate), Burst: c.Limits.Burst,
		Now: d.options.Clock, Zone: d.options.Zone, Failed: d.requestFailed,
	})
}

// authenticateAPI turns the bearer token of a request into the principal of a program, or of a
// directory of files.
func (d *Daemon) authenticateAPI(r *http.Request) (usher.Principal, error) {
	token, err := bearer(r)
	if err != nil {
		return usher.Principal{}, err
	}
	if !ledger.IsAPIToken(token) {
		return d.authenticateKind(usher.DirectoryFile)(r)
	}
	who, err := d.ledger.AuthenticateAPI(r.Context(), d.key, token)
	if err != nil {
		return who, err
	}
	visitOf(r).token = who.Name
	d.touch(r, who.Token, d.ledger.TouchAPIToken)
	return who, nil
}

// bearer is the bearer token of a request (RFC 6750, 2.1).
func bearer(r *http.Request) (string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", fmt.Errorf("bearer token: %w", usher.ErrNotFound)
	}
	return strings.TrimSpace(token), nil
}

// explained are the seats of package api.
type explained struct{ *Daemon }

// SeatsOf implements api.Seats.
func (e explained) SeatsOf(ctx context.Context, person usher.ID) ([]api.Seat, error) {
	all, err := e.ledger.ExplainSeats(ctx, person)
	seats := make([]api.Seat, 0, len(all))
	for _, s := range all {
		seats = append(seats, api.Seat(s))
	}
	return seats, err
}

// Subscription implements api.Seats.
func (e explained) Subscription(ctx context.Context, name string) (usher.ID, error) {
	s, err := e.store.Look().SubscriptionNamed(ctx, name)
	return s.ID, err
}

// confirmed are the plans of package api.
type confirmed struct{ *Daemon }

// ConfirmPlan implements api.Plans.
func (p confirmed) ConfirmPlan(ctx context.Context, by usher.Principal, number int64, s api.Selection) error {
	_, err := p.Daemon.ConfirmPlan(ctx, by, number, ledger.Selection{Class: s.Class, Keys: s.People, Held: s.Held})
	return err
}
