package daemon_test

import (
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// TestAPIBadInput: each mistake has an answer that names what is at fault, and nothing is done.
func TestAPIBadInput(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		w := newAPIWorld(t, place)
		w.inSales(1)
		token, _ := w.program("dashboard", time.Hour, usher.Scopes()...)
		person := items(w.asks(200, "GET", "/api/v1/people", token, ""))[0]["id"].(string)
		decision := "/api/v1/subscriptions/adkar/decisions/" + person
		for _, c := range []struct {
			method, path, body string
			status             int
			field              string
		}{
			{"GET", "/api/v1/people?nonsense=1", "", 400, "nonsense"},
			{"GET", "/api/v1/people?find=a&find=b", "", 400, "find"},
			{"GET", "/api/v1/people?find=%00", "", 400, "find"},
			{"GET", "/api/v1/people?find=%ff", "", 400, "find"},
			{"GET", "/api/v1/people?find=%zz", "", 400, ""},
			{"GET", "/api/v1/people?state=retired", "", 400, "state"},
			{"GET", "/api/v1/people?limit=0", "", 400, "limit"},
			{"GET", "/api/v1/people?limit=501", "", 400, "limit"},
			{"GET", "/api/v1/people?limit=many", "", 400, "limit"},
			{"GET", "/api/v1/people?after=x", "", 400, "after"},
			{"GET", "/api/v1/people?after=bm9uc2Vuc2U", "", 400, "after"},
			{"GET", "/api/v1/people?who=a&find=b", "", 400, "who"},
			{"GET", "/api/v1/people?who=", "", 200, ""},
			{"GET", "/api/v1/people/%00", "", 404, ""},
			{"GET", "/api/v1/people/%ff", "", 404, ""},
			{"GET", "/api/v1/people/", "", 404, ""},
			{"GET", "/api/v1//people", "", 404, ""},
			{"GET", "/api/v1/people/../people", "", 404, ""},
			{"GET", "/api/v1/nothing", "", 404, ""},
			{"DELETE", "/api/v1/people", "", 405, ""},
			{"GET", "/api/v1/plans?directory=nowhere", "", 404, ""},
			{"GET", "/api/v1/plans/x", "", 404, ""},
			{"GET", "/api/v1/plans/007", "", 404, ""},
			{"GET", "/api/v1/plans/-1", "", 404, ""},
			{"GET", "/api/v1/plans/99999999999999999999", "", 404, ""},
			{"GET", "/api/v1/events?since=yesterday", "", 400, "since"},
			{"GET", "/api/v1/holds?state=closed", "", 400, "state"},
			{"GET", "/api/v1/subscriptions/nowhere/seats", "", 404, ""},
			{"PUT", decision, ``, 400, ""},
			{"PUT", decision, `{`, 400, ""},
			{"PUT", decision, `[]`, 400, ""},
			{"PUT", decision, `{"decision":"grant","reason":"x"} {}`, 400, ""},
			{"PUT", decision, `{"decision":"grant","reason":"x","force":true}`, 400, "force"},
			{"PUT", decision, `{"decision":1,"reason":"x"}`, 400, "decision"},
			{"PUT", decision, `{"decision":"maybe","reason":"x"}`, 400, "decision"},
			{"PUT", decision, `{"decision":"grant"}`, 400, "reason"},
			{"PUT", decision, `{"decision":"grant","reason":" "}`, 400, "reason"},
			{"PUT", decision, `{"decision":"grant","reason":"a\u0000b"}`, 400, "reason"},
			{"PUT", decision, `{"decision":"grant","reason":"` + strings.Repeat("x", 501) + `"}`, 400, "reason"},
			{"PUT", decision, `{"decision":"grant","reason":"` + strings.Repeat("x", 70_000) + `"}`, 413, ""},
			{"PUT", decision, `{"decision":"grant","until":"31.12.2030","reason":"x"}`, 400, "until"},
			{"PUT", decision, `{"decision":"grant","until":"2001-01-01","reason":"x"}`, 400, "until"},
			{"PUT", decision + "?reason=x", `{"decision":"grant","reason":"x"}`, 400, "reason"},
			{"PUT", strings.Replace(decision, "adkar", "nowhere", 1), `{"decision":"grant","reason":"x"}`, 404, ""},
			{"DELETE", decision, "", 400, "reason"},
			{"POST", "/api/v1/plans/1/confirm", `{"reason":"x"}`, 400, "held"},
			{"POST", "/api/v1/plans/1/confirm", `{"held":1,"class":"all","reason":"x"}`, 400, "class"},
			{"POST", "/api/v1/plans/1/confirm", `{"held":1,"people":[""],"reason":"x"}`, 400, "people"},
			{"POST", "/api/v1/plans/1/undo", `{}`, 400, "reason"},
			{"POST", "/api/v1/directories/..%2Fhr/rosters", "x", 404, ""},
			{"POST", "/api/v1/directories/..%2F..%2Fetc/rosters", "x", 404, ""},
			{"POST", "/api/v1/directories/a%2Fb/rosters", "x", 404, ""},
			{"POST", "/api/v1/directories/default/rosters", "x", 404, ""},
		} {
			got := w.ask(c.method, c.path, token, c.body)
			if got.status != c.status || c.field != "" && !strings.Contains(got.text, `"field":"`+c.field+`"`) {
				t.Errorf("%s %s %.80s: %d, want %d and the field %q: %.300s", c.method, c.path, c.body, got.status, c.status, c.field, got.text)
			}
			if kind := got.header.Get("Content-Type"); c.status != 200 && kind != "application/problem+json" {
				t.Errorf("%s %s: the problem has the type %q", c.method, c.path, kind)
			}
		}
		if got := w.call("PUT", decision, token, `{"decision":"grant","reason":"x"}`); got.status != 415 {
			t.Errorf("a body that is not said to be JSON: %d", got.status)
		}
		decisions, err := w.Store().Look().DecisionsFor(t.Context(), usher.ID(person))
		w.check(err)
		if len(decisions) != 0 {
			t.Errorf("something was decided: %+v", decisions)
		}
	})
}

// TestAPITokenIsMadeWhole refuses what would open nothing, or could not be told apart in events.
func TestAPITokenIsMadeWhole(t *testing.T) {
	eachDaemon(t, func(r *running) {
		key, err := r.Key()
		r.check(err)
		for _, c := range []struct {
			name   string
			scopes []usher.Scope
			ttl    time.Duration
			says   string
		}{
			{"", []usher.Scope{usher.ScopePeopleRead}, time.Hour, "name"},
			{"a b", []usher.Scope{usher.ScopePeopleRead}, time.Hour, "name"},
			{"A", []usher.Scope{usher.ScopePeopleRead}, time.Hour, "name"},
			{strings.Repeat("a", 64), []usher.Scope{usher.ScopePeopleRead}, time.Hour, "name"},
			{"a", nil, time.Hour, "people:read"},
			{"a", []usher.Scope{"people"}, time.Hour, "people:read"},
			{"a", []usher.Scope{usher.ScopePeopleRead}, 0, "lifetime"},
		} {
			_, _, err := r.Ledger().CreateAPIToken(r.Context(), ann(), c.name, c.scopes, c.ttl, key)
			wantError(r.T, err, usher.ErrInvalid, c.says)
		}
		tokens, err := r.Store().Look().APITokens(r.Context())
		r.check(err)
		if len(tokens) != 0 {
			r.Errorf("made all the same: %+v", tokens)
		}
	})
}
