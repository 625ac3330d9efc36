package scimportal_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"usher/connectors/scimout/scimportal"
)

// serve starts a portal and gives a way to call it: status and body of the answer.
func serve(t *testing.T, o scimportal.Options) (*scimportal.Portal, func(method, path, body string, header ...string) (int, string)) {
	t.Helper()
	p := scimportal.New(o)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, func(method, path, body string, header ...string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := server.Client().Do(req)
		if err != nil {
			return 0, err.Error()
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			return 0, err.Error()
		}
		return resp.StatusCode, string(text)
	}
}

func TestSeats(t *testing.T) {
	p, call := serve(t, scimportal.Options{Seats: 1})
	for i, v := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/Users", `{"userName":"a"}`, 201},
		{"POST", "/Users", `{"userName":"b"}`, 403},
		{"POST", "/Users", `{"userName":"b","active":false}`, 201},
		{"PATCH", "/Users/user-2", `{"Operations":[{"op":"replace","path":"active","value":true}]}`, 403},
		{"PATCH", "/Users/user-1", `{"Operations":[{"op":"Replace","value":{"active":"False"}}]}`, 200},
		{"PATCH", "/Users/user-2", `{"Operations":[{"op":"replace","path":"active","value":true}]}`, 200},
		{"PUT", "/Users/user-1", `{"userName":"a","active":true}`, 403},
	} {
		status, body := call(v.method, v.path, v.body)
		if status != v.want || (status == 403) != strings.Contains(body, "No seats left: 1 of 1") {
			t.Errorf("step %d: %d %s, want %d", i, status, body, v.want)
		}
	}
	if s := p.Stats(); s.Active != 1 || s.Made != 2 || s.Writes != 7 {
		t.Errorf("stats %+v", s)
	}
}

// TestDuplicates: the portal takes what has another userName, and notices.
func TestDuplicates(t *testing.T) {
	p, call := serve(t, scimportal.Options{})
	for i, body := range []string{
		`{"userName":"a","externalId":"1","emails":[{"value":"a@example.com"}]}`,
		`{"userName":"b","externalId":"2","emails":[{"value":"b@example.com"}]}`,
		`{"userName":"c","externalId":"1"}`,
		`{"userName":"d","emails":[{"value":"B@example.com"}]}`,
	} {
		if status, text := call("POST", "/Users", body); status != 201 {
			t.Fatalf("create %d: %d %s", i, status, text)
		}
		if got, want := p.Stats().Duplicates, max(0, i-1); got != want {
			t.Errorf("%d duplicates after %d creates, want %d", got, i+1, want)
		}
	}
	if status, _ := call("POST", "/Users", `{"userName":"A"}`); status != 409 {
		t.Errorf("the same userName again: %d", status)
	}
}

// TestInversions: a request that arrives first and takes effect last.
func TestInversions(t *testing.T) {
	p, call := serve(t, scimportal.Options{})
	call("POST", "/Users", `{"userName":"a"}`)
	arrived, release, done := make(chan struct{}), make(chan struct{}), make(chan int)
	p.SetFault(func(r *http.Request) scimportal.Fault {
		if r.Header.Get("Slow") != "" {
			close(arrived)
			<-release
		}
		return scimportal.Fault{}
	})
	patch := func(active bool, header ...string) int {
		status, _ := call("PATCH", "/Users/user-1", fmt.Sprintf(`{"Operations":[{"op":"replace","path":"active","value":%t}]}`, active), header...)
		return status
	}
	go func() { done <- patch(true, "Slow", "yes") }()
	<-arrived
	if status := patch(false); status != 200 || p.Stats().Inversions != 0 {
		t.Errorf("in order: %d, %+v", status, p.Stats())
	}
	close(release)
	if status := <-done; status != 200 || p.Stats().Inversions != 1 {
		t.Errorf("out of order: %d, %+v", status, p.Stats())
	}
	var story []string
	for _, w := range p.Audit("user-1") {
		story = append(story, fmt.Sprintf("%d %s %t", w.Seq, w.Method, w.Active))
	}
	if got := strings.Join(story, ", "); got != "1 POST true, 3 PATCH false, 2 PATCH true" {
		t.Errorf("audit: %s", got)
	}
	if len(p.Audit("user-2")) != 0 || len(p.Audit("")) != 3 {
		t.Error("the audit list is not by account")
	}
}

