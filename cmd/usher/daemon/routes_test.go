package daemon_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/scim/scimtest"
)

// route is one request that a token must open.
type route struct{ method, path string }

// routes are all of the SCIM tree, for one user and one group, and the upload of rosters.
func routes(user, group string) []route {
	var all []route
	add := func(path string, methods ...string) {
		for _, m := range methods {
			all = append(all, route{m, "/scim/v2" + path})
		}
	}
	for _, one := range []string{"/Users/" + user, "/Groups/" + group} {
		add(one, "GET", "PUT", "PATCH", "DELETE")
	}
	for _, many := range []string{"/Users", "/Groups"} {
		add(many, "GET", "POST")
		add(many+"/.search", "POST")
	}
	add("/ServiceProviderConfig", "GET")
	add("/Schemas", "GET")
	add("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "GET")
	add("/ResourceTypes", "GET")
	add("/ResourceTypes/User", "GET")
	add("/Me", "GET")
	add("/Bulk", "POST")
	add("", "GET")
	add("/", "GET")
	add("/nothing", "GET")
	return append(all, route{"POST", "/api/v1/directories/roster/rosters"})
}

// TestRoutes tries every route without a token, with wrong ones and with another
// directory's, and 500 spellings of each path without one.
func TestRoutes(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := configAt(t, place)
		c.Directories = append(c.Directories, config.Directory{Name: "other", Kind: "scim", Rank: 2, Lifecycle: "owner"})
		r := start(t, daemon.Options{Config: c})
		ours, _ := r.token("default")
		theirs, _ := r.token("other")
		user := r.want(201, "POST", "/scim/v2/Users", ours, person("ann@example.com", "Ann")).id()
		group := r.want(201, "POST", "/scim/v2/Groups", ours, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Sales"}`).id()
		all := routes(user, group)
		for i, route := range all {
			for j, token := range wrongTokens(ours) {
				// Each from an address of its own: guesses from one are limited.
				got := r.call(route.method, route.path, token, "{}", "X-Forwarded-For", fmt.Sprintf("198.51.%d.%d", i, j))
				if got.status != http.StatusUnauthorized && got.status != http.StatusNotFound {
					t.Errorf("%s %s with the token %q: %d, want 401 or 404", route.method, route.path, token, got.status)
				}
			}
			foreign(r, route, theirs, user, group)
		}
		r.want(200, "GET", "/scim/v2/Users/"+user, ours, "")
		r.want(200, "GET", "/scim/v2/Groups/"+group, ours, "")
		if t.Failed() {
			return
		}
		locked(t, r, all)
	})
}

// wrongTokens open nothing: none at all, garbage, another secret, a changed checksum.
func wrongTokens(right string) []string {
	parts := strings.Split(right, "_")
	secret := slices.Clone(parts)
	secret[3] = strings.Repeat("a", len(secret[3]))
	sum := slices.Clone(parts)
	sum[4] = strings.Repeat("a", len(sum[4]))
	return []string{"", "x", right + "x", strings.ToUpper(right), strings.Join(secret, "_"), strings.Join(sum, "_")}
}

// foreign sends a request with another directory's token: it must neither see nor change
// what is not its own.
func foreign(r *running, route route, token, user, group string) {
	r.Helper()
	got := r.call(route.method, route.path, token, bodyFor(route))
	named := strings.HasSuffix(route.path, user) || strings.HasSuffix(route.path, group)
	if named && got.status != http.StatusNotFound {
		r.Errorf("%s %s with another directory's token: %d, want 404", route.method, route.path, got.status)
	}
	if strings.Contains(got.text, user) || strings.Contains(got.text, group) {
		r.Errorf("%s %s with another directory's token shows what is not its own: %s", route.method, route.path, got.text)
	}
}

// bodyFor is a body that the route takes.
func bodyFor(r route) string {
	switch {
	case r.method == "PATCH":
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"x"}]}`
	case strings.Contains(r.path, "/Groups/"):
		return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"x"}`
	}
	return person("x@example.com", "x")
}

func locked(t *testing.T, r *running, all []route) {
	t.Helper()
	var paths []string
	for _, route := range all {
		if route.path != "/scim/v2" && !slices.Contains(paths, route.path) {
			paths = append(paths, route.path)
		}
	}
	scimtest.Locked(t, r.URL(), paths...)
}
