package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// Each test here is named after a defect that was published about another product; what
// went wrong there must not go wrong here. That nothing is reached without a token,
// however a path is spelled (Zitadel CVE-2026-32130), is TestRoutes; that deep filters end
// nothing (SCIMple #1126, Keycloak #50472, SCIMReferenceCode #138), TestLimits.

const groupSchema = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]`

// two is a daemon with two directories, and a token for each.
func two(t *testing.T, f func(r *running, ours, theirs string)) {
	t.Helper()
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := configAt(t, place)
		c.Directories = append(c.Directories, config.Directory{Name: "other", Kind: "scim", Rank: 2, Lifecycle: "owner"})
		r := start(t, daemon.Options{Config: c})
		ours, _ := r.token("default")
		theirs, _ := r.token("other")
		f(r, ours, theirs)
	})
}

// user is the body of a User with an external id.
func user(userName, externalID string) string {
	return strings.TrimSuffix(person(userName, ""), "}") + fmt.Sprintf(`,"externalId":%q}`, externalID)
}

// patchOf is the body of a PATCH.
func patchOf(operations string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
}

// atOnce sends n requests at the same time.
func (r *running) atOnce(n int, send func(i int) reply) []reply {
	all := make([]reply, n)
	var sending sync.WaitGroup
	for i := range n {
		sending.Go(func() { all[i] = send(i) })
	}
	sending.Wait()
	return all
}

// statuses counts the answers by status, and the resources that were created.
func statuses(all []reply) (byStatus map[int]int, created map[string]bool) {
	byStatus, created = map[int]int{}, map[string]bool{}
	for _, a := range all {
		byStatus[a.status]++
		if a.status == http.StatusCreated {
			created[a.id()] = true
		}
	}
	return byStatus, created
}

// Grafana CVE-2025-41115: an external id became the id of an account, and "1" that of its
// administrator. What a client sends is never an id of ours.
func TestGrafanaExternalIDIsNoID(t *testing.T) {
	two(t, func(r *running, ours, theirs string) {
		theirID := r.want(201, "POST", "/scim/v2/Users", theirs, user("eve@example.com", "E")).id()
		first := r.want(201, "POST", "/scim/v2/Users", ours, user("first@example.com", "F")).id()
		seen := map[string]bool{theirID: true, first: true}
		for i, externalID := range []string{"1", "0", "admin", "-1", first, theirID, "../" + first} {
			body := strings.TrimSuffix(user(fmt.Sprintf("u%d@example.com", i), externalID), "}") + fmt.Sprintf(`,"id":%q}`, first)
			got := r.want(201, "POST", "/scim/v2/Users", ours, body)
			if id := got.id(); id == "" || id == externalID || seen[id] {
				r.Errorf("externalId %q made the id %q", externalID, id)
			}
			seen[got.id()] = true
			r.want(404, "GET", "/scim/v2/Users/"+url.PathEscape("x"+externalID), ours, "")
		}
		if got := r.want(200, "GET", "/scim/v2/Users/"+first, ours, ""); !strings.Contains(got.text, "first@example.com") {
			r.Errorf("the first user became another: %s", got.text)
		}
		r.want(404, "GET", "/scim/v2/Users/"+theirID, ours, "")
	})
}

// Zitadel CVE-2026-55670: an identity deleted in one organisation came back to life through
// the same external id in another.
func TestZitadelDeletedStaysWithItsDirectory(t *testing.T) {
	two(t, func(r *running, ours, theirs string) {
		old := r.want(201, "POST", "/scim/v2/Users", ours, user("ann@example.com", "X-1")).id()
		r.want(204, "DELETE", "/scim/v2/Users/"+old, ours, "")
		again := r.want(201, "POST", "/scim/v2/Users", theirs, user("new.hire@example.com", "X-1")).id()
		if again == old {
			r.Fatal("another directory got the deleted record")
		}
		r.want(404, "GET", "/scim/v2/Users/"+old, theirs, "")
		r.want(404, "GET", "/scim/v2/Users/"+again, ours, "")
		if was, is := r.person(old), r.person(again); is == "" || was == is {
			r.Errorf("the new record is linked to %q, the deleted one was to %q", is, was)
		}
	})
}

// person is to whom a record was last linked.
func (r *running) person(record string) usher.ID {
	r.Helper()
	var id usher.ID
	events, err := r.Store().Look().Events(r.Context(), store.EventQuery{Limit: 1000})
	r.check(err)
	for _, e := range events {
		if e.SubjectID == usher.ID(record) && e.Person != "" {
			id = e.Person
		}
	}
	return id
}

// gravitee #8290, tuist #11688: two creates at once were answered with 500, or made two.
func TestGraviteeParallelCreates(t *testing.T) {
	eachDaemon(t, func(r *running) {
		token, _ := r.token("default")
		const clients = 8
		for round := range 10 {
			same := user(fmt.Sprintf("same%d@example.com", round), fmt.Sprintf("S%d", round))
			by, made := statuses(r.atOnce(clients, func(int) reply { return r.call("POST", "/scim/v2/Users", token, same) }))
			if by[201] != clients || len(made) != 1 {
				r.Errorf("one create sent %d times: %v, %d users", clients, by, len(made))
			}
			by, made = statuses(r.atOnce(clients, func(i int) reply {
				return r.call("POST", "/scim/v2/Users", token, user(fmt.Sprintf("Ann%d@example.com", round), fmt.Sprintf("A%d-%d", round, i)))
			}))
			if by[201] != 1 || by[409] != clients-1 || len(made) != 1 {
				r.Errorf("%d creates with one userName: %v, %d users", clients, by, len(made))
			}
			// Okta pushes groups without an external id.
			group := fmt.Sprintf(`{%s,"displayName":"Group %d"}`, groupSchema, round)
			by, made = statuses(r.atOnce(clients, func(int) reply { return r.call("POST", "/scim/v2/Groups", token, group) }))
			if by[201] != clients || len(made) != 1 {
				r.Errorf("one group created %d times: %v, %d groups", clients, by, len(made))
			}
		}
	})
}

// A member added by one of many changes at once is not lost by another.
func TestParallelChangesLoseNothing(t *testing.T) {
	eachDaemon(t, func(r *running) {
		token, _ := r.token("default")
		const n = 24
		group := r.want(201, "POST", "/scim/v2/Groups", token, fmt.Sprintf(`{%s,"displayName":"Sales"}`, groupSchema)).id()
		var users []string
		for i := range n {
			users = append(users, r.want(201, "POST", "/scim/v2/Users", token, user(fmt.Sprintf("u%d@example.com", i), fmt.Sprint("U", i))).id())
		}
		by, _ := statuses(r.atOnce(n, func(i int) reply {
			return r.call("PATCH", "/scim/v2/Groups/"+group, token, patchOf(fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, users[i])))
		}))
		var shown struct{ Members []struct{ Value string } }
		r.check(json.Unmarshal([]byte(r.want(200, "GET", "/scim/v2/Groups/"+group, token, "").text), &shown))
		if by[204] != n || len(shown.Members) != n {
			r.Errorf("%v, %d of %d members", by, len(shown.Members), n)
		}
		by, _ = statuses(r.atOnce(n, func(i int) reply {
			return r.call("PATCH", "/scim/v2/Users/"+users[0], token, patchOf(fmt.Sprintf(`{"op":"add","path":"phoneNumbers","value":[{"value":"%d"}]}`, i)))
		}))
		var user struct{ PhoneNumbers []any }
		r.check(json.Unmarshal([]byte(r.want(200, "GET", "/scim/v2/Users/"+users[0], token, "").text), &user))
		if by[200] != n || len(user.PhoneNumbers) != n {
			r.Errorf("%v, %d of %d telephone numbers", by, len(user.PhoneNumbers), n)
		}
	})
}

// A create that meets the deletion of the user that it would collide with is answered,
// and at most one live user is left.
func TestCreateDuringDelete(t *testing.T) {
	eachDaemon(t, func(r *running) {
		token, _ := r.token("default")
		for round := range 20 {
			name := fmt.Sprintf("d%d@example.com", round)
			body := user(name, name)
			id := r.want(201, "POST", "/scim/v2/Users", token, body).id()
			for _, a := range r.atOnce(4, func(i int) reply {
				switch i {
				case 0:
					return r.call("DELETE", "/scim/v2/Users/"+id, token, "")
				case 1:
					return r.call("POST", "/scim/v2/Users", token, body)
				case 2:
					return r.call("PUT", "/scim/v2/Users/"+id, token, body)
				}
				return r.call("PATCH", "/scim/v2/Users/"+id, token, patchOf(`{"op":"replace","path":"active","value":false}`))
			}) {
				if a.status >= 500 || a.status == 400 {
					r.Errorf("answered %d: %s", a.status, a.text)
				}
			}
			var found struct{ TotalResults int }
			list := r.want(200, "GET", "/scim/v2/Users?filter="+url.QueryEscape(`userName eq "`+name+`"`), token, "")
			r.check(json.Unmarshal([]byte(list.text), &found))
			if found.TotalResults > 1 {
				r.Errorf("%d users are called %s", found.TotalResults, name)
			}
			r.want(404, "GET", "/scim/v2/Users/"+id, token, "")
		}
	})
}

// sentry #117860: a 409 without scimType and status made the client stop.
func TestSentryConflictSaysUniqueness(t *testing.T) {
	eachDaemon(t, func(r *running) {
		token, _ := r.token("default")
		r.want(201, "POST", "/scim/v2/Users", token, user("ann@example.com", "A"))
		id := r.want(201, "POST", "/scim/v2/Users", token, user("bob@example.com", "B")).id()
		for _, got := range []reply{
			r.want(409, "POST", "/scim/v2/Users", token, user("ANN@example.com", "C")),
			r.want(409, "PUT", "/scim/v2/Users/"+id, token, user("bob@example.com", "A")),
			r.want(409, "PATCH", "/scim/v2/Users/"+id, token, patchOf(`{"op":"replace","path":"userName","value":"Ann@example.com"}`)),
		} {
			var body map[string]any
			r.check(json.Unmarshal([]byte(got.text), &body))
			if body["status"] != "409" || body["scimType"] != "uniqueness" || body["detail"] == "" || len(body) != 4 {
				r.Errorf("the conflict says %s", got.text)
			}
			if strings.Contains(strings.ToLower(got.text), "example.com") {
				r.Errorf("the conflict repeats what was sent: %s", got.text)
			}
		}
	})
}

// fleet #49560: a PATCH that both renames and deactivates looked the person up by the new
// name, found nobody, and left the old one active.
func TestFleetRenameAndDeactivateAtOnce(t *testing.T) {
	eachDaemon(t, func(r *running) {
		token, _ := r.token("default")
		for i, operations := range []string{
			`{"op":"replace","value":{"active":false,"userName":"gone0@example.com"}}`,
			`{"op":"replace","path":"userName","value":"gone1@example.com"},{"op":"replace","path":"active","value":false}`,
			`{"op":"Replace","path":"active","value":"False"},{"op":"Replace","path":"userName","value":"gone2@example.com"}`,
		} {
			id := r.want(201, "POST", "/scim/v2/Users", token, user(fmt.Sprintf("here%d@example.com", i), fmt.Sprint("H", i))).id()
			was := r.person(id)
			r.want(200, "PATCH", "/scim/v2/Users/"+id, token, patchOf(operations))
			p, err := r.Store().Look().Person(r.Context(), was)
			r.check(err)
			if p.Active || was == "" || r.person(id) != was {
				r.Errorf("%s: the person is %q, active %v, was %q", operations, r.person(id), p.Active, was)
			}
		}
	})
}

// authentik CVE-2026-40172: a group's members became administrators. usher gives no power
// to groups or roles that are pushed: the directory's token opens nothing more after it.
func TestAuthentikGroupsGiveNoPower(t *testing.T) {
	two(t, func(r *running, ours, theirs string) {
		id := r.want(201, "POST", "/scim/v2/Users", ours, user("ann@example.com", "A")).id()
		other := r.want(201, "POST", "/scim/v2/Users", theirs, user("eve@example.com", "E")).id()
		r.want(201, "POST", "/scim/v2/Groups", ours, fmt.Sprintf(`{%s,"displayName":"admins","members":[{"value":%q}]}`, groupSchema, id))
		r.want(200, "PATCH", "/scim/v2/Users/"+id, ours, patchOf(`{"op":"add","path":"roles","value":[{"value":"owner","primary":true}]}`))
		for _, operations := range []string{
			`{"op":"add","path":"groups","value":[{"value":"admins"}]}`,
			`{"op":"add","path":"urn:usher:params:scim:schemas:extension:seats:2.0:User:seats","value":[{"subscription":"adkar","state":"active"}]}`,
			`{"op":"replace","path":"id","value":"1"}`,
		} {
			r.want(400, "PATCH", "/scim/v2/Users/"+id, ours, patchOf(operations))
		}
		r.want(404, "GET", "/scim/v2/Users/"+other, ours, "")
		r.want(400, "POST", "/scim/v2/Groups", theirs, fmt.Sprintf(`{%s,"displayName":"g","members":[{"value":%q}]}`, groupSchema, id))
	})
}
