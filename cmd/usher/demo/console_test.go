package demo_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"usher/cmd/usher/demo"
	"usher/internal/web"
	"usher/internal/web/browsertest"
)

// pagesOf are the routes that a browser can open, for whoever may.
func pagesOf(may func(web.Route) bool) (*http.ServeMux, []string) {
	mux, names := http.NewServeMux(), []string{}
	for _, r := range web.Routes() {
		if r.Method == http.MethodGet && !strings.HasPrefix(r.Path, "/assets/") && may(r) {
			mux.Handle("GET "+r.Path, http.NotFoundHandler())
			names = append(names, "GET "+r.Path)
		}
	}
	slices.Sort(names)
	return mux, names
}

// comeIn lets the browser in as somebody with a role.
func comeIn(b *browsertest.Browser, c *demo.Company, role string) {
	b.Helper()
	doors, err := c.Doors(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range doors {
		if d.Role == role {
			b.Open(d.URL)
			b.Click("form button")
			return
		}
	}
	b.Fatalf("there is no %s", role)
}

// apart are routes that no link on a page leads to: parts of pages, downloads, and what a form or a mail leads to.
// Only a portal that is not live yet leads to going live, and the company has none; the rest of a timeline or of a list of
// differences is opened by hand.
var apart = []string{"GET /activity/export", "GET /people/export", "GET /people/{id}/events", "GET /portals/{name}/drift/{code}", "GET /portals/{name}/live", "GET /join/{code}", "GET /plans/{number}/progress", "GET /plans/{number}/errors", "GET /events/export", "GET /portals/{name}/exports/{key}", "GET /portals/{name}/batches/{batch}"}

// openAllPages opens every page of the company in every role, and wants the pages that a role may use to be reached by links.
func openAllPages(t *testing.T, c *demo.Company) {
	for _, role := range []string{"owner", "auditor", "seat admin", "manager", "employee"} {
		t.Run(role, func(t *testing.T) {
			b := browsertest.New(t)
			comeIn(b, c, role)
			pages, names := pagesOf(func(web.Route) bool { return true })
			person := ""
			look := func(route string) {
				b.Good(route)
				b.Keep(role + strings.NewReplacer("GET ", "", "/", "-", "{$}", "start", "{", "", "}", "").Replace(route))
				if route == "GET /people/{id}" {
					person = b.At()
				}
			}
			reached := b.Crawl(c.Daemon.URL()+"/", 2, pages, look)
			if role == "owner" {
				for route, at := range map[string]string{"GET /people/{id}/events": person + "/events", "GET /portals/{name}/drift/{code}": c.Daemon.URL() + "/portals/itpro/drift/unknown_at_portal"} {
					b.Open(at)
					look(route)
				}
			}
			for _, route := range names {
				if role == "owner" && !slices.Contains(reached, route) && !slices.Contains(apart, route) {
					t.Errorf("no link leads to %s", route)
				}
			}
			t.Logf("the %s comes to %d of %d pages", role, len(reached), len(names))
		})
	}
}
