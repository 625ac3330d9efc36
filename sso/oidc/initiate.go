package oidc

import (
	"net/url"
	"strings"
	"unicode"
)

// Initiated is a sign-in that the provider has asked for, as Okta's tile does. It is followed by an ordinary
// [Connection.Start]; nothing in it says who anybody is.
type Initiated struct {
	// Target is a path of ours with its query, where to go after signing in; empty if none was named.
	Target    string
	LoginHint string
}

// JudgeInitiate judges a request to the initiate_login_uri (Core 4). The request may come from anywhere, so all it can
// do is start a sign-in at this provider that leads to a page of ours. Its iss is never taken for that of an answer.
func (c *Connection) JudgeInitiate(query url.Values) (_ Initiated, err error) {
	defer recovered(&err)
	for _, name := range []string{"iss", "target_link_uri", "login_hint"} {
		if len(query[name]) > 1 || len(query.Get(name)) > maxParameter {
			return Initiated{}, refuse(CodeInitiate, "the request has %s twice, or a very long one", name)
		}
	}
	if !c.mayInitiate(query.Get("iss")) {
		return Initiated{}, refuse(CodeInitiate, "the request to start comes from %s and not from %s", shown(query.Get("iss")), shown(c.issuer))
	}
	target, ok := c.localPath(query.Get("target_link_uri"))
	if !ok {
		return Initiated{}, refuse(CodeTarget, "the request to start leads away from usher (target_link_uri)")
	}
	return Initiated{Target: target, LoginHint: query.Get("login_hint")}, nil
}

// mayInitiate wants the provider itself. Okta's tile names the organisation, also where tokens come from one of its
// authorization servers: https://acme.okta.com for https://acme.okta.com/oauth2/default.
func (c *Connection) mayInitiate(iss string) bool {
	u, err := url.Parse(c.issuer)
	return iss == c.issuer || c.preset == Okta && err == nil && iss == u.Scheme+"://"+u.Host
}

// localPath is the path and query of a link that leads to this usher, which lives where its redirect URL does. Browsers
// take // and \ for the beginning of a host, and pass over controls, so a link with them is none of ours.
func (c *Connection) localPath(link string) (string, bool) {
	if link == "" {
		return "", true
	}
	own, errOwn := url.Parse(c.redirect)
	u, err := url.Parse(link)
	if err != nil || errOwn != nil || strings.ContainsFunc(link, func(r rune) bool { return r == '\\' || unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return "", false
	}
	elsewhere := u.Opaque != "" || u.User != nil || (u.Scheme != "" || u.Host != "") && (u.Scheme != own.Scheme || !strings.EqualFold(u.Host, own.Host))
	path := u.EscapedPath()
	if elsewhere || !strings.HasPrefix(path, "/") || strings.Contains(u.Path, "//") || strings.ContainsRune(u.Path, '\\') {
		return "", false
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path, true
}
