package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// inDepartment pushes somebody with a seat by their department, and gives their record.
func (r *roles) inDepartment(name, department string) string {
	r.Helper()
	return r.push(name, fmt.Sprintf(`,"displayName":%q,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":%q}`, name, department))
}

// holding has a guard that lets nobody go by itself, and one in each department who left.
func holding(t *testing.T, place store.Options) (r *roles, adkar, pmp int64) {
	r = newPlanRoles(t, place, func(c *config.Config) {
		c.Guards.Releases, c.Guards.ArmedFrom = config.Guard{}, 1
	})
	for _, record := range []string{r.inDepartment("sal", "Sales"), r.inDepartment("ian", "IT")} {
		r.want(200, "PATCH", "/scim/v2/Users/"+record, r.token, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`)
	}
	holds, err := r.Ledger().Holds(t.Context(), false)
	r.check(err)
	for _, h := range holds {
		if h.Subscription == "adkar" {
			adkar = h.Number
		} else {
			pmp = h.Number
		}
	}
	if len(holds) != 2 || adkar == 0 || pmp == 0 {
		t.Fatalf("%+v", holds)
	}
	return r, adkar, pmp
}

func holdPath(number int64, below ...string) string {
	return "/holds/" + strconv.FormatInt(number, 10) + strings.Join(below, "")
}

// TestHoldsInTheBrowser: a seat admin sees and decides what is held of their subscription, and of no other.
func TestHoldsInTheBrowser(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		r, adkar, pmp := holding(t, place)
		list := r.see(seatAdmin, "/holds")
		if !strings.Contains(list, holdPath(adkar)) || strings.Contains(list, holdPath(pmp)) || strings.Contains(list, "pmp") {
			t.Errorf("what a seat admin of adkar sees: %s", list)
		}
		r.wants(r.see(auditor, "/holds"), holdPath(adkar), holdPath(pmp), "releases of seats in adkar", "1 person")
		r.wants(r.see(seatAdmin, holdPath(adkar)), "sal@example.com", "1 releases from adkar within 24 h; 0 of 1 go by themselves", "Allow all of it", "Discard what it stops")
		r.readsOnly(auditor, holdPath(adkar))
		if got := r.as(seatAdmin, http.MethodGet, holdPath(pmp), nil); got.status != http.StatusNotFound {
			t.Errorf("a seat admin of adkar sees what is held of pmp: %d", got.status)
		}
		for _, what := range []string{"/allow", "/discard"} {
			if got := r.as(seatAdmin, http.MethodPost, holdPath(pmp, what), because()); got.status != http.StatusNotFound {
				t.Errorf("a seat admin of adkar decides about pmp: %d", got.status)
			}
			if got := r.as(auditor, http.MethodPost, holdPath(adkar, what), because()); got.status != http.StatusForbidden {
				t.Errorf("an auditor decides: %d", got.status)
			}
			if got := r.as(seatAdmin, http.MethodPost, holdPath(adkar, what), nil); got.status != http.StatusUnprocessableEntity {
				t.Errorf("without a reason: %d", got.status)
			}
		}
		if to := r.form(seatAdmin, holdPath(adkar, "/allow"), because()); to != holdPath(adkar, "?done=hold-allowed") {
			t.Errorf("leads to %s", to)
		}
		if got := r.as(owner, http.MethodPost, holdPath(adkar, "/allow"), because()); got.status != http.StatusConflict {
			t.Errorf("allowed twice: %d", got.status)
		}
		r.form(allSeats, holdPath(pmp, "/discard"), because())
		r.wants(r.see(seatAdmin, holdPath(adkar)), "allowed by seat-admin@example.com")
		page := r.see(owner, "/holds")
		r.wants(page, "Nothing is stopped", "discarded by seat-admin-of-all@example.com", "allowed by seat-admin@example.com")
		if page := r.see(seatAdmin, "/holds"); strings.Contains(page, "seat-admin-of-all") {
			t.Errorf("what a seat admin of adkar sees of pmp: %s", page)
		}
		for name, want := range map[string]bool{"sal": true, "ian": false} {
			seats, err := r.Store().Look().LiveSeatsOf(t.Context(), r.named(name))
			r.check(err)
			if going := len(seats) == 0 || seats[0].LeavingAt != 0; going != want {
				t.Errorf("%s: %+v", name, seats)
			}
		}
		if all := events(r.running, usher.EventHoldClosed); len(all) != 2 || !strings.Contains(all[0].Why, "as agreed") {
			t.Errorf("%+v", all)
		}
	})
}

// TestConflictsInTheBrowser: two people share what a record of another directory bears; one is chosen, and a second question dismissed.
func TestConflictsInTheBrowser(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		r := newPlanRoles(t, place)
		r.inDepartment("kim", "Sales")
		r.inDepartment("lee", "IT")
		other := strings.TrimPrefix(r.headers[otherSCIM][1], "Bearer ")
		push := func(name string) {
			t.Helper()
			r.want(201, "POST", "/scim/v2/Users", other, fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"displayName":"<i>%[1]s</i>","active":true,
				"emails":[{"value":"kim@example.com","primary":true},{"value":"lee@example.com"}]}`, name))
		}
		push("somebody")
		r.wants(r.see(auditor, "/conflicts"), `href="/conflicts/1"`, "Which of several people is it?", "&lt;i&gt;somebody")
		r.readsOnly(auditor, "/conflicts/1")
		page := r.see(owner, "/conflicts/1")
		r.wants(page, "kim@example.com", "lee@example.com", "adkar: ", "pmp: ", "&lt;i&gt;somebody", "Sales", "Somebody new", "other")
		kim, lee := r.named("kim"), r.named("lee")
		for what, form := range map[string]url.Values{
			"nobody": because(), "no candidate": because("person", string(r.named(owner))), "no reason": {"person": {string(kim)}}, "somebody unknown": because("person", "other", "other", "nobody@example.com"),
		} {
			if got := r.as(owner, http.MethodPost, "/conflicts/1/link", form); got.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s", what, got.status, got.text)
			}
		}
		r.form(owner, "/conflicts/1/link", because("person", string(lee)))
		r.wants(r.see(owner, "/conflicts/1"), "linked by owner@example.com")
		if got := r.as(owner, http.MethodPost, "/conflicts/1/link", because("person", string(lee))); got.status != http.StatusConflict {
			t.Errorf("answered twice: %d %s", got.status, got.text)
		}
		records, err := r.Store().Look().RecordsOfPerson(t.Context(), lee)
		if r.check(err); len(records) != 2 {
			t.Errorf("records of lee: %+v", records)
		}
		r.wants(r.see(owner, "/conflicts?state=answered"), `href="/conflicts/1"`, "linked by owner@example.com")
		push("another")
		list, err := r.Ledger().Conflicts(t.Context(), true, 0, 10)
		if r.check(err); len(list.Items) == 0 {
			t.Fatal("no second question")
		}
		for _, c := range list.Items {
			r.form(allSeats, fmt.Sprintf("/conflicts/%d/dismiss", c.Number), because())
		}
		r.wants(r.see(owner, "/conflicts"), "There is no open question")
		closed := events(r.running, usher.EventConflictClosed)
		if last := closed[len(closed)-1]; last.Why != "dismissed: as agreed" {
			t.Errorf("%+v", last)
		}
	})
}

