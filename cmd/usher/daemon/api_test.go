package daemon_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/api"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// bodyOf is a body that a route takes, about things that do not exist.
func bodyOf(r api.Route) string {
	switch r.Body.(type) {
	case api.Decision:
		return `{"decision":"grant","reason":"test"}`
	case api.Confirmation:
		return `{"held":1,"reason":"test"}`
	}
	return `{"reason":"test"}`
}

// nowhere is the path of a route for things that do not exist.
func nowhere(r api.Route) string {
	at := strings.NewReplacer("{id}", "nobody", "{name}", "nowhere", "{number}", "999").Replace(r.Path)
	if slices.Contains(r.Query, "reason") {
		at += "?reason=test"
	}
	return at
}

// TestRoutesOfTheAPI tries every route with every sort of token: each opens what the list of routes
// says, and nothing else.
func TestRoutesOfTheAPI(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		w := newAPIWorld(t, place)
		scim, _ := w.token("default")
		file, _ := w.token("hr")
		expired, _ := w.program("old", time.Minute, usher.Scopes()...)
		w.clock.add(2 * time.Minute)
		revoked, id := w.program("gone", time.Hour, usher.Scopes()...)
		w.check(w.Ledger().RevokeToken(w.Context(), ann(), id))
		wantError(t, w.Ledger().RevokeToken(w.Context(), ann(), id), usher.ErrStale)
		only, without := w.tokensOfScopes()
		changed := only[usher.ScopePeopleRead][:60] + "aaaa" + only[usher.ScopePeopleRead][64:]
		for _, r := range api.Routes() {
			for name, token := range map[string]string{
				"no token": "", "garbage": "ush_api_x", "another secret": changed, "a SCIM client's": scim, "a directory's": file,
				"an expired one": expired, "a revoked one": revoked, "one without the scope": without[r.Scope], "one with the scope alone": only[r.Scope],
			} {
				got := w.ask(r.Method, nowhere(r), token, bodyOf(r))
				if want := expected(r, name); got.status != want {
					t.Errorf("%s %s with %s token: %d, want %d: %s", r.Method, nowhere(r), name, got.status, want, got.text)
				}
				w.challenged(r, got)
			}
		}
		for _, path := range []string{"/scim/v2/Users", "/scim/v2/Groups"} {
			for _, token := range only {
				if got := w.ask("GET", path, token, ""); got.status != 401 {
					t.Errorf("a token of the API opens %s: %d", path, got.status)
				}
			}
		}
	})
}

// tokensOfScopes are, for each scope, a token with that one alone, and one with all others.
func (w *apiWorld) tokensOfScopes() (only, without map[usher.Scope]string) {
	only, without = map[usher.Scope]string{}, map[usher.Scope]string{}
	for _, s := range usher.Scopes() {
		only[s], _ = w.program("only", time.Hour, s)
		without[s], _ = w.program("others", time.Hour, slices.DeleteFunc(usher.Scopes(), func(o usher.Scope) bool { return o == s })...)
	}
	return only, without
}

// expected is how a route answers a token about things that do not exist.
func expected(r api.Route, token string) int {
	switch {
	case r.Scope == "":
		return 200
	case token == "a directory's" && r.Scope == usher.ScopeRostersWrite:
		return 404 // another one's rosters
	case token == "a directory's", token == "one without the scope":
		return 403
	case token == "one with the scope alone" && strings.Contains(r.Path, "{"):
		return 404
	case token == "one with the scope alone":
		return 200
	}
	return 401
}

// challenged looks at what a refusal says (RFC 6750, 3).
func (w *apiWorld) challenged(r api.Route, got reply) {
	w.Helper()
	challenge := got.header.Get("WWW-Authenticate")
	switch got.status {
	case 401:
		if !strings.HasPrefix(challenge, `Bearer realm="usher"`) {
			w.Errorf("%s %s: 401 with the challenge %q", r.Method, r.Path, challenge)
		}
	case 403:
		if !strings.Contains(challenge, `error="insufficient_scope", scope="`+string(r.Scope)+`"`) || !strings.Contains(got.text, string(r.Scope)) {
			w.Errorf("%s %s: 403 names not the scope: %q, %s", r.Method, r.Path, challenge, got.text)
		}
	default:
		if challenge != "" {
			w.Errorf("%s %s: %d with the challenge %q", r.Method, r.Path, got.status, challenge)
		}
	}
}

