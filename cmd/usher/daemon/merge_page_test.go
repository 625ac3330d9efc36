package daemon_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// elsewhere has a second directory know somebody, under a name that is as hostile as names can be.
func (r *roles) elsewhere(name, shown string) usher.ID {
	r.Helper()
	token := first(r.running.token("other"))
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"externalId":%q,"displayName":%q,"active":true}`, address(name), "o-"+name, shown)
	r.want(201, "POST", "/scim/v2/Users", token, body)
	return r.named(name)
}

func (r *roles) page(who, method, path string, form url.Values) reply {
	r.Helper()
	return r.ask(who, permission{route: method + " " + path, body: form.Encode()})
}

// TestMergePages: an admin chooses the other one, sees what would be, merges with a reason, and splits again.
func TestMergePages(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		r := newRoles(t, place)
		const hostile = `<script>alert(1)</script>`
		r.push("mara", "")
		keep, gone := r.named("mara"), r.elsewhere("m.lindqvist", hostile)
		merge, split := "/people/"+string(keep)+"/merge", "/people/"+string(keep)+"/split"

		got := r.page(allSeats, "GET", merge, nil)
		if got.status != http.StatusOK || !strings.Contains(got.text, `name="with"`) || strings.Contains(got.text, "Merge the two") {
			t.Fatalf("%d %s", got.status, got.text)
		}
		for with, words := range map[string]string{"nobody@example.com": "Nobody is known by that.", address("mara"): "the same one twice", address("emp"): "Nobody is known by that."} {
			if got := r.page(allSeats, "GET", merge+"?with="+url.QueryEscape(with), nil); got.status != http.StatusOK || !strings.Contains(got.text, words) || strings.Contains(got.text, "Merge the two") {
				t.Errorf("with %s: %d %s", with, got.status, got.text)
			}
		}
		if got := r.page(allSeats, "GET", merge+"?with="+url.QueryEscape(address("report")), nil); !strings.Contains(got.text, "knows them as two people") {
			t.Errorf("two of one directory: %s", got.text)
		}
		got = r.page(allSeats, "GET", merge+"?with="+url.QueryEscape(address("m.lindqvist")), nil)
		for _, want := range []string{"Merge the two", "<h2>Now</h2>", "<h2>Afterwards</h2>", "merged into another person", "o-m.lindqvist", "&lt;script&gt;", "The other way round"} {
			if !strings.Contains(got.text, want) {
				t.Errorf("the preview lacks %q: %s", want, got.text)
			}
		}
		if n := strings.Count(got.text, `<h3><a href="/people/`+string(keep)+`">`); n != 2 || !strings.Contains(got.text, `<h3><a href="/people/`+string(gone)+`">`) {
			t.Errorf("%d times the preview leads to who stays: %s", n, got.text)
		}
		if strings.Contains(got.text, hostile) {
			t.Error("a name is a script")
		}
		if p := must(r.Store().Look().Person(t.Context(), gone)); p.MergedInto != "" {
			t.Fatal("to look at it merged them")
		}

		if got := r.page(allSeats, "POST", merge, url.Values{"other": {string(gone)}}); got.status != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d", got.status)
		}
		if got := r.page(allSeats, "POST", merge, url.Values{"other": {string(r.named(owner))}, "reason": {"x"}}); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.text, "roles") {
			t.Errorf("an owner into somebody, by a seat admin: %d %s", got.status, got.text)
		}
		got = r.page(allSeats, "POST", merge, url.Values{"other": {string(gone)}, "reason": {"one human"}})
		if got.status != http.StatusSeeOther || got.header.Get("Location") != "/people/"+string(keep)+"?done=people-merged" {
			t.Fatalf("%d %s %s", got.status, got.header.Get("Location"), got.text)
		}
		if p := must(r.Store().Look().Person(t.Context(), gone)); p.MergedInto != keep {
			t.Fatal("they are two")
		}
		for _, path := range []string{"", "/events"} {
			if got := r.page(allSeats, "GET", "/people/"+string(gone)+path, nil); got.status != http.StatusSeeOther || got.header.Get("Location") != "/people/"+string(keep) {
				t.Errorf("the page%s of one who was merged away: %d %s", path, got.status, got.header.Get("Location"))
			}
		}
		if got := r.page(allSeats, "GET", "/people/"+string(keep), nil); !strings.Contains(got.text, merge) || !strings.Contains(got.text, split) {
			t.Errorf("no link to merge and split: %s", got.text)
		}
		if got := r.page(auditor, "GET", "/people/"+string(keep), nil); got.status != http.StatusOK || strings.Contains(got.text, merge) || strings.Contains(got.text, split) {
			t.Errorf("an auditor is led to merge and split: %d %s", got.status, got.text)
		}
		events := must(r.Store().Look().Events(t.Context(), store.EventQuery{Person: keep, Kind: usher.EventPersonMerged}))
		if len(events) != 1 || events[0].Why != "one human" || events[0].Actor != "person "+address(allSeats) {
			t.Errorf("events: %+v", events)
		}

		// The id of who was merged leads on.
		got = r.page(allSeats, "GET", "/people/"+string(gone)+"/split", nil)
		if got.status != http.StatusOK || strings.Count(got.text, `type="checkbox"`) != 2 {
			t.Fatalf("%d %s", got.status, got.text)
		}
		records := must(r.Store().Look().RecordsOfPerson(t.Context(), keep))
		theirs := string(records[1].ID)
		got = r.page(allSeats, "GET", split+"?record="+theirs, nil)
		if !strings.Contains(got.text, "Make two people of it") || !strings.Contains(got.text, `value="`+theirs+`" checked`) {
			t.Errorf("the preview of a split: %s", got.text)
		}
		if got := r.page(allSeats, "GET", split+"?record="+theirs+"&record="+string(records[0].ID), nil); !strings.Contains(got.text, "has to be left") {
			t.Errorf("all of them: %s", got.text)
		}
		got = r.page(allSeats, "POST", split, url.Values{"record": {theirs}, "reason": {"two humans"}})
		if got.status != http.StatusSeeOther || got.header.Get("Location") != "/people/"+string(keep)+"?done=person-split" {
			t.Fatalf("%d %s %s", got.status, got.header.Get("Location"), got.text)
		}
		if p := must(r.Store().Look().Person(t.Context(), gone)); p.MergedInto != "" || !p.Active {
			t.Errorf("who was merged is %+v", p)
		}
	})
}
