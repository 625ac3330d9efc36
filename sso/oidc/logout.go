package oidc

import (
	"context"
	"net/url"

	"usher/internal/usher"
)

// maxURL is the longest URL that a browser is sent to; some servers end at 8 KiB.
const maxURL = 8000

// LogoutURL is where to send the browser of somebody who signs out, so that the provider ends its session too (OpenID
// Connect RP-Initiated Logout 1.0 2). hint is [usher.ProviderSession.IDToken] of the session that ends; state comes
// back with the browser, and is bound to it by the caller. A refusal with [CodeNoLogout] says that the provider offers
// none: then signing out of usher is all there is.
func (c *Connection) LogoutURL(ctx context.Context, now usher.Time, hint, state string) (_ string, err error) {
	defer recovered(&err)
	m, _, err := c.metadata.newer(ctx, now, 0)
	switch {
	case err != nil:
		return "", err
	case m.EndSessionEndpoint == "":
		return "", refuse(CodeNoLogout, "the provider offers no logout (end_session_endpoint)")
	}
	q := url.Values{"client_id": {c.clientID}}
	if c.postLogout != "" {
		q.Set("post_logout_redirect_uri", c.postLogout)
		q.Set("state", state)
	}
	if hint == "" {
		return withQuery(m.EndSessionEndpoint, q), nil
	}
	q.Set("id_token_hint", hint)
	if full := withQuery(m.EndSessionEndpoint, q); len(full) <= maxURL {
		return full, nil
	}
	q.Del("id_token_hint") // the provider asks the person instead
	return withQuery(m.EndSessionEndpoint, q), nil
}
