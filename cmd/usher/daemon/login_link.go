package daemon

import (
	"context"
	"fmt"
	"strings"

	"usher/internal/usher"
	"usher/sso"
)

// MakeLoginLink makes a link that signs somebody in once, without an identity provider. It is for commands on
// usher's host: whoever may run them can read the store as well.
func (d *Daemon) MakeLoginLink(ctx context.Context, by usher.Principal, person usher.ID, owner bool) (string, usher.LoginLink, error) {
	if d.keyErr != nil {
		return "", usher.LoginLink{}, d.keyErr
	}
	if d.config.Load().PublicURL == "" && strings.HasSuffix(d.Addr(), ":0") {
		return "", usher.LoginLink{}, &usher.InvalidError{Attribute: "public_url", Problem: "is missing; only the daemon knows what browsers call it"}
	}
	path, hash := sso.NewLink(d.key)
	link, err := d.ledger.MakeLoginLink(ctx, by, usher.LoginLink{Hash: hash, Person: person, Owner: owner})
	if err != nil {
		return "", link, fmt.Errorf("login link: %w", err)
	}
	d.log.Warn().Str("person", string(person)).Bool("owner", owner).Msg("a login link was made")
	return d.URL() + path, link, nil
}

// linkUsed says that somebody came in by the emergency door.
func (d *Daemon) linkUsed(s usher.Session) {
	d.log.Warn().Str("person", string(s.Person)).Bool("owner", s.Owner).Msg("somebody signed in with a login link")
}
