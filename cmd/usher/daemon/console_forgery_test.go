package daemon_test

import (
	"net/http"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/web"
)

// TestNoPageTrustsAnotherSite: no form is taken that another site sent, no page can be framed, none loads anything from elsewhere, and no
// address of ours leads to another site.
func TestNoPageTrustsAnotherSite(t *testing.T) {
	r := newRoles(t, store.Options{Folder: t.TempDir()})
	rows := map[string]permission{}
	for _, p := range permissions("u", "g", "s") {
		rows[p.route] = p
	}
	forms := 0
	for _, route := range web.Routes() {
		p := rows[route.Method+" "+route.Path]
		_, path, _ := strings.Cut(p.route, " ")
		if p.path != "" {
			path = p.path
		}
		if route.Method == http.MethodPost {
			forms++
			for _, from := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://elsewhere.test"}, {"Origin", "null"}} {
				headers := append([]string{"Content-Type", "application/x-www-form-urlencoded"}, from...)
				if got := r.call(http.MethodPost, path, "", p.body, append(headers, r.headers[owner]...)...); got.status != http.StatusForbidden || !strings.Contains(got.text, "Another site sent this") {
					t.Errorf("%s with %q: %d %.200s", p.route, from, got.status, got.text)
				}
			}
			continue
		}
		for _, query := range []string{"?next=https://elsewhere.test/", "?next=//elsewhere.test", "?back=%2F%2Felsewhere.test&done=https://elsewhere.test"} {
			got := r.call(http.MethodGet, path+query, "", "", append([]string{"Referer", "https://elsewhere.test/roles"}, r.headers[owner]...)...)
			if to := got.header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) || strings.Contains(got.text, `href="https://elsewhere`) {
				t.Errorf("%s leads to %q: %.300s", path+query, to, got.text)
			}
			for name, want := range map[string]string{"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
				if has := got.header.Get(name); !strings.Contains(has, want) || strings.Contains(has, "unsafe") {
					t.Errorf("%s: %s is %q", path, name, has)
				}
			}
		}
	}
	if forms == 0 {
		t.Error("there is no form")
	}
}
