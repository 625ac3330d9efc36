package daemon_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// TestStopFinishesWhatIsUnderWay stops the daemon in the middle of a request.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	eachDaemon(t, func(r *running) {
		token, _ := r.token("default")
		body := person("ann@example.com", "Ann")
		conn, err := net.Dial("tcp", r.Addr())
		r.check(err)
		defer conn.Close()
		fmt.Fprintf(conn, "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/scim+json\r\nContent-Length: %d\r\n\r\n%s", token, len(body), body[:10])
		// The request is in flight once its handler has used the token.
		eventually(r.T, "the request is under way", func() bool {
			tokens, err := r.Store().Look().Tokens(r.Context())
			return err == nil && tokens[0].LastUsedAt+tokens[1].LastUsedAt > 0
		})
		r.cancel()
		eventually(r.T, "no new work is taken", func() bool {
			c, err := net.Dial("tcp", r.Addr())
			if err == nil {
				c.Close()
			}
			return err != nil
		})
		_, err = io.WriteString(conn, body[10:])
		r.check(err)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		r.check(err)
		defer res.Body.Close()
		if res.StatusCode != http.StatusCreated {
			r.Errorf("answered %d, want 201", res.StatusCode)
		}
		r.stop()
	})
}

const twoSeats = `
listen: 127.0.0.1:0
data: %s
store: %q
portals:
  learning: {kind: worklist, live: true}
subscriptions:
  adkar: {portal: learning, seats: %d, rule: '%s'}
`

// TestReload changes the configuration under a running daemon.
func TestReload(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := configAt(t, place)
		file := filepath.Join(t.TempDir(), "usher.yaml")
		write := func(seats int, rule string) {
			t.Helper()
			if err := os.WriteFile(file, fmt.Appendf(nil, twoSeats, c.Data, c.Store.Reveal(), seats, rule), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(2, "true")
		r := start(t, daemon.Options{ConfigFile: file})
		token, _ := r.token("default")
		for _, name := range []string{"ann", "bob", "cat"} {
			r.want(201, "POST", "/scim/v2/Users", token, person(name+"@example.com", name))
		}
		used := func() int {
			s, err := r.Store().Look().SubscriptionNamed(t.Context(), "adkar")
			r.check(err)
			return s.Used
		}
		if used() != 2 {
			t.Fatalf("%d seats are used, want 2", used())
		}
		write(3, "true")
		r.check(r.Reload(t.Context()))
		eventually(t, "the third seat is given", func() bool { return used() == 3 })

		write(3, `department == `)
		if err := r.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "usher.yaml:8:") {
			t.Errorf("a broken rule: %v", err)
		}
		write(3, `displayName == "ann"`)
		r.check(r.Reload(t.Context()))
		revisions, err := r.Store().Look().Revisions(t.Context())
		r.check(err)
		if revisions[0].State != usher.RevisionProposed || used() != 3 || !strings.Contains(r.log.String(), "usher revisions confirm") {
			t.Errorf("revision %d is %s, %d seats are used; want it to wait", revisions[0].Number, revisions[0].State, used())
		}
	})
}

// TestOneProcessForOneFolder refuses a second daemon on SQLite.
func TestOneProcessForOneFolder(t *testing.T) {
	c := configAt(t, store.Options{Folder: t.TempDir()})
	start(t, daemon.Options{Config: c})
	_, err := daemon.Open(t.Context(), daemon.Options{Config: c})
	wantError(t, err, usher.ErrBusy, c.Data)
}

func TestAttachMakesNothing(t *testing.T) {
	c := config.Default()
	c.Data = filepath.Join(t.TempDir(), "nothing")
	_, err := daemon.Open(t.Context(), daemon.Options{Config: c, Attach: true})
	wantError(t, err, usher.ErrNotFound, "usher serve", c.Data)
	if _, err := os.Stat(c.Data); err == nil {
		t.Error("the folder was made")
	}
}