func TestPatch(t *testing.T) {
	const before = `{"userName":"a","title":"T","name":{"givenName":"G"},"emails":[{"value":"w@x","type":"work"},{"value":"h@x","type":"home"}]}`
	const extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	for _, v := range []struct {
		op    string
		want  int
		shown string // of attribute names in order: userName, title, name, emails, extension
	}{
		{`{"op":"replace","path":"title","value":"U"}`, 200, `"a" "U" {"givenName":"G"} `},
		{`{"op":"Remove","path":"title"}`, 200, `"a" null {"givenName":"G"} `},
		{`{"op":"add","path":"name.familyName","value":"F"}`, 200, `"a" "T" {"familyName":"F","givenName":"G"} `},
		{`{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"U"}`, 200, `"a" "U" {"givenName":"G"} `},
		{`{"op":"replace","value":{"title":"U","name.givenName":"H"}}`, 200, `"a" "U" {"givenName":"H"} `},
		{`{"op":"replace","path":"emails[type eq \"home\"].value","value":"n@x"}`, 200, `n@x`},
		{`{"op":"remove","path":"emails[type eq \"home\"]"}`, 200, `[{"type":"work","value":"w@x"}]`},
		{`{"op":"add","path":"emails","value":[{"value":"w@x"},{"value":"z@x"}]}`, 200, `{"type":"home","value":"h@x"},{"value":"z@x"}]`},
		{`{"op":"add","path":"` + extension + `:department","value":"D"}`, 200, `{"department":"D"}`},
		{`{"op":"remove","path":"emails[type eq \"other\"]"}`, 400, `picks nothing`},
		{`{"op":"move","path":"title"}`, 400, `op is none of`},
		{`{"op":"replace","path":"title[","value":"x"}`, 400, `not supported`},
		{`{"op":"remove"}`, 400, `without path`},
		{`{"op":"remove","path":"userName"}`, 400, `userName is required`},
	} {
		_, call := serve(t, scimportal.Options{})
		call("POST", "/Users", before)
		status, body := call("PATCH", "/Users/user-1", `{"Operations":[`+v.op+`]}`)
		if status == 200 {
			var doc map[string]json.RawMessage
			if err := json.Unmarshal([]byte(body), &doc); err != nil {
				t.Fatal(err)
			}
			body = ""
			for _, name := range []string{"userName", "title", "name", "emails", extension} {
				if doc[name] == nil {
					doc[name] = json.RawMessage("null")
				}
				body += string(doc[name]) + " "
			}
		}
		if status != v.want || !strings.Contains(body, v.shown) {
			t.Errorf("%s: %d %s, want %d with %s", v.op, status, body, v.want, v.shown)
		}
	}
}

func TestVersions(t *testing.T) {
	_, call := serve(t, scimportal.Options{})
	call("POST", "/Users", `{"userName":"a"}`)
	for _, want := range []int{200, 412} {
		if status, _ := call("PUT", "/Users/user-1", `{"userName":"a"}`, "If-Match", `W/"1"`); status != want {
			t.Errorf("If-Match: %d, want %d", status, want)
		}
	}
}

func TestListsAndRefusals(t *testing.T) {
	_, call := serve(t, scimportal.Options{Token: "t", PageSize: 2, NoFilter: []string{"title"}})
	ask := func(method, path, body string) (int, string) {
		return call(method, path, body, "Authorization", "Bearer t")
	}
	for i := range 5 {
		ask("POST", "/scim/v2/Users", fmt.Sprintf(`{"userName":"u%d","externalId":"K%d","emails":[{"value":"u%d@x"}]}`, i, i, i))
	}
	ask("POST", "/scim/v2/Groups", `{"displayName":"g","members":[{"value":"user-1"}]}`)
	filter := func(text string) string { return "/scim/v2/Users?filter=" + url.QueryEscape(text) }
	for _, v := range []struct {
		method, path, body string
		want               int
		shown              string
	}{
		{"GET", "/scim/v2/Users", "", 200, `"itemsPerPage":2,"schemas"`},
		{"GET", "/scim/v2/Users?startIndex=5&count=9", "", 200, `"itemsPerPage":1`},
		{"GET", "/scim/v2/Users?startIndex=9", "", 200, `"Resources":[]`},
		{"GET", filter(`userName eq "U3"`), "", 200, `"id":"user-4"`},
		{"GET", filter(`externalId eq "K3"`), "", 200, `"id":"user-4"`},
		{"GET", filter(`externalId eq "k3"`), "", 200, `"totalResults":0`},
		{"GET", filter(`emails.value EQ "U3@X"`), "", 200, `"id":"user-4"`},
		{"GET", filter(`emails eq "u3@x"`), "", 200, `"id":"user-4"`},
		{"GET", filter(`userName co "u"`), "", 400, "invalidFilter"},
		{"GET", filter(`title eq "u"`), "", 400, "invalidFilter"},
		{"GET", "/scim/v2/Groups/group-6", "", 200, `"members":[{"value":"user-1"}]`},
		{"GET", "/scim/v2/Users/user-99", "", 404, ""},
		{"GET", "/scim/v2/Robots", "", 404, ""},
		{"POST", "/scim/v2/Users", `[`, 400, "invalidSyntax"},
		{"POST", "/scim/v2/Groups", `{"displayName":"h","members":[{"value":"nobody"}]}`, 400, "no such member"},
		{"POST", "/scim/v2/Groups", `{}`, 400, "displayName is required"},
		{"PUT", "/scim/v2/Users", `{}`, 405, ""},
		{"POST", "/scim/v2/Users/user-1", `{}`, 405, ""},
		{"DELETE", "/scim/v2/Users/user-1", "", 204, ""},
		{"GET", "/scim/v2/Users/user-1", "", 404, ""},
	} {
		if status, body := ask(v.method, v.path, v.body); status != v.want || !strings.Contains(body, v.shown) {
			t.Errorf("%s %s: %d %s, want %d with %s", v.method, v.path, status, body, v.want, v.shown)
		}
	}
	if status, _ := call("GET", "/scim/v2/Users", ""); status != 401 {
		t.Errorf("without token: %d", status)
	}
	if _, body := ask("GET", "/scim/v2/Groups?excludedAttributes=members", ""); strings.Contains(body, "members") {
		t.Errorf("excluded and shown: %s", body)
	}
}
