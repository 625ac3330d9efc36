package daemon

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"usher/internal/usher"
)

// touchEvery is how exactly it is known when a token was last used. It is far less than any
// silence that lets a file stand in, so the first requests after one are always served after
// it was noted.
const touchEvery = time.Minute

// authenticate turns the bearer token of a request (RFC 6750, 2.1) into the principal of
// its directory.
func (d *Daemon) authenticate(r *http.Request) (usher.Principal, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return usher.Principal{}, fmt.Errorf("bearer token: %w", usher.ErrNotFound)
	}
	who, err := d.ledger.Authenticate(r.Context(), d.key, strings.TrimSpace(token))
	if err != nil {
		return usher.Principal{}, err
	}
	visitOf(r).directory = who.Name
	d.touch(r, who.Token)
	return who, nil
}

// touch notes that a token was used. That it could not is no reason to refuse anybody.
func (d *Daemon) touch(r *http.Request, token string) {
	err := d.uses.note(r.Context(), token, d.options.Clock(), func(ctx context.Context) error { return d.ledger.TouchToken(ctx, token) })
	if err != nil {
		d.log.Warn().Err(err).Str("token", token).Msg("cannot note the use of a token")
	}
}
