package config

import (
	"errors"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

func (d *decoder) checkPortal(path string, p Portal) {
	if d.given(path+".kind") && !d.failed[path+".kind"] {
		checkKind[Portal](d, path, "portal", p.Kind)
	}
	if d.given(path + ".url") {
		d.checkPortalURL(path+".url", p)
	} else if p.Kind == "scim" && p.Profile == "" {
		d.fault(path+".url", "is missing", "every scim portal without a profile needs it")
	}
	if strings.ContainsFunc(p.Token.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
		d.fault(path+".token", "holds blanks, line ends or characters that no header can carry", "one line of ASCII")
	}
	if u, err := url.Parse(p.Link); p.Link != "" && (err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil) {
		d.fault(path+".link", "is no https address", "what people open, such as https://learning.example.com")
	}
	if p.Folder != "" && !filepath.IsAbs(p.Folder) && !filepath.IsLocal(p.Folder) {
		d.fault(path+".folder", "leads out of the data folder", "a path below it, or an absolute one")
	}
	if p.Exports.Folder != "" && !filepath.IsAbs(p.Exports.Folder) && !filepath.IsLocal(p.Exports.Folder) {
		d.fault(path+".exports.folder", "leads out of the data folder", "a path below it, or an absolute one")
	}
	var bad *syntax.Error
	if _, err := regexp.Compile(p.NoSeats.Pattern); errors.As(err, &bad) {
		d.fault(path+".no_seats.pattern", "is not a regular expression: "+bad.Code.String(), "RE2 syntax")
	}
}

// checkKind reports keys of other kinds, and keys that this kind of T lacks.
func checkKind[T any](d *decoder, path, noun, kind string) {
	for field := range reflect.TypeFor[T]().Fields() {
		tag := field.Tag
		child := join(path, tag.Get("yaml"))
		owners := strings.Fields(tag.Get("kinds"))
		switch given := d.given(child); {
		case given && len(owners) > 0 && !slices.Contains(owners, kind):
			d.fault(child, "is no key of a "+kind+" "+noun, "it belongs to kind "+strings.Join(owners, ", "))
		case !given && slices.Contains(strings.Fields(tag.Get("needs")), kind):
			d.fault(child, "is missing", "every "+kind+" "+noun+" needs it")
		}
	}
}

func (d *decoder) checkPortalURL(path string, p Portal) {
	u, err := url.Parse(p.URL)
	switch {
	case err != nil || !absolute(u):
		d.fault(path, "is not an absolute http or https URL", "such as https://portal.example.com/scim/v2")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		d.fault(path, "holds a user, a query or a fragment", "credentials belong in token")
	case u.Scheme == "http" && !p.AllowPrivate:
		d.fault(path, "is plain http: the token would travel in clear", "use https, or allow_private: true for a portal in your own network")
	}
}

// absolute reports whether u is an http(s) URL that names a host.
func absolute(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}
