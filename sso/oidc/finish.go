package oidc

import (
	"context"
	"net/url"

	"usher/internal/usher"
)

// Finish judges the provider's answer to a sign-in and returns who it was. query is that of the request to the redirect
// URL; p is what [Connection.Start] gave, which the caller has taken out of its store for good. It calls the provider
// for tokens, and for keys and metadata where those here are old. Every error is a [Refusal].
func (c *Connection) Finish(ctx context.Context, now usher.Time, p Pending, query url.Values) (_ usher.SignedIn, err error) {
	defer recovered(&err)
	if err := c.checkPending(p, now); err != nil {
		return usher.SignedIn{}, err
	}
	m, _, err := c.metadata.newer(ctx, now, 0)
	if err != nil {
		return usher.SignedIn{}, err
	}
	code, err := c.judgeAnswer(query, p, m)
	if err != nil {
		return usher.SignedIn{}, err
	}
	raw, access, err := c.exchange(ctx, now, m, p, code)
	if err != nil {
		return usher.SignedIn{}, err
	}
	token, err := c.judgeIDToken(ctx, now, raw, access, p)
	if err != nil {
		return usher.SignedIn{}, err
	}
	info, err := c.askUserInfo(ctx, m, token, access)
	if err != nil {
		return usher.SignedIn{}, err
	}
	return c.signedIn(token, info, raw), nil
}
