package daemon

import (
	"context"
	"net/http"
	"time"

	"usher/internal/usher"
)

// touchEvery is how exactly it is known when a token was last used. It is far less than any
// silence that lets a file stand in, so the first requests after one are always served after
// it was noted.
const touchEvery = time.Minute

// authenticate turns the bearer token of a request into the principal of its directory.
func (d *Daemon) authenticate(r *http.Request) (usher.Principal, error) {
	token, err := bearer(r)
	if err != nil {
		return usher.Principal{}, err
	}
	who, err := d.ledger.Authenticate(r.Context(), d.key, token)
	if err != nil {
		return usher.Principal{}, err
	}
	visitOf(r).directory = who.Name
	d.touch(r, who.Token, d.ledger.TouchToken)
	return who, nil
}

// touch notes that a token was used. That it could not is no reason to refuse anybody.
func (d *Daemon) touch(r *http.Request, token string, write func(ctx context.Context, token string) error) {
	err := d.uses.note(r.Context(), token, d.options.Clock(), func(ctx context.Context) error { return write(ctx, token) })
	if err != nil {
		d.log.Warn().Err(err).Str("token", token).Msg("cannot note the use of a token")
	}
}
