package daemon_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(steppingVariable); file != "" {
		os.Exit(stepping(file))
	}
	storetest.Main(m)
}

// running is a daemon that serves on a port of its own.
type running struct {
	*testing.T
	*daemon.Daemon
	log    *logged
	cancel context.CancelFunc
	ended  chan error
}

// configAt is the configuration of a test: a store, a free port, and limits that do not
// get in the way.
func configAt(t *testing.T, place store.Options) *config.Config {
	t.Helper()
	c := config.Default()
	c.Listen, c.Data = "127.0.0.1:0", place.Folder
	if place.URL != "" {
		c.Store, c.Data = config.Secret(place.URL), t.TempDir()
	}
	c.Limits = config.Limits{Rate: 100_000, Burst: 1_000_000}
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	return c
}

// start starts a daemon that ends with the test at the latest.
func start(t *testing.T, o daemon.Options) *running {
	t.Helper()
	r := &running{T: t, log: &logged{}, ended: make(chan error, 1)}
	o.Log = daemon.NewLog(config.Log{Level: "info", Format: "json"}, r.log)
	d, err := daemon.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r.Daemon = d
	var ctx context.Context
	ctx, r.cancel = context.WithCancel(context.Background())
	go func() { r.ended <- d.Serve(ctx) }()
	t.Cleanup(r.stop)
	return r
}

// stop ends the daemon and waits for it.
func (r *running) stop() {
	r.cancel()
	select {
	case err, ok := <-r.ended:
		if ok && err != nil {
			r.Errorf("serve: %v", err)
		}
		if ok {
			close(r.ended)
		}
	case <-time.After(20 * time.Second):
		r.Error("the daemon does not stop")
	}
}

// eachDaemon runs f with a daemon of the default configuration on each engine.
func eachDaemon(t *testing.T, f func(r *running)) {
	t.Helper()
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		f(start(t, daemon.Options{Config: configAt(t, place)}))
	})
}

// ann is an operator.
func ann() usher.Principal {
	return usher.Principal{Kind: usher.PrincipalOperator, Name: "ann", Reason: "test"}
}

// token makes a token for a directory.
func (r *running) token(directory string) (text, id string) {
	r.Helper()
	key, err := r.Key()
	r.check(err)
	text, t, err := r.Ledger().CreateToken(r.Context(), ann(), directory, time.Hour, key)
	r.check(err)
	return text, t.ID
}

func (r *running) check(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// reply is an answer that was read.
type reply struct {
	status int
	header http.Header
	text   string
}

func (a reply) id() string {
	var body struct{ ID string }
	if json.Unmarshal([]byte(a.text), &body) != nil {
		return ""
	}
	return body.ID
}

// call sends a request; headers come as name, value. Its Authorization bears the token,
// unless that is empty.
func (r *running) call(method, path, token, body string, headers ...string) reply {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, r.URL()+path, strings.NewReader(body))
	r.check(err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	r.check(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	r.check(err)
	return reply{res.StatusCode, res.Header, string(text)}
}

// want is call, and fails unless the answer has the status.
func (r *running) want(status int, method, path, token, body string) reply {
	r.Helper()
	got := r.call(method, path, token, body)
	if got.status != status {
		r.Fatalf("%s %s answered %d, want %d: %.300s", method, path, got.status, status, got.text)
	}
	return got
}

// person is the body of a User.
func person(userName, displayName string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"displayName":%q,"active":true}`, userName, displayName)
}

// eventually waits until f holds.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("in vain: %s", what)
}

// logged is a log that a test reads.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String is what was logged so far.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func wantError(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got %v, want %v", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}
