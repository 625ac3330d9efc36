package oidc

import (
	"context"
	"encoding/json"
	"net/url"

	"usher/internal/usher"
)

// Know gives a connection what its provider would publish, so that fuzzers reach it without a server. The provider
// names itself in its answers.
func (c *Connection) Know(now usher.Time, keys ...any) {
	var set []json.RawMessage
	for _, key := range keys {
		text, err := json.Marshal(key)
		if err != nil {
			panic(err)
		}
		set = append(set, text)
	}
	c.metadata.value, c.metadata.version, c.metadata.fetched = metadata{Issuer: c.issuer, JWKSURI: c.issuer + "/keys", NamesItself: true}, 1, now
	c.keys.value, c.keys.version, c.keys.fetched = readKeys(set), 1, now
	c.keys.notBefore = now.Add(cooldown)
}

// Subject is who an ID token is about, if it is taken.
func (c *Connection) Subject(ctx context.Context, now usher.Time, raw string, p Pending) (_ string, err error) {
	defer recovered(&err)
	said, err := c.judgeIDToken(ctx, now, raw, "access", p)
	if err != nil {
		return "", err
	}
	return c.signedIn(said, nil, raw).Subject, nil
}

// Code is the code of an answer, if it is taken.
func (c *Connection) Code(q url.Values, p Pending) (_ string, err error) {
	defer recovered(&err)
	return c.judgeAnswer(q, p, c.metadata.value)
}
