package daemon_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/api"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// TestAPIAnswersAsDocumented asks for everything there is, decides what there is to decide, holds every
// answer against the document, and finds who did it in the events.
func TestAPIAnswersAsDocumented(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		w := newAPIWorld(t, place)
		records := w.inSales(9)
		w.clock.add(48 * time.Hour)
		hold := w.hold(records[:5])
		plan, held := w.heldPlan()
		token, _ := w.program("dashboard", time.Hour, usher.Scopes()...)
		w.readAll(token, hold, plan)
		w.decideSeats(token)
		w.namesNobodyElse(token)
		w.decideHold(token, hold)
		w.decidePlan(token, plan, held)
		if got := w.asks(200, "POST", "/api/v1/directories/hr/rosters?name=people.csv", token, string(leaving(100, 21))); got["plan"] == float64(0) {
			t.Errorf("the upload: %v", got)
		}
		w.inEvents(token)
		for _, r := range api.Routes() {
			if name := r.Method + " " + r.Path; !w.asked[name] && r.Scope != "" {
				t.Errorf("nothing was asked of %s", name)
			}
		}
	})
}

// readAll reads everything that can be read.
func (w *apiWorld) readAll(token string, hold, plan int64) {
	w.Helper()
	who := items(w.asks(200, "GET", "/api/v1/people?who=P8@example.com", token, ""))
	if len(who) != 1 || who[0]["name"] != "Person 8" {
		w.Fatalf("whom an address means: %v", who)
	}
	if none := items(w.asks(200, "GET", "/api/v1/people?who=nobody@example.com", token, "")); len(none) != 0 {
		w.Errorf("whom nobody's address means: %v", none)
	}
	id := fmt.Sprint(who[0]["id"])
	w.asks(200, "GET", "/api/v1/people/"+id, token, "")
	for path, least := range map[string]int{
		"/api/v1/people": 90, "/api/v1/people?state=all": 100, "/api/v1/people?state=left": 5, "/api/v1/people/" + id + "/seats": 1, "/api/v1/subscriptions": 1, "/api/v1/subscriptions?state=all": 1,
		"/api/v1/subscriptions/adkar/seats": 10, "/api/v1/plans": 2, "/api/v1/plans?directory=hr&limit=1": 1, fmt.Sprintf("/api/v1/plans/%d/changes", plan): 19,
		fmt.Sprintf("/api/v1/plans/%d/changes?state=held&limit=3", plan): 3, "/api/v1/holds": 1, "/api/v1/holds?state=all": 1, "/api/v1/portals": 1, "/api/v1/portals?state=all": 1,
		"/api/v1/directories": 3, "/api/v1/directories?": 3,
	} {
		if got := items(w.asks(200, "GET", path, token, "")); len(got) < least {
			w.Errorf("%s has %d items, want %d", path, len(got), least)
		}
	}
	if got := w.asks(200, "GET", fmt.Sprintf("/api/v1/plans/%d", plan), token, ""); got["state"] != "open" {
		w.Errorf("the plan: %v", got)
	}
	if got := w.asks(200, "GET", fmt.Sprintf("/api/v1/holds/%d", hold), token, ""); len(got["held"].([]any)) == 0 {
		w.Errorf("the hold stops nobody: %v", got)
	}
	if got := w.asks(200, "GET", "/api/v1/portals/learning", token, ""); len(got["notInLine"].([]any)) == 0 {
		w.Errorf("the portal: %v", got)
	}
	w.asks(404, "GET", "/api/v1/people/nobody", token, "")
	w.asks(404, "GET", "/api/v1/people/nobody/seats", token, "")
}

// decideSeats withholds, clears, grants and releases a seat.
func (w *apiWorld) decideSeats(token string) {
	w.Helper()
	id := fmt.Sprint(items(w.asks(200, "GET", "/api/v1/people?who=p8@example.com", token, ""))[0]["id"])
	at := "/api/v1/subscriptions/adkar/decisions/" + id
	if got := w.asks(200, "PUT", at, token, `{"decision":"withhold","reason":"test of withholding"}`); !strings.Contains(fmt.Sprint(got["because"]), "test of withholding") {
		w.Errorf("withheld: %v", got)
	}
	w.asks(200, "DELETE", at+"?reason=test+of+clearing", token, "")
	w.asks(404, "DELETE", at+"?reason=test+of+clearing", token, "")
	until := w.clock.now().AddDate(0, 1, 0).Format(time.DateOnly)
	if got := w.asks(200, "PUT", at, token, `{"decision":"grant","until":"`+until+`","reason":"test of granting"}`); got["state"] == nil {
		w.Errorf("granted: %v", got)
	}
	w.asks(400, "POST", "/api/v1/subscriptions/adkar/seats/"+id+"/release", token, `{"reason":"entitled"}`)
	left := fmt.Sprint(items(w.asks(200, "GET", "/api/v1/people?who=p4@example.com", token, ""))[0]["id"])
	w.asks(200, "POST", "/api/v1/subscriptions/adkar/seats/"+left+"/release", token, `{"reason":"test of release"}`)
}

