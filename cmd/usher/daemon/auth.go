package daemon

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"usher/internal/usher"
)

// touchEvery is how exactly it is known when a token was last used. It is far less than any
// silence that lets a file stand in, so the first request after one is always noted, and before
// it is served.
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
	now := d.options.Clock()
	last, known := d.touched.LoadOrStore(token, now)
	if known && (now.Sub(last.(time.Time)) < touchEvery || !d.touched.CompareAndSwap(token, last, now)) {
		return
	}
	if err := d.ledger.TouchToken(r.Context(), token); err != nil {
		d.touched.Delete(token) // the next request says it: a directory may be taken to be silent
		d.log.Warn().Err(err).Str("token", token).Msg("cannot note the use of a token")
	}
}
