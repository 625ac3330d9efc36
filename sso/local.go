package sso

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"usher/internal/usher"
)

// home is where people go who wanted nothing else.
const home = "/"

// local is a path of ours with its query, as it was asked for, else home: where somebody goes after signing in is never
// another site. Browsers take a backslash for a slash and drop tabs and line breaks, so none may be there. PostgreSQL keeps
// no text that is not UTF-8.
func local(target string) string {
	if len(target) > 2048 || !utf8.ValidString(target) || !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
		return home
	}
	if strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) {
		return home
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, "\\") {
		return home
	}
	if u.Path == "/signin" || u.Path == "/signout" || strings.HasPrefix(u.Path, "/signin/") || strings.HasPrefix(u.Path, "/sso/") {
		return home // no circle
	}
	return u.RequestURI()
}

// joinOf is the hash of the join link to which somebody wants to go; empty for any other place.
func joinOf(target string) string {
	u, err := url.Parse(local(target))
	if err != nil {
		return ""
	}
	return usher.JoinHashOf(u.Path)
}
