package daemon_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/api"
	"usher/internal/api/apitest"
	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/roster/rostertest"
)

// apiWorld is a daemon with people, seats, a queue and plans, and programs that ask it.
type apiWorld struct {
	*running
	clock    *hands
	document *apitest.Document
	asked    map[string]bool // the routes that answered 200
	calls    int
}

// newAPIWorld has ten seats for more people of the department Sales, who come over SCIM and by a file.
func newAPIWorld(t *testing.T, place store.Options) *apiWorld {
	t.Helper()
	c := rosterConfig(t, place)
	c.Subscriptions[0].Seats = 10
	w := &apiWorld{clock: &hands{at: time.Now()}, asked: map[string]bool{}}
	w.running = start(t, daemon.Options{Config: c, Clock: w.clock.now})
	var err error
	w.document, err = apitest.Parse(w.want(200, "GET", "/api/v1/openapi.yaml", "", "").text)
	w.check(err)
	return w
}

// inSales pushes people of Sales, and gives their records' ids.
func (w *apiWorld) inSales(n int) (ids []string) {
	w.Helper()
	token, _ := w.token("default")
	for i := range n {
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
			"userName":"p%d@example.com","displayName":"Person %d","active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales"}}`, i, i)
		ids = append(ids, w.want(201, "POST", "/scim/v2/Users", token, body).id())
	}
	return ids
}

// program makes a token of the API.
func (w *apiWorld) program(name string, ttl time.Duration, scopes ...usher.Scope) (text, id string) {
	w.Helper()
	key, err := w.Key()
	w.check(err)
	text, t, err := w.Ledger().CreateAPIToken(w.Context(), ann(), name, scopes, ttl, key)
	w.check(err)
	return text, t.ID
}

// ask sends a request from an address of its own; its body is JSON.
func (w *apiWorld) ask(method, path, token, body string) reply {
	w.Helper()
	w.calls++
	return w.call(method, path, token, body, "Content-Type", "application/json", "X-Forwarded-For", fmt.Sprintf("198.51.%d.%d", w.calls/250, w.calls%250))
}

// asks is ask, holds the answer against the document, and reads it.
func (w *apiWorld) asks(status int, method, path, token, body string) map[string]any {
	w.Helper()
	got := w.ask(method, path, token, body)
	if got.status != status {
		w.Fatalf("%s %s answered %d, want %d: %.500s", method, path, got.status, status, got.text)
	}
	plain, _, _ := strings.Cut(path, "?")
	route, _ := api.RouteOf(plain)
	for _, wrong := range w.document.Check(method, route, status, got.header.Get("Content-Type"), []byte(got.text)) {
		w.Error(wrong)
	}
	if status == 200 {
		w.asked[method+" "+route] = true
	}
	var answer map[string]any
	w.check(json.Unmarshal([]byte(got.text), &answer))
	return answer
}

// items are those of a list.
func items(answer map[string]any) (all []map[string]any) {
	list, _ := answer["items"].([]any)
	for _, item := range list {
		all = append(all, item.(map[string]any))
	}
	return all
}

// heldPlan uploads files until a plan waits for a human, and gives its number and how much it holds.
func (w *apiWorld) heldPlan() (number int64, held int) {
	w.Helper()
	token, _ := w.token("hr")
	w.upload(200, token, rostertest.Good(100))
	report := w.upload(200, token, leaving(100, 20))
	if report.Counts.Held == 0 {
		w.Fatalf("nothing is held: %+v", report)
	}
	return report.Plan, report.Counts.Held
}

// hold has enough people leave at once that a guard stops it, and gives the hold's number.
func (w *apiWorld) hold(records []string) (number int64) {
	w.Helper()
	token, _ := w.token("default")
	for _, id := range records {
		w.want(200, "PATCH", "/scim/v2/Users/"+id, token, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`)
	}
	eventually(w.T, "a hold", func() bool {
		holds, err := w.Ledger().Holds(w.Context(), false)
		w.check(err)
		if len(holds) > 0 {
			number = holds[0].Number
		}
		return number != 0
	})
	return number
}
