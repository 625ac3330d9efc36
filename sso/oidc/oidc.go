// Package oidc is an OpenID Connect relying party for one provider at a time: it sends a browser to the provider,
// judges what comes back, and judges what the provider says of the end of a session.
//
// Its invariant: a [usher.SignedIn] leaves this package only if the provider's own key signed it, for this client,
// for this sign-in, now. Every check of OpenID Connect Core 1.0 3.1.3.7 is made here under a code of its own, and
// then go-oidc has to agree as well: what a token says convinces two judges who share no code, or nobody.
//
// The package keeps nothing but the last good copy of what the provider publishes. Time and randomness are handed
// in; pending sign-ins and the ids of logout tokens are plain data that the caller stores, and uses once.
package oidc

import (
	"context"
	"net/http"
	"time"

	"usher/internal/outbound"
	"usher/internal/usher"
)

const (
	// Lifetime is how long somebody may take at the provider. A [Pending] that is older is refused.
	Lifetime = 30 * time.Minute

	patience = 10 * time.Second // for one answer of the provider
	maxBody  = 1 << 20          // bytes of one
)

// Connection is one provider, as it knows this usher. It is safe for concurrent use.
type Connection struct {
	settings
	client   *http.Client
	metadata *lastGood[metadata]
	keys     *lastGood[keyring]
}

// New checks the settings and returns their connection. It calls nobody: a provider that is down is met when
// somebody signs in. The error says what is wrong with the settings and how to mend it.
func New(s Settings) (*Connection, error) {
	checked, err := s.check()
	if err != nil {
		return nil, err
	}
	o := s.Outbound
	o.Timeout, o.BodyLimit = patience, maxBody
	c := &Connection{settings: checked, client: outbound.New(o)}
	c.metadata = newLastGood(24*time.Hour, c.fetchMetadata)
	c.keys = newLastGood(time.Hour, c.fetchKeys)
	return c, nil
}

// Name is the connection's name in the configuration.
func (c *Connection) Name() string { return c.name }

// Check asks the provider for what it publishes unless a fresh copy is here, and says what is wrong with it. An
// admin who has written a connection wants to know before anybody signs in.
func (c *Connection) Check(ctx context.Context, now usher.Time) (err error) {
	defer recovered(&err)
	if _, _, err := c.metadata.newer(ctx, now, 0); err != nil {
		return err
	}
	_, _, err = c.keys.newer(ctx, now, 0)
	return err
}
