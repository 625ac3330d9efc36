package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// TestRolesAtTheCommandLine: given, listed with where they come from, taken back; somebody stays an owner.
func TestRolesAtTheCommandLine(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.push("POST", "/scim/v2/Users", "ann", "Ann Lee", "ann@example.com", true)
		bob := s.push("POST", "/scim/v2/Users", "bob", "Bob Lee", "bob@example.com", true)
		s.says(exitUsage, "role grant ann@example.com owner", "--reason", "say why")
		s.says(exitUsage, "role grant ann@example.com boss", "must be one of")
		s.says(exitFailed, "role grant nobody@example.com owner --reason x", "nobody is known by")
		s.says(exitOK, `role grant ann@example.com owner --reason "runs usher"`, "Ann Lee is owner from now on")
		s.says(exitFailed, "role grant ann@example.com owner --reason x", "Ann Lee is owner already")
		s.says(exitFailed, "role grant bob@example.com seat_admin --subscription adkarr --reason x", "adkar")
		s.says(exitFailed, "role grant bob@example.com auditor --subscription adkar --reason x", "seat_admin alone")
		s.says(exitOK, "role grant bob@example.com seat_admin --subscription adkar --reason workshop", "Bob Lee is seat_admin of adkar")
		s.says(exitOK, "role list", "given by operator ann on", "runs usher", "workshop", "seat_admin", "adkar")
		s.says(exitOK, "role list bob@example.com --csv", "Bob Lee,bob@example.com,seat_admin,adkar,")
		s.says(exitFailed, "role revoke ann@example.com owner --reason x", "last owner")
		s.says(exitFailed, "role revoke bob@example.com owner --reason x", "nobody gave Bob Lee the role owner")
		s.says(exitOK, "role grant bob@example.com owner --reason deputy")
		s.says(exitOK, "role revoke ann@example.com owner --reason moved", "no longer")
		s.says(exitFailed, "role unbind ann@example.com --reason x", "are nobody's")
		s.says(exitOK, "events", "role.granted", "role.revoked", "workshop", "moved")
		s.says(exitOK, "check", "nothing is wrong")
		s.push("PUT", bob, "bob", "Bob Lee", "bob@example.com", false)
		s.says(exitFailed, "check", "owners roles: the last owner has left", "usher role grant")
		if place.URL == "" {
			s.says(exitFailed, "admin login-link bob@example.com", "cannot sign in")
		}
	})
}

// TestLoginLinkAtTheCommandLine: what is printed signs in. A command beside PostgreSQL has to know what browsers
// call usher, which a port that is chosen at the start does not tell.
func TestLoginLinkAtTheCommandLine(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.push("POST", "/scim/v2/Users", "ann", "Ann Lee", "ann@example.com", true)
		if place.URL != "" {
			s.says(exitFailed, "admin login-link ann@example.com", "public_url: is missing")
			return
		}
		code, stdout, stderr := s.silent("admin login-link ann@example.com --owner --reason trial")
		if code != exitOK || !strings.Contains(stderr, "It signs Ann Lee in with an owner's rights, once, until") {
			t.Fatalf("%d %s %s", code, stdout, stderr)
		}
		link, err := url.Parse(strings.TrimSpace(stdout))
		s.check(err)
		jar, err := cookiejar.New(nil)
		s.check(err)
		client := http.Client{Jar: jar}
		resp, err := client.PostForm(s.daemon.URL()+"/signin/link", url.Values{"token": {link.Query().Get("token")}})
		s.check(err)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/today" {
			t.Errorf("%s at %s", resp.Status, resp.Request.URL)
		}
		s.says(exitOK, "role list", "login link, until")
		s.says(exitOK, "signin links ann@example.com", "by a login link with an owner's rights")
		s.says(exitOK, "events", "login-link.made", "login-link.used", "trial")
	})
}
