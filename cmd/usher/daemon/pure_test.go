package daemon

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

func TestClientBehindProxies(t *testing.T) {
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	tests := []struct{ peer, forwarded, want string }{
		{"203.0.113.7:1", "", "203.0.113.7"},
		{"203.0.113.7:1", "1.2.3.4", "203.0.113.7"}, // no proxy of ours: its word counts nothing
		{"10.0.0.1:1", "", "10.0.0.1"},
		{"10.0.0.1:1", "1.2.3.4", "1.2.3.4"},
		{"10.0.0.1:1", "6.6.6.6, 1.2.3.4, 10.9.9.9", "1.2.3.4"}, // the client wrote the 6s
		{"10.0.0.1:1", "1.2.3.4, garbage", "10.0.0.1"},
		{"10.0.0.1:1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
		{"[fd00::1]:1", "2001:db8::7", "2001:db8::7"},
		{"[::ffff:10.0.0.1]:1", "::ffff:1.2.3.4", "1.2.3.4"},
		{"@", "1.2.3.4", "@"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.peer
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := trusted.client(r); got != tt.want {
			t.Errorf("%s forwarding %q: %s, want %s", tt.peer, tt.forwarded, got, tt.want)
		}
	}
}

func TestSecureBehindProxies(t *testing.T) {
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8")}
	for peer, want := range map[string]bool{"10.0.0.1:1": true, "203.0.113.7:1": false} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-Proto", "https")
		if got := trusted.secure(r); got != want {
			t.Errorf("%s: %v, want %v", peer, got, want)
		}
	}
}

func TestRouteOf(t *testing.T) {
	for path, want := range map[string]string{
		"/healthz": "/healthz", "/readyz": "/readyz", "/metrics": "/metrics", "/": "/me", "/nothing": "none", "/scim/v20/Users": "none", "/scim/v1": "none",
		"/scim/v2": "/scim/v2", "/scim/v2/": "/scim/v2", "/scim/v2/ann@example.com": "/scim/v2", "/scim/v2/Usersx": "/scim/v2",
		"/scim/v2/Users": "/scim/v2/Users", "/scim/v2/users/": "/scim/v2/Users",
		"/scim/v2/Users/ann@example.com": "/scim/v2/Users/{id}", "/scim/v2/Users/.Search": "/scim/v2/Users/.search",
		"/scim/v2/Groups/1/2/3": "/scim/v2/Groups/{id}", "/scim/v2/ServiceProviderConfig": "/scim/v2/ServiceProviderConfig",
	} {
		if got := routeOf(path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

// TestMidnight begins and ends terms with the days of the place, also where one of them
// has 23 or 25 hours.
func TestMidnight(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err) // the Go distribution brings the zones
	}
	tests := []struct {
		date config.Date
		days int
		want string
	}{
		{config.Date{Year: 2026, Month: 1, Day: 1}, 0, "2025-12-31T23:00:00.000000Z"},
		{config.Date{Year: 2026, Month: 12, Day: 31}, 1, "2026-12-31T23:00:00.000000Z"},
		{config.Date{Year: 2026, Month: 3, Day: 29}, 1, "2026-03-29T22:00:00.000000Z"},
		{config.Date{Year: 2026, Month: 10, Day: 25}, 1, "2026-10-25T23:00:00.000000Z"},
		{config.Date{}, 1, ""},
	}
	for _, tt := range tests {
		if got := midnight(tt.date, tt.days, zone).RFC3339(); got != tt.want {
			t.Errorf("%s and %d days: %s, want %s", tt.date, tt.days, got, tt.want)
		}
	}
}

// TestRulesAreFoundInTheFile shows a mistake inside an expression where it stands.
func TestRulesAreFoundInTheFile(t *testing.T) {
	text := `portals:
  p: {kind: worklist}
subscriptions:
  one: {portal: p, seats: 1, rule: departmnt == "Sales"}
  two:
    portal: p
    seats: 1
    rule: |
      department == "Sales" and
        titel == "Head"
    priority: 'title'
`
	_, err := config.Parse("usher.yaml", []byte(text), func(string) (string, bool) { return "", false }, CheckRules)
	if err == nil {
		t.Fatal("no mistake was found")
	}
	want := []string{"usher.yaml:4:36: subscriptions.one.rule: unknown name departmnt", "usher.yaml:10:9: subscriptions.two.rule: unknown name titel", "usher.yaml:11:16: subscriptions.two.priority: expected float64"}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got %q", lines)
	}
	for i, w := range want {
		if !strings.HasPrefix(lines[i], w) {
			t.Errorf("got %q, want %q", lines[i], w)
		}
	}
}

// TestPanic answers 500 and keeps the process.
func TestPanic(t *testing.T) {
	var log strings.Builder
	d := &Daemon{log: zerolog.New(&log), metrics: newMetrics(storetest.Open(t, store.Options{Folder: t.TempDir()}), zerolog.Nop())}
	h := d.watch(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the canary is dead") }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/scim/v2/Users", nil))
	id := w.Header().Get("X-Request-Id")
	if w.Code != http.StatusInternalServerError || id == "" || !strings.Contains(w.Body.String(), id) || strings.Contains(w.Body.String(), "canary") {
		t.Errorf("answered %d: %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "the canary is dead") || !strings.Contains(log.String(), id) {
		t.Errorf("the log says %s", log.String())
	}
}

func TestStoppingIsNotReady(t *testing.T) {
	d := &Daemon{}
	d.stopping.Store(true)
	w := httptest.NewRecorder()
	d.ready(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("answered %d", w.Code)
	}
}

func TestPolicyOf(t *testing.T) {
	c := config.Default()
	c.Subscriptions = []config.Subscription{{Name: "b", Portal: "p", Seats: 2, Settle: time.Minute}, {Name: "a", Portal: "p", Rule: config.Text{Value: "true"}}}
	p := policyOf(c, time.UTC)
	if len(p.Subscriptions) != 2 || p.Subscriptions[0].Name != "a" || p.Subscriptions[0].Rule != "true" || p.Subscriptions[1].Settle != time.Minute {
		t.Errorf("subscriptions are %+v", p.Subscriptions)
	}
	if p.Guards != (usher.Guards{Releases: usher.Limit{Min: 3, Percent: 10}, Invitations: usher.Limit{Min: 20, Percent: 25},
		Addresses: usher.Limit{Min: 3, Percent: 5}, Managers: usher.Limit{Min: 3, Percent: 25}, Rows: 20, ArmedFrom: 5}) {
		t.Errorf("guards are %+v", p.Guards)
	}
}

// TestShownURL: no level of the log has what opens something to whoever reads it.
func TestShownURL(t *testing.T) {
	for asked, want := range map[string]string{
		"/join/SECRET":                        "/join/...",
		"/join/SECRET/":                       "/join/...",
		"/%6aoin/SECRET?x":                    "/join/...",
		"/signin?next=%2Fjoin%2FSECRET":       "/signin",
		"/signin/okta?next=%2Fjoin%2FSECRET":  "/signin/okta",
		"/signin/link?token=SECRET":           "/signin/link",
		"/sso/finish?ticket=SECRET":           "/sso/finish",
		"/sso/okta/callback?code=SECRET":      "/sso/okta/callback",
		"/scim/v2/Users?filter=userName%20pr": "/scim/v2/Users?filter=userName%20pr",
		"/me":                                 "/me",
	} {
		u := httptest.NewRequest(http.MethodGet, asked, nil).URL
		if got := shownURL(u, routeOf(u.Path)); got != want {
			t.Errorf("%s: %s, want %s", asked, got, want)
		}
	}
}
