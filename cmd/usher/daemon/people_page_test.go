package daemon_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/table"
	"usher/internal/usher"
)

// read is a page as somebody of a role gets it.
func (r *roles) read(who, path string, more ...string) (int, string) {
	r.Helper()
	got := r.call(http.MethodGet, path, "", "", append(more, r.headers[who]...)...)
	return got.status, got.text
}

// send sends a form of somebody of a role, and gives where it leads or what it says.
func (r *roles) send(who, path string, form url.Values) (status int, to, text string) {
	r.Helper()
	got := r.call(http.MethodPost, path, "", form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded", "Referer", r.URL() + "/people"}, r.headers[who]...)...)
	return got.status, got.header.Get("Location"), got.text
}

func (r *roles) wantText(text string, has bool, words ...string) {
	r.Helper()
	for _, w := range words {
		if strings.Contains(text, w) != has {
			r.Errorf("%q is there %v, want %v, in\n%.4000s", w, !has, has, text)
		}
	}
}

func eachRoles(t *testing.T, f func(r *roles)) {
	t.Helper()
	storetest.EachPlace(t, func(t *testing.T, place store.Options) { f(newRoles(t, place)) })
}

// TestPeoplePage: the list is found as it is typed and as it is saved, by whoever may read it, and can be taken along.
func TestPeoplePage(t *testing.T) {
	eachRoles(t, func(r *roles) {
		hostile := `<script>alert(1)</script>"'=cmd|x`
		r.push("hostile", fmt.Sprintf(`,"displayName":%q,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":%q}`, hostile, "=1+1<b>"))
		for _, who := range []string{owner, auditor, seatAdmin} {
			status, page := r.read(who, "/people?q=hostile@")
			if status != http.StatusOK {
				r.Errorf("%s: %d", who, status)
			}
			r.wantText(page, true, `value="hostile@"`, `<p role="status">One person.</p>`, "&lt;script&gt;alert(1)", `/people/export?format=xlsx&amp;q=hostile%40`, `<form method="post" action="/signout">`)
			r.wantText(page, false, "<script>alert", "<b>")
			_, part := r.read(who, "/people?q=report&status=", "Hx-Request", "true")
			r.wantText(part, true, "report@example.com", ">manager@example.com</a>")
			r.wantText(part, false, "<html", "<form")
		}
		got := r.call(http.MethodGet, "/people?q=report&team=", "", "", append([]string{"Hx-Request", "true"}, r.headers[owner]...)...)
		if push := got.header.Get("Hx-Replace-Url"); push != "/people?q=report" {
			r.Errorf("the saved link is %q", push)
		}
		_, page := r.read(owner, "/people?subscription=adkar&seat=queued")
		r.wantText(page, true, "Nobody is found", `<option selected>adkar</option>`)
		for _, path := range []string{"/people?status=x", "/people?seat=x", "/people?after=x", "/people?q=%00", "/people?team=%ff", "/people/export?format=pdf", "/people/export"} {
			if status, page := r.read(owner, path); status != http.StatusUnprocessableEntity {
				r.Errorf("%s: %d %.300s", path, status, page)
			}
		}
		for _, path := range []string{"/people?subscription=x", "/people/export?format=csv&directory=x"} {
			if status, _ := r.read(owner, path); status != http.StatusNotFound {
				r.Errorf("%s: %d", path, status)
			}
		}
	})
}

// TestPeopleExport: both formats hold whom the list shows, no cell is a formula, and it is recorded who took it.
func TestPeopleExport(t *testing.T) {
	eachRoles(t, func(r *roles) {
		r.push("formula", `,"displayName":"=cmd|calc"`)
		for format, kind := range map[string]string{"csv": "text/csv", "xlsx": "application/vnd.openxmlformats"} {
			got := r.call(http.MethodGet, "/people/export?q=example&format="+format, "", "", r.headers[auditor]...)
			if got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Type"), kind) ||
				!strings.HasPrefix(got.header.Get("Content-Disposition"), `attachment; filename="people-`) {
				r.Fatalf("%s: %d %v", format, got.status, got.header)
			}
			sheet, err := table.Open(bytes.NewReader([]byte(got.text)), int64(len(got.text)), table.ReadOptions{})
			r.check(err)
			names := ""
			for row, err := range sheet.Rows {
				r.check(err)
				names += row.Cells[0] + "\n"
			}
			if !strings.Contains(names, "'=cmd|calc") || !strings.Contains(names, "report@example.com") || strings.Count(names, "\n") < 8 {
				r.Errorf("%s: %q", format, names)
			}
		}
		events, err := r.Store().Look().Events(r.Context(), store.EventQuery{Kind: usher.EventPeopleExported})
		r.check(err)
		if len(events) != 2 || events[0].Actor != "person auditor@example.com" || string(events[0].After) != `{"find":"example"}` {
			r.Errorf("events: %+v", events)
		}
	})
}

// TestPersonPage: who may decide does so from a person's page, with a reason, and reads there what came of it; an auditor
// reads the same without a button.
func TestPersonPage(t *testing.T) {
	eachRoles(t, func(r *roles) {
		hostile := `<img src=x onerror=alert(1)>`
		r.push("hostile", fmt.Sprintf(`,"displayName":%q,"title":%q`, hostile, hostile))
		id := r.named("hostile")
		page := "/people/" + string(id)
		adkar := must(r.Store().Look().SubscriptionNamed(r.Context(), "adkar")).ID
		_, text := r.read(auditor, page)
		r.wantText(text, true, "&lt;img src=x", "Because", "<h2>Signing in</h2>", "hostile@example.com", ">counts</span>", "<strong>Person joined</strong>")
		r.wantText(text, false, "<img", "/grant", "/alias", "<summary>Decide<")
		_, text = r.read(seatAdmin, page)
		r.wantText(text, true, "/grant", "<summary>Decide<")
		r.wantText(text, false, "/alias", "<h2>Signing in</h2>")
		_, text = r.read(owner, page)
		r.wantText(text, true, "/grant", "/alias", "<h2>Signing in</h2>")

		form := url.Values{"subscription": {string(adkar)}, "reason": {"they train others"}}
		for _, c := range []struct {
			who, action string
			form        url.Values
			status      int
			says        string // in the address, or on the page
		}{
			{seatAdmin, "/grant", url.Values{"subscription": {string(adkar)}}, 422, "Reason is missing"},
			{seatAdmin, "/grant", url.Values{"subscription": {"x"}, "reason": {"x"}}, 404, "Nothing is here"},
			{owner, "/grant", url.Values{"subscription": {"x"}, "reason": {"x"}}, 404, "Nothing is here"},
			{seatAdmin, "/grant", url.Values{"subscription": {string(adkar)}, "reason": {"x"}, "until": {"2020-01-01"}}, 422, "Until is in the past"},
			{auditor, "/grant", form, 403, ""},
			{employee, "/grant", form, 403, ""},
			{seatAdmin, "/grant", form, 303, page + "?done=person-granted"},
			{seatAdmin, "/clear", form, 303, page + "?done=person-cleared"},
			{seatAdmin, "/withhold", form, 303, page + "?done=person-withheld"},
			{seatAdmin, "/clear", form, 303, page + "?done=person-cleared"},
			{owner, "/release", form, 303, page + "?done=person-released"},
			{owner, "/resend", url.Values{"portal": {"x"}, "reason": {"x"}}, 404, ""},
			{seatAdmin, "/alias", url.Values{"address": {"x@example.org"}, "reason": {"x"}}, 403, ""},
			{owner, "/alias", url.Values{"address": {"not one"}, "reason": {"x"}}, 422, "Address "},
			{owner, "/alias", url.Values{"address": {"auditor@example.com"}, "reason": {"x"}}, 422, "finds another person already"},
			{owner, "/alias", url.Values{"address": {"x@example.org"}, "reason": {"x"}}, 303, page + "?done=person-alias-added"},
			{owner, "/end", url.Values{"reason": {"x"}}, 422, "is in a directory"},
			{owner, "/confirm", url.Values{"reason": {"x"}}, 409, ""},
			{owner, "/signout", url.Values{"reason": {"x"}}, 303, page + "?done=person-signed-out"},
		} {
			status, to, text := r.send(c.who, page+c.action, c.form)
			if status != c.status || !strings.Contains(to+text, c.says) {
				r.Errorf("%s %s %v: %d %q %.600s", c.who, c.action, c.form, status, to, text)
			}
		}
		_, text = r.read(owner, page+"?done=person-alias-added")
		r.wantText(text, true, "They are known by that address as well.", "x@example.org", "withhold", "they train others")
		r.wantText(text, false, "<img")
		_, list := r.read(owner, "/people?q=x@example.org")
		r.wantText(list, true, string(id))
	})
}

// TestPersonTimelineGoesOn: earlier events follow, in the page that is open and without scripts alike.
func TestPersonTimelineGoesOn(t *testing.T) {
	r := newRoles(t, store.Options{Folder: t.TempDir()})
	r.push("busy", "")
	id := r.named("busy")
	for i := range 40 {
		r.check(r.Ledger().AddAlias(r.Context(), ann(), id, fmt.Sprintf("busy%d@example.org", i)))
	}
	_, text := r.read(owner, "/people/"+string(id))
	_, rest, found := strings.Cut(text, `hx-get="`)
	if !found {
		t.Fatalf("no earlier events: %.3000s", text)
	}
	path, _, _ := strings.Cut(rest, `"`)
	path = strings.ReplaceAll(path, "&amp;", "&")
	_, part := r.read(owner, path, "Hx-Request", "true")
	_, whole := r.read(owner, path)
	r.wantText(part, true, "Person joined", "busy1@example.org")
	r.wantText(part, false, "<html", "busy39@example.org")
	r.wantText(whole, true, "<html", "What happened about", "Person joined")
}