// TestHealth asks what a load balancer and Prometheus ask, and looks for what they must
// not be told.
func TestHealth(t *testing.T) {
	eachDaemon(t, func(r *running) {
		token, _ := r.token("default")
		r.want(201, "POST", "/scim/v2/Users", token, person("canary@example.com", "Canary Bird"))
		r.want(200, "GET", `/scim/v2/Users?filter=userName+eq+"canary@example.com"`, token, "")
		for path, want := range map[string]string{"/healthz": "alive", "/readyz": "ready"} {
			if got := r.want(200, "GET", path, "", ""); strings.TrimSpace(got.text) != want {
				r.Errorf("%s says %q", path, got.text)
			}
			r.want(405, "POST", path, "", "")
		}
		eventually(r.T, "metrics count what was sealed", func() bool {
			return strings.Contains(r.want(200, "GET", "/metrics", "", "").text, "usher_events_unsealed 0")
		})
		metrics := r.want(200, "GET", "/metrics", "", "").text
		for _, want := range []string{
			`usher_requests_total{class="2xx",method="POST",route="/scim/v2/Users"} 1`,
			`usher_people{active="true"} 1`, `usher_build_info{store="` + r.Store().Engine() + `"`, "usher_people_due 0",
		} {
			if !strings.Contains(metrics, want) {
				r.Errorf("metrics lack %s", want)
			}
		}
		for name, text := range map[string]string{"metrics": metrics, "log": r.log.String()} {
			for _, secret := range []string{"canary", "Canary", token} {
				if strings.Contains(text, secret) {
					r.Errorf("the %s has %q", name, secret)
				}
			}
		}
		if !strings.Contains(r.log.String(), `"route":"/scim/v2/Users","status":201`) {
			r.Errorf("the log lacks the request:\n%s", r.log)
		}
		r.want(404, "GET", "/nothing", "", "")
		r.want(404, "GET", "//healthz", "", "")
	})
}

// TestMetricsOnTheirOwnListener keeps them off the main one.
func TestMetricsOnTheirOwnListener(t *testing.T) {
	c := configAt(t, store.Options{Folder: t.TempDir()})
	c.Metrics.Listen = "127.0.0.1:0"
	r := start(t, daemon.Options{Config: c})
	r.want(404, "GET", "/metrics", "", "")
	for path, want := range map[string]int{"/metrics": 200, "/scim/v2/Users": 404, "/healthz": 404} {
		res, err := http.Get("http://" + r.MetricsAddr() + path)
		r.check(err)
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s on the metrics listener: %d, want %d", path, res.StatusCode, want)
		}
	}
}

// TestRate answers 429 with whole seconds beyond what one token may ask, and lets others go on.
func TestRate(t *testing.T) {
	c := configAt(t, store.Options{Folder: t.TempDir()})
	c.Limits = config.Limits{Rate: 1, Burst: 5}
	r := start(t, daemon.Options{Config: c})
	token, _ := r.token("default")
	refused := 0
	for range 20 {
		got := r.call("GET", "/scim/v2/ServiceProviderConfig", token, "")
		if got.status == http.StatusTooManyRequests {
			refused++
			if s, err := time.ParseDuration(got.header.Get("Retry-After") + "s"); err != nil || s < time.Second {
				t.Fatalf("Retry-After is %q", got.header.Get("Retry-After"))
			}
		}
	}
	if refused < 10 {
		t.Errorf("%d of 20 were refused", refused)
	}
	for i := range 12 {
		got := r.call("GET", "/scim/v2/Users", "guess", "", "X-Forwarded-For", "203.0.113.7")
		if want := map[bool]int{true: 401, false: 429}[i < 10]; got.status != want {
			t.Fatalf("guess %d: %d, want %d", i+1, got.status, want)
		}
	}
	if got := r.call("GET", "/scim/v2/Users", "guess", "", "X-Forwarded-For", "203.0.113.8"); got.status != 401 {
		t.Errorf("another client: %d, want 401", got.status)
	}
}
