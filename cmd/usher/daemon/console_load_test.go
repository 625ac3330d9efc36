package daemon_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/web"
	"usher/sync/roster/rostertest"
)

// consoleWorkers is how many admins look at pages at once.
const consoleWorkers = 8

// TestConsoleLoad has admins look at every page of a company of USHER_CONSOLE_PEOPLE, all at once, and says how long each answer took,
// the way to and fro on loopback counted. The size of a page hangs on no number of people.
func TestConsoleLoad(t *testing.T) {
	n := count(t, "USHER_CONSOLE_PEOPLE", 300)
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		r := newRoles(t, place, func(c *config.Config) { manySubscriptions(c, n) })
		token := strings.TrimPrefix(r.headers[uploader][1], "Bearer ")
		began := time.Now()
		r.want(200, "POST", "/api/v1/directories/roster/rosters?name=people.csv", token, string(rostertest.Good(n)))
		t.Logf("%d people were loaded in %s", n, time.Since(began).Round(time.Second))
		if place.URL != "" {
			storetest.Exec(t, place, "vacuum analyze") // else PostgreSQL does it by itself within minutes, beside the pages
		}
		pages := map[string][]string{}
		r.crawl(owner, "/me", 8, func(at string, _ page) {
			route := routeOfPage(at)
			pages[route] = append(pages[route], at)
		})
		for _, q := range []string{"a", "an", "ann", "ben", "sales", "smith", "@ex", "1234", "zzz"} {
			pages["search as you type"] = append(pages["search as you type"], "/people?q="+q)
		}
		for _, route := range sortedKeys(pages) {
			took, size := r.look(pages[route], consoleWorkers*min(25, 1+n/1000))
			t.Logf("%-28s p50 %7s  p95 %7s  max %7s  at most %3d kB (%s)", route, share(took, 50), share(took, 95), share(took, 100), size/1000, engineOf(place))
			if size > 150_000 {
				t.Errorf("%s weighs %d bytes", route, size)
			}
		}
	})
}

// manySubscriptions gives people of a roster seats in 16 subscriptions, which are all full.
func manySubscriptions(c *config.Config, people int) {
	for i := range 16 {
		c.Subscriptions = append(c.Subscriptions, config.Subscription{Name: fmt.Sprintf("course%d", i), Portal: "learning", Seats: people/16 - people/100,
			Rule: config.Text{Value: fmt.Sprintf(`employeeNumber endsWith "%x"`, i)}})
	}
	c.Guards.Invitations.Min = 10_000_000
	c.Limits.Uploads = 1000
}

// look has workers open addresses in turn, each as an owner of its own, and gives how long each took and how many bytes the largest answer has.
func (r *roles) look(addresses []string, times int) (took []time.Duration, largest int) {
	r.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for worker := range consoleWorkers {
		cookie := r.anotherOwner()
		wg.Go(func() {
			for i := worker; i < times; i += consoleWorkers {
				at := addresses[i%len(addresses)]
				headers := []string{"Cookie", cookie}
				if strings.HasPrefix(at, "/people?q=") {
					headers = append(headers, "HX-Request", "true")
				}
				began := time.Now()
				got := r.call(http.MethodGet, at, "", "", headers...)
				spent := time.Since(began)
				mu.Lock()
				took, largest = append(took, spent), max(largest, len(got.text))
				mu.Unlock()
				if got.status != http.StatusOK && got.status != http.StatusSeeOther {
					r.Errorf("%s: %d %.200s", at, got.status, got.text)
				}
			}
		})
	}
	wg.Wait()
	return took, largest
}

// anotherOwner makes one and signs them in: a person may ask only so often.
func (r *roles) anotherOwner() string {
	r.Helper()
	r.asked++
	name := fmt.Sprintf("boss%d", r.asked)
	r.push(name, "")
	to, _, err := r.MakeLoginLink(r.Context(), ann(), r.named(name), true)
	r.check(err)
	b := newBrowser(r.T)
	if resp, text := b.send(http.MethodPost, r.URL()+"/signin/link", url.Values{"token": {must(url.Parse(to)).Query().Get("token")}}, "Origin", r.URL()); resp.StatusCode != http.StatusSeeOther {
		r.Fatalf("%s %s", resp.Status, text)
	}
	return cookiesOf(b, r.URL())
}

func routeOfPage(at string) string {
	_, route := pagesOf(web.Routes()).Handler(&http.Request{Method: http.MethodGet, URL: must(url.Parse(at))})
	return route
}

func sortedKeys[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