// TestAPIRevokedEverywhere: what one process revokes the next request to another refuses.
func TestAPIRevokedEverywhere(t *testing.T) {
	place := store.Options{URL: storetest.Postgres(t)}
	shared := func(name string) (string, bool) { return strings.Repeat("5a", 32), name == daemon.KeyVariable }
	one := start(t, daemon.Options{Config: configAt(t, place), Env: shared})
	other := start(t, daemon.Options{Config: configAt(t, place), Env: shared})
	w := &apiWorld{running: one}
	token, id := w.program("dashboard", time.Hour, usher.ScopePeopleRead)
	other.want(200, "GET", "/api/v1/people", token, "")
	kept, err := one.Store().Look().APIToken(t.Context(), id)
	one.check(err)
	if kept.LastUsedAt == 0 || strings.Contains(kept.Hash, token) {
		t.Errorf("the store says %+v", kept)
	}
	one.check(one.Ledger().RevokeToken(t.Context(), ann(), id))
	other.want(401, "GET", "/api/v1/people", token, "")
}

// TestAPILastUse is noted at most once a minute.
func TestAPILastUse(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		w := newAPIWorld(t, place)
		token, id := w.program("dashboard", time.Hour, usher.ScopePeopleRead)
		used := func() usher.Time {
			w.ask("GET", "/api/v1/people", token, "")
			kept, err := w.Store().Look().APIToken(t.Context(), id)
			w.check(err)
			return kept.LastUsedAt
		}
		first := used()
		w.clock.add(59 * time.Second)
		if first == 0 || used() != first {
			t.Error("noted again within a minute, or not at all")
		}
		w.clock.add(2 * time.Second)
		if used() == first {
			t.Error("not noted after a minute")
		}
	})
}

// TestAPIPaging walks through everybody: each comes once, with filters as well.
func TestAPIPaging(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		w := newAPIWorld(t, place)
		w.inSales(23)
		token, _ := w.program("dashboard", time.Hour, usher.ScopePeopleRead, usher.ScopeSeatsRead, usher.ScopeEventsRead)
		for path, want := range map[string]int{
			"/api/v1/people?limit=5": 23, "/api/v1/people?limit=23": 23, "/api/v1/people?limit=4&find=PERSON%201": 11, "/api/v1/people?limit=3&department=sales": 23,
			"/api/v1/people?department=dev": 0, "/api/v1/people?state=left": 0, "/api/v1/people?state=all&limit=22": 23,
			"/api/v1/subscriptions/adkar/seats?limit=4": 23, "/api/v1/subscriptions/adkar/seats?limit=4&state=queued": 13,
		} {
			if seen := w.walk(path, token); len(seen) != want {
				t.Errorf("%s: %d come, want %d", path, len(seen), want)
			}
		}
		eventually(t, "every event is listed", func() bool {
			unsealed, err := w.Store().Look().CountUnsealed(t.Context())
			w.check(err)
			return unsealed == 0
		})
		kept, err := w.Store().Look().Events(t.Context(), store.EventQuery{Limit: 10_000})
		w.check(err)
		if seen := w.walk("/api/v1/events?limit=7", token); len(seen) < len(kept) {
			t.Errorf("%d events come, %d are kept", len(seen), len(kept))
		}
	})
}

// walk reads a list part by part, and gives what came, each of it once.
func (w *apiWorld) walk(path, token string) map[string]bool {
	w.Helper()
	seen := map[string]bool{}
	for after := ""; ; {
		answer := w.asks(200, "GET", path+after, token, "")
		for _, item := range items(answer) {
			id := fmt.Sprint(item["id"], item["person"])
			if seen[id] {
				w.Errorf("%s: %s comes twice", path, id)
			}
			seen[id] = true
		}
		next, more := answer["next"].(string)
		if !more || answer["more"] == false {
			return seen
		}
		after = "&after=" + url.QueryEscape(next)
	}
}

// TestAPILimits: a token has a rate, and whoever guesses tokens is stopped.
func TestAPILimits(t *testing.T) {
	c := configAt(t, store.Options{Folder: t.TempDir()})
	c.Limits.Rate, c.Limits.Burst = 1, 3
	clock := &hands{at: time.Now()}
	w := &apiWorld{running: start(t, daemon.Options{Config: c, Clock: clock.now})}
	token, _ := w.program("dashboard", time.Hour, usher.ScopePeopleRead)
	another, _ := w.program("dashboard", time.Hour, usher.ScopePeopleRead)
	for range 3 {
		w.want(200, "GET", "/api/v1/people", token, "")
	}
	if got := w.want(429, "GET", "/api/v1/people", token, ""); got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
	}
	w.want(200, "GET", "/api/v1/people", another, "")
	clock.add(time.Second)
	w.want(200, "GET", "/api/v1/people", token, "")
	for range 10 {
		w.want(http.StatusUnauthorized, "GET", "/api/v1/people", "ush_api_guess", "")
	}
	w.want(429, "GET", "/api/v1/people", "ush_api_guess", "")
	w.want(200, "GET", "/api/v1/people", another, "") // who has a token is let in from there all the same
}