// TestRevisionsInTheBrowser: a configuration that takes somebody's seat waits, and names them.
func TestRevisionsInTheBrowser(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		r := newPlanRoles(t, place)
		r.inDepartment("sal", "Sales")
		propose := func(rule string) int64 {
			t.Helper()
			active, err := r.Store().Look().ActiveRevision(t.Context())
			r.check(err)
			policy := strings.Replace(string(active.Content), `department == \"Sales\"`, rule, 1)
			return r.propose(policy)
		}
		first := propose(`department == \"Finance\"`)
		path := fmt.Sprintf("/revisions/%d", first)
		r.wants(r.see(auditor, "/plans"), `href="`+path+`"`, "It would release 1 seats")
		r.readsOnly(auditor, path)
		r.wants(r.see(owner, path), "sal@example.com", "released", "Put it in force")
		r.wants(r.see(owner, path+"?subscription=adkar&kind=release"), "sal@example.com", "Show all")
		if page := r.see(owner, path+"?kind=seat"); strings.Contains(page, "sal@example.com") {
			t.Errorf("%s", page)
		}
		if got := r.as(auditor, http.MethodPost, path+"/confirm", because()); got.status != http.StatusForbidden {
			t.Errorf("an auditor confirms: %d", got.status)
		}
		r.form(owner, path+"/discard", because())
		if got := r.as(owner, http.MethodPost, path+"/confirm", because()); got.status != http.StatusConflict {
			t.Errorf("confirmed once discarded: %d", got.status)
		}
		if all := events(r.running, usher.EventRevisionDropped); len(all) != 1 || !strings.HasSuffix(all[0].Why, "as agreed") {
			t.Errorf("%+v", all)
		}
		second := propose(`department == \"People\"`)
		path = fmt.Sprintf("/revisions/%d", second)
		r.form(owner, path+"/confirm", because())
		r.wants(r.see(owner, path), "in force", "by owner@example.com")
		r.wants(r.see(owner, "/plans"), "Revisions of the configuration", "discarded", "was in force")
	})
}

// propose has a configuration propose a policy, in JSON, and gives the number of the revision that waits.
func (r *roles) propose(text string) int64 {
	r.Helper()
	var policy ledger.Policy
	r.check(json.Unmarshal([]byte(text), &policy))
	revision, err := r.Ledger().Propose(r.Context(), ann(), policy)
	r.check(err)
	if revision.State != usher.RevisionProposed {
		r.Fatalf("revision %d is %s", revision.Number, revision.State)
	}
	return revision.Number
}
