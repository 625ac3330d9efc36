package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
)

// vouchers are the claims that say whether the address beside them is the person's.
var vouchers = []string{"email_verified", "xms_edov"}

// askUserInfo returns what the userinfo endpoint says, if the connection wants it (Core 5.3). Its sub has to be that of
// the ID token: an access token could be another's (Core 5.3.2).
func (c *Connection) askUserInfo(ctx context.Context, m metadata, token claims, access string) (claims, error) {
	switch {
	case !c.userInfo:
		return nil, nil
	case m.UserInfoEndpoint == "":
		return nil, refuse(CodeUserInfo, "the provider has no userinfo endpoint; do not ask for it")
	}
	var text json.RawMessage
	err := c.getJSON(ctx, m.UserInfoEndpoint, access, &text)
	status, answered := errors.AsType[statusError](err)
	switch {
	case answered && status < 500:
		return nil, refuse(CodeUserInfo, "the userinfo endpoint: %v", err)
	case err != nil:
		return nil, unavailable(CodeUnavailable, err)
	}
	info, err := readClaims(text)
	switch {
	case err != nil:
		return nil, refuse(CodeUserInfo, "the userinfo endpoint answers with no JSON object, or one with two members of one name")
	case info.text("sub") == "" || info.text("sub") != token.text("sub"):
		return nil, refuse(CodeUserInfo, "the userinfo endpoint speaks of somebody else (sub)")
	}
	return info, nil
}

// together joins what the userinfo endpoint says to what the ID token says, which wins. Who vouches for an address
// stands where the address stands: "verified" beside one address must not verify another.
func (c *Connection) together(token, info claims) claims {
	about := claims{}
	maps.Copy(about, info)
	maps.Copy(about, token)
	source := token
	if !token.has(c.names.Address) {
		source = info
	}
	for _, name := range vouchers {
		delete(about, name)
		if source.has(name) {
			about[name] = source[name]
		}
	}
	return about
}
