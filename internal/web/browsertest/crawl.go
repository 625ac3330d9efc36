package browsertest

import (
	"net/http"
	"net/url"
	"slices"
)

// Crawl opens the page at start and whatever its links, and theirs, lead to at the same place, and calls look at each: of the pages that
// one route answers the first few. Downloads are left out: a link to one has the attribute download. It gives the routes that it came to.
func (c *Browser) Crawl(start string, few int, routes *http.ServeMux, look func(route string)) []string {
	c.Helper()
	seen, opened := map[string]bool{}, map[string]int{}
	for next := []string{start}; len(next) > 0; next = next[1:] {
		route := routeAt(routes, next[0])
		if route == "" || seen[next[0]] || opened[route] == few {
			continue
		}
		seen[next[0]] = true
		opened[route]++
		c.Open(next[0])
		look(route)
		next = append(next, c.links()...)
	}
	var reached []string
	for route := range opened {
		reached = append(reached, route)
	}
	slices.Sort(reached)
	return reached
}

// links are where links of the page lead that stay here.
func (c *Browser) links() (to []string) {
	c.Helper()
	c.run(`return [...document.querySelectorAll("a[href]:not([download])")].filter(a => a.origin === location.origin && !a.hash).map(a => a.href)`, &to)
	return to
}

// routeAt is the pattern that answers an address, empty for none.
func routeAt(routes *http.ServeMux, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	_, pattern := routes.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: u.Path}})
	return pattern
}