// namesNobodyElse: who may decide about a seat is not told who is queued before it; who may read is. It is the last in
// the queue who is decided about: seats come free meanwhile, and those in front move up.
func (w *apiWorld) namesNobodyElse(token string) {
	w.Helper()
	var last map[string]any
	for _, seat := range items(w.asks(200, "GET", "/api/v1/subscriptions/adkar/seats?state=queued", token, "")) {
		if last == nil || seat["place"].(float64) > last["place"].(float64) {
			last = seat
		}
	}
	if last == nil || last["place"].(float64) < 4 {
		w.Fatalf("too few are queued: %v", last)
	}
	id := fmt.Sprint(last["person"])
	if got := items(w.asks(200, "GET", "/api/v1/people/"+id+"/seats", token, "")); got[0]["ahead"] == nil {
		w.Errorf("nobody is before the last in the queue: %v", got)
	}
	got := w.asks(200, "PUT", "/api/v1/subscriptions/adkar/decisions/"+id, token, `{"decision":"grant","reason":"test of names"}`)
	if got["place"] == nil || got["ahead"] != nil {
		w.Errorf("the answer to a decision: %v", got)
	}
}

func (w *apiWorld) decideHold(token string, hold int64) {
	w.Helper()
	at := fmt.Sprintf("/api/v1/holds/%d", hold)
	if got := w.asks(200, "POST", at+"/discard", token, `{"reason":"test of discarding"}`); got["decision"] != "discarded" || got["closedBy"] != "dashboard" {
		w.Errorf("the hold: %v", got)
	}
	w.asks(409, "POST", at+"/allow", token, `{"reason":"too late"}`)
	w.asked["POST /api/v1/holds/{number}/allow"] = true
}

// decidePlan confirms a plan only as it was seen, undoes it, and discards the way back.
func (w *apiWorld) decidePlan(token string, plan int64, held int) {
	w.Helper()
	at := fmt.Sprintf("/api/v1/plans/%d", plan)
	before := w.active()
	if got := w.asks(409, "POST", at+"/confirm", token, fmt.Sprintf(`{"held":%d,"reason":"test"}`, held+1)); !strings.HasSuffix(fmt.Sprint(got["type"]), ":stale") || w.active() != before {
		w.Errorf("a plan that is not as it was seen: %v", got)
	}
	if got := w.asks(200, "POST", at+"/confirm", token, fmt.Sprintf(`{"held":%d,"reason":"test of confirming"}`, held)); got["state"] != "applied" || w.active() != before-held {
		w.Errorf("confirmed: %v, and %d of %d people", got["state"], w.active(), before)
	}
	w.asks(409, "POST", at+"/confirm", token, fmt.Sprintf(`{"held":%d,"reason":"twice"}`, held))
	back := w.asks(200, "POST", at+"/undo", token, `{"reason":"test of undoing"}`)
	if back["state"] != "open" || back["number"] == float64(plan) {
		w.Fatalf("the way back: %v", back)
	}
	again := fmt.Sprintf("/api/v1/plans/%v/discard", back["number"])
	if got := w.asks(200, "POST", again, token, `{"reason":"test of discarding"}`); got["state"] != "discarded" || got["why"] != "test of discarding" {
		w.Errorf("discarded: %v", got)
	}
	w.asks(409, "POST", again, token, `{"reason":"twice"}`)
}

// inEvents looks for what was decided, with the name of the program and the reason.
func (w *apiWorld) inEvents(token string) {
	w.Helper()
	var all []map[string]any
	eventually(w.T, "the events are listed", func() bool {
		all = nil
		for after := ""; ; {
			answer := w.asks(200, "GET", "/api/v1/events?limit=500"+after, token, "")
			all = append(all, items(answer)...)
			if answer["more"] == false {
				break
			}
			after = "&after=" + fmt.Sprint(answer["next"])
		}
		return has(all, "plan.closed", "test of discarding")
	})
	for kind, why := range map[string]string{
		"seat.decided": "test of withholding", "hold.closed": "discarded: test of discarding", "plan.confirmed": "test of confirming", "plan.closed": "test of discarding",
	} {
		if !has(all, kind, why) {
			w.Errorf("no event %s by token dashboard, because of %s", kind, why)
		}
	}
	for _, why := range []string{"test of clearing", "test of granting", "test of release"} {
		if !has(all, "seat.decided", why) {
			w.Errorf("no decision by token dashboard, because of %s", why)
		}
	}
}

func has(events []map[string]any, kind, why string) bool {
	for _, e := range events {
		if e["kind"] == kind && e["actor"] == "token dashboard" && strings.Contains(fmt.Sprint(e["why"]), why) {
			return true
		}
	}
	return false
}
